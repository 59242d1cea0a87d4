"""What can be wrong with a blob itself, in the workbench's words."""

from __future__ import annotations

import tempfile

from workbench.errors import StoreDamaged, StoreFull, StoreUnavailable
from workbench.store.disk_space import is_full

__all__ = ["damaged", "disk_full", "gone"]


def damaged(key: str, reason: str) -> StoreDamaged:
    """Say that a blob is not what was written."""
    return StoreDamaged(
        f"The blob '{key}' is damaged in the store: {reason}.",
        "Restore it from a backup, or open the file again.",
        key=key,
    )


def gone(key: str) -> StoreUnavailable:
    """Say that a blob that is being read is not there any more."""
    return StoreUnavailable(
        f"The blob '{key}' is no longer whole in the store: it was deleted, or has lost a part.",
        "Check that its session is still there, and read it again.",
        key=key,
    )


def disk_full(error: OSError) -> StoreUnavailable:
    """Say why bytes could not be held here, on their way up or down."""
    full = is_full(error)
    kind = StoreFull if full else StoreUnavailable
    return kind(
        f"The folder for temporary files cannot be used: {'its disk is full' if full else error.strerror}.",
        "Free some space, or set TMPDIR to a folder on a larger disk.",
        folder=tempfile.gettempdir(),
    )
