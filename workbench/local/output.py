"""Where the log of a stack goes: to a terminal, or to a file that cannot grow without bounds."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from workbench.errors import InvalidParameter

__all__ = ["to_file", "to_stream"]

_COLOURS = {"broker": "33", "api": "36", "worker": "32", "workbench": "1"}
_WIDTH = max(map(len, _COLOURS))
_FILE_BYTES = 10 * 1024**2
_FILES_KEPT = 3


def to_stream(stream: TextIO | None = None) -> Callable[[str, str], None]:
    """Write each line with its part's name before it, in colour on a terminal; by default to stdout."""
    stream = stream or sys.stdout
    coloured = stream.isatty() and "NO_COLOR" not in os.environ

    def say(name: str, line: str) -> None:
        prefix = _prefix(name)
        if coloured and prefix:
            prefix = f"\x1b[{_COLOURS.get(name, '0')}m{prefix}\x1b[0m"
        stream.write(f"{prefix}{line}\n")
        stream.flush()

    return say


@contextmanager
def to_file(path: Path) -> Iterator[Callable[[str, str], None]]:
    """Append each line to a file, with the time; a file that is full is put aside, and three are kept.

    On a terminal, what is said by nobody in particular (where the stack is) is shown as well.

    Raises:
        InvalidParameter: When the file cannot be written.
    """
    shown = to_stream() if sys.stdout.isatty() else None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise InvalidParameter(f"The log file '{path}' cannot be written: {error.strerror}.") from error
    handler = RotatingFileHandler(path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def say(name: str, line: str) -> None:
        if shown and not name:
            shown(name, line)
        handler.handle(logging.LogRecord("stack", logging.INFO, "", 0, _prefix(name) + line, None, None))

    with closing(handler):
        yield say


def _prefix(name: str) -> str:
    return f"{name:<{_WIDTH}} | " if name else ""
