"""One user's face: what belongs to somebody else is as if it were not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from workbench.errors import NodeNotFound, NotFound, SessionNotFound, TaskNotFound
from workbench.ids import new_id
from workbench.models import NodeRecord, SessionRecord, TaskRecord, TaskState
from workbench.store import refusals
from workbench.store.embedded import ending, heads, importing
from workbench.store.embedded.database import Database
from workbench.store.embedded.owned import OwnedBlobs
from workbench.store.embedded.rows import micros, page, to_json, to_node, to_session, to_task
from workbench.store.limits import OPEN_TASKS_OF_OWNER, OPEN_TASKS_OF_SESSION
from workbench.store.protocol import Blobs, Committed, HeadMove, NewTask, Page, SessionState, Submitted

__all__ = ["EmbeddedOwner"]

_COMMANDS = frozenset({"process_chat_message", "apply_transformation"})
_FROM_THE_TOP = 2**63 - 1  # SQLite's largest integer: every row comes before it

_INSERT_SESSION = "INSERT INTO sessions (id, owner, name, created_at, updated_at) VALUES (?, ?, ?, ?, ?)"
_SESSION = "SELECT * FROM sessions WHERE id = ? AND owner = ?"
_SESSIONS = "SELECT * FROM sessions WHERE owner = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
_SESSION_SEQ = "SELECT seq FROM sessions WHERE id = ? AND owner = ?"
_RENAME = "UPDATE sessions SET name = ?, updated_at = ? WHERE id = ? AND owner = ?"
_DELETE_SESSION = "DELETE FROM sessions WHERE id = ? AND owner = ?"
_SET_LAST_MOVE = "UPDATE sessions SET last_move = ? WHERE id = ?"
_NODE = "SELECT record FROM nodes WHERE id = ? AND owner = ?"
_NODES = "SELECT record FROM nodes WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?"
_NODE_SEQ = "SELECT seq FROM nodes WHERE id = ? AND session_id = ?"
_PATH = """
    WITH RECURSIVE path (seq, parent, distance) AS (
        SELECT seq, parent, 0 FROM nodes WHERE id = ? AND owner = ?
        UNION ALL
        SELECT nodes.seq, nodes.parent, distance + 1 FROM path JOIN nodes ON nodes.id = path.parent
    )
    SELECT record FROM path JOIN nodes USING (seq) ORDER BY distance DESC
"""
_INSERT_TASK = """
    INSERT INTO tasks (
        id, owner, session_id, kind, queue, payload, idempotency_key, request_hash, created_at, sent_at
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_TASK = "SELECT * FROM tasks WHERE id = ? AND owner = ?"
_TASK_OF_KEY = "SELECT * FROM tasks WHERE owner = ? AND idempotency_key = ?"
_TASK_SEQ = "SELECT seq FROM tasks WHERE id = ? AND owner = ?"
_TASKS = "SELECT * FROM tasks WHERE owner = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
_TASKS_OF_SESSION = "SELECT * FROM tasks WHERE session_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
_OPEN_TASK = "SELECT 1 FROM tasks WHERE session_id = ? AND finished_at IS NULL LIMIT 1"
_OPEN_INGEST = """
    SELECT 1 FROM tasks WHERE session_id = ? AND finished_at IS NULL AND kind = 'ingest_dataset' LIMIT 1
"""
_OPEN_OF_SESSION = "SELECT count(*) FROM tasks WHERE session_id = ? AND finished_at IS NULL"
_OPEN_OF_OWNER = "SELECT count(*) FROM tasks WHERE owner = ? AND finished_at IS NULL"
_ASK_TO_END = "UPDATE tasks SET cancel_requested = 1 WHERE seq = ?"


class EmbeddedOwner:
    """What one user may do: see ``workbench.store.protocol.OwnerStore``."""

    def __init__(self, database: Database, owner: str, clock: Callable[[], datetime], blobs: Blobs) -> None:
        self._database = database
        self._owner = owner
        self._clock = clock
        self._blobs = OwnedBlobs(blobs, owner)

    @property
    def blobs(self) -> Blobs:
        return self._blobs

    def create_session(self, name: str) -> SessionRecord:
        session_id, now = new_id(), self._now()
        with self._database.writing() as connection:
            connection.execute(_INSERT_SESSION, (session_id, self._owner, name, now, now))
            return to_session(self._session(connection, session_id))

    def session(self, session_id: str) -> SessionRecord:
        for row in self._database.rows(_SESSION, (session_id, self._owner)):
            return to_session(row)
        raise SessionNotFound.of(session_id)

    def sessions(self, *, limit: int = 50, after: str | None = None) -> Page[SessionRecord]:
        with self._database.reading() as connection:
            start = _position(connection, _SESSION_SEQ, after, self._owner, SessionNotFound, _FROM_THE_TOP)
            rows = connection.execute(_SESSIONS, (self._owner, start, _one_more(limit))).fetchall()
        return page(rows, limit, to_session)

    def rename_session(self, session_id: str, name: str) -> SessionRecord:
        with self._database.writing() as connection:
            connection.execute(_RENAME, (name, self._now(), session_id, self._owner))
            return to_session(self._session(connection, session_id))

    def delete_session(self, session_id: str) -> None:
        with self._database.writing() as connection:
            if not connection.execute(_DELETE_SESSION, (session_id, self._owner)).rowcount:
                raise SessionNotFound.of(session_id)

    def move_head(
        self, session_id: str, move: HeadMove, node_id: str | None = None, *, request: str | None = None
    ) -> SessionRecord:
        with self._database.writing() as connection:
            session = self._session(connection, session_id)
            if request is not None and session["last_move"] == request:
                return to_session(session)
            if move is HeadMove.CHECKOUT:
                _check_node(connection, session_id, node_id)
            if connection.execute(_OPEN_TASK, (session_id,)).fetchone():
                raise refusals.session_busy()
            now = self._now()
            match move:
                case HeadMove.CHECKOUT:
                    heads.advance(connection, session, str(node_id), now)
                case HeadMove.UNDO:
                    heads.undo(connection, session, now)
                case HeadMove.REDO:
                    heads.redo(connection, session, now)
            connection.execute(_SET_LAST_MOVE, (request, session_id))
            return to_session(self._session(connection, session_id))

    def node(self, node_id: str) -> NodeRecord:
        for row in self._database.rows(_NODE, (node_id, self._owner)):
            return to_node(row)
        raise NodeNotFound.of(node_id)

    def nodes(self, session_id: str, *, limit: int = 200, after: str | None = None) -> Page[NodeRecord]:
        with self._database.reading() as connection:
            self._session(connection, session_id)
            start = _position(connection, _NODE_SEQ, after, session_id, NodeNotFound, 0)
            rows = connection.execute(_NODES, (session_id, start, _one_more(limit))).fetchall()
        return page(rows, limit, to_node)

    def path(self, node_id: str) -> list[NodeRecord]:
        path = [to_node(row) for row in self._database.rows(_PATH, (node_id, self._owner))]
        if not path:
            raise NodeNotFound.of(node_id)
        return path

    def submit_task(self, new: NewTask) -> Submitted:
        payload = to_json(new.payload)
        with self._database.writing() as connection:
            earlier = self._earlier(connection, new, payload)
            if earlier is not None:
                return Submitted(to_task(earlier), repeated=True)
            self._check_target(connection, new)
            self._check_room(connection, new.session_id)
            now = self._now()
            fixed = (new.id, self._owner, new.session_id, new.kind, new.queue, payload)
            connection.execute(_INSERT_TASK, (*fixed, new.idempotency_key, new.request_hash, now, now))
            return Submitted(to_task(connection.execute(_TASK, (new.id, self._owner)).fetchone()))

    def task(self, task_id: str) -> TaskRecord:
        for row in self._database.rows(_TASK, (task_id, self._owner)):
            return to_task(row)
        raise TaskNotFound.of(task_id)

    def tasks(
        self, *, session_id: str | None = None, limit: int = 50, after: str | None = None
    ) -> Page[TaskRecord]:
        with self._database.reading() as connection:
            if session_id is not None:
                self._session(connection, session_id)
            start = _position(connection, _TASK_SEQ, after, self._owner, TaskNotFound, _FROM_THE_TOP)
            query = _TASKS if session_id is None else _TASKS_OF_SESSION
            rows = connection.execute(query, (session_id or self._owner, start, _one_more(limit))).fetchall()
        return page(rows, limit, to_task)

    def cancel_task(self, task_id: str) -> Committed:
        with self._database.writing() as connection:
            task = connection.execute(_TASK, (task_id, self._owner)).fetchone()
            if task is None:
                raise TaskNotFound.of(task_id)
            if task["finished_at"] is not None:
                return Committed(to_task(task))
            if task["status"] != TaskState.PENDING:
                connection.execute(_ASK_TO_END, (task["seq"],))
                return Committed(to_task(connection.execute(_TASK, (task_id, self._owner)).fetchone()))
            now = self._now()
            error = refusals.cancelled_while_pending().to_dict()
            ended = ending.end(connection, task, TaskState.REVOKED, now, error)
            return Committed(ended, next_task=ending.next_after(connection, task, now))

    def session_state(self, session_id: str) -> SessionState:
        with self._database.reading() as connection:
            return importing.read_state(connection, self._session(connection, session_id))

    def import_session(
        self, state: SessionState, nodes: Sequence[NodeRecord] = (), *, before: SessionState | None
    ) -> SessionState:
        records = importing.encode(self._owner, state.session.id, nodes)
        with self._database.writing() as connection:
            importing.check_blocks(self._blobs, state.session.id, nodes)
            pairs = zip(nodes, records, strict=True)
            return importing.take_in(connection, self._owner, state, pairs, before)

    def _now(self) -> int:
        return micros(self._clock())

    def _session(self, connection: sqlite3.Connection, session_id: str) -> sqlite3.Row:
        row: sqlite3.Row | None = connection.execute(_SESSION, (session_id, self._owner)).fetchone()
        if row is None:
            raise SessionNotFound.of(session_id)
        return row

    def _earlier(
        self, connection: sqlite3.Connection, new: NewTask, payload: str | None
    ) -> sqlite3.Row | None:
        """The row that this submission has made before, by its idempotency key or by its id."""
        row: sqlite3.Row | None
        if new.idempotency_key is not None:
            row = connection.execute(_TASK_OF_KEY, (self._owner, new.idempotency_key)).fetchone()
            if row is not None:
                if row["request_hash"] != new.request_hash:
                    raise refusals.idempotency_conflict(new.idempotency_key)
                return row
        row = ending.task_row(connection, new.id)
        this = (self._owner, new.session_id, new.kind, payload)
        if row is not None and this != (row["owner"], row["session_id"], row["kind"], row["payload"]):
            raise refusals.task_id_taken(new.id)
        return row

    def _check_target(self, connection: sqlite3.Connection, new: NewTask) -> None:
        if new.session_id is None:
            return
        session = self._session(connection, new.session_id)
        if new.payload.get("node_id") is not None:
            _check_node(connection, new.session_id, new.payload["node_id"])
        if new.kind not in _COMMANDS or session["head"] is not None:
            return
        if connection.execute(_OPEN_INGEST, (new.session_id,)).fetchone() is None:
            raise refusals.session_empty(new.session_id)

    def _check_room(self, connection: sqlite3.Connection, session_id: str | None) -> None:
        (of_session,) = connection.execute(_OPEN_OF_SESSION, (session_id,)).fetchone()
        if of_session >= OPEN_TASKS_OF_SESSION:
            raise refusals.too_many_tasks_of_session()
        (of_owner,) = connection.execute(_OPEN_OF_OWNER, (self._owner,)).fetchone()
        if of_owner >= OPEN_TASKS_OF_OWNER:
            raise refusals.too_many_tasks()


def _check_node(connection: sqlite3.Connection, session_id: str, node_id: str | None) -> None:
    if node_id is None:
        raise refusals.checkout_needs_node()
    if connection.execute(_NODE_SEQ, (node_id, session_id)).fetchone() is None:
        raise NodeNotFound.of(str(node_id))


def _position(
    connection: sqlite3.Connection,
    query: str,
    after: str | None,
    within: str,
    missing: type[NotFound],
    default: int,
) -> int:
    """Where a page begins: behind the row with the id ``after``."""
    if after is None:
        return default
    row = connection.execute(query, (after, within)).fetchone()
    if row is None:
        raise missing.of(after)
    position: int = row["seq"]
    return position


def _one_more(limit: int) -> int:
    if limit < 1:
        raise refusals.page_without_items(limit)
    return limit + 1
