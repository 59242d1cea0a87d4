"""Texts of others in a terminal: what would command it is shown, not sent."""

from __future__ import annotations

import unicodedata

__all__ = ["printable"]

_KEPT = "\n\t"
# What turns the direction of the text that follows, so that it reads as something else than it is.
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def printable(text: str) -> str:
    r"""Replace control characters and those that turn the direction of text.

    Example:
        >>> printable("a\x1b[2J\nb")
        'a�[2J\nb'
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if _commands(c) else c for c in text)


def _commands(character: str) -> bool:
    if character in _KEPT:
        return False
    return character in _TURNING or unicodedata.category(character) in {"Cc", "Cs"}
