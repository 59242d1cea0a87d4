"""What tasks leave in the blob store that nothing needs any more."""

from __future__ import annotations

import structlog

from workbench.errors import SessionNotFound, WorkbenchError
from workbench.models import TaskRecord
from workbench.store.protocol import Blobs, Store

__all__ = ["discard_deleted", "discard_upload"]

_log = structlog.get_logger(__name__)


def discard_upload(blobs: Blobs, task: TaskRecord) -> None:
    """Remove the file that an ended task was to read: its node, if it made one, holds the data.

    Until then the file stays, so that whoever takes the task over after a crash can read it. The task has
    ended whatever comes of this.

    Args:
        blobs: Where the file is.
        task: A task that has ended, of any kind.
    """
    if not task.status.ended or "upload" not in task.payload:
        return
    try:
        blobs.delete(str(task.payload["upload"]))
    except WorkbenchError as error:
        _log.warning("upload not removed; deleting its session will", task_id=task.id, error=str(error))


def discard_deleted(store: Store, task: TaskRecord) -> None:
    """Remove what a task wrote for a session that was deleted while it ran; otherwise do nothing.

    Args:
        store: Rows and blobs.
        task: A task that its worker can no longer end.
    """
    if task.session_id is None:
        return
    try:
        store.ledger.service_session(task.session_id)
    except SessionNotFound:
        for key in list(store.blobs.keys(f"{task.owner}/{task.session_id}/")):
            store.blobs.delete(key)
