"""Columns computed from others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from workbench.errors import TypeMismatch
from workbench.transformations import derive as words
from workbench.transformations.conditions import Condition
from workbench.transformations.expressions import Expression, Literal_
from workbench.transformations.fields import count, shown
from workers.apply.base import apply, comparable, require_columns, require_numbers, with_columns
from workers.apply.expressions import evaluate, mask
from workers.apply.kinds import Kind, kind_of_dtype, nature, require_room_for_nulls
from workers.apply.notes import warn
from workers.apply.overflow import require_finite, require_sums, warn_of_lost_digits
from workers.apply.shape.grouping import group_sums

__all__: list[str] = []

_EXAMPLES = 3


@apply.register
def _(step: words.Derive, frame: pd.DataFrame) -> pd.DataFrame:
    if isinstance(step.expression, Condition):
        return with_columns(frame, {step.column: mask(step.expression, frame)})
    made = evaluate(step.expression, frame)
    if isinstance(made, pd.Series):
        _report(step.column, made, frame, step.reads([]))
    return with_columns(frame, {step.column: made})


def _report(name: str, made: pd.Series, frame: pd.DataFrame, read: Sequence[str]) -> None:
    """Say where values gave none, or an infinity: a null that comes of a null needs no word."""
    known = frame[list(read)].notna().all(axis=1)
    if empty := _examples(made.isna() & known, frame, read):
        warn(f"{empty[0]} of {shown(name)} could not be computed and became null, for example of {empty[1]}")
    if kind_of_dtype(made.dtype) is not Kind.NUMBERS or not pd.api.types.is_float_dtype(made.dtype):
        return
    numbers = made.to_numpy(dtype="float64", na_value=np.nan)
    if not np.isinf(numbers).any():
        return
    before = np.zeros(len(frame), dtype=bool)
    for column in read:
        if pd.api.types.is_float_dtype(frame[column].dtype):
            before |= np.isinf(frame[column].to_numpy(dtype="float64", na_value=np.nan))
    if endless := _examples(pd.Series(np.isinf(numbers) & ~before, index=frame.index), frame, read):
        warn(f"{endless[0]} of {shown(name)} became infinite, for example of {endless[1]}")


def _examples(where: pd.Series, frame: pd.DataFrame, read: Sequence[str]) -> tuple[str, str] | None:
    number = int(where.sum())
    if not number:
        return None
    rows = frame.loc[where, list(read)].drop_duplicates().head(_EXAMPLES)
    shown_rows = ["/".join(str(value) for value in row) for row in rows.itertuples(index=False)]
    return count(number, "value"), ", ".join(repr(text) for text in shown_rows)


@apply.register
def _(step: words.CaseWhen, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    given = [evaluate(case.then, frame) for case in step.cases]
    otherwise = evaluate(step.otherwise, frame) if step.otherwise is not None else None
    _require_one_kind(step, [*given, *([] if otherwise is None else [otherwise])])
    met = [mask(case.where, frame) for case in step.cases]
    pairs = list(zip(met, given, strict=True))
    if step.otherwise is not None:
        made = _series(otherwise, frame).case_when(pairs)
    else:
        made = _null_unless(met[0], step.cases[0].then, given[0], frame)
        made = made.case_when(pairs) if len(pairs) > 1 else made
        if left := int((~np.logical_or.reduce([condition.to_numpy() for condition in met])).sum()):
            warn(f"{count(left, 'row')} met no condition, so {shown(step.column)} is null there")
    if is_float_dtype(made.dtype):
        for tree, value in zip((case.then for case in step.cases), given, strict=True):
            warn_of_lost_digits(value, tree.describe())
        if step.otherwise is not None:
            warn_of_lost_digits(otherwise, step.otherwise.describe())
    return with_columns(frame, {step.column: made})


def _series(value: Any, frame: pd.DataFrame) -> pd.Series:
    return value if isinstance(value, pd.Series) else pd.Series(value, index=frame.index)


def _null_unless(met: pd.Series, tree: Expression, value: Any, frame: pd.DataFrame) -> pd.Series:
    if isinstance(value, pd.Series):
        require_room_for_nulls(value)
        return value.where(met)
    dtype = words.NULLABLE[type(tree.value)] if isinstance(tree, Literal_) else None
    return pd.Series(value, index=frame.index, dtype=dtype).where(met)


_OF_ONE_KIND = (Kind.NUMBERS, Kind.BOOLEANS, Kind.TEXT, Kind.TIMES, Kind.DURATIONS)


def _require_one_kind(step: words.CaseWhen, values: Sequence[Any]) -> None:
    """Refuse a column that would hold values of several types, of which pandas makes Python's own objects."""
    kinds = {nature(value) for value in values}
    if len(kinds) > 1 or next(iter(kinds))[0] not in _OF_ONE_KIND:
        found = " and ".join(sorted({str(kind) + (f" in {zone}" if zone else "") for kind, zone in kinds}))
        raise TypeMismatch(
            f"'{step.describe()}' would put {found} into one column.",
            "Give values of one type: numbers, text, booleans or points in time; cast columns first.",
            columns=step.reads([]),
        )


@apply.register
def _(step: words.PercentOfTotal, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    require_numbers(frame, [step.column], "a percentage of the total")
    column = frame[step.column]
    with comparable(frame, step.by, "grouping"), np.errstate(over="ignore"):
        require_sums(column, f"The total of {shown(step.column)}", group_sums(frame, step.by))
        total = (
            frame.groupby(list(step.by), dropna=False)[step.column].transform("sum")
            if step.by
            else column.sum()
        )
    require_finite(total, column, f"The total of {shown(step.column)}")
    # A total of zero has no parts: pandas gives nulls and infinities, as it is told below.
    with np.errstate(divide="ignore", invalid="ignore"):
        made = column / total * 100
    _report(step.name, made, frame, [step.column])
    return with_columns(frame, {step.name: made})
