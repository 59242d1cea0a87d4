"""Sessions that were made in another store: read as they are copied, and taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from workbench.errors import SessionNotFound
from workbench.models import NodeRecord
from workbench.store import refusals
from workbench.store.protocol import SessionState
from workbench.store.supabase.connection import Face
from workbench.store.supabase.rows import known, node_json, to_session

__all__ = ["read_state", "take_in"]


def read_state(face: Face, session_id: str) -> SessionState:
    """See ``OwnerStore.session_state``."""
    found = face.call("session_state", p_session=known(session_id, SessionNotFound)).value()
    if found is None:
        raise SessionNotFound.of(session_id)
    return _state(found)


def take_in(
    face: Face, owner: str, state: SessionState, nodes: Sequence[NodeRecord], before: SessionState | None
) -> SessionState:
    """See ``OwnerStore.import_session``."""
    session = state.session
    if session.owner != owner:
        raise refusals.import_refused("it is another owner's")
    times = {"created_at": session.created_at.isoformat(), "updated_at": session.updated_at.isoformat()}
    answer = face.call(
        "import_session",
        p_session={"id": session.id, "name": session.name, **_place(state), **times},
        p_nodes=[node_json(node) for node in nodes],
        p_before=None if before is None else _place(before),
    )
    return _state(
        answer.value(
            session_taken=partial(refusals.session_taken, session.id),
            session_went_on=partial(refusals.session_went_on, session.id),
            session_busy=refusals.session_busy,
            invalid_parameter=lambda: refusals.import_refused(answer.message.rstrip(".")),
        )
    )


def _place(state: SessionState) -> dict[str, Any]:
    return {
        "datasets": state.session.datasets,
        "history": list(state.history),
        "position": state.position,
    }


def _state(found: Mapping[str, Any]) -> SessionState:
    return SessionState(
        session=to_session(found["session"]),
        history=tuple(found["history"]),
        position=found["session"]["head_at"],
        busy=found["busy"],
    )
