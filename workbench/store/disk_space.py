"""Whether it is for want of room that a file could not be written, in every store."""

from __future__ import annotations

import errno

__all__ = ["is_full"]

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_full(error: OSError) -> bool:
    """Whether the disk is full, or what the user may fill of it.

    Example:
        >>> is_full(OSError(errno.EDQUOT, "Disk quota exceeded"))
        True
    """
    return error.errno in _FULL
