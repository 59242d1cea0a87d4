"""Nulls filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations.values import nulls as words
from workers.apply.base import (
    apply,
    comparable,
    require_columns,
    require_kind,
    require_numbers,
    with_columns,
)
from workers.apply.kinds import Kind, kind_of, kind_of_value, require_fit, shown_dtype, written
from workers.apply.overflow import warn_of_lost_digits
from workers.apply.values.base import can_be_null, columns_of

__all__: list[str] = []

_ORDERED = (Kind.NUMBERS, Kind.TIMES, Kind.DURATIONS, Kind.TEXT, Kind.BOOLEANS)


@apply.register
def _(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    match step.method:
        case "mean" | "median":
            return _fill_average(step, frame)
        case "min" | "max":
            return _fill_extreme(step, frame)
        case "mode":
            return _fill_mode(step, frame)
        case "interpolate":
            return _interpolate(step, frame)
        case "forward" | "backward":
            return _fill_from_rows(step, frame)
        case None:
            return _fill_value(step, frame)


def _numbers(step: words.FillNulls, frame: pd.DataFrame) -> Sequence[str]:
    """The columns to fill with what there is of numbers alone: those named, or all that have nulls."""
    if step.columns is not None:
        return step.columns
    names = columns_of(frame, Kind.NUMBERS)
    return [name for name in names if name not in step.by and frame[name].isna().any()]


def _groups(step: words.FillNulls, frame: pd.DataFrame, name: str) -> Any:
    with comparable(frame, step.by, "grouping"):
        return frame.groupby(list(step.by), dropna=False)[name]


def _fill_average(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    names = _numbers(step, frame)
    require_numbers(frame, names, f"filling with the {step.method}")
    made = {}
    for name in names:
        warn_of_lost_digits(frame[name])
        floats = frame[name].astype("float64")
        if step.by:
            keyed = frame[list(step.by)].assign(**{name: floats})
            average = _groups(step, keyed, name).transform(step.method)
        else:
            average = getattr(frame[name], str(step.method))()
        made[name] = floats.fillna(average)
    return with_columns(frame, made)


def _fill_extreme(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    names = _numbers(step, frame)
    for name in names:
        dtype = frame[name].dtype
        if not (isinstance(dtype, pd.CategoricalDtype) and dtype.ordered):
            require_kind(frame, [name], *_ORDERED, doing=f"filling with the {step.method}")
    made = {}
    for name in names:
        source = _groups(step, frame, name).transform(step.method) if step.by else None
        extreme = getattr(frame[name], str(step.method))() if source is None else source
        made[name] = frame[name].fillna(extreme)
    return with_columns(frame, made)


def _fill_mode(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    doing = "finding the most frequent value"
    names = step.writes(list(frame.columns))
    for name in names:
        if kind_of(frame[name]) is Kind.OBJECTS:
            raise TypeMismatch.of(name, shown_dtype(frame[name]), "values of one plain type", doing=doing)
    with comparable(frame, [*names, *step.by], doing):
        if step.by:
            return with_columns(frame, {n: _with_group_modes(frame, n, step.by) for n in names})
        return with_columns(frame, {n: frame[n].fillna(frame[n].mode().get(0, pd.NA)) for n in names})


def _with_group_modes(frame: pd.DataFrame, name: str, by: Sequence[str]) -> pd.Series:
    """Fill a column with the most frequent value of each group, the smallest of several."""
    column = frame[name]
    if not column.isna().any():
        return column
    groups = frame.groupby(list(by), dropna=False).ngroup()
    counted = column.groupby([groups.rename(None), column], observed=True).size().reset_index(name="times")
    counted = counted.set_axis(["group", "value", "times"], axis=1)
    counted = counted.sort_values("times", ascending=False, kind="stable").drop_duplicates("group")
    modes = counted.set_index("group")["value"].astype(column.dtype)
    return column.fillna(modes.reindex(groups.to_numpy()).set_axis(column.index))


def _interpolate(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    names = _numbers(step, frame)
    require_numbers(frame, names, "interpolating")
    rows = _ordered(step, frame)
    made = {}
    for name in names:
        warn_of_lost_digits(frame[name])
        if not step.by:
            made[name] = rows[name].astype("float64").interpolate(limit_area="inside", limit=step.limit)
            continue
        # One line over all groups, one after the other; what lies across two of them is taken back.
        with comparable(frame, step.by, "grouping"):
            groups = rows.groupby(list(step.by), dropna=False).ngroup()
        groups = groups.sort_values(kind="stable")
        known = rows[name].astype("float64").loc[groups.index]
        within = known.groupby(groups).ffill().notna() & known.groupby(groups).bfill().notna()
        made[name] = known.interpolate(limit_area="inside", limit=step.limit).where(within)
    return with_columns(frame, made)


def _fill_from_rows(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.writes(list(frame.columns))
    rows = _ordered(step, frame)
    method = "ffill" if step.method == "forward" else "bfill"
    if not step.by:
        return with_columns(frame, {n: getattr(rows[n], method)(limit=step.limit) for n in names})
    with comparable(frame, step.by, "grouping"):
        groups = rows.groupby(list(step.by), dropna=False)
        return with_columns(frame, {n: getattr(groups[n], method)(limit=step.limit) for n in names})


def _ordered(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in the step's order; the index says where each one stands in the table."""
    if not step.order_by:
        return frame
    keys = [key.column for key in step.order_by]
    ascending = [not key.descending for key in step.order_by]
    with comparable(frame, keys, "sorting"):
        return frame.sort_values(keys, ascending=ascending, kind="stable")


def _fill_value(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.columns
    if names is None:
        # A plain column of whole numbers or booleans has no nulls, so nothing has to fit into it.
        names = tuple(
            name for name in columns_of(frame, kind_of_value(step.value)) if can_be_null(frame[name].dtype)
        )
    for name in names:
        require_fit(step.value, frame[name])
    return with_columns(frame, {n: frame[n].fillna(written(step.value, frame[n])) for n in names})
