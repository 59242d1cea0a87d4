"""A task: one piece of work that was submitted, seen from the notebook."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from workbench.errors import TaskCancelled, TaskTimedOut, WorkbenchError
from workbench.following import Answer, Follower
from workbench.link import Link
from workbench.models import TaskState
from workbench.notebook.cards import render_html, render_text, short_title
from workbench.notebook.views import ProgressView, new_view, running_cell, show_bundle, view_kind
from workbench.status import Result, TaskStatus

__all__ = ["Task"]

# For so long a notebook's cell waits for a task before its card goes live: most tasks end sooner, and
# then their card is final from the start, in the right cell, without a widget ever being made.
_GRACE_SECONDS = 0.12
# For so long an interrupted wait waits for the cancelled task to end, so that its card can say so.
_CANCEL_SECONDS = 5.0


class Task:
    """One submitted command.

    It is returned at once; the work goes on by itself. ``result()`` waits and gives what came out, or
    raises what went wrong; interrupting that wait cancels the task.

    Example::

        task = session.chat("remove rows where email is null")
        task.result()
    """

    def __init__(self, link: Link, status: TaskStatus, follower: Follower, task_id: str = "") -> None:
        self.id = task_id
        self._link = link
        self._follower = follower
        self._status = status
        self._lost: WorkbenchError | None = None  # why it can no longer be followed
        self._seen = 0  # counts the statuses heard, so that those who wait notice each
        self._news = threading.Condition()
        self._drawing = threading.RLock()
        self._made = time.monotonic()
        self._kind = view_kind(link.progress)
        self._card = self._kind in {"widget", "html"}
        self._view: ProgressView | None = None
        self._cell: int | None = None  # in which its card stands
        self._waiters = 0
        self.reported = False  # whether a failure was raised to somebody already

    # What can be asked

    @property
    def title(self) -> str:
        """What was asked for."""
        return self._status.title

    @property
    def status(self) -> str:
        """The state: PENDING, STARTED, PROGRESS, SUCCESS, FAILURE or REVOKED."""
        self._look()
        return self._status.state.value

    @property
    def progress(self) -> int:
        """Percent."""
        self._look()
        return self._status.progress

    @property
    def message(self) -> str:
        """What is going on."""
        self._look()
        return self._status.message

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        self._look()
        return self._status.ended

    @property
    def error(self) -> WorkbenchError | None:
        """Why it has no result; None while it runs, and if it ended well."""
        self._look()
        self._complete()
        return self._status.error

    def wait(self, timeout: float | None = None) -> Task:
        """Wait until the task has ended, whether well or not.

        Args:
            timeout: How many seconds to wait at most; None for as long as it takes.

        Returns:
            The task itself.

        Raises:
            TaskTimedOut: When it has not ended in time; it goes on.
            KeyboardInterrupt: When interrupted; the task is cancelled.
        """
        if not self._status.ended:
            self._lost = None
            self._follower.add(self)
        with self._cancelled_by_interrupt(), self._waiting():
            ended = self._until(None if timeout is None else time.monotonic() + timeout)
        self._draw()  # from this thread: what another drew after its cell had ended may be lost
        if self._lost is not None:
            raise self._lost
        if not ended:
            raise TaskTimedOut(
                f"'{self.title}' has not ended after {timeout} seconds.",
                "It goes on; wait again, or cancel it.",
            )
        return self

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the result.

        Args:
            timeout: How many seconds to wait at most; None for as long as it takes.

        Returns:
            What the command did.

        Raises:
            WorkbenchError: Why the task failed.
            TaskTimedOut: When it has not ended in time; it goes on.
            KeyboardInterrupt: When interrupted; the task is cancelled.
        """
        self.wait(timeout)
        self._complete()
        if self._status.error is not None:
            self.reported = True
            raise self._status.error
        if self._status.result is None:
            raise AssertionError("a task that has ended well has a result")
        return replace(self._status.result, _cell=self._cell)

    def cancel(self) -> Task:
        """Ask the task to stop: one that waits is dropped, one that runs stops at its next step.

        Returns:
            The task itself; one that has ended already stays as it is.
        """
        if not self._status.ended:
            self.reported = True  # who cancels a task need not be told that it ended without a result
            self._link.http.change("DELETE", f"/tasks/{self.id}")
            # Asked here: the follower may be busy with an earlier task of the session.
            self.hear(self.ask(self._status, wait=0.0, etag=None).status or self._status)
            self._follower.add(self)
        return self

    # What the session does with it

    def begin(self, task_id: str) -> None:
        """Follow the task from now on, and open its view in the cell that runs."""
        self.id = task_id
        with self._cancelled_by_interrupt(), self._waiting():  # nobody draws before the view is open
            self._follower.add(self)
            if self._card:
                self._until(time.monotonic() + _GRACE_SECONDS)
            self._open()
        self._draw()

    def uploading(self, percent: int) -> None:
        """Show how much of a file was sent, unless that goes too fast to be seen."""
        seconds = time.monotonic() - self._made
        self._status = replace(
            self._status, stage="uploading", message=f"uploading, {percent} %", seconds=seconds
        )
        if seconds >= _GRACE_SECONDS:
            self._open()
            self._draw()

    def held(self, error: WorkbenchError) -> None:
        """Show that the task was not taken yet, and why."""
        self._status = replace(
            self._status,
            stage="held",
            message=f"not taken yet: {error.message} It is submitted again by itself",
            seconds=time.monotonic() - self._made,
        )
        self._open()
        self._draw()

    def fail(self, error: WorkbenchError) -> None:
        """End a task that was never submitted, because of an error that the caller raises."""
        revoked = isinstance(error, TaskCancelled)
        state = TaskState.REVOKED if revoked else TaskState.FAILURE
        self._status = replace(self._status, state=state, error=error)
        self.reported = True
        self._open()
        self._draw()

    @contextmanager
    def ending(self, what: str, kind: type[WorkbenchError]) -> Iterator[None]:
        """Show how the task ends if it is never taken, because of such an error or an interrupt.

        Args:
            what: What is interrupted then.
            kind: The class of the errors.
        """
        try:
            yield
        except kind as error:
            self.fail(error)
            raise
        except KeyboardInterrupt:
            self.fail(TaskCancelled(f"The {what} was interrupted.", "Nothing was changed."))
            raise

    # What the follower does with it

    def ask(self, seen: TaskStatus, *, wait: float, etag: str | None) -> Answer:
        """Ask the API for the status; of an ended task, also for its result."""
        headers = {"If-None-Match": etag} if etag else {}
        response = self._link.http.get(
            f"/tasks/{self.id}", {"wait": f"{wait:g}"}, headers=headers, wait=wait, attempts=2
        )
        if response.status_code == 304:
            return Answer(None, etag)
        status = seen.with_answer(response.json())
        return Answer(self._ended(status) if status.ended else status, response.headers.get("ETag"))

    def _ended(self, status: TaskStatus) -> TaskStatus:
        from workbench.node import Node

        envelope = self._link.http.get(f"/tasks/{self.id}/result", attempts=2).json()
        return status.with_end(envelope, lambda node_id: Node.open(self._link, node_id))

    def hear(self, status: TaskStatus, lost: WorkbenchError | None = None) -> None:
        """Take over a status; draw it unless somebody waits, who then draws it in the cell that runs."""
        with self._news:
            if not self._status.ended:
                self._status, self._lost = status, lost
            self._seen += 1
            alone = self._waiters == 0
            self._news.notify_all()
        if alone:
            self._draw()

    @property
    def latest(self) -> TaskStatus:
        """The status heard last, without asking."""
        return self._status

    # Inner works

    def _look(self) -> None:
        """Have the status followed from now on."""
        if not self._status.ended:
            self._follower.add(self)

    def _complete(self) -> None:
        """Read how a task of a list has ended: the list says only that it has."""
        if self._status.ended and self._status.result is None and self._status.error is None:
            self._status = self._ended(self._status)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Count those who wait for the task, and draw it meanwhile."""
        with self._news:
            self._waiters += 1
        try:
            yield
        finally:
            with self._news:
                self._waiters -= 1

    @contextmanager
    def _cancelled_by_interrupt(self) -> Iterator[None]:
        """Cancel the task when the wait for it is interrupted, and show how it ended."""
        try:
            yield
        except KeyboardInterrupt as interrupt:
            self.cancel()
            with self._waiting():
                self._until(time.monotonic() + _CANCEL_SECONDS)
            self._open()
            self._draw()
            said = f"'{short_title(self.title)}' {self._after_interrupt()}."
            interrupt.args = (said,)
            # A person who stops a cell has no use for the stack of our wait.
            interrupt._render_traceback_ = lambda: [f"KeyboardInterrupt: {said}"]  # type: ignore[attr-defined]
            raise

    def _after_interrupt(self) -> str:
        if self._status.state is TaskState.REVOKED:
            return "was cancelled"
        return "had ended already" if self._status.ended else "is being cancelled"

    def _until(self, deadline: float | None) -> bool:
        """Draw each status until the task has ended, cannot be followed, or the time is up."""
        seen = -1
        while True:
            with self._news:
                left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
                heard = self._news.wait_for(lambda: self._seen != seen or self._over(), left)  # noqa: B023
                seen = self._seen
                over = self._over()
            if over:
                return self._status.ended
            if not heard:
                return False
            self._draw()

    def _over(self) -> bool:
        return self._status.ended or self._lost is not None

    def _open(self) -> None:
        with self._drawing:
            if self._view is None:
                self._cell = running_cell() if self._card else None
                self._view = new_view(self._kind, self.cancel)
                self._view.open(self._status)

    def _draw(self) -> None:
        with self._drawing:
            status = self._status
            if self._view is None:
                return
            if status.ended:
                self._view.close(status)
            else:
                self._view.update(status)

    def __repr__(self) -> str:
        return f"<Task {render_text(self._status)}>"

    def _repr_html_(self) -> str:
        return render_html(self._status)

    def _ipython_display_(self) -> None:
        """Show the task, unless this very cell shows its card already."""
        if self._cell is None or self._cell != running_cell():
            show_bundle(self._repr_html_(), repr(self))
