"""Groups: rows of equal values, and what is computed of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations.fields import listed
from workbench.transformations.shape import grouping as words
from workers.apply.base import apply, comparable, require_columns
from workers.apply.kinds import Kind, kind_of_dtype, shown_dtype
from workers.apply.overflow import Sums, require_sums

__all__ = ["group_sums", "require_computable"]

_AVERAGED = (Kind.NUMBERS, Kind.DURATIONS)
_ORDERED = (*_AVERAGED, Kind.BOOLEANS, Kind.TEXT, Kind.TIMES, Kind.DATES, Kind.OBJECTS)
_NEEDED: dict[str, tuple[Kind, ...]] = {
    "sum": (*_AVERAGED, Kind.BOOLEANS),
    "mean": (*_AVERAGED, Kind.BOOLEANS, Kind.TIMES),
    "median": (*_AVERAGED, Kind.TIMES),
    "std": _AVERAGED,
    "var": (Kind.NUMBERS,),
    "quantile": (*_AVERAGED, Kind.TIMES),
    "any": (Kind.BOOLEANS,),
    "all": (Kind.BOOLEANS,),
    # What JSON has, so that a list comes back as it was wherever it was written to.
    "list": (Kind.NUMBERS, Kind.BOOLEANS, Kind.TEXT),
    "min": _ORDERED,
    "max": _ORDERED,
}


@apply.register
def _(step: words.Group, frame: pd.DataFrame) -> pd.DataFrame:
    columns = step.reads(list(frame.columns))
    require_columns(frame, columns)
    for each in step.aggregations:
        require_computable(each, frame)
    if not columns:
        return pd.DataFrame({each.name: [len(frame)] for each in step.aggregations})
    with comparable(frame, columns, "grouping"):
        for each in step.aggregations:
            if each.function == "sum":
                require_sums(frame[each.column], f"The {each.describe()}", group_sums(frame, step.by))
        if all(each.named for each in step.aggregations):
            return _at_once(step, frame, columns[0])
        groups = _groups(step, frame)
        made = [_series(step, each, frame, groups) for each in step.aggregations]
        result = pd.DataFrame(dict(enumerate(made))).reset_index(drop=not step.by)
    return result.set_axis(step.writes([]), axis="columns")


def _at_once(step: words.Group, frame: pd.DataFrame, any_column: str) -> pd.DataFrame:
    # Results by position, as some names would be parameters of agg itself.
    computed = {f"\0{place}": each.source(any_column) for place, each in enumerate(step.aggregations)}
    result: pd.DataFrame
    if step.by:
        result = frame.groupby(list(step.by), as_index=False, dropna=False).agg(**computed)
    else:
        result = _groups(step, frame).agg(**computed).reset_index(drop=True)
    return result.set_axis(step.writes([]), axis="columns")


def _groups(step: words.Group, frame: pd.DataFrame) -> Any:
    if step.by:
        return frame.groupby(list(step.by), dropna=False)
    # A category that is there even if no row is: one row also of an empty table.
    codes: Any = np.zeros(len(frame), dtype="int8")
    whole: Any = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(["all"]))
    return frame.groupby(whole, observed=False)


def _series(step: words.Group, each: words.Aggregation, frame: pd.DataFrame, groups: Any) -> Any:
    """Compute one thing of each group."""
    if each.column is None:
        return groups.size()
    of = groups[each.column]
    match each.function:
        case "nulls":
            return of.size() - of.count()
        case "quantile":
            return of.quantile(each.q)
        case "mode":
            keys = step.with_value(each.column)
            sizes = frame.groupby(keys, dropna=False).size()
            sizes = sizes.sort_values(ascending=False, kind="stable")
            # Of nulls alone, the index has forgotten the type.
            often = sizes.reset_index(name=step.rows_name(each.column)).astype(frame[keys].dtypes)
            return _groups(step, often)[each.column].first()
        case "list":
            return _lists(groups, frame[each.column])
        case _:
            return getattr(of, each.source("")[1])()


def _lists(groups: Any, column: pd.Series) -> pd.Series:
    """List the values of each group, all at once: of many small groups, one at a time takes far longer."""
    known = column.notna().to_numpy()
    numbers = groups.ngroup().to_numpy()[known]
    values = column[known].iloc[numbers.argsort(kind="stable")].tolist()
    index = groups.size().index
    ends = np.bincount(numbers, minlength=len(index)).cumsum()
    lists = [values[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)] if len(ends) else []
    return pd.Series(lists, index=index, dtype=object)


def group_sums(frame: pd.DataFrame, by: Sequence[str]) -> Sums:
    """Add up as it is done for each group of a frame's rows; without groups, for all of them."""
    keys = [frame[name] for name in by]
    return lambda part: part.groupby(keys, dropna=False).sum() if keys else part.sum()


def require_computable(each: words.Aggregation, frame: pd.DataFrame) -> None:
    """Raise TypeMismatch unless a column is of a type of which this can be computed."""
    needed = _NEEDED.get(each.function)
    if each.column is None or needed is None:
        return
    column = frame[each.column]
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered
    dtype: Any = column.dtype
    if each.function == "list" and isinstance(dtype, pd.CategoricalDtype):
        dtype = dtype.categories.dtype
    if kind_of_dtype(dtype) in needed or (ordered and needed is _ORDERED):
        return
    kinds = listed(needed[:-2] if needed is _ORDERED else needed, "or")
    doing = "the quantile" if each.function == "quantile" else f"the {each.describe().split()[0]}"
    raise TypeMismatch.of(each.column, shown_dtype(column), kinds, doing=doing)
