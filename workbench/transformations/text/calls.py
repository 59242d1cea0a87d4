"""What is done to a column of text: a chain of methods of pandas' ``str``, as data.

The exported line is written from the chain and the deed walks it, so the two cannot differ.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Call", "written"]


@dataclass(frozen=True)
class Call:
    """One call of a method of pandas' ``str``."""

    method: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Write the call as Python source."""
        arguments = [_source(value) for value in self.arguments]
        arguments += [f"{name}={_source(value)}" for name, value in self.options.items()]
        return f".str.{self.method}({', '.join(arguments)})"


def written(calls: Iterable[Call]) -> str:
    """Write a chain of calls as Python source.

    Example:
        >>> written([Call("slice", (0, 3)), Call("pad", (5,), {"fillchar": "0"})])
        ".str.slice(0, 3).str.pad(5, fillchar='0')"
    """
    return "".join(map(str, calls))


def _source(value: object) -> str:
    """Write a value as Python source; what would melt into the character before it, by its number."""
    source = repr(value)
    return ascii(value) if any(unicodedata.combining(character) for character in source) else source
