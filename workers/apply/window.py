"""Windows: what a row gets from the rows around it, in each group and in an order."""

from __future__ import annotations

import operator
from contextlib import AbstractContextManager
from typing import Any

import pandas as pd
from pandas.api.types import (
    is_extension_array_dtype,
    is_float_dtype,
    is_integer_dtype,
    is_unsigned_integer_dtype,
)

from workbench.errors import TypeMismatch
from workbench.transformations import window as words
from workbench.transformations.fields import count, shown
from workers.apply.base import apply, comparable, require_columns, require_kind, with_columns
from workers.apply.kinds import Kind, require_room_for_nulls, shown_dtype
from workers.apply.notes import warn
from workers.apply.overflow import (
    Sums,
    count_infinite,
    in_range,
    out_of_range,
    require_held,
    require_sums,
    warn_of_lost_digits,
)

__all__: list[str] = []

_Step = words.Cumulate | words.Shift | words.Diff | words.Rolling | words.Rank
_NEAR = 100  # rows away that pandas looks at without taking much memory
_MEASURED = (Kind.NUMBERS, Kind.DURATIONS)
_ORDERED = (*_MEASURED, Kind.TIMES)
_CUMULATED: dict[str, tuple[Kind, ...]] = {
    "sum": (*_MEASURED, Kind.BOOLEANS),
    "mean": (Kind.NUMBERS,),
    "std": (Kind.NUMBERS,),
    "min": _ORDERED,
    "max": _ORDERED,
}


@apply.register
def _(step: words.Cumulate, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    if step.function in _CUMULATED:
        needed = _CUMULATED[step.function]
        require_kind(frame, [step.column], *needed, doing=f"the cumulative {step.function}")
    with _comparable(step, frame):
        match step.function:
            case "count":
                known = _ordered(step, frame)[step.column].notna()
                keys = [frame[name] for name in step.by]
                made = (known.groupby(keys, dropna=False) if keys else known).cumsum()
            case "sum" | "min" | "max":
                if step.function == "sum":
                    what = f"The cumulative sum of {shown(step.column)}"
                    require_sums(frame[step.column], what, _running(step, frame))
                    if step.by:
                        _tell_of_infinities(step, frame, "followed by nulls in the sums of the group")
                made = getattr(_rows(step, frame), f"cum{step.function}")()
            case _:
                _tell_of_infinities(step, frame)
                made = _of_windows(getattr(_numbered(step, frame).expanding(), step.function)())
    return with_columns(frame, {step.name: made})


@apply.register
def _(step: words.Shift, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    require_room_for_nulls(frame[step.column])
    with _comparable(step, frame):
        made = _rows(step, frame).shift(_reach(step, frame) * (1 if step.function == "lag" else -1))
    return with_columns(frame, {step.name: made})


@apply.register
def _(step: words.Diff, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    needed = _ORDERED if step.function == "diff" else _MEASURED
    require_kind(frame, [step.column], *needed, doing=f"the {step.function}")
    require_room_for_nulls(frame[step.column])
    _require_signed(frame[step.column])
    with _comparable(step, frame):
        what = f"The difference of {shown(step.column)}"
        rows, distance = _rows(step, frame), _reach(step, frame)
        with in_range(what, frame[step.column].dtype, [step.column]):
            made = getattr(rows, step.function)(distance)
        if step.function == "diff" and is_integer_dtype(frame[step.column].dtype):
            column = _ordered(step, frame)[step.column]
            _require_differences(made, column, rows.shift(distance), what)
    return with_columns(frame, {step.name: made})


@apply.register
def _(step: words.Rolling, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    require_kind(frame, [step.column], Kind.NUMBERS, doing=f"the rolling {step.function}")
    _tell_of_infinities(step, frame)
    warn_of_lost_digits(frame[step.column])
    with _comparable(step, frame):
        windows = _numbered(step, frame).rolling(step.window, min_periods=step.min_periods)
        made = _of_windows(getattr(windows, step.function)())
    return with_columns(frame, {step.name: made})


@apply.register
def _(step: words.Rank, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    dtype = frame[step.column].dtype
    if not (isinstance(dtype, pd.CategoricalDtype) and dtype.ordered):
        require_kind(frame, [step.column], *_ORDERED, Kind.BOOLEANS, Kind.TEXT, doing="ranking")
    with _comparable(step, frame):
        ranks = _rows(step, frame).rank(method=step.method, ascending=not step.descending)
    return with_columns(frame, {step.name: ranks if step.method == "average" else ranks.astype("Int64")})


def _comparable(step: _Step, frame: pd.DataFrame) -> AbstractContextManager[None]:
    keys = [*step.by, *(key.column for key in step.order_by)]
    return comparable(frame, keys or [step.column], "a window in groups or in an order")


def _ordered(step: _Step, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that the step reads, in its order; the index says where each row stands in the table."""
    needed = frame[step.reads([])]
    if not step.order_by:
        return needed
    ascending = [not key.descending for key in step.order_by]
    return needed.sort_values([key.column for key in step.order_by], ascending=ascending, kind="stable")


def _rows(step: _Step, frame: pd.DataFrame) -> Any:
    """The column, in the step's order and in its groups."""
    ordered = _ordered(step, frame)
    groups: Any = ordered.groupby(list(step.by), dropna=False) if step.by else ordered
    return groups[step.column]


def _tell_of_infinities(
    step: words.Cumulate | words.Rolling, frame: pd.DataFrame, how: str = "left out, as nulls are"
) -> None:
    """Say so where there are infinities, which pandas takes for nulls in windows."""
    column = frame[step.column]
    if is_float_dtype(column.dtype) and (number := count_infinite(column)):
        are = "is" if number == 1 else "are"
        warn(f"{count(number, 'infinite value')} of {shown(step.column)} {are} {how}")


def _running(step: _Step, frame: pd.DataFrame) -> Sums:
    """Add up as it is done in the step's order and in its groups, whatever is added up."""

    def add(part: pd.Series) -> pd.Series:
        ordered = _ordered(step, frame)
        part = part.loc[ordered.index]
        keys = [ordered[name] for name in step.by]
        return (part.groupby(keys, dropna=False) if keys else part).cumsum()

    return add


def _reach(step: words.Shift | words.Diff, frame: pd.DataFrame) -> int:
    """How far to look: no farther than the largest group, as pandas takes memory for groups times rows."""
    if step.n <= _NEAR or not step.by or frame.empty:
        return step.n
    sizes = frame.groupby(list(step.by), dropna=False).size()
    return min(step.n, int(sizes.max()))


def _numbered(step: _Step, frame: pd.DataFrame) -> Any:
    """The same with groups that are numbered: windows over categories would lose the rows of a null."""
    if not step.by:
        return _rows(step, frame)
    groups = frame.groupby(list(step.by), dropna=False).ngroup()
    return _ordered(step, frame).groupby(groups)[step.column]


def _of_windows(made: pd.Series) -> pd.Series:
    """Take the groups away that windows over groups put into the index."""
    return made.droplevel(0) if made.index.nlevels > 1 else made


def _require_differences(made: pd.Series, column: pd.Series, before: pd.Series, what: str) -> None:
    """Refuse differences for which the column's type is too small, be they of that type or made of it."""
    columns = [str(column.name)]
    if is_integer_dtype(made.dtype):
        require_held(made, operator.sub, column, before, what, columns)
    elif not made.equals((column.astype("float64") - before).astype(made.dtype)):
        raise out_of_range(what, column.dtype, columns)


def _require_signed(column: pd.Series) -> None:
    """Refuse whole numbers whose differences could not be negative."""
    if is_unsigned_integer_dtype(column.dtype) and is_extension_array_dtype(column.dtype):
        raise TypeMismatch.of(
            str(column.name), shown_dtype(column), "integers that can be negative", doing="the difference"
        )
