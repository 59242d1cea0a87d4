"""Rows made of what one cell holds."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations.fields import count, shown
from workbench.transformations.shape import exploding as words
from workers.apply.base import apply, require_columns, require_text
from workers.apply.kinds import Kind, kind_of_dtype, shown_dtype
from workers.apply.notes import examples_of, warn

__all__: list[str] = []

_DTYPES: dict[frozenset[type], Any] = {
    frozenset({int}): "Int64",
    frozenset({bool}): "boolean",
    frozenset({float}): "float64",
    frozenset({int, float}): "float64",
}


@apply.register
def _(step: words.Explode, frame: pd.DataFrame) -> pd.DataFrame:
    if step.format is not None:
        require_text(frame, [step.column], "reading JSON lists")
        items = _typed(_lists(frame[step.column]).explode())
    elif step.separator is None:
        _require_lists(frame, step.column)
        items = frame[step.column].explode().infer_objects()
    else:
        require_text(frame, [step.column], "splitting at a separator")
        split = frame[step.column].str.split(step.separator, regex=False)
        items = split.explode().astype("str").str.strip()
    repeated = frame.loc[items.index]
    repeated[step.column] = items.array
    return repeated


def _require_lists(frame: pd.DataFrame, name: str) -> None:
    require_columns(frame, [name])
    dtype = shown_dtype(frame[name])
    match kind_of_dtype(frame[name].dtype):
        case Kind.OBJECTS:
            return
        case Kind.TEXT:
            what = "which has items only where something separates them"
            hint = "Say what separates the items, such as a comma, or that they are JSON lists."
        case _:
            what = "but rows are made of the items of lists"
            hint = "Choose a column of lists or of text."
    raise TypeMismatch(f"Column '{name}' is {dtype}, {what}.", hint, column=name, dtype=dtype)


def _lists(column: pd.Series) -> pd.Series:
    """Read JSON lists; what is none stays, and is told."""
    lists = column.map(_items_of, na_action="ignore")
    others = column[[isinstance(value, str) for value in lists]]
    if len(others):
        number = count(len(others), "value")
        warn(
            f"{number} of {shown(str(column.name))} {'is' if len(others) == 1 else 'are'} no JSON list"
            f" and stayed whole, for example {examples_of(others)}"
        )
    return lists


def _items_of(text: str) -> list[Any] | str:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return items if isinstance(items, list) else text


def _typed(items: pd.Series) -> pd.Series:
    """Give items the type that all of them have; else they are text."""
    kinds = frozenset(str if _too_large(item) else type(item) for item in items.dropna())
    if kinds in _DTYPES:
        return items.astype(_DTYPES[kinds])
    return items.astype("object").map(_plain, na_action="ignore").astype("str")


def _too_large(item: Any) -> bool:
    return isinstance(item, int) and abs(item) >= words.LARGEST


def _plain(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
