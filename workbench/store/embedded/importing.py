"""Sessions that were made in another store: read as they are copied, and taken in."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence

from workbench.models import NodeRecord
from workbench.store import refusals
from workbench.store.blob_keys import digest_in
from workbench.store.embedded.rows import micros, node_json, to_json, to_session
from workbench.store.protocol import Blobs, SessionState

__all__ = ["check_blocks", "encode", "read_state", "take_in"]

_NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_SESSION = "SELECT * FROM sessions WHERE id = ?"
_HISTORY = "SELECT node_id FROM head_history WHERE session_id = ? ORDER BY position"
_OPEN_TASK = "SELECT 1 FROM tasks WHERE session_id = ? AND finished_at IS NULL LIMIT 1"
_INSERT_SESSION = "INSERT INTO sessions (id, owner, name, created_at, updated_at) VALUES (?, ?, ?, ?, ?)"
_SET_SESSION = """
    UPDATE sessions SET datasets = ?, head = ?, head_at = ?, head_end = ?, updated_at = ? WHERE id = ?
"""
_FORGET = "DELETE FROM head_history WHERE session_id = ?"
_APPEND = "INSERT INTO head_history (session_id, position, node_id) VALUES (?, ?, ?)"
_NODE = "SELECT session_id, owner, fingerprint FROM nodes WHERE id = ?"
_IN_SESSION = "SELECT 1 FROM nodes WHERE id = ? AND session_id = ?"
_OF_FINGERPRINT = "SELECT 1 FROM nodes WHERE session_id = ? AND fingerprint = ?"
_INSERT_NODE = """
    INSERT INTO nodes (id, session_id, owner, parent, fingerprint, record) VALUES (?, ?, ?, ?, ?, ?)
"""


def read_state(connection: sqlite3.Connection, session: sqlite3.Row) -> SessionState:
    """Read where the head of a session has been, in the transaction that has read its row."""
    history = connection.execute(_HISTORY, (session["id"],)).fetchall()
    return SessionState(
        session=to_session(session),
        history=tuple(row["node_id"] for row in history),
        position=session["head_at"],
        busy=connection.execute(_OPEN_TASK, (session["id"],)).fetchone() is not None,
    )


def encode(owner: str, session_id: str, nodes: Sequence[NodeRecord]) -> list[str]:
    """Check that nodes belong to a session of an owner, and write them as JSON.

    Raises:
        InvalidParameter: One is of another session or owner, or has a block that is.
    """
    block = re.compile(rf"{re.escape(owner)}/{re.escape(session_id)}/blocks/{_NAME}")
    for node in nodes:
        if (node.owner, node.session_id) != (owner, session_id):
            raise refusals.import_refused(f"the node {node.id} is of another session")
        for column in node.manifest.columns:
            for key in (column.block, column.selection):
                if key is not None and block.fullmatch(key) is None:
                    raise refusals.import_refused(f"the node {node.id} has a block of another session")
    return [node_json(node) for node in nodes]


def check_blocks(blobs: Blobs, session_id: str, nodes: Sequence[NodeRecord]) -> None:
    """Check that the blocks of nodes are there, in the transaction that takes the nodes in.

    No task of the session says that they are about to be named. So one that was found there, and not copied
    again, may have been discarded since (see ``orphans``), which only ever happens to blocks under a digest.

    Raises:
        SessionWentOn: One is not there; to copy the session again brings it.
    """
    columns = [column for node in nodes for column in node.manifest.columns]
    named = {key for column in columns for key in (column.block, column.selection) if key is not None}
    for key in named:
        if digest_in(key) is not None:
            try:
                blobs.size(key)
            except KeyError as error:
                raise refusals.session_went_on(session_id) from error


def take_in(
    connection: sqlite3.Connection,
    owner: str,
    state: SessionState,
    nodes: Iterable[tuple[NodeRecord, str]],
    before: SessionState | None,
) -> SessionState:
    """Take in a session, or a part of it: see ``OwnerStore.import_session``.

    Args:
        connection: A transaction that writes.
        owner: Whose the session is.
        state: What the session becomes.
        nodes: Nodes that have been checked, with their JSON.
        before: What the caller saw.
    """
    session_id = state.session.id
    row = connection.execute(_SESSION, (session_id,)).fetchone()
    if state.session.owner != owner:
        raise refusals.import_refused("it is another owner's")
    if row is not None and row["owner"] != owner:
        raise refusals.session_taken(session_id)
    here = None if row is None else read_state(connection, row)
    if not (_same(here, before) or (here is not None and _same(here, state))):
        raise refusals.session_went_on(session_id)
    if here is None:
        _make(connection, owner, state)
    for node, record in nodes:
        _add(connection, node, record)
    if not _same(here, state):
        _set(connection, state, here)
    return read_state(connection, connection.execute(_SESSION, (session_id,)).fetchone())


def _same(one: SessionState | None, other: SessionState | None) -> bool:
    """Whether nothing that an import sets is different."""
    if one is None or other is None:
        return one is other
    return _head(one) == _head(other) and one.session.datasets == other.session.datasets


def _head(state: SessionState) -> tuple[tuple[str, ...], int]:
    return state.history, state.position


def _make(connection: sqlite3.Connection, owner: str, state: SessionState) -> None:
    session = state.session
    times = micros(session.created_at), micros(session.updated_at)
    connection.execute(_INSERT_SESSION, (session.id, owner, session.name, *times))


def _add(connection: sqlite3.Connection, node: NodeRecord, record: str) -> None:
    here = connection.execute(_NODE, (node.id,)).fetchone()
    if here is not None:
        if tuple(here) != (node.session_id, node.owner, node.fingerprint):
            raise refusals.session_taken(node.session_id)
        return
    if connection.execute(_OF_FINGERPRINT, (node.session_id, node.fingerprint)).fetchone() is not None:
        raise refusals.session_went_on(node.session_id)
    _check_in_session(connection, node.session_id, node.parents)
    parent = node.parents[0] if node.parents else None
    connection.execute(_INSERT_NODE, (node.id, node.session_id, node.owner, parent, node.fingerprint, record))


def _set(connection: sqlite3.Connection, state: SessionState, here: SessionState | None) -> None:
    session, end = state.session, len(state.history)
    if not min(end, 1) <= state.position <= end:
        raise refusals.import_refused(f"its head is at {state.position} of {end} places")
    _check_in_session(connection, session.id, {*state.history, *session.datasets.values()})
    if here is not None and here.busy and _head(here) != _head(state):
        raise refusals.session_busy()
    connection.execute(_FORGET, (session.id,))
    places = [(session.id, place, node_id) for place, node_id in enumerate(state.history, start=1)]
    connection.executemany(_APPEND, places)
    head = state.history[state.position - 1] if state.position else None
    now = (head, state.position, end, micros(session.updated_at), session.id)
    connection.execute(_SET_SESSION, (to_json(session.datasets), *now))


def _check_in_session(connection: sqlite3.Connection, session_id: str, node_ids: Iterable[str]) -> None:
    for node_id in node_ids:
        if connection.execute(_IN_SESSION, (node_id, session_id)).fetchone() is None:
            raise refusals.import_refused(f"the session has no node {node_id}")
