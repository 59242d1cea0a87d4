"""How a task is run: claimed, kept, ended. One place for the ledger's rules, whatever the task does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import structlog
from billiard.exceptions import SoftTimeLimitExceeded

from workbench.errors import (
    BrokerUnavailable,
    InternalError,
    LeaseLost,
    OutOfMemory,
    TaskCancelled,
    TaskTimedOut,
    WorkbenchError,
)
from workbench.ids import new_id
from workbench.models import NodeRecord, TaskRecord, TaskState
from workbench.store.protocol import ClaimOutcome, Committed, Store
from workers.leftovers import discard_deleted, discard_upload
from workers.live import LiveStatus
from workers.services import Services

__all__ = ["Job", "Outcome", "perform"]

_log = structlog.get_logger(__name__)

_RENEW_SECONDS = 2.0
# Live progress is published at this pace, off the task's own way: one that ends sooner costs nothing.
_PUBLISH_SECONDS = 0.05


@dataclass(frozen=True)
class Outcome:
    """What a task's body gives: the result, and the node to commit with it, if there is one."""

    result: dict[str, Any]
    node: NodeRecord | None = None
    move_head: bool = True


class Job:
    """A claimed task, as its body sees it: what to do, how to report, when to stop.

    While the context is open a thread publishes its progress, renews the lease and learns of a
    cancellation.
    """

    def __init__(self, services: Services, task: TaskRecord, fence: int) -> None:
        self.task = task
        self.fence = fence
        self._services = services
        self._live = self._status(TaskState.STARTED, self._reached(), "starting", "Task started")
        self._lease_lost = self._cancelled = False
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="workbench-lease", daemon=True)

    @property
    def store(self) -> Store:
        """Rows and blobs."""
        return self._services.store

    @property
    def payload(self) -> dict[str, Any]:
        """What the submitter asked for."""
        return self.task.payload

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
            raise TaskCancelled("The task was cancelled.", "Submit the command again if that was a mistake.")

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

    def _renew(self) -> None:
        lease = self._services.settings.lease_seconds
        try:
            asked = self.store.ledger.renew_lease(self.task.id, self.fence, lease_seconds=lease)
        except LeaseLost:
            self._lease_lost = True
        except WorkbenchError as error:  # the store may be back before the lease runs out
            _log.warning("lease not renewed", task_id=self.task.id, error=str(error))
        else:
            self._cancelled = self._cancelled or asked

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
        ledger = self.store.ledger
        if outcome.node is None:
            return ledger.finish_task(self.task.id, self.fence, TaskState.SUCCESS, result=outcome.result)
        return ledger.commit_node(
            self.task.id, self.fence, outcome.node, result=outcome.result, move_head=outcome.move_head
        )

    def fail(self, error: WorkbenchError) -> Committed:
        """End the task with an error."""
        status = TaskState.REVOKED if isinstance(error, TaskCancelled) else TaskState.FAILURE
        return self.store.ledger.finish_task(self.task.id, self.fence, status, error=error.to_dict())

    def _status(self, status: TaskState, progress: int, stage: str, message: str) -> LiveStatus:
        return LiveStatus(
            task_id=self.task.id, status=status, progress=progress, message=message, stage=stage
        )


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
        _run(services, Job(services, claim.task, claim.fence), body)
    elif claim.task is not None:  # the claim found that it had to end the task
        _announce(services, Committed(claim.task, next_task=claim.next_task))
    else:
        _log.info("task not claimed", task_id=task_id, outcome=claim.outcome.value)
    return claim.outcome.value


def _run(services: Services, job: Job, body: Body) -> None:
    log = _log.bind(task_id=job.task.id, session_id=job.task.session_id, kind=job.task.kind)
    try:
        ended = _ended(job, body, log)
    except LeaseLost:
        _leave(job, log)
    else:
        _announce(services, ended, job.progress)


def _ended(job: Job, body: Body, log: Any) -> Committed:
    """Do the work and end the task, whatever comes of it; LeaseLost where it is no longer ours to end."""
    try:
        with job:
            return job.commit(body(job))
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - the last door: every task ends in a state, with a reason
        return job.fail(_reason(error, log))


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


def _leave(job: Job, log: Any) -> None:
    """Leave a task to the worker that has taken it over; or its session was deleted."""
    log.warning("task is no longer this worker's")
    try:
        discard_deleted(job.store, job.task)
    except WorkbenchError as error:
        log.warning("blobs of a deleted session not removed", error=str(error))


def _announce(services: Services, ended: Committed, progress: int = 0) -> None:
    """Tell those who wait, send the session's next task, and tidy up."""
    task = ended.task
    text = (task.result or {}).get("transformation") or (task.error or {}).get("detail") or "Done"
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
    discard_upload(services.store.blobs, task)  # last, as nobody waits for it
