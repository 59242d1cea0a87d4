"""Where the records are in a file that is one JSON value, and how nested ones become flat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["DEEPEST", "FLAT", "Shape", "flat", "shape_of"]

DEEPEST = 10
"""Objects inside of so many others stay what they are."""

FLAT = f"""\
def flat(record, before="", depth=0):
    row = {{}}
    for name, value in record.items():
        if isinstance(value, dict) and value and depth < {DEEPEST}:
            row |= flat(value, f"{{before}}{{name}}.", depth + 1)
        else:
            row[before + name] = value
    return row"""
"""What ``flat`` does, as an analyst would write it."""

Path = tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """A way in which records are written as one JSON value.

    Args:
        records: The records, which may yet turn out not to be objects.
        code: Python that takes them from ``content``.
        left_out: The keys of the value that belong to no record.
    """

    records: list[Any]
    code: str = "content"
    left_out: tuple[str, ...] = ()


def flat(record: dict[str, Any], before: Path = ()) -> dict[Path, Any]:
    """Flatten a record: what is in an object gets the path to it.

    Example:
        >>> flat({"a": 1, "b": {"c": 2, "d": {}}})
        {('a',): 1, ('b', 'c'): 2, ('b', 'd'): {}}
    """
    row: dict[Path, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and value and len(before) < DEEPEST:
            row |= flat(value, (*before, name))
        else:
            row[(*before, name)] = value
    return row


def shape_of(content: Any) -> Shape:
    """Find the records in a JSON value.

    Args:
        content: A list of records; or an object that holds one such list, or columns, or a frame as pandas
            writes it; or else one record.

    Example:
        >>> shape_of({"page": 1, "items": [{"a": 1}]}).code
        "content['items']"
        >>> shape_of({"a": [1, 2], "b": [3, 4]}).records
        [{'a': 1, 'b': 3}, {'a': 2, 'b': 4}]
    """
    if not isinstance(content, dict):
        return Shape(content if isinstance(content, list) else [content])
    for find in _SHAPES:
        if content and (shape := find(content)) is not None:
            return shape
    return Shape([content], "[content]")


def _split(content: dict[str, Any]) -> Shape | None:
    """What pandas calls ``split``."""
    names, rows = content.get("columns"), content.get("data")
    if not (
        set(content) <= {"columns", "index", "data"} and isinstance(names, list) and isinstance(rows, list)
    ):
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows) or len(
        set(map(str, names))
    ) < len(names):
        return None
    code = "[dict(zip(map(str, content['columns']), row)) for row in content['data']]"
    return Shape([dict(zip(map(str, names), row, strict=True)) for row in rows], code)


def _wrapped(content: dict[str, Any]) -> Shape | None:
    """One list of records among the values."""
    lists = [name for name, value in content.items() if isinstance(value, list)]
    if len(lists) != 1:
        return None
    records = content[lists[0]]
    if not records or not all(isinstance(record, dict) for record in records):
        return None
    left_out = tuple(name for name in content if name != lists[0])
    return Shape(records, f"content[{lists[0]!r}]", left_out)


def _columns(content: dict[str, Any]) -> Shape | None:
    """Columns, as lists of one length."""
    columns = list(content.values())
    if not all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
        return None
    code = "[dict(zip(content, row)) for row in zip(*content.values())]"
    return Shape([dict(zip(content, row, strict=True)) for row in zip(*columns, strict=True)], code)


def _numbered(content: dict[str, Any]) -> Shape | None:
    """Columns, as objects whose keys are row numbers: what pandas writes if it is not told otherwise."""
    columns = list(content.values())
    if not all(isinstance(column, dict) for column in columns):
        return None
    numbers = [str(number) for number in range(len(columns[0]))]
    if not numbers or not all(list(column) == numbers for column in columns):
        return None
    rows = zip(*(column.values() for column in columns), strict=True)
    code = "[dict(zip(content, row)) for row in zip(*(column.values() for column in content.values()))]"
    return Shape([dict(zip(content, row, strict=True)) for row in rows], code)


_SHAPES: tuple[Callable[[dict[str, Any]], Shape | None], ...] = (_split, _wrapped, _columns, _numbered)
