"""Connections: one for each thread, none across a fork, and what a transaction is."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import StoreUnavailable
from workbench.store.embedded import failures, migrate

__all__ = ["Database"]

_LARGEST_IDLE_LOG = 64 * 1024**2  # bytes of the write-ahead log that are kept after a burst of writing


class _Link:
    """A thread's connection; the lock is held while it is used, and by whoever closes it from outside."""

    __slots__ = ("__weakref__", "connection", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection: sqlite3.Connection | None = None

    def disconnect(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    def __del__(self) -> None:  # the thread has ended
        self.disconnect()


class Database:
    """A SQLite file in WAL mode, to be used by any number of threads and processes.

    Args:
        path: The file; it and its folder are made where they are not there.
        wait_seconds: How long to wait for other writers.

    Raises:
        StoreUnavailable: The file cannot be opened, or is of a later version than this code.
    """

    def __init__(self, path: Path, *, wait_seconds: float) -> None:
        self.path = path.absolute()
        self._wait_seconds = wait_seconds
        self._translated = failures.TranslatedErrors(self.path)
        self._own = threading.local()
        self._links: weakref.WeakSet[_Link] = weakref.WeakSet()
        self._registry = threading.Lock()
        self._paused: list[_Link] = []
        self._closed = False
        # Threads of one process take turns here, without the polling that SQLite's own waiting is.
        self._writing = threading.Lock()
        _DATABASES.add(self)
        with self._registry:  # a fork waits for it
            migrate.create_file(self.path)
        with self._use() as connection:
            migrate.migrate(connection, self.path, wait_seconds=wait_seconds)

    def rows(self, sql: str, parameters: Any = ()) -> list[sqlite3.Row]:
        """Read with one statement."""
        with self._use() as connection:
            return connection.execute(sql, parameters).fetchall()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read with several statements that see one state of the data."""
        with self._use() as connection, _transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Read and write, alone; durable once the context has ended, and void after an error."""
        with self._use() as connection, self._writing, _transaction(connection, "BEGIN IMMEDIATE"):
            yield connection

    def ping(self) -> None:
        """Return if the database answers and has the schema of this code. Raises StoreUnavailable."""
        if not self.path.exists():  # a connection that is open would not notice
            raise StoreUnavailable(
                f"The store's database {self.path} is gone.",
                "Restore it from a backup, or restart the workbench to begin with an empty one.",
            )
        with self._use() as connection:
            version = migrate.version_of(connection)
        if version != migrate.latest_version():
            raise StoreUnavailable(
                f"The database {self.path} has schema {version}, not {migrate.latest_version()}.",
                "Restart the workbench with its latest version.",
            )

    def close(self) -> None:
        """Close all connections, after what they are at. Later calls raise StoreUnavailable."""
        self._closed = True
        self.pause()
        self.resume()

    def pause(self) -> None:
        """Close all connections and hold their threads back until ``resume``."""
        self._registry.acquire()
        self._paused = list(self._links)
        for link in self._paused:
            link.lock.acquire()
            link.disconnect()

    def resume(self) -> None:
        """Let the threads go on; each connects again when it needs to."""
        paused, self._paused = self._paused, []
        for link in paused:
            link.lock.release()
        self._registry.release()

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        link = self._link()
        with self._translated, link.lock:
            if link.connection is None:
                link.connection = self._connect()
            yield link.connection

    def _link(self) -> _Link:
        link: _Link | None = getattr(self._own, "link", None)
        if link is None:
            link = self._own.link = _Link()
            with self._registry:
                self._links.add(link)
        return link

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreUnavailable("The store was closed.", "Open it again.")
        connection = sqlite3.connect(
            self.path,
            timeout=self._wait_seconds,
            isolation_level=None,  # we begin transactions ourselves
            check_same_thread=False,  # pause() closes the connections of other threads
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA journal_size_limit = {_LARGEST_IDLE_LOG:d}")
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    try:
        connection.execute(begin)
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends it itself after some errors
            connection.execute("ROLLBACK")
        raise


# An open SQLite connection must not meet a fork: the child would take over the parent's idea of who holds
# which lock, even for connections that it opens itself. So they are closed before, and opened when needed.
_DATABASES: weakref.WeakSet[Database] = weakref.WeakSet()
_paused_for_fork: list[Database] = []


def _before_fork() -> None:
    for database in list(_DATABASES):
        database.pause()
        _paused_for_fork.append(database)


def _after_fork() -> None:
    while _paused_for_fork:
        _paused_for_fork.pop().resume()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
