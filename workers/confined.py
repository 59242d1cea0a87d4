"""The borders of a task: what its owner's session holds, and nothing else.

Workers hold the key to everybody's data, and a task's row says whose it touches. Were a row ever wrong,
it must not lead the worker to what is another's; so these borders are drawn from the row's own owner and
session, not from what it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

from workbench.errors import Forbidden, InvalidParameter
from workbench.models import NodeRecord, TaskRecord
from workbench.store.protocol import Blobs

__all__ = ["ConfinedBlobs", "check_node", "prefix_of"]

_HINT = "Submit the command again; if this comes back, look at who writes to the table of tasks."


def prefix_of(task: TaskRecord) -> str:
    """With what the keys of a task's blobs begin.

    Raises:
        InvalidParameter: If the task is of no session, and so has none.
    """
    if task.session_id is None:
        raise InvalidParameter(f"The task '{task.id}' is of no session.", "Submit it to one.")
    return f"{task.owner}/{task.session_id}/"


def check_node(task: TaskRecord, node: NodeRecord) -> NodeRecord:
    """Give a node back if it is of the task's session, and so are its blocks.

    A node that is made of it may share its blocks, and then nobody opens them on the way.

    Raises:
        Forbidden: If it is not, or one of them is not.
    """
    if (node.owner, node.session_id) != (task.owner, task.session_id):
        raise Forbidden(f"The node '{node.id}' is not of the session of the task.", _HINT, task_id=task.id)
    for column in node.manifest.columns:
        for key in (column.block, column.selection):
            if key is not None:
                _check_key(task, key)
    return node


class ConfinedBlobs:
    """The blobs of one task's session. Every other key is refused before the store is asked for it.

    Args:
        blobs: All of them.
        task: Whose session it is; a task of no session has no blobs.
    """

    def __init__(self, blobs: Blobs, task: TaskRecord) -> None:
        self._blobs = blobs
        self._task = task

    def create(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Write a blob of the session."""
        return self._blobs.create(self._own(key))

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Read one."""
        return self._blobs.open(self._own(key))

    def size(self, key: str) -> int:
        """How many bytes one has."""
        return self._blobs.size(self._own(key))

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, which begins with the session's."""
        return self._blobs.keys(self._own(prefix))

    def delete(self, key: str) -> None:
        """Remove one."""
        self._blobs.delete(self._own(key))

    def delete_prefix(self, prefix: str) -> None:
        """Remove those that are in a folder of the session."""
        self._blobs.delete_prefix(self._own(prefix))

    def _own(self, key: str) -> str:
        return _check_key(self._task, key)


def _check_key(task: TaskRecord, key: str) -> str:
    if not key.startswith(prefix_of(task)) or ".." in key.split("/"):
        raise Forbidden(f"The key '{key}' is not of the session of the task.", _HINT, task_id=task.id)
    return key
