"""The schema: numbered ``.sql`` files, applied in order, once, however many processes open the store."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.errors import StoreUnavailable
from workbench.store.embedded import failures

__all__ = ["create_file", "latest_version", "migrate", "version_of"]

_OPENING = threading.Lock()


@cache
def _migrations() -> tuple[tuple[int, str], ...]:
    folder = files("workbench.store.embedded") / "migrations"
    scripts = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple((int(name.partition("_")[0]), file.read_text(encoding="utf-8")) for name, file in scripts)


def latest_version() -> int:
    """The version of the schema that this code is written for."""
    return _migrations()[-1][0]


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the schema that a database has; 0 for an empty one."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def create_file(path: Path) -> None:
    """Create an empty database file that only its user may read, where there is none.

    Raises:
        StoreUnavailable: The folder or the file cannot be made.
    """
    # A process that closes any descriptor of a file gives up all its POSIX locks on that file, so this
    # may happen only when the file is new and no thread has a connection to it.
    with _OPENING:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            if not path.parent.is_dir():
                raise StoreUnavailable(
                    f"The data folder {path.parent} is a file.", "Set WORKBENCH_DATA_DIR to a folder."
                ) from None
        except OSError as error:
            raise failures.of_file(error, path) from error


def migrate(connection: sqlite3.Connection, path: Path, *, wait_seconds: float) -> None:
    """Bring a database to the latest version, in WAL mode.

    Args:
        connection: An open connection in autocommit mode, outside of a transaction.
        path: The database file.
        wait_seconds: How long to wait for other processes that are doing the same.

    Raises:
        StoreUnavailable: The database is of a later version than this code, or stays locked.
    """
    if _is_current(connection, path):
        return
    # SQLite does not wait for its turn when it changes to WAL mode; the file lock does.
    lock = FileLock(
        path.with_name(path.name + ".migration.lock"), timeout=wait_seconds, poll_interval=0.02, mode=0o600
    )
    try:
        with lock:
            connection.execute("PRAGMA journal_mode = WAL")
            _apply(connection, path)
    except Timeout as error:
        raise StoreUnavailable(
            f"Another process has been preparing the database {path} for {wait_seconds:g} s.",
            "Wait for it to end, or end it.",
        ) from error


def _is_current(connection: sqlite3.Connection, path: Path) -> bool:
    version = version_of(connection)
    if version > latest_version():
        raise StoreUnavailable(
            f"The database {path} was made by a later version of the workbench "
            f"(schema {version}, this one knows {latest_version()}).",
            "Upgrade with `pip install -U notebook-workbench`, or set WORKBENCH_DATA_DIR to another folder.",
            schema=version,
            known=latest_version(),
        )
    return version == latest_version() and connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def _apply(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN EXCLUSIVE")
    try:
        if not _is_current(connection, path):
            present = version_of(connection)
            for number, script in _migrations():
                if number > present:
                    for statement in _statements(script):
                        connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {latest_version():d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    # Connection.executescript would commit the transaction that we are in.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
