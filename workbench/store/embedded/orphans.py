"""Blocks that dead tasks left behind: discarded while no task of their session can begin.

A task refers to blocks only between its submission and its end, both of which write its row. SQLite lets one
process write at a time. So what is decided and deleted within one transaction that writes is decided for
good: a task that is submitted or claimed afterwards finds the block gone, and writes it again. A worker that
still works on a task that has ended cannot commit what it makes.

Who copies a session in here has no task; ``importing.check_blocks`` looks, in its transaction, whether the
blocks are still there.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from workbench.store.blob_keys import digest_in
from workbench.store.embedded.blobs import FolderBlobs, Written
from workbench.store.embedded.database import Database
from workbench.store.embedded.rows import micros
from workbench.store.protocol import Discarded

__all__ = ["EmbeddedOrphans"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_BEFORE = """
    SELECT id FROM sessions
    WHERE seq < coalesce((SELECT seq FROM sessions WHERE id = ?), 9223372036854775807)
    ORDER BY seq DESC LIMIT 1
"""
_OWNER_AT_REST = """
    SELECT owner FROM sessions
    WHERE id = :id AND NOT EXISTS (SELECT 1 FROM tasks WHERE session_id = :id AND finished_at IS NULL)
"""
_RECORDS = "SELECT record FROM nodes WHERE session_id = ?"


class EmbeddedOrphans:
    """What dead tasks left behind: see ``workbench.store.protocol.Orphans``."""

    def __init__(self, database: Database, blobs: FolderBlobs, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock

    def next_session(self, after: str | None) -> str | None:
        rows = self._database.rows(_BEFORE, (after,))
        return str(rows[0]["id"]) if rows else None

    def discard(self, session_id: str, *, older_than_seconds: float, limit: int = 100) -> Discarded:
        before = micros(self._clock()) - timedelta(seconds=older_than_seconds) // timedelta(microseconds=1)
        # First without keeping anybody waiting: nearly always there is nothing to discard.
        with self._database.reading() as connection:
            owner = _owner_at_rest(connection, session_id)
            if owner is None:
                return Discarded()
            named = _named(connection, session_id)
        keys = self._blobs.keys(f"{owner}/{session_id}/blocks/")
        found = [key for key in keys if self._is_orphan(key, named, before)]
        if not found:
            return Discarded()
        with self._database.writing() as connection:
            if _owner_at_rest(connection, session_id) is None:
                return Discarded()
            named = _named(connection, session_id)  # tasks may have come and gone since
            return self._delete([key for key in found if self._is_orphan(key, named, before)][:limit])

    def _is_orphan(self, key: str, named: set[str], before: int) -> bool:
        digest = digest_in(key)
        if digest is None or digest in named:
            return False
        written = self._written(key)
        return written is not None and written.at < before

    def _written(self, key: str) -> Written | None:
        try:
            return self._blobs.written(key)
        except KeyError:
            return None  # its session is being deleted

    def _delete(self, keys: list[str]) -> Discarded:
        size = 0
        for key in keys:
            written = self._written(key)
            self._blobs.delete(key)
            size += written.size if written else 0
        return Discarded(len(keys), size)


def _owner_at_rest(connection: sqlite3.Connection, session_id: str) -> str | None:
    """Whose a session is; None if it is not there, or a task of its has not ended."""
    row = connection.execute(_OWNER_AT_REST, {"id": session_id}).fetchone()
    return str(row["owner"]) if row is not None else None


def _named(connection: sqlite3.Connection, session_id: str) -> set[str]:
    """Every digest that stands anywhere in a session's nodes.

    Blocks, selections, and whatever a later version names elsewhere in a record: what is no block's digest
    does no harm here, and a block that was overlooked would be lost.
    """
    return {
        digest
        for row in connection.execute(_RECORDS, (session_id,))
        for digest in _DIGEST.findall(row["record"])
    }
