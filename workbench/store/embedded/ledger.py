"""The service's face: claiming, keeping and ending tasks, committing nodes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from workbench.errors import NodeNotFound, SessionNotFound
from workbench.models import NodeRecord, SessionRecord, TaskRecord, TaskState
from workbench.store import refusals
from workbench.store.embedded import ending, heads, inputs
from workbench.store.embedded.database import Database
from workbench.store.embedded.rows import from_json, micros, node_json, to_json, to_node, to_session, to_task
from workbench.store.protocol import Claim, ClaimOutcome, Committed, DueTask, HeadMove

__all__ = ["EmbeddedLedger"]

_CLAIM = """
    UPDATE tasks
    SET status = 'STARTED', attempts = attempts + 1, fence = fence + 1, worker = ?, lease_until = ?,
        started_at = coalesce(started_at, ?)
    WHERE seq = ?
"""
_RENEW = "UPDATE tasks SET lease_until = ? WHERE seq = ?"
_SESSION = "SELECT * FROM sessions WHERE id = ?"
_NODE = "SELECT record FROM nodes WHERE id = ?"
_NODE_OF_FINGERPRINT = "SELECT record FROM nodes WHERE session_id = ? AND fingerprint = ?"
_INSERT_NODE = """
    INSERT INTO nodes (id, session_id, owner, parent, fingerprint, record) VALUES (?, ?, ?, ?, ?, ?)
"""
_SET_DATASETS = "UPDATE sessions SET datasets = ?, updated_at = ? WHERE id = ?"
# Due are tasks that nobody claimed since they were sent, and tasks whose lease ran out. Handing out one of
# the latter takes its lease away, so that from then on it counts like one of the former. Without being
# told, SQLite would look for them among all tasks that ever were, in order to have them sorted.
_DUE = """
    SELECT seq, id, kind, queue FROM tasks AS task INDEXED BY tasks_open
    WHERE finished_at IS NULL
      AND (lease_until <= :now OR (lease_until IS NULL AND sent_at <= :before))
      AND NOT EXISTS (
          SELECT 1 FROM tasks AS earlier
          WHERE earlier.session_id = task.session_id AND earlier.finished_at IS NULL
            AND earlier.seq < task.seq
      )
    ORDER BY seq LIMIT :limit
"""
_HAND_OUT = "UPDATE tasks SET sent_at = ?, lease_until = NULL WHERE seq = ?"
_PREVIOUS = """
    SELECT earlier.* FROM tasks AS task JOIN tasks AS earlier ON earlier.session_id = task.session_id
    WHERE task.id = ? AND earlier.seq < task.seq AND earlier.node_id IS NOT NULL
      AND earlier.kind IN ('process_chat_message', 'apply_transformation')
    ORDER BY earlier.seq DESC LIMIT 1
"""
_IN_SESSION = "SELECT 1 FROM nodes WHERE id = ? AND session_id = ?"
_PURGE = "DELETE FROM tasks WHERE finished_at < ?"


class EmbeddedLedger:
    """What workers and the sweep may do: see ``workbench.store.protocol.Ledger``."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def claim_task(self, task_id: str, *, worker: str, lease_seconds: float, max_attempts: int) -> Claim:
        with self._database.writing() as connection:
            now = self._now()
            task = ending.task_row(connection, task_id)
            if task is None or task["finished_at"] is not None:
                return Claim(ClaimOutcome.ENDED)
            if task["lease_until"] is not None and task["lease_until"] > now:
                return Claim(ClaimOutcome.TAKEN)
            if ending.blocked(connection, task):
                return Claim(ClaimOutcome.BLOCKED)
            if task["cancel_requested"]:
                return _revoke_lost(connection, task, now)
            if task["attempts"] >= max_attempts:
                return _give_up(connection, task, now)
            lease = now + _span(lease_seconds)
            connection.execute(_CLAIM, (worker, lease, now, task["seq"]))
            claimed = to_task(_must(ending.task_row(connection, task_id)))
            found = inputs.find(connection, task)
        given = found.read() if found is not None else None
        return Claim(ClaimOutcome.CLAIMED, fence=task["fence"] + 1, task=claimed, inputs=given)

    def renew_lease(self, task_id: str, fence: int, *, lease_seconds: float) -> bool:
        with self._database.writing() as connection:
            task = _held(connection, task_id, fence)
            if task["finished_at"] is None:
                connection.execute(_RENEW, (self._now() + _span(lease_seconds), task["seq"]))
            return bool(task["cancel_requested"])

    def service_session(self, session_id: str) -> SessionRecord:
        for row in self._database.rows(_SESSION, (session_id,)):
            return to_session(row)
        raise SessionNotFound.of(session_id)

    def service_node(self, node_id: str) -> NodeRecord:
        for row in self._database.rows(_NODE, (node_id,)):
            return to_node(row)
        raise NodeNotFound.of(node_id)

    def commit_node(
        self,
        task_id: str,
        fence: int,
        node: NodeRecord,
        *,
        result: dict[str, Any],
        move_head: bool = True,
    ) -> Committed:
        record = node_json(node)  # before the transaction, which should be short
        with self._database.writing() as connection:
            task = _held(connection, task_id, fence)
            if task["finished_at"] is not None:
                return _repeat(connection, task, self._now())
            _check_belongs(node, task)
            now = self._now()
            session = connection.execute(_SESSION, (task["session_id"],)).fetchone()
            committed = _insert_or_find(connection, node, record)
            if node.dataset is not None:
                _name_dataset(connection, session, node.dataset, committed.id, now)
            if move_head and (committed.parents or session["head"] is None):
                heads.advance(connection, session, committed.id, now)
            result = {**result, "node_id": committed.id}
            ended = ending.end_for_worker(
                connection, task, TaskState.SUCCESS, now, result=result, node_id=committed.id
            )
            return Committed(ended, committed, ending.next_after(connection, task, now))

    def commit_move(
        self,
        task_id: str,
        fence: int,
        move: HeadMove,
        *,
        result: dict[str, Any],
        node_id: str | None = None,
        steps: int = 1,
    ) -> Committed:
        if steps < 1:
            raise refusals.move_without_steps(steps)
        with self._database.writing() as connection:
            task = _held(connection, task_id, fence)
            now = self._now()
            if task["finished_at"] is not None:
                return _repeat(connection, task, now)
            session = _session_of(connection, task)
            match move:
                case HeadMove.CHECKOUT:
                    _check_in_session(connection, node_id, task)
                    heads.advance(connection, session, str(node_id), now)
                case HeadMove.UNDO:
                    heads.undo(connection, session, now, steps)
                case HeadMove.REDO:
                    heads.redo(connection, session, now, steps)
            result = {**result, "node_id": _session_of(connection, task)["head"]}
            ended = ending.end_for_worker(connection, task, TaskState.SUCCESS, now, result=result)
            return Committed(ended, next_task=ending.next_after(connection, task, now))

    def service_previous(self, task_id: str) -> TaskRecord | None:
        for row in self._database.rows(_PREVIOUS, (task_id,)):
            return to_task(row)
        return None

    def finish_task(
        self,
        task_id: str,
        fence: int,
        status: TaskState,
        *,
        result: dict[str, Any] | None = None,
        error: dict[str, Any] | None = None,
    ) -> Committed:
        if not status.ended:
            raise refusals.status_not_final(status.value)
        with self._database.writing() as connection:
            task = _held(connection, task_id, fence)
            now = self._now()
            if task["finished_at"] is not None:
                return _repeat(connection, task, now)
            ended = ending.end_for_worker(connection, task, status, now, result=result, error=error)
            return Committed(ended, next_task=ending.next_after(connection, task, now))

    def due_tasks(self, *, resend_seconds: float, limit: int = 100) -> list[DueTask]:
        now = self._now()
        due = {"now": now, "before": now - _span(resend_seconds), "limit": limit}
        if not self._database.rows(_DUE, {**due, "limit": 1}):
            return []  # as nearly always: so no sweep waits for writers, or makes them wait
        with self._database.writing() as connection:
            rows = connection.execute(_DUE, due).fetchall()
            connection.executemany(_HAND_OUT, [(now, row["seq"]) for row in rows])
            return [DueTask(row["id"], row["kind"], row["queue"]) for row in rows]

    def purge_tasks(self, *, older_than_days: float) -> int:
        before = self._now() - _span(older_than_days * 86_400)
        with self._database.writing() as connection:
            return connection.execute(_PURGE, (before,)).rowcount

    def _now(self) -> int:
        return micros(self._clock())


def _span(seconds: float) -> int:
    return timedelta(seconds=seconds) // timedelta(microseconds=1)


def _must(row: sqlite3.Row | None) -> sqlite3.Row:
    assert row is not None  # noqa: S101  read in the transaction that has just written it
    return row


def _held(connection: sqlite3.Connection, task_id: str, fence: int) -> sqlite3.Row:
    """The row of a task that this fence holds, or has ended."""
    task = ending.task_row(connection, task_id)
    if task is None or fence < 1 or task["fence"] != fence:
        raise refusals.lease_lost(task_id, fence)
    return task


def _revoke_lost(connection: sqlite3.Connection, task: sqlite3.Row, now: int) -> Claim:
    error = refusals.cancelled_by_owner().to_dict()
    ended = ending.end(connection, task, TaskState.REVOKED, now, error)
    return Claim(ClaimOutcome.ENDED, task=ended, next_task=ending.next_after(connection, task, now))


def _give_up(connection: sqlite3.Connection, task: sqlite3.Row, now: int) -> Claim:
    error = refusals.worker_lost(task["attempts"]).to_dict()
    ended = ending.end(connection, task, TaskState.FAILURE, now, error)
    return Claim(ClaimOutcome.EXHAUSTED, task=ended, next_task=ending.next_after(connection, task, now))


def _repeat(connection: sqlite3.Connection, task: sqlite3.Row, now: int) -> Committed:
    """The answer to the call that ended the task, for the worker that did not get it."""
    row = connection.execute(_NODE, (task["node_id"],)).fetchone() if task["node_id"] else None
    return Committed(to_task(task), row and to_node(row), ending.next_after(connection, task, now))


def _check_belongs(node: NodeRecord, task: sqlite3.Row) -> None:
    if (node.session_id, node.owner) != (task["session_id"], task["owner"]):
        raise refusals.foreign_node(node.id, task["id"])


def _session_of(connection: sqlite3.Connection, task: sqlite3.Row) -> sqlite3.Row:
    """The session of a task. Raises InvalidParameter for one that is of none."""
    row: sqlite3.Row | None = connection.execute(_SESSION, (task["session_id"],)).fetchone()
    if row is None:
        raise refusals.task_without_session(task["id"])
    return row


def _check_in_session(connection: sqlite3.Connection, node_id: str | None, task: sqlite3.Row) -> None:
    if node_id is None:
        raise refusals.checkout_needs_node()
    if connection.execute(_IN_SESSION, (node_id, task["session_id"])).fetchone() is None:
        raise NodeNotFound.of(node_id)


def _insert_or_find(connection: sqlite3.Connection, node: NodeRecord, record: str) -> NodeRecord:
    row = connection.execute(_NODE_OF_FINGERPRINT, (node.session_id, node.fingerprint)).fetchone()
    if row is not None:
        return to_node(row)
    parent = node.parents[0] if node.parents else None
    connection.execute(_INSERT_NODE, (node.id, node.session_id, node.owner, parent, node.fingerprint, record))
    return node


def _name_dataset(
    connection: sqlite3.Connection, session: sqlite3.Row, name: str, node_id: str, now: int
) -> None:
    datasets = {**from_json(session["datasets"]), name: node_id}
    connection.execute(_SET_DATASETS, (to_json(datasets), now, session["id"]))
