"""What a command works on, read in the transaction of its claim and understood after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.models import NodeRecord
from workbench.store.embedded.rows import from_json
from workbench.store.protocol import Inputs

__all__ = ["COMMANDS", "Found", "find"]

COMMANDS = frozenset({"process_chat_message", "apply_transformation"})
"""The kinds of tasks that apply to a node of their session."""

_SESSION = "SELECT head, datasets FROM sessions WHERE id = ?"
_NODE = "SELECT id, record FROM nodes WHERE id = ? AND session_id = ?"
_MADE = "SELECT fingerprint, id FROM nodes WHERE parent = ? AND session_id = ?"
_ORIGIN = """
    WITH RECURSIVE path (id, parent) AS (
        SELECT id, parent FROM nodes WHERE id = ?
        UNION ALL
        SELECT nodes.id, nodes.parent FROM path JOIN nodes ON nodes.id = path.parent
    )
    SELECT record ->> '$.dataset' AS dataset FROM path JOIN nodes USING (id) WHERE path.parent IS NULL
"""


@dataclass(frozen=True)
class Found:
    """The rows: records still as text, so that the transaction does not wait for their reading.

    Args:
        node: The id of the node that the command applies to.
        origin: The name of the dataset that it began as.
        datasets: The ids of the session's source nodes by their dataset names.
        made: What was made of the node before: fingerprint -> id.
        records: The records of all these nodes but those made, by id.
    """

    node: str | None
    origin: str | None
    datasets: Mapping[str, str]
    made: Mapping[str, str]
    records: Mapping[str, str]

    def read(self) -> Inputs:
        """Read the records, each once."""
        nodes = {id_: NodeRecord.model_validate_json(record) for id_, record in self.records.items()}
        return Inputs(
            node=nodes[self.node] if self.node is not None else None,
            origin=self.origin,
            datasets={name: nodes[id_] for name, id_ in self.datasets.items() if id_ in nodes},
            made=self.made,
        )


def find(connection: sqlite3.Connection, task: sqlite3.Row) -> Found | None:
    """Find what a command works on.

    Args:
        connection: In the transaction that claims the task.
        task: The task's row.

    Returns:
        The rows; None for a task that is no command of a session.
    """
    session_id = task["session_id"]
    if session_id is None or task["kind"] not in COMMANDS:
        return None
    session = connection.execute(_SESSION, (session_id,)).fetchone()
    datasets: dict[str, str] = from_json(session["datasets"])
    node_id = from_json(task["payload"]).get("node_id") or session["head"]
    records = {}
    for wanted in dict.fromkeys((node_id, *datasets.values())):
        for row in connection.execute(_NODE, (wanted, session_id)):
            records[row["id"]] = row["record"]
    if node_id not in records:
        return Found(None, None, datasets, {}, records)
    made = {row["fingerprint"]: row["id"] for row in connection.execute(_MADE, (node_id, session_id))}
    return Found(node_id, _origin(connection, node_id, datasets), datasets, made, records)


def _origin(connection: sqlite3.Connection, node_id: str, datasets: Mapping[str, str]) -> str | None:
    if len(datasets) == 1:  # there is nothing else to begin as: so a long line costs nothing
        return next(iter(datasets))
    origin: str | None = connection.execute(_ORIGIN, (node_id,)).fetchone()["dataset"]
    return origin
