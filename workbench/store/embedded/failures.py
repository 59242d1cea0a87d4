"""SQLite's and the file system's errors in the workbench's words: no raw one leaves the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from workbench.errors import InternalError, StoreFull, StoreUnavailable, WorkbenchError
from workbench.store import refusals
from workbench.store.disk_space import is_full

__all__ = ["TranslatedErrors", "of_file", "of_sqlite", "using_file"]

_FREE_SPACE = "Free some space, or set WORKBENCH_DATA_DIR to a folder on a larger disk."
_BY_CODE = {
    sqlite3.SQLITE_BUSY: (
        "is locked by another process",
        "Try again; if it lasts, look for a program that holds the file open, such as a database browser.",
    ),
    sqlite3.SQLITE_LOCKED: ("is locked by another connection", "Try again."),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", _FREE_SPACE),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "Check that its folder exists and may be written to, or set WORKBENCH_DATA_DIR to another one.",
    ),
    sqlite3.SQLITE_READONLY: (
        "may not be written to",
        "Give your user the right to write to it, or set WORKBENCH_DATA_DIR to another folder.",
    ),
    sqlite3.SQLITE_IOERR: (
        "could not be read or written by the operating system",
        "Check the disk; network file systems do not suit the store.",
    ),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore it from a backup, or set WORKBENCH_DATA_DIR anew."),
    sqlite3.SQLITE_NOTADB: (
        "is not a database of the workbench",
        "Move that file away, or set WORKBENCH_DATA_DIR to another folder.",
    ),
}


def of_sqlite(error: sqlite3.Error, path: Path) -> WorkbenchError:
    """Say in a sentence what an error of SQLite means, and what to do about it.

    Args:
        error: The error.
        path: The database file.

    Returns:
        StoreUnavailable, or InternalError where the store itself broke one of its rules.
    """
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if isinstance(error, sqlite3.IntegrityError):
        return InternalError(f"The store refused a row: {error}.", "Please report this.", sqlite=name)
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the higher bits say more exactly where
    what, hint = _BY_CODE.get(primary, (f"does not answer: {error}", "Try again, or restart the workbench."))
    kind = StoreFull if primary == sqlite3.SQLITE_FULL else StoreUnavailable
    return kind(f"The store's database {path} {what}.", hint, sqlite=name)


def of_file(error: OSError, path: Path) -> StoreUnavailable:
    """Say in a sentence why a file of the store could not be read or written."""
    if is_full(error):
        return StoreFull(f"The disk that holds {path} is full.", _FREE_SPACE)
    reason = error.strerror or type(error).__name__
    return StoreUnavailable(
        f"The store cannot use {path}: {reason}.",
        "Check that the folder exists and may be written to, or set WORKBENCH_DATA_DIR to another one.",
    )


@contextmanager
def using_file(path: Path) -> Iterator[None]:
    """A context in which the file system's errors become the workbench's."""
    try:
        yield
    except OSError as error:
        raise of_file(error, path) from error


class TranslatedErrors:
    """A context in which SQLite's errors become the workbench's."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, sqlite3.Error):
            raise of_sqlite(error, self._path) from error
        if isinstance(error, UnicodeEncodeError):
            raise refusals.not_unicode() from error
