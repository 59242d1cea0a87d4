"""The values that are known of a column of text, as a step leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from workbench.transformations import (
    ChangeCase,
    FillNulls,
    NullValues,
    NullWhere,
    Replace,
    SetWhere,
    Transformation,
    Trim,
)
from workers.planner.tables import TableColumn

__all__ = ["revalued"]

_CASES: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "sentence": str.capitalize,
    "swap": str.swapcase,
}


def revalued(step: Transformation, column: TableColumn) -> TableColumn:
    """Say which values are known of a column behind a step that changes values in it."""
    return replace(column, values=tuple(dict.fromkeys(_values(step, column.values))))


def _values(step: Transformation, values: tuple[str, ...]) -> Iterable[str]:
    match step:
        case _ if not values:
            return ()
        case FillNulls() | SetWhere():
            return (*values, step.value) if isinstance(step.value, str) else values
        case Replace():
            new = {pair.old: pair.new for pair in step.values}
            return [value for old in values if isinstance(value := new.get(old, old), str)]
        case NullWhere() | NullValues():
            return values
        case ChangeCase():
            return map(_CASES[step.to], values)
        case Trim():
            return map(str.strip, values)
        case _:
            return ()  # not known any more
