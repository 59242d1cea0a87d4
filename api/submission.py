"""Submitting a task: the row first, then the message."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import Request, Response

from api.dependencies import Idempotency
from api.parts import Parts
from api.schemas import TaskAccepted
from workbench.errors import BrokerUnavailable
from workbench.ids import new_id
from workbench.models import TaskKind, TaskRecord
from workbench.store.protocol import NewTask, OwnerStore
from workers.faults import passing

__all__ = ["accept", "send", "submit"]

_log = structlog.get_logger(__name__)


def submit(
    parts: Parts,
    store: OwnerStore,
    kind: TaskKind,
    payload: dict[str, Any],
    *,
    session_id: str | None = None,
    task_id: str | None = None,
    queue: str = "interactive",
    idempotency: Idempotency,
) -> tuple[TaskRecord, bool]:
    """Write a task's row and send its message.

    The row is what counts: with the broker away the task is taken all the same, and the sweep sends it.

    Returns:
        The task, and whether its idempotency key had made it before.
    """
    submitted = store.submit_task(
        NewTask(
            id=task_id or new_id(),
            kind=kind,
            payload=payload,
            session_id=session_id,
            queue=queue,
            idempotency_key=idempotency.key,
            request_hash=idempotency.request_hash,
        )
    )
    if not submitted.repeated:
        passing("submitted")
        parts.metrics.submitted(kind)
        send(parts, submitted.task)
    return submitted.task, submitted.repeated


def send(parts: Parts, task: TaskRecord) -> None:
    """Send a task's message; where the broker does not answer, leave it to the sweep."""
    try:
        parts.sender.send(task)
    except BrokerUnavailable as error:
        _log.warning("task not sent; the sweep will", task_id=task.id, reason=error.message)


def accept(
    request: Request, response: Response, task: TaskRecord, repeated: bool, message: str | None = None
) -> TaskAccepted:
    """Answer to a submission: where to ask for the task, and when.

    Args:
        request: The submission.
        response: Gets the headers.
        task: What was made of it.
        repeated: Whether an earlier request with the same key made it.
        message: What to say; the usual sentence if not given.
    """
    path = f"{request.scope.get('root_path', '')}/api/v1/tasks/{task.id}"
    response.headers["Location"] = path
    response.headers["Operation-Location"] = f"{request.url.scheme}://{request.url.netloc}{path}"
    response.headers["Retry-After"] = "1"
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return (
        TaskAccepted(task_id=task.id) if message is None else TaskAccepted(task_id=task.id, message=message)
    )
