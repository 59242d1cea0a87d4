"""Calls that end a task, while the store is away: made again, for a while, as they may be repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from workbench.errors import StoreDamaged, StoreFull, StoreKeyRefused, StoreNotMigrated, StoreUnavailable

__all__ = ["insist", "may_pass"]

T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_log = structlog.get_logger(__name__)


def may_pass(error: Exception) -> bool:
    """Say whether the store may answer differently in a moment: not where it has clearly said no.

    Example:
        >>> may_pass(StoreUnavailable("It does not answer.")), may_pass(StoreFull("It is full."))
        (True, False)
    """
    definite = StoreDamaged | StoreFull | StoreKeyRefused | StoreNotMigrated
    return isinstance(error, StoreUnavailable) and not isinstance(error, definite)


def insist(call: Callable[[], T], *, seconds: float) -> T:
    """Make a call of the store, and again while the store is away.

    Args:
        call: May be repeated: an earlier one may have gone through, and only its answer been lost.
        seconds: For how long. With a task's lease it makes little sense to go on for longer than that: by
            then another worker has taken the task over.

    Returns:
        The first answer.

    Raises:
        StoreUnavailable: The store was away for all of the time.
    """
    until, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while True:
        try:
            return call()
        except StoreUnavailable as error:
            if not may_pass(error) or time.monotonic() + pause > until:
                raise
            _log.warning("store away; trying again", code=error.code, reason=error.message)
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
