"""Sees what Python tells auditors of: code that is compiled or run, files, processes and sockets."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["noting"]

_NOTED = (
    "compile",
    "exec",
    "open",
    "os.",
    "shutil.",
    "socket.",
    "subprocess.",
    "ctypes.",
    "pickle.",
    "marshal.",
)
_here = threading.local()  # .found: what happened, while this thread is watched


def _hook(event: str, _: object) -> None:
    found = getattr(_here, "found", None)
    if found is not None and event.startswith(_NOTED):
        found.append(event)


sys.addaudithook(_hook)  # it stays as long as the process does


@contextmanager
def noting() -> Iterator[list[str]]:
    """Note what happens in this thread."""
    _here.found = found = []
    try:
        yield found
    finally:
        _here.found = None
