"""The few calls of the project's SQL functions that most tests of the database begin with."""

from __future__ import annotations

from typing import Any

from tests.support.postgres import Caller
from workbench.ids import new_id

__all__ = [
    "CANCELLED",
    "LOST",
    "add_dataset",
    "claim",
    "claimed",
    "command",
    "commit",
    "new_node",
    "opened",
    "submit",
]

CANCELLED = {"code": "task_cancelled"}
LOST = {"code": "worker_lost"}


def submit(
    owner: Caller, session_id: str | None, kind: str = "apply_transformation", **fields: Any
) -> dict[str, Any]:
    """Submit a task. Returns its row."""
    given: dict[str, Any] = {
        "p_id": new_id(),
        "p_payload": {"plan": []},
        "p_queue": "interactive",
        "p_key": None,
        "p_hash": None,
    }
    task: dict[str, Any] = owner.call(
        "submit_task", **{**given, "p_kind": kind, "p_session": session_id, **fields}
    )["task"]
    return task


def claim(service: Caller, task_id: str, **fields: Any) -> dict[str, Any]:
    """Try to claim a task. Returns the whole answer."""
    given = {"p_claim": new_id(), "p_worker": "worker", "p_lease": 600.0, "p_attempts": 3}
    ends = {"p_cancelled": CANCELLED, "p_lost": LOST}
    answer: dict[str, Any] = service.call("claim_task", p_task=task_id, **{**given, **ends, **fields})
    return answer


def claimed(service: Caller, task_id: str, **fields: Any) -> int:
    """Claim a task that must be there for the taking. Returns the fence."""
    answer = claim(service, task_id, **fields)
    assert answer["outcome"] == "claimed", answer
    fence: int = answer["fence"]
    return fence


def new_node(task: dict[str, Any], *parents: str, **fields: Any) -> dict[str, Any]:
    """A record of a node that a task has made."""
    node_id = new_id()
    made = {"id": node_id, "session_id": task["session_id"], "owner": task["owner"], "parents": list(parents)}
    return {**made, "fingerprint": f"fingerprint of {node_id}", "task_id": task["id"], **fields}


def commit(
    service: Caller, task: dict[str, Any], fence: int, node: dict[str, Any], **fields: Any
) -> dict[str, Any]:
    """End a task with a node. Returns the whole answer."""
    given = {"p_node": node, "p_result": {"node_id": node["id"]}, "p_move_head": True}
    answer: dict[str, Any] = service.call(
        "commit_node", p_task=task["id"], p_fence=fence, **{**given, **fields}
    )
    return answer


def add_dataset(owner: Caller, service: Caller, session_id: str, name: str = "flights") -> dict[str, Any]:
    """A source node, made as a worker makes it. Returns its record."""
    task = submit(owner, session_id, "ingest_dataset", p_payload={"filename": f"{name}.csv"})
    node: dict[str, Any] = commit(service, task, claimed(service, task["id"]), new_node(task, dataset=name))[
        "node"
    ]
    return node


def opened(owner: Caller, service: Caller) -> tuple[str, str]:
    """A session with its first dataset. Returns the ids of the session and of its head."""
    session_id: str = owner.call("create_session", p_id=new_id(), p_name="flights")["id"]
    return session_id, add_dataset(owner, service, session_id)["id"]


def command(owner: Caller, service: Caller, session_id: str) -> dict[str, Any]:
    """A command on the head, carried out. Returns its node's record."""
    task = submit(owner, session_id)
    answer = claim(service, task["id"])
    node = new_node(task, answer["inputs"]["node"]["id"])
    made: dict[str, Any] = commit(service, task, answer["fence"], node)["node"]
    return made
