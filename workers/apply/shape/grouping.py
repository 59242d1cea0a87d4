"""Groups: rows of equal values, and what is computed of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations.shape import grouping as words
from workbench.transformations.fields import listed
from workers.apply.base import apply, comparable, require_columns
from workers.apply.kinds import Kind, kind_of_dtype, shown_dtype

__all__: list[str] = []

_AVERAGED = (Kind.NUMBERS, Kind.DURATIONS)
_ORDERED = (*_AVERAGED, Kind.BOOLEANS, Kind.TEXT, Kind.TIMES, Kind.DATES, Kind.OBJECTS)
_NEEDED: dict[str, tuple[Kind, ...]] = {
    "sum": (*_AVERAGED, Kind.BOOLEANS),
    "mean": (*_AVERAGED, Kind.BOOLEANS, Kind.TIMES),
    "median": (*_AVERAGED, Kind.TIMES),
    "std": _AVERAGED,
    "min": _ORDERED,
    "max": _ORDERED,
}


@apply.register
def _(step: words.Group, frame: pd.DataFrame) -> pd.DataFrame:
    columns = step.reads(list(frame.columns))
    require_columns(frame, columns)
    for each in step.aggregations:
        _require_computable(each, frame)
    if not columns:
        return pd.DataFrame({each.name: [len(frame)] for each in step.aggregations})
    # Results by position, as some names would be parameters of agg itself.
    computed = {f"\0{place}": each.source(columns[0]) for place, each in enumerate(step.aggregations)}
    with comparable(frame, columns, "grouping"):
        if step.by:
            grouped = frame.groupby(list(step.by), as_index=False, dropna=False)
            result = grouped.agg(**computed)
        else:
            # A category that is there even if no row is: one row also of an empty table.
            codes: Any = np.zeros(len(frame), dtype="int8")
            whole: Any = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(["all"]))
            result = frame.groupby(whole, observed=False).agg(**computed).reset_index(drop=True)
    return result.set_axis(step.writes([]), axis="columns")


def _require_computable(each: words.Aggregation, frame: pd.DataFrame) -> None:
    needed = _NEEDED.get(each.function)
    if each.column is None or needed is None:
        return
    column = frame[each.column]
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered
    if kind_of_dtype(column.dtype) in needed or (ordered and needed is _ORDERED):
        return
    kinds = listed(needed[:-2] if needed is _ORDERED else needed, "or")
    doing = f"the {each.describe().split()[0]}"
    raise TypeMismatch.of(each.column, shown_dtype(column), kinds, doing=doing)
