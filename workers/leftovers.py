"""What tasks leave in the blob store that nothing needs any more."""

from __future__ import annotations

import structlog

from workbench.errors import SessionNotFound, WorkbenchError
from workbench.models import TaskRecord
from workbench.store.protocol import Blobs, Ledger
from workers.confined import prefix_of

__all__ = ["discard_deleted", "discard_upload"]

_log = structlog.get_logger(__name__)


def discard_upload(blobs: Blobs, task: TaskRecord) -> None:
    """Remove the file that an ended task was to read: its node, if it made one, holds the data.

    Until then the file stays, so that whoever takes the task over after a crash can read it. The task has
    ended whatever comes of this.

    Args:
        blobs: Where the file is; those of the task's owner or session only.
        task: A task that has ended, of any kind.
    """
    if not task.status.ended or "upload" not in task.payload:
        return
    try:
        blobs.delete(str(task.payload["upload"]))
    except WorkbenchError as error:
        _log.warning("upload not removed; deleting its session will", task_id=task.id, error=str(error))


def discard_deleted(ledger: Ledger, blobs: Blobs, task: TaskRecord) -> None:
    """Remove what a task wrote for a session that was deleted while it ran; otherwise do nothing.

    Args:
        ledger: Knows whether the session is there.
        blobs: Where the task wrote.
        task: A task that its worker can no longer end.
    """
    if task.session_id is None:
        return
    try:
        ledger.service_session(task.session_id)
    except SessionNotFound:
        blobs.delete_prefix(prefix_of(task))
