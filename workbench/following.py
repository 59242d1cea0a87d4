"""Following tasks to their end: one loop, with the clock and the waiting handed in.

The API holds a request until the task has ended or, where the request names what it has seen, until
that has changed. So an end is seen as it happens, and progress as it is made:

- at first, and after each change, only the end is asked for, for a tenth of a second: short tasks cost
  one request, and fast progress is drawn at most ten times a second;
- otherwise any change is asked for.

Where the API answers at once instead, or not at all, pauses grow from 0.05 s to 1 s.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

from workbench.errors import InternalError, Unavailable, WorkbenchError
from workbench.status import TaskStatus

__all__ = ["Answer", "Ask", "Backoff", "Followed", "Follower", "follow"]

_log = logging.getLogger(__name__)

GLANCE_SECONDS = 0.1
HOLD_SECONDS = 1.0
OUTAGE_SECONDS = 60.0


class Answer(NamedTuple):
    """What the API said; ``status`` is None where nothing has changed."""

    status: TaskStatus | None
    etag: str | None


class Ask(Protocol):
    """Asks the API once. Raises Unavailable while it does not answer."""

    def __call__(self, seen: TaskStatus, *, wait: float, etag: str | None) -> Answer:
        """Ask for the status, to be answered within ``wait`` seconds."""
        ...


class Backoff:
    """Pauses that grow.

    Example:
        >>> pauses = Backoff()
        >>> pauses.next(), round(pauses.next(), 4)
        (0.05, 0.0575)
    """

    def __init__(self, first: float = 0.05, factor: float = 1.15, longest: float = 1.0) -> None:
        self._first, self._factor, self._longest = first, factor, longest
        self._pause = first

    def next(self) -> float:
        """The next pause in seconds."""
        pause = self._pause
        self._pause = min(pause * self._factor, self._longest)
        return pause

    def reset(self) -> None:
        """Begin again with the shortest."""
        self._pause = self._first


def follow(
    begin: TaskStatus,
    ask: Ask,
    tell: Callable[[TaskStatus], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
    outage_seconds: float = OUTAGE_SECONDS,
) -> TaskStatus:
    """Ask for a task's status until it has ended.

    Args:
        begin: What is known.
        ask: Asks the API once.
        tell: Hears of each change, and once a second of the time that has passed.
        clock: Seconds, rising.
        sleep: Waits a number of seconds.
        outage_seconds: For how long the API may be away.

    Returns:
        The status at the end; ``tell`` has heard it.

    Raises:
        Unavailable: When the API was away for too long.
        WorkbenchError: What the API said instead of a status.
    """
    begun = clock()
    backoff = Backoff()
    seen, etag, quiet = begin, None, False
    lost: float | None = None
    while True:
        asked = clock()
        wait, known = (HOLD_SECONDS, etag) if quiet and etag else (GLANCE_SECONDS, None)
        try:
            answer = ask(seen, wait=wait, etag=known)
        except Unavailable:
            lost = asked if lost is None else lost
            if clock() - lost >= outage_seconds:
                raise
            tell(replace(seen, reconnecting=True, seconds=clock() - begun))
            sleep(backoff.next())
            continue
        status = seen if answer.status is None else answer.status
        quiet = status == seen and lost is None
        seen = replace(status, seconds=clock() - begun)
        etag = answer.etag or etag
        lost = None
        tell(seen)
        if seen.ended:
            return seen
        if not quiet:
            backoff.reset()
        elif clock() - asked < wait / 2:
            sleep(backoff.next())


class Followed(Protocol):
    """A task that can be followed."""

    @property
    def latest(self) -> TaskStatus:
        """What is known of it."""
        ...

    def ask(self, seen: TaskStatus, *, wait: float, etag: str | None) -> Answer:
        """Ask the API once."""
        ...

    def hear(self, status: TaskStatus, lost: WorkbenchError | None = None) -> None:
        """Hear a status, or why there will be no more."""
        ...


class Follower:
    """Follows the tasks of one session, in a daemon thread, one after the other.

    A session's tasks run in the order in which they were submitted, so the first that has not ended is
    the only one to ask about. The thread ends with the last task.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: deque[Followed] = deque()
        self._lock = threading.Lock()
        self._running = False
        self._closed = threading.Event()

    def add(self, task: Followed) -> None:
        """Follow a task, if it is not followed already."""
        with self._lock:
            if not any(task is other for other in self._tasks):
                self._tasks.append(task)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def close(self) -> None:
        """Stop waiting; a request that is on its way comes to its end by itself."""
        self._closed.set()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._tasks:
                    self._running = False
                    return
                task = self._tasks[0]
            lost = None if task.latest.ended else self._follow(task)
            with self._lock:
                # What cost one task its contact would cost the others theirs, after as long a time.
                gone = list(self._tasks) if isinstance(lost, Unavailable) else [task]
                self._tasks = deque(other for other in self._tasks if other not in gone)
            for other in gone if lost else ():
                other.hear(other.latest, lost=lost)

    def _follow(self, task: Followed) -> WorkbenchError | None:
        """Follow one task; why that did not come to its end, or None."""
        try:
            follow(task.latest, task.ask, task.hear, sleep=self._closed.wait)
        except WorkbenchError as error:
            return error
        except Exception as error:  # noqa: BLE001 - whoever waits for the task must hear of it
            _log.debug("following a task failed", exc_info=True)
            return InternalError(
                f"The status of a task cannot be read: {type(error).__name__}: {error}.",
                "Are the client and the workbench of the same version?",
            )
        return None
