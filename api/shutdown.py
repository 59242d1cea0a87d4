"""Ending at once: those who wait for a task are answered as soon as the process is asked to stop.

The server lets running requests finish before it stops, and a long poll may take half a minute.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["closing_on_sigterm"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def closing_on_sigterm(close: Callable[[], None]) -> Iterator[None]:
    """Call something in the event loop when the process is asked to stop, before the server's own handler.

    Args:
        close: What to call. Where this is not the main thread there are no signals, and it is not called.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(close)
        previous = before[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)

    for number in _SIGNALS:
        if callable(before[number]):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, previous in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, previous)
