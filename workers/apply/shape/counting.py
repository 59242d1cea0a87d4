"""Tables that say what is in a table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.transformations.shape import counting as words
from workers.apply.base import apply, comparable, require_columns
from workers.apply.kinds import Kind, kind_of_dtype

__all__: list[str] = []


@apply.register
def _(step: words.ValueCounts, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    with comparable(frame, step.columns, "counting values"):
        sizes: pd.Series = frame.groupby(list(step.columns), dropna=step.dropna).size()
    if step.sort:
        sizes = sizes.sort_values(ascending=False, kind="stable")
    return (sizes / sizes.sum() if step.normalize else sizes).reset_index(name=step.name)


@apply.register
def _(step: words.Describe, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.reads(list(frame.columns))
    require_columns(frame, names)
    rows = [_described(frame[name]) for name in names]
    made = pd.DataFrame(rows, columns=list(words.DESCRIBED))
    counts = dict.fromkeys(("count", "nulls", "distinct"), "int64")
    numbers = dict.fromkeys(("mean", "std", "q25", "median", "q75"), "float64")
    texts = dict.fromkeys(("column", "dtype", "min", "max", "most_frequent"), "str")
    return made.astype({**counts, **numbers, **texts})


def _described(column: pd.Series) -> dict[str, Any]:
    """Say what is in a column; what does not apply to its type is left out."""
    known = column.dropna()
    row: dict[str, Any] = {"column": column.name, "dtype": str(column.dtype), "count": len(known)}
    with comparable(column.to_frame(), [str(column.name)], "describing"):
        row |= {"nulls": len(column) - len(known), "distinct": column.nunique()}
        row["most_frequent"] = next(map(str, column.mode()), None)
    kind = kind_of_dtype(column.dtype)
    if kind is Kind.NUMBERS:
        numbers = column.astype("float64")
        row |= {"mean": numbers.mean(), "std": numbers.std(), "median": numbers.median()}
        row |= {"q25": numbers.quantile(0.25), "q75": numbers.quantile(0.75)}
    if len(known) and kind not in {Kind.OBJECTS, Kind.CATEGORIES}:
        row |= {"min": str(known.min()), "max": str(known.max())}
    return row
