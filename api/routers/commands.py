"""Commands: what should happen to the data, in words or as a plan; and back, and forth."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.dependencies import CallerStore, IdempotencyOf, PartsOf
from api.openapi import OF_BODIES, problems
from api.schemas import ChatMessage, PlanSubmission, Session, TaskAccepted
from api.submission import accept, submit
from workbench.errors import (
    IdempotencyConflict,
    InvalidParameter,
    InvalidPlan,
    MessageEmpty,
    MessageTooLong,
    NodeNotFound,
    NothingToRedo,
    NothingToUndo,
    SessionBusy,
    SessionEmpty,
    SessionNotFound,
    TooManyTasks,
)
from workbench.store.protocol import HeadMove
from workbench.transformations import Plan

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/sessions", tags=["commands"])

_SUBMISSION = (*OF_BODIES, SessionNotFound, NodeNotFound, SessionEmpty, IdempotencyConflict, TooManyTasks)


@router.post(
    "/{session_id}/chat", status_code=202, responses=problems(*_SUBMISSION, MessageEmpty, MessageTooLong)
)
def submit_chat_message(
    session_id: str,
    chat: ChatMessage,
    request: Request,
    response: Response,
    store: CallerStore,
    parts: PartsOf,
    idempotency: IdempotencyOf,
) -> TaskAccepted:
    """Say in plain words what should happen to the data.

    The command applies to the head that the session's earlier commands leave, or, with `node_id`, to that
    node. A question ("how many …?") is answered beside the line: its result `asks` and has the `answer`, and
    the head stays, until "go on with that" or a PATCH of the session's `head` moves it. What is said of the
    line itself ("undo the last two", "go back to before the join") moves the head. What is not understood
    ends the task as FAILURE, with the words and the nearest readings.
    """
    message = _message(chat.message, parts.settings.max_message_characters)
    task, repeated = submit(
        parts,
        store,
        "process_chat_message",
        {"message": message, "node_id": chat.node_id, "dry_run": chat.dry_run},
        session_id=session_id,
        idempotency=idempotency,
    )
    return accept(request, response, task, repeated)


@router.post("/{session_id}/transformations", status_code=202, responses=problems(*_SUBMISSION, InvalidPlan))
def apply_transformations(
    session_id: str,
    submission: PlanSubmission,
    request: Request,
    response: Response,
    store: CallerStore,
    parts: PartsOf,
    idempotency: IdempotencyOf,
) -> TaskAccepted:
    """Apply an explicit plan; it is checked against the catalogue before anything is queued."""
    task, repeated = submit(
        parts,
        store,
        "apply_transformation",
        {
            "plan": _plan(submission.plan, parts.settings.max_plan_steps),
            "node_id": submission.node_id,
            "dry_run": submission.dry_run,
        },
        session_id=session_id,
        idempotency=idempotency,
    )
    return accept(request, response, task, repeated)


@router.post("/{session_id}/undo", responses=problems(SessionNotFound, NothingToUndo, SessionBusy))
def undo(session_id: str, store: CallerStore, idempotency: IdempotencyOf) -> Session:
    """Move the head back to where it was before its last move; nothing is deleted.

    Repeated with the `Idempotency-Key` of the session's last move, it moves nothing.
    """
    return Session.of(store.move_head(session_id, HeadMove.UNDO, request=idempotency.request))


@router.post("/{session_id}/redo", responses=problems(SessionNotFound, NothingToRedo, SessionBusy))
def redo(session_id: str, store: CallerStore, idempotency: IdempotencyOf) -> Session:
    """Take the last undo back.

    Repeated with the `Idempotency-Key` of the session's last move, it moves nothing.
    """
    return Session.of(store.move_head(session_id, HeadMove.REDO, request=idempotency.request))


def _message(text: str, longest: int) -> str:
    message = text.strip()
    if not message:
        raise MessageEmpty(
            "The message has no words.",
            "Say what should happen to the data, for example: remove rows where email is null",
        )
    if len(message) > longest:
        raise MessageTooLong(
            f"The message has {len(message):,} characters; {longest:,} are the most.",
            "Split it into several messages.",
            limit=longest,
        )
    if "\0" in message:
        raise InvalidParameter("The message holds a NUL character.", "Remove it.")
    return message


def _plan(steps: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    if len(steps) > most:
        raise InvalidPlan(
            f"The plan has {len(steps):,} steps; {most:,} are the most.",
            "Submit it in parts.",
            limit=most,
        )
    return Plan.parse(steps).to_json()
