"""How far a task is: the row is the truth, the live board only fills in while it runs."""

from __future__ import annotations

import hashlib
from typing import Any

import structlog

from api.problems import problem_facts
from api.schemas import TaskResult, TaskStatus
from workbench.errors import TaskCancelled, Unavailable, error_from_dict
from workbench.models import TaskRecord, TaskState
from workbench.store.protocol import OwnerStore
from workers.live import LiveBoard, LiveStatus

__all__ = ["etag", "look", "result_of", "status_of"]

_log = structlog.get_logger(__name__)

_QUEUED = "Task queued for processing"
_STARTED = "Task started"


def look(store: OwnerStore, board: LiveBoard, task_id: str) -> tuple[TaskRecord, LiveStatus | None]:
    """Read how far a task is: its row, and what its worker said last.

    Raises:
        TaskNotFound: If the caller has no such task.
    """
    # The live status first: then the row is at least as new, and what it says of the end holds.
    live = _live_status(board, task_id)
    return store.task(task_id), live


def _live_status(board: LiveBoard, task_id: str) -> LiveStatus | None:
    """Read what a task's worker said last, if that is to be had."""
    try:
        return board.read(task_id)
    except Unavailable as error:
        _log.warning("live status not read; answering from the store", code=error.code, task_id=task_id)
        return None


def status_of(task: TaskRecord, live: LiveStatus | None) -> TaskStatus:
    """Say how far a task is.

    Args:
        task: Its row. One that has not ended may be older than the live status: until a task has ended,
            its worker knows better.
        live: What the worker said last, if that is known.
    """
    if task.status.ended:
        return _ended(task, live)
    if live is not None and not live.status.ended:
        return TaskStatus(
            task_id=task.id,
            status=live.status,
            progress=min(live.progress, 99),
            message=live.message,
            stage=live.stage,
        )
    if task.status is TaskState.PENDING:
        return TaskStatus(task_id=task.id, status=task.status, progress=0, message=_QUEUED, stage="queued")
    return TaskStatus(task_id=task.id, status=task.status, progress=0, message=_STARTED, stage="starting")


def _ended(task: TaskRecord, live: LiveStatus | None) -> TaskStatus:
    if task.status is TaskState.SUCCESS:
        progress, message = 100, task.outcome or "Done"
    else:
        # It stays where it stopped.
        progress = min(live.progress, 99) if live is not None else 0
        message = _error_facts(task).get("detail", "")
    return TaskStatus(
        task_id=task.id, status=task.status, progress=progress, message=str(message), stage="done"
    )


def result_of(task: TaskRecord) -> TaskResult:
    """Say how an ended task ended."""
    if task.status is TaskState.SUCCESS:
        return TaskResult(task_id=task.id, status=task.status, result=task.result or {})
    return TaskResult(
        task_id=task.id, status=task.status, error=problem_facts(error_from_dict(_error_facts(task)))
    )


def _error_facts(task: TaskRecord) -> dict[str, Any]:
    if task.error is not None:
        return task.error
    return TaskCancelled("The task was cancelled before it began.").to_dict()


def etag(body: bytes) -> str:
    """Make the entity tag of an answer."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
