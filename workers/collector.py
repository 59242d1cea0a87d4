"""Removing, little by little, the blocks that tasks wrote and never committed."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from workbench.store.protocol import Orphans

__all__ = ["Collector"]

_log = structlog.get_logger(__name__)

_EVERY_SECONDS = 60.0
_AT_ONCE = 100  # blocks: so many files are deleted in some milliseconds, for which nobody else can commit


class Collector:
    """Looks at one session at a time, from the newest to the oldest, and then at all of them again.

    Args:
        orphans: Knows what nothing refers to.
        older_than_seconds: How long a block is kept that nothing refers to.
        every_seconds: The pause between two sessions; the first one is looked at after it.
        clock: Tells the seconds.
    """

    def __init__(
        self,
        orphans: Orphans,
        *,
        older_than_seconds: float,
        every_seconds: float = _EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._orphans = orphans
        self._older_than_seconds = older_than_seconds
        self._every_seconds = every_seconds
        self._clock = clock
        self._due = clock() + every_seconds
        self._session: str | None = None

    def turn(self) -> None:
        """Look at the next session, if it is time to.

        Raises:
            StoreUnavailable: The store does not answer; the session's turn comes again with the next round.
        """
        now = self._clock()
        if now < self._due:
            return
        self._due = now + self._every_seconds
        self._session = self._orphans.next_session(self._session)
        if self._session is None:
            return  # a round is over; the next one begins with the next turn
        found = self._orphans.discard(
            self._session, older_than_seconds=self._older_than_seconds, limit=_AT_ONCE
        )
        if found.blobs:
            _log.info("blocks of tasks that never committed removed", blocks=found.blobs, bytes=found.bytes)
