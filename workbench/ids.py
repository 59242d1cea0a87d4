"""Identifiers: unique without a round trip, and sortable by the time they were made."""

from __future__ import annotations

import os
import time
import uuid

__all__ = ["is_id", "new_id"]


def new_id() -> str:
    """Make a new identifier.

    Returns:
        A UUID of version 7 in its canonical form: a later one sorts after an earlier one (to the
        millisecond), so that lists can be paged by id.

    Source: RFC 9562, section 5.7.

    Example:
        >>> len(new_id())
        36
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds & ((1 << 48) - 1)) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def is_id(text: str | None) -> bool:
    """Whether a text is an identifier in its one form; any other text is the id of nothing.

    Example:
        >>> is_id("0199c5c2-8a3e-7d53-9a54-0a2b6c1d2e3f"), is_id("0199C5C2-8A3E-7D53-9A54-0A2B6C1D2E3F")
        (True, False)
    """
    if text is None:
        return False
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
