"""Regular expressions of users, for no longer than they may take.

Python's ``re`` tries every way to match: of ``(a+)+$`` there are 2³⁰ on thirty letters. It looks for signals
while it does, so a timer can end it; the processor's time is counted, not the clock's.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from workbench.errors import PatternTooSlow

__all__ = ["bounded"]

# What a pattern may take: many times what any takes that does not go back and forth.
_SECONDS = 5.0
_SECONDS_A_ROW = 50e-6


@contextmanager
def bounded(pattern: str, column: str, rows: int) -> Iterator[None]:
    """Give a regular expression some time, by the rows that it is to be looked for in.

    Only the main thread can be ended so, which is where a worker runs its tasks; elsewhere there is no limit.

    Args:
        pattern: The regular expression.
        column: The column that it is looked for in.
        rows: How many rows that has.

    Raises:
        PatternTooSlow: If the time was not enough.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: Any) -> None:
        raise PatternTooSlow.of(pattern, column)

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS + rows * _SECONDS_A_ROW)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
