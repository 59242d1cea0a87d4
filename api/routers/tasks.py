"""Tasks: how far they are, how they ended, and how they are stopped."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import After, CallerStore, IdempotencyOf, PartsOf
from api.openapi import problems
from api.parts import Parts
from api.schemas import Listing, TaskAccepted, TaskResult, TaskStatus, TaskSummary
from api.status import etag, look, result_of, status_of
from api.submission import accept, send, submit
from workbench.errors import IdempotencyConflict, SessionNotFound, TaskNotFound, TooManyTasks, Unauthorized
from workbench.models import TaskState
from workbench.store.protocol import OwnerStore
from workers.leftovers import discard_upload
from workers.live import LiveStatus

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"])

_LONGEST_WAIT = 30.0
_RETRY_AFTER = {"Retry-After": "1"}


@router.get("", responses=problems(SessionNotFound, TaskNotFound))
def list_tasks(
    store: CallerStore,
    session_id: Annotated[str | None, Query(description="only the tasks of this session")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: After = None,
) -> Listing[TaskSummary]:
    """List the tasks, newest first."""
    if session_id is not None:
        store.session(session_id)  # an unknown session is not an empty list
    page = store.tasks(session_id=session_id, limit=limit, after=after)
    return Listing(items=[TaskSummary.of(record) for record in page.items], next=page.next)


@router.post("/test", status_code=202, responses=problems(IdempotencyConflict, TooManyTasks))
def submit_test_task(
    request: Request,
    response: Response,
    store: CallerStore,
    parts: PartsOf,
    idempotency: IdempotencyOf,
    message: Annotated[str, Query(max_length=1000, description="what the task says back")] = "Hello",
) -> TaskAccepted:
    """Queue a task that only says something back: a check of the installation."""
    task, repeated = submit(parts, store, "test_task", {"message": message}, idempotency=idempotency)
    return accept(request, response, task, repeated, f"Test task submitted: {message}")


@router.get(
    "/{task_id}",
    response_model=TaskStatus,
    responses={**problems(TaskNotFound), 304: {"description": "Nothing is new since `If-None-Match`"}},
)
async def get_task(
    task_id: str,
    store: CallerStore,
    parts: PartsOf,
    wait: Annotated[
        float,
        Query(
            ge=0,
            le=_LONGEST_WAIT,
            allow_inf_nan=False,
            description="Answer as soon as the task has ended or, with `If-None-Match`, as soon as anything "
            "is new; at the latest after this many seconds.",
        ),
    ] = 0,
    if_none_match: Annotated[str | None, Header(description="the `ETag` of an earlier answer")] = None,
) -> Response:
    """Ask how far a task is."""
    known = _tags(if_none_match)
    status, body = await _awaited(parts, store, task_id, wait, known)
    tag = etag(body)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if not status.status.ended:
        headers |= _RETRY_AFTER
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


async def _awaited(
    parts: Parts, store: OwnerStore, task_id: str, seconds: float, known: set[str]
) -> tuple[TaskStatus, bytes]:
    """Read the status, and hear of it, until it is worth an answer.

    The store, which may be far away, is asked at the beginning and once the task is said to have ended.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    with parts.live.watch(task_id) as news:
        task, live = await run_in_threadpool(look, store, parts.board, task_id)
        while True:
            status = status_of(task, live)
            body = status.model_dump_json().encode()
            left = until - clock()
            worth = status.status.ended or (known and etag(body) not in known)
            if worth or left <= 0 or parts.live.closing:
                return status, body
            heard = await parts.live.wait(news, left)
            if heard is not None and not heard.status.ended:
                live = _further(live, heard)
            elif heard is not None or clock() < until:
                try:
                    task, live = await run_in_threadpool(look, store, parts.board, task_id)
                except Unauthorized:
                    # The caller's token has expired meanwhile. It was good when the caller asked; the next
                    # request is told.
                    return status, body


def _further(live: LiveStatus | None, heard: LiveStatus) -> LiveStatus:
    """What was heard may have been said before what was read."""
    return heard if live is None or heard.progress >= live.progress else live


def _tags(if_none_match: str | None) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",") if tag.strip()}


@router.get(
    "/{task_id}/result",
    response_model=TaskResult,
    response_model_exclude_none=True,
    responses={
        **problems(TaskNotFound),
        202: {"model": TaskStatus, "description": "The task has not ended: how far it is"},
    },
)
def get_task_result(task_id: str, store: CallerStore, parts: PartsOf) -> Response:
    """Ask how a task ended: with `result` on SUCCESS, with `error` otherwise; 202 while it runs."""
    task = store.task(task_id)
    if not task.status.ended:
        task, live = look(store, parts.board, task_id)
        if not task.status.ended:
            status = status_of(task, live)
            return Response(status.model_dump_json(), 202, _RETRY_AFTER, "application/json")
    return Response(result_of(task).model_dump_json(exclude_unset=True), media_type="application/json")


@router.delete("/{task_id}", responses=problems(TaskNotFound))
def cancel_task(task_id: str, store: CallerStore, parts: PartsOf) -> TaskStatus:
    """Ask for a task to end.

    One that has not begun is REVOKED at once; a running one ends at its next step; an ended one stays as
    it is. What was committed stays.
    """
    before, live = look(store, parts.board, task_id)
    cancelled = store.cancel_task(task_id)
    if cancelled.task.status is TaskState.REVOKED and not before.status.ended:
        _announce(parts, status_of(cancelled.task, None))
        discard_upload(store.blobs, cancelled.task)
    if cancelled.next_task is not None:
        send(parts, cancelled.next_task)
    return status_of(cancelled.task, live)


def _announce(parts: Parts, status: TaskStatus) -> None:
    parts.board.publish(LiveStatus(**status.model_dump()))
