"""How a task is run: claimed, kept, ended. One place for the ledger's rules, whatever the task does."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

import structlog
from billiard.exceptions import SoftTimeLimitExceeded

from workbench.errors import (
    BrokerUnavailable,
    InternalError,
    LeaseLost,
    OutOfMemory,
    StoreUnavailable,
    TaskCancelled,
    TaskTimedOut,
    WorkbenchError,
)
from workbench.ids import new_id
from workbench.models import NodeRecord, TaskRecord, TaskState
from workbench.store.protocol import Blobs, Claim, ClaimOutcome, Committed, HeadMove, Inputs
from workers.confined import ConfinedBlobs, check_node, prefix_of
from workers.faults import passing
from workers.frames.cache import CachedBlobs
from workers.insisting import insist, may_pass
from workers.leftovers import discard_deleted, discard_upload
from workers.live import LiveStatus
from workers.services import Services

__all__ = ["Job", "Move", "Outcome", "perform"]

_log = structlog.get_logger(__name__)

_RENEW_SECONDS = 2.0
# How long a cancelled task has to come to its next report, from when its worker knows.
_GRACE_SECONDS = 1.0
# How soon a task whose store was away may be tried again.
_GIVE_BACK_SECONDS = 1.0
# Live progress is published at this pace, off the task's own way: one that ends sooner costs nothing.
_PUBLISH_SECONDS = 0.05


@dataclass(frozen=True)
class Move:
    """A move of the head: a checkout of a node, or so many steps of undo or redo."""

    how: HeadMove
    steps: int = 1
    node_id: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a task's body gives: the result, and with it the node to commit, or a move of the head, if any."""

    result: dict[str, Any]
    node: NodeRecord | None = None
    move_head: bool = True
    move: Move | None = None


class Job:
    """A claimed task, as its body sees it: what to do, and with what, how to report, when to stop.

    While the context is open a thread publishes its progress, renews the lease and learns of a
    cancellation. The store is not to be had here as a whole: a task has its session's share of it.
    """

    def __init__(self, services: Services, claim: Claim, task: TaskRecord) -> None:
        self.task = task
        self.fence = claim.fence
        self.blobs: Blobs = _blobs(services, task)
        self.inputs: Inputs | None = claim.inputs
        self._services = services
        self._ledger = services.store.ledger
        self._live = self._status(TaskState.STARTED, self._reached(), "starting", "Task started")
        self._lease_lost = self._cancelled = False
        self._end_at = float("inf")
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="workbench-lease", daemon=True)

    @property
    def payload(self) -> dict[str, Any]:
        """What the submitter asked for."""
        return self.task.payload

    @property
    def max_upload_bytes(self) -> int:
        """How large a file may be."""
        return self._services.settings.max_upload_bytes

    @property
    def memory_bytes(self) -> int:
        """How much memory the task may take; 0 for all that there is."""
        return self._services.settings.memory_bytes

    def node(self, node_id: str) -> NodeRecord:
        """Read a node of the task's session. Raises NodeNotFound, Forbidden for one of another session."""
        return check_node(self.task, self._ledger.service_node(node_id))

    def previous(self) -> TaskRecord | None:
        """The session's last command before this one that made or found a node, if there is one."""
        return self._ledger.service_previous(self.task.id)

    def report(self, progress: int, stage: str, message: str) -> None:
        """Say how far the task is, and stop it if it should not go on.

        Args:
            progress: Percent, below 100: the whole is only reached by committing. It never goes back.
            stage: planning, reading, applying, writing or saving.
            message: A sentence for people.

        Raises:
            TaskCancelled: If its owner asked for that.
            LeaseLost: If another worker has taken it over.
        """
        self.check()
        percent = max(self.progress, min(progress, 99))
        self._live = self._status(TaskState.PROGRESS, percent, stage, message)

    def check(self) -> None:
        """Raise TaskCancelled or LeaseLost if the task should not go on."""
        if self._lease_lost:
            raise LeaseLost("Another worker has taken the task over.")
        if self._cancelled:
            raise _cancelled()

    @property
    def progress(self) -> int:
        """Percent, as last reported."""
        return self._live.progress

    def _reached(self) -> int:
        """How far an earlier attempt came: to those who watch, progress never goes back."""
        if self.task.attempts <= 1:
            return 0
        try:
            live = self._services.board.read(self.task.id)
        except BrokerUnavailable as error:
            _log.warning("progress not read", task_id=self.task.id, error=str(error))
            return 0
        return live.progress if live else 0

    def _keep(self) -> None:
        renew_seconds = min(_RENEW_SECONDS, self._services.settings.lease_seconds / 3)
        renew_at = time.monotonic() + renew_seconds
        published = None
        while not self._ended.wait(_PUBLISH_SECONDS):
            if published != (live := self._live):
                self._services.board.publish(live)
                published = live
            if time.monotonic() >= renew_at:
                self._renew()
                renew_at = time.monotonic() + renew_seconds
            if time.monotonic() >= self._end_at and not self._ended.is_set():
                self._end_by_force()

    def _renew(self) -> None:
        lease = self._services.settings.lease_seconds
        try:
            asked = self._ledger.renew_lease(self.task.id, self.fence, lease_seconds=lease)
        except LeaseLost:
            self._lease_lost = True
        except WorkbenchError as error:  # the store may be back before the lease runs out
            _log.warning("lease not renewed", task_id=self.task.id, error=str(error))
        else:
            if asked and not self._cancelled:
                self._cancelled = True
                self._end_at = time.monotonic() + _GRACE_SECONDS

    def _end_by_force(self) -> None:
        """End a cancelled task that does not come to its next report, and with it the process that runs it.

        The task's end is in the store before: what it still does then finds that it holds it no more.
        """
        self._end_at = float("inf")
        if not self._services.expendable:
            return
        try:
            ended = self.fail(_cancelled())
        except LeaseLost:  # it has ended meanwhile, or is another's
            return
        except WorkbenchError as error:
            _log.warning("cancelled task not ended yet", task_id=self.task.id, error=str(error))
            self._end_at = time.monotonic() + _GRACE_SECONDS
            return
        if ended.task.status is not TaskState.REVOKED:
            return
        _log.warning("process ended with the cancelled task that it ran", task_id=self.task.id)
        _announce(self._services, ended, self.progress)
        os.kill(os.getpid(), signal.SIGKILL)

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._keeper.join()

    def commit(self, outcome: Outcome) -> Committed:
        """End the task with what it made: the only point at which it takes effect."""
        passing("committing")
        if (move := outcome.move) is not None:
            ended = self._ledger.commit_move(
                self.task.id,
                self.fence,
                move.how,
                result=outcome.result,
                node_id=move.node_id,
                steps=move.steps,
            )
        elif outcome.node is None:
            ended = self._ledger.finish_task(
                self.task.id, self.fence, TaskState.SUCCESS, result=outcome.result
            )
        else:
            ended = self._ledger.commit_node(
                self.task.id, self.fence, outcome.node, result=outcome.result, move_head=outcome.move_head
            )
        passing("committed")
        return ended

    def fail(self, error: WorkbenchError) -> Committed:
        """End the task with an error."""
        status = TaskState.REVOKED if isinstance(error, TaskCancelled) else TaskState.FAILURE
        return self._ledger.finish_task(self.task.id, self.fence, status, error=error.to_dict())

    def give_back(self) -> None:
        """Let the lease run out soon, so that the sweep sends the task again; at the latest as it would."""
        lease = min(_GIVE_BACK_SECONDS, self._services.settings.lease_seconds)
        try:
            self._ledger.renew_lease(self.task.id, self.fence, lease_seconds=lease)
        except WorkbenchError as error:
            _log.warning("task not given back; its lease runs out", task_id=self.task.id, error=str(error))

    def _status(self, status: TaskState, progress: int, stage: str, message: str) -> LiveStatus:
        return LiveStatus(
            task_id=self.task.id, status=status, progress=progress, message=message, stage=stage
        )


def _cancelled() -> TaskCancelled:
    return TaskCancelled("The task was cancelled.", "Submit the command again if that was a mistake.")


def _blobs(services: Services, task: TaskRecord) -> Blobs:
    """The blobs of a task's session, with their cache; a task of no session has neither."""
    confined = ConfinedBlobs(services.store.blobs, task)
    return confined if task.session_id is None else CachedBlobs(confined, services.columns, prefix_of(task))


Body = Callable[[Job], Outcome]


def perform(services: Services, task_id: str, body: Body) -> str:
    """Run a task, if it is this worker's to run.

    Args:
        services: The process's connections.
        task_id: The task; its row says what to do.
        body: Does it.

    Returns:
        What became of the message: "claimed", or why nothing was done.
    """
    settings = services.settings
    claim = services.store.ledger.claim_task(
        task_id,
        worker=services.worker,
        lease_seconds=settings.lease_seconds,
        max_attempts=settings.max_attempts,
    )
    if claim.outcome is ClaimOutcome.CLAIMED and claim.task is not None:
        passing("claimed")
        _run(services, Job(services, claim, claim.task), body)
    elif claim.task is not None:  # the claim found that it had to end the task
        _announce(services, Committed(claim.task, next_task=claim.next_task))
    else:
        _log.info("task not claimed", task_id=task_id, outcome=claim.outcome.value)
    return claim.outcome.value


def _run(services: Services, job: Job, body: Body) -> None:
    log = _log.bind(task_id=job.task.id, session_id=job.task.session_id, kind=job.task.kind)
    last = job.task.attempts >= services.settings.max_attempts
    try:
        with job:
            end = _work(job, body, log, last=last)
            ended = _end(job, end, services.settings.lease_seconds, log)
    except LeaseLost:
        _leave(services, job, log)
    except StoreUnavailable:
        job.give_back()
        raise
    else:
        _announce(services, ended, job.progress)
        passing("announced")


def _work(job: Job, body: Body, log: Any, *, last: bool) -> Callable[[], Committed]:
    """Do the work; gives how the task is to end, whatever came of it.

    Raises:
        LeaseLost: It is no longer ours to end.
        StoreUnavailable: The store was away in the midst of it, and there is another attempt to come.
    """
    try:
        outcome = body(job)
    except LeaseLost:
        raise
    except Exception as error:
        if may_pass(error) and not last:
            raise
        return partial(job.fail, _reason(error, log))
    return partial(job.commit, outcome)


def _end(job: Job, end: Callable[[], Committed], seconds: float, log: Any) -> Committed:
    """End the task; where the store is away, for as long as the lease is ours for sure.

    Raises:
        LeaseLost: It is no longer ours to end.
        StoreUnavailable: The store stayed away: whether the task has ended is for the next attempt to see.
    """
    try:
        return insist(end, seconds=seconds)
    except LeaseLost:
        raise
    except Exception as error:
        if may_pass(error):  # it may have been carried out all the same, so it is no failure
            raise
        return insist(partial(job.fail, _reason(error, log)), seconds=seconds)


def _reason(error: Exception, log: Any) -> WorkbenchError:
    """Say in the words of the workbench why a task failed; what is a fault of ours goes into the log."""
    match error:
        case WorkbenchError():
            log.info("task ended with an error", code=error.code)
            return error
        case MemoryError():  # one that left the task would end the whole worker
            log.error("task ran out of memory", exc_info=error)
            return OutOfMemory(
                "The task needs more memory than the worker has.", "Work on fewer rows or columns."
            )
        case SoftTimeLimitExceeded():
            log.warning("task took too long")
            return TaskTimedOut("The task took longer than it may.", "Split the command into smaller steps.")
    incident = new_id()
    log.error("task failed", incident=incident, exc_info=error)
    return InternalError(
        "Something unexpected went wrong inside the workbench; your data are as they were.",
        f"Please report it with the worker's log of incident {incident}.",
        incident=incident,
    )


def _leave(services: Services, job: Job, log: Any) -> None:
    """Leave a task to the worker that has taken it over; or its session was deleted."""
    log.warning("task is no longer this worker's")
    try:
        discard_deleted(services.store.ledger, job.blobs, job.task)
    except WorkbenchError as error:
        log.warning("blobs of a deleted session not removed", error=str(error))


def _announce(services: Services, ended: Committed, progress: int = 0) -> None:
    """Tell those who wait, send the session's next task, and tidy up."""
    task = ended.task
    text = task.outcome or (task.error or {}).get("detail") or "Done"
    services.board.publish(
        LiveStatus(
            task_id=task.id,
            status=task.status,
            progress=100 if task.status is TaskState.SUCCESS else progress,
            message=str(text),
            stage="done",
        )
    )
    if ended.next_task is not None:
        try:
            services.sender.send(ended.next_task)
        except WorkbenchError as error:
            _log.warning("next task not sent; the sweep will", task_id=ended.next_task.id, error=str(error))
    discard_upload(ConfinedBlobs(services.store.blobs, task), task)  # last, as nobody waits for it
