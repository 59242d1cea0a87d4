"""Sessions: made, listed, renamed, moved, deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.dependencies import After, Caller, CallerBlobs, CallerStore
from api.openapi import OF_BODIES, problems
from api.schemas import Listing, NewSession, Session, SessionChange
from workbench.errors import (
    InvalidParameter,
    NodeNotFound,
    SessionBusy,
    SessionNotFound,
)
from workbench.store.protocol import HeadMove

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/sessions", tags=["sessions"])


@router.post("", status_code=201, responses=problems(*OF_BODIES))
def create_session(store: CallerStore, response: Response, session: NewSession | None = None) -> Session:
    """Make an empty session."""
    made = Session.of(store.create_session((session or NewSession()).name))
    response.headers["Location"] = f"/api/v1/sessions/{made.id}"
    return made


@router.get("", responses=problems(SessionNotFound))
def list_sessions(
    store: CallerStore, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: After = None
) -> Listing[Session]:
    """List the sessions, newest first."""
    page = store.sessions(limit=limit, after=after)
    return Listing(items=[Session.of(record) for record in page.items], next=page.next)


@router.get("/{session_id}", responses=problems(SessionNotFound))
def get_session(session_id: str, store: CallerStore) -> Session:
    """Read a session."""
    return Session.of(store.session(session_id))


@router.patch("/{session_id}", responses=problems(*OF_BODIES, SessionNotFound, NodeNotFound, SessionBusy))
def change_session(session_id: str, change: SessionChange, store: CallerStore) -> Session:
    """Rename a session, or check out another node: make it the head."""
    if change.name is None and change.head is None:
        raise InvalidParameter("There is nothing to change.", "Give a 'name', a 'head', or both.")
    # The head first: it is the one that may be refused.
    if change.head is not None:
        record = store.move_head(session_id, HeadMove.CHECKOUT, change.head)
    if change.name is not None:
        record = store.rename_session(session_id, change.name)
    return Session.of(record)


@router.delete("/{session_id}", status_code=204, responses=problems(SessionNotFound))
def delete_session(session_id: str, store: CallerStore, blobs: CallerBlobs, caller: Caller) -> None:
    """Delete a session, its nodes and tasks, and its data."""
    store.delete_session(session_id)
    blobs().delete_prefix(f"{caller.id}/{session_id}/")
