"""The head and where it has been: a line of positions along which undo and redo walk."""

from __future__ import annotations

import sqlite3

from workbench.store import refusals

__all__ = ["advance", "redo", "undo"]

_CUT_OFF = "DELETE FROM head_history WHERE session_id = ? AND position > ?"
_APPEND = "INSERT INTO head_history (session_id, position, node_id) VALUES (?, ?, ?)"
_AT = "SELECT node_id FROM head_history WHERE session_id = ? AND position = ?"
_ADVANCE = "UPDATE sessions SET head = ?, head_at = ?, head_end = ?, updated_at = ? WHERE id = ?"
_WALK = "UPDATE sessions SET head = ?, head_at = ?, updated_at = ? WHERE id = ?"


def advance(connection: sqlite3.Connection, session: sqlite3.Row, node_id: str, now: int) -> None:
    """Move the head to a node. What lay ahead can no longer be redone; a head that is there stays."""
    if session["head"] == node_id:
        return
    here, end = session["head_at"], session["head_end"]
    if here < end:
        connection.execute(_CUT_OFF, (session["id"], here))
    connection.execute(_APPEND, (session["id"], here + 1, node_id))
    connection.execute(_ADVANCE, (node_id, here + 1, here + 1, now, session["id"]))


def undo(connection: sqlite3.Connection, session: sqlite3.Row, now: int, steps: int = 1) -> None:
    """Move the head back to where it was before its last moves. Raises NothingToUndo."""
    if session["head_at"] <= steps:
        raise refusals.nothing_to_undo(max(session["head_at"] - 1, 0))
    _walk(connection, session, session["head_at"] - steps, now)


def redo(connection: sqlite3.Connection, session: sqlite3.Row, now: int, steps: int = 1) -> None:
    """Take back the last undos. Raises NothingToRedo."""
    if session["head_at"] + steps > session["head_end"]:
        raise refusals.nothing_to_redo(session["head_end"] - session["head_at"])
    _walk(connection, session, session["head_at"] + steps, now)


def _walk(connection: sqlite3.Connection, session: sqlite3.Row, position: int, now: int) -> None:
    node_id = connection.execute(_AT, (session["id"], position)).fetchone()["node_id"]
    connection.execute(_WALK, (node_id, position, now, session["id"]))
