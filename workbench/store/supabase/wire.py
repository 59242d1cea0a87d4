"""JSON on its way to the project and back: strict about what it is, and complete.

PostgreSQL's texts hold every character but U+0000, which data may well contain. It travels, and is kept,
as two others: ``U+E000 U+E001``. U+E000 itself, of the private use area, becomes ``U+E000 U+E000``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from workbench.store import refusals

__all__ = ["pack", "unpack"]

_encode = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode
_ESCAPE = "\ue000"
_NUL_IN_JSON = "\\u0000"
_PACKED = re.compile("[\x00\ue000]")
_UNPACKED = re.compile("\ue000([\ue000\ue001])")


def pack(value: Any) -> Any:
    r"""Check that a value can be written as JSON, and make it one that PostgreSQL can hold.

    Args:
        value: What is to be sent.

    Returns:
        The same, or a copy with other texts where it holds one of the two characters.

    Raises:
        InvalidParameter: It holds what JSON or Unicode cannot: NaN, infinity, objects, lone surrogates.

    Example:
        >>> pack({"a": "x\x00"}) == {"a": "x\ue000\ue001"}
        True
    """
    try:
        text = _encode(value)
        text.encode()
    except UnicodeEncodeError as error:
        raise refusals.not_unicode() from error
    except (TypeError, ValueError, RecursionError) as error:
        raise refusals.not_json("A value", error) from error
    if _NUL_IN_JSON not in text and _ESCAPE not in text:
        return value  # as nearly always
    return _each_text(value, lambda given: _PACKED.sub(_pack_one, given))


def unpack(content: bytes) -> Any:
    r"""Read JSON that the project answered.

    Raises:
        ValueError: It is not JSON.

    Example:
        >>> unpack('{"a": "x\ue000\ue001"}'.encode())
        {'a': 'x\x00'}
    """
    text = content.decode()
    value = json.loads(text)
    if _ESCAPE not in text and "\\ue000" not in text.lower():
        return value
    return _each_text(value, lambda kept: _UNPACKED.sub(_unpack_one, kept))


def _pack_one(match: re.Match[str]) -> str:
    return "\ue000\ue001" if match[0] == "\x00" else "\ue000\ue000"


def _unpack_one(match: re.Match[str]) -> str:
    return "\x00" if match[1] == "\ue001" else "\ue000"


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case dict():
            return {change(str(key)): _each_text(item, change) for key, item in value.items()}
        case list() | tuple():
            return [_each_text(item, change) for item in value]
    return value
