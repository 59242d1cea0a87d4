"""Who may do what with each table and each function: what a new one must be added to.

Four callers: the ``owner`` of what is asked for, an ``other`` user, ``anon`` (the publishable key alone) and
the ``service`` (the secret key).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["CALLERS", "FUNCTIONS", "TABLES", "Expected", "World"]

CALLERS = ("owner", "other", "anon", "service")

# ROWS: sees or changes the owner's. NONE: it is as if they were not there. DENIED: may not even ask.
ROWS, NONE, DENIED = "rows", "none", "denied"
_NOBODY = (DENIED, DENIED, DENIED, DENIED)
_READ_ONLY = {
    "select": (ROWS, NONE, DENIED, ROWS),
    "insert": _NOBODY,
    "update": _NOBODY,
    "delete": _NOBODY,
}
TABLES: dict[str, dict[str, tuple[str, str, str, str]]] = {
    "public.sessions": _READ_ONLY,
    "public.nodes": _READ_ONLY,
    "public.head_history": _READ_ONLY,
    "public.tasks": _READ_ONLY,
    "storage.objects": {
        "select": (ROWS, NONE, NONE, ROWS),
        "insert": (ROWS, DENIED, DENIED, ROWS),
        "update": (NONE, NONE, NONE, ROWS),
        "delete": (ROWS, NONE, NONE, ROWS),
    },
}


@dataclass(frozen=True)
class World:
    """What the calls below are about; all of it is the owner's."""

    owner: str
    session: str
    node: str  # the head, with one before it
    task: str  # ended; its node is the head
    waiting: str  # PENDING, in a session of its own
    busy: str  # a session
    running: str  # its task, STARTED
    fence: int  # of that task
    blob: str

    def elsewhere(self, unknown: str) -> World:
        """The same with ids that nobody has."""
        blob = f"{unknown}/{unknown}/blocks/1.parquet"
        return World(unknown, unknown, unknown, unknown, unknown, unknown, unknown, self.fence, blob)


# ANSWERS: does what it is for. EMPTY: answers that nothing is there. Else the code of the refusal.
ANSWERS, EMPTY = "answers", "empty"


@dataclass(frozen=True)
class Expected:
    """A function: a call of it about the owner's things, and what becomes of it for each caller."""

    arguments: Any
    owner: str
    other: str
    anon: str = DENIED
    service: str = DENIED


def _owners(arguments: Any, refusal: str) -> Expected:
    """A function of owners: to anybody else's session, node or task it answers as to an unknown one."""
    return Expected(arguments, ANSWERS, refusal)


def _services(arguments: Any) -> Expected:
    return Expected(arguments, DENIED, DENIED, DENIED, ANSWERS)


FUNCTIONS: dict[str, Expected] = {
    "create_session": _owners(lambda w: {"p_id": w.session, "p_name": "another"}, "invalid_parameter"),
    "rename_session": _owners(lambda w: {"p_id": w.session, "p_name": "another"}, "session_not_found"),
    "delete_session": _owners(lambda w: {"p_id": w.session}, "session_not_found"),
    "move_head": _owners(
        lambda w: {"p_session": w.session, "p_move": "undo", "p_node": None, "p_request": w.owner},
        "session_not_found",
    ),
    "submit_task": _owners(
        lambda w: {
            "p_id": "01a20a49-0000-7000-8000-000000000001",
            "p_kind": "apply_transformation",
            "p_payload": {"plan": [], "node_id": w.node},
            "p_session": w.session,
            "p_queue": "heavy",
            "p_key": "key",
            "p_hash": "hash",
        },
        "session_not_found",
    ),
    "cancel_task": _owners(
        lambda w: {"p_task": w.waiting, "p_error": {"code": "task_cancelled"}}, "task_not_found"
    ),
    "node_path": Expected(lambda w: {"p_node": w.node}, ANSWERS, EMPTY, DENIED, ANSWERS),
    "blob_keys": Expected(
        lambda w: {"p_prefix": w.blob[:40], "p_after": None, "p_limit": 10}, ANSWERS, EMPTY, DENIED, ANSWERS
    ),
    "session_state": Expected(lambda w: {"p_session": w.session}, ANSWERS, EMPTY, DENIED, ANSWERS),
    "import_session": Expected(
        lambda w: {
            "p_session": {
                "id": w.session,
                "name": "another",
                "datasets": {},
                "history": [],
                "position": 0,
                "created_at": "2026-03-01T12:00:00Z",
                "updated_at": "2026-03-01T12:00:00Z",
            },
            "p_nodes": [],
            "p_before": None,
        },
        "session_went_on",
        "session_taken",
    ),
    "schema_version": Expected(lambda w: {}, ANSWERS, ANSWERS, ANSWERS, ANSWERS),
    "claim_task": _services(
        lambda w: {
            "p_task": w.waiting,
            "p_claim": w.waiting,
            "p_worker": "worker",
            "p_lease": 30.0,
            "p_attempts": 3,
            "p_cancelled": {},
            "p_lost": {},
        }
    ),
    "renew_lease": _services(lambda w: {"p_task": w.running, "p_fence": w.fence, "p_lease": 30.0}),
    "commit_node": _services(
        lambda w: {
            "p_task": w.running,
            "p_fence": w.fence,
            "p_node": {"id": w.running, "session_id": w.busy, "owner": w.owner, "fingerprint": "new"},
            "p_result": {},
            "p_move_head": True,
        }
    ),
    "commit_move": Expected(
        lambda w: {
            "p_task": w.running,
            "p_fence": w.fence,
            "p_move": "undo",
            "p_node": None,
            "p_steps": 1,
            "p_result": {},
        },
        DENIED,
        DENIED,
        DENIED,
        "nothing_to_undo",  # its session has nothing but a source
    ),
    "finish_task": _services(
        lambda w: {
            "p_task": w.running,
            "p_fence": w.fence,
            "p_status": "FAILURE",
            "p_result": None,
            "p_error": {"code": "x"},
        }
    ),
    "due_tasks": _services(lambda w: {"p_resend": 0.0, "p_limit": 10}),
    "purge_tasks": _services(lambda w: {"p_days": 0.0}),
}
