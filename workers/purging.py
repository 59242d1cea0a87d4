"""Forgetting tasks that ended long ago; what they made stays."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from workbench.store.protocol import Ledger

__all__ = ["Purge"]

_log = structlog.get_logger(__name__)

_EVERY_SECONDS = 3_600.0


class Purge:
    """Deletes the rows of ended tasks once they are old.

    Args:
        ledger: Holds the rows.
        older_than_days: How long a task's row is kept after its end.
        every_seconds: The pause between two purges; the first one is after it.
        clock: Tells the seconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        older_than_days: float,
        every_seconds: float = _EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._older_than_days = older_than_days
        self._every_seconds = every_seconds
        self._clock = clock
        self._due = clock() + every_seconds

    def turn(self) -> None:
        """Purge, if it is time to.

        Raises:
            StoreUnavailable: The store does not answer; it is asked again after the usual pause.
        """
        now = self._clock()
        if now < self._due:
            return
        self._due = now + self._every_seconds
        purged = self._ledger.purge_tasks(older_than_days=self._older_than_days)
        if purged:
            _log.info("tasks that ended long ago forgotten", tasks=purged)
