"""Several calls let go together, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

__all__ = ["Refused", "at_once", "refusable"]


class Refused(str):
    """What a call of an SQL function was refused with: our error code."""

    __slots__ = ()


def refusable(call: Callable[[], Any]) -> Any:
    """Make a call. Returns its answer, or what it was refused with; every other error is one."""
    try:
        return call()
    except psycopg.Error as error:
        if not str(error.sqlstate).startswith("PT"):
            raise
        return Refused(error.diag.message_detail)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make all calls at the same time. Returns what became of each, in their order."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait(timeout=30)
        return refusable(call)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
