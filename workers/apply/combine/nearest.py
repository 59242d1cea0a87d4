"""As-of joins: the row of another dataset that is nearest in time, or in a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pandas.api.types import is_integer_dtype

from workbench.errors import DuplicateColumn, TypeMismatch
from workbench.transformations.combine import nearest as words
from workbench.transformations.combine.another import Keys
from workbench.transformations.fields import count, shown
from workers.apply.base import apply, comparable, require_columns, require_kind
from workers.apply.combine.keys import require_comparable, require_other_columns
from workers.apply.kinds import Kind, kind_of_dtype, shown_dtype
from workers.apply.notes import warn

__all__: list[str] = []

_THERE = "\0there"


@apply.register
def _(step: words.JoinNearest, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    other = others[step.dataset]
    _require_fit(step, frame, other)
    (left, right), by = step.order, list(step.by or ())
    if step.columns is not None:
        other = other[list(dict.fromkeys([right, *by, *step.columns]))]
    known: Any = step.knowing({step.dataset: list(other.columns)})
    names = known.new_names(list(frame.columns))
    for name, named in names.items():
        if named != name and (named in frame.columns or named in other.columns):
            raise DuplicateColumn.named(named)
    rows = frame[[left, *by]].rename(columns={left: right})
    rows = rows.dropna(subset=[right]).sort_values(right, kind="stable")
    ordered = other.dropna(subset=[right]).sort_values(right, kind="stable").assign(**{_THERE: 0})
    tolerance: Any = pd.Timedelta(step.tolerance) if isinstance(step.tolerance, str) else step.tolerance
    with comparable(frame, by, "joining"):
        found = pd.merge_asof(
            rows, ordered, on=right, by=by or None, tolerance=tolerance, direction=step.direction
        )
    found = found.set_axis(rows.index).drop(columns=[right, *by])
    _note(step, len(frame), int(found.pop(_THERE).notna().sum()))
    return frame.join(found.rename(columns=names))


def _require_fit(step: words.JoinNearest, frame: pd.DataFrame, other: pd.DataFrame) -> None:
    (left, right), by = step.order, step.by or ()
    require_columns(frame, [left, *by])
    require_other_columns(step.dataset, other, [right, *by, *(step.columns or ())])
    require_comparable(Keys(by, by), frame, other, step.dataset)
    require_kind(frame, [left], Kind.NUMBERS, Kind.TIMES, Kind.DURATIONS, doing="finding the nearest")
    for one, partner in [(left, right), *zip(by, by, strict=True)]:
        if frame[one].dtype != other[partner].dtype:
            what = (
                f"{shown_dtype(frame[one])}, but '{partner}' of {step.dataset} {shown_dtype(other[partner])}"
            )
            raise TypeMismatch(
                f"Column '{one}' is {what}: nothing is near.",
                f"Cast '{one}' to {shown_dtype(other[partner])} first.",
                column=one,
            )
    _require_fitting_tolerance(step, frame[left])


def _require_fitting_tolerance(step: words.JoinNearest, column: pd.Series) -> None:
    if step.tolerance is None:
        return
    if kind_of_dtype(column.dtype) is not Kind.NUMBERS:
        fits, needed = isinstance(step.tolerance, str), "a duration such as '30 min'"
    elif is_integer_dtype(column.dtype):
        fits, needed = isinstance(step.tolerance, int), "a whole number"
    else:
        fits, needed = not isinstance(step.tolerance, str), "a number"
    if not fits:
        raise TypeMismatch(
            f"Column '{column.name}' is {shown_dtype(column)}, so the tolerance must be {needed}.",
            "Give it so, or none.",
            column=str(column.name),
        )


def _note(step: words.JoinNearest, rows: int, found: int) -> None:
    if rows and not found:
        warn(f"No row found one in {shown(step.dataset)}")
    elif found < rows:
        warn(f"{rows - found:,} of {count(rows, 'row')} found none in {shown(step.dataset)}")
