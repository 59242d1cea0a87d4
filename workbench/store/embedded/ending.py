"""The end of a task, and the one that may run after it: the same whoever ends it."""

from __future__ import annotations

import sqlite3
from typing import Any

from workbench.models import TaskRecord, TaskState
from workbench.store.embedded.rows import to_json, to_task

__all__ = ["blocked", "end", "end_for_worker", "next_after", "task_row"]

_BY_ID = "SELECT * FROM tasks WHERE id = ?"
_END = """
    UPDATE tasks
    SET status = ?, result = ?, error = ?, node_id = ?, fence = fence + ?, lease_until = NULL, finished_at = ?
    WHERE seq = ?
"""
_FIRST_OPEN = "SELECT * FROM tasks WHERE session_id = ? AND finished_at IS NULL ORDER BY seq LIMIT 1"
_EARLIER_OPEN = "SELECT 1 FROM tasks WHERE session_id = ? AND finished_at IS NULL AND seq < ? LIMIT 1"
_SENT = "UPDATE tasks SET sent_at = ? WHERE seq = ?"


def task_row(connection: sqlite3.Connection, task_id: str) -> sqlite3.Row | None:
    """A task's row, whoever its owner is."""
    row: sqlite3.Row | None = connection.execute(_BY_ID, (task_id,)).fetchone()
    return row


def blocked(connection: sqlite3.Connection, task: sqlite3.Row) -> bool:
    """Whether an earlier task of the session has not ended."""
    session_id = task["session_id"]
    if session_id is None:
        return False
    return connection.execute(_EARLIER_OPEN, (session_id, task["seq"])).fetchone() is not None


def end_for_worker(
    connection: sqlite3.Connection,
    task: sqlite3.Row,
    status: TaskState,
    now: int,
    *,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
    node_id: str | None = None,
) -> TaskRecord:
    """End a task in the name of the worker that holds it, who may repeat the call."""
    return _end(connection, task, (status, to_json(result), to_json(error), node_id, 0, now))


def end(
    connection: sqlite3.Connection, task: sqlite3.Row, status: TaskState, now: int, error: dict[str, Any]
) -> TaskRecord:
    """End a task over the head of its worker: the fence rises, so that a late one finds its lease lost."""
    return _end(connection, task, (status, None, to_json(error), None, 1, now))


def _end(connection: sqlite3.Connection, task: sqlite3.Row, values: tuple[Any, ...]) -> TaskRecord:
    connection.execute(_END, (*values, task["seq"]))
    return to_task(connection.execute(_BY_ID, (task["id"],)).fetchone())


def next_after(connection: sqlite3.Connection, ended: sqlite3.Row, now: int) -> TaskRecord | None:
    """The task of the session that the end of another one has let go, noted as sent now."""
    if ended["session_id"] is None:
        return None
    row = connection.execute(_FIRST_OPEN, (ended["session_id"],)).fetchone()
    if row is None or row["seq"] < ended["seq"] or row["status"] != TaskState.PENDING:
        return None
    connection.execute(_SENT, (now, row["seq"]))
    return to_task(row)
