"""Values: nulls filled, values replaced, numbers rounded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations import values as words
from workbench.transformations.expressions import Moment, show_value
from workers.apply.base import apply, comparable, require_columns, require_numbers, with_columns
from workers.apply.kinds import (
    Kind,
    kind_of,
    kind_of_dtype,
    kind_of_value,
    require_fit,
    shown_dtype,
    written,
)

__all__: list[str] = []


@apply.register
def _(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns or ())
    match step.method:
        case "mean" | "median":
            return _fill_average(step, frame)
        case "mode":
            return _fill_mode(step, frame)
        case "forward" | "backward":
            names = step.reads(list(frame.columns))
            forward = step.method == "forward"
            return with_columns(frame, {n: frame[n].ffill() if forward else frame[n].bfill() for n in names})
        case None:
            return _fill_value(step, frame)


def _fill_mode(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    doing = "finding the most frequent value"
    names = step.reads(list(frame.columns))
    for name in names:
        if kind_of(frame[name]) is Kind.OBJECTS:
            raise TypeMismatch.of(name, shown_dtype(frame[name]), "values of one plain type", doing=doing)
    with comparable(frame, names, doing):
        return with_columns(frame, {n: frame[n].fillna(frame[n].mode().get(0, pd.NA)) for n in names})


def _fill_average(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.columns
    if names is None:
        names = tuple(name for name in _of_kind(frame, Kind.NUMBERS) if frame[name].isna().any())
    require_numbers(frame, names, f"filling with the {step.method}")
    averages = {n: frame[n].mean() if step.method == "mean" else frame[n].median() for n in names}
    return with_columns(frame, {n: frame[n].astype("float64").fillna(averages[n]) for n in names})


def _fill_value(step: words.FillNulls, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.columns
    if names is None:
        # A plain column of whole numbers or booleans has no nulls, so nothing has to fit into it.
        names = tuple(
            name for name in _of_kind(frame, kind_of_value(step.value)) if _nullable(frame[name].dtype)
        )
    for name in names:
        require_fit(step.value, frame[name])
    return with_columns(frame, {n: frame[n].fillna(written(step.value, frame[n])) for n in names})


def _of_kind(frame: pd.DataFrame, kind: Kind) -> list[str]:
    return [name for name in frame.columns if kind_of_dtype(frame[name].dtype) is kind]


def _nullable(dtype: object) -> bool:
    return not (isinstance(dtype, np.dtype) and dtype.kind in "iub")


@apply.register
def _(step: words.Replace, frame: pd.DataFrame) -> pd.DataFrame:
    if step.columns is not None:
        require_columns(frame, step.columns)
        return with_columns(frame, {n: _replaced(frame[n], step.values) for n in step.columns})
    columns: dict[str, pd.Series] = {}
    for kind in dict.fromkeys(kind_of_value(pair.old) for pair in step.values):
        pairs = [pair for pair in step.values if kind_of_value(pair.old) is kind]
        columns |= {name: _replaced(frame[name], pairs) for name in _of_kind(frame, kind)}
    return with_columns(frame, columns)


def _replaced(column: pd.Series, pairs: Sequence[words.Replacement]) -> pd.Series:
    for pair in pairs:
        _require_replaceable(pair, column)
    plain = [pair for pair in pairs if not isinstance(pair.old, Moment)]
    values = {pair.old: pair.new for pair in plain if pair.new is not None}
    nulls = [pair.old for pair in plain if pair.new is None]
    result = column.replace(values) if values else column
    if nulls:
        result = _emptied(result, column.isin(nulls))
    for pair in pairs:
        if isinstance(pair.old, Moment):
            found = column == written(pair.old, column)
            result = result.mask(found, None if pair.new is None else written(pair.new, column))
    return result


def _require_replaceable(pair: words.Replacement, column: pd.Series) -> None:
    kind = kind_of_value(pair.old)
    if kind_of(column) is not kind:
        doing = f"replacing {show_value(pair.old)}"
        raise TypeMismatch.of(str(column.name), shown_dtype(column), kind, doing=doing)
    if pair.new is not None:
        require_fit(pair.new, column)
    elif column.dtype == bool:
        raise TypeMismatch(
            f"Column '{column.name}' is bool, which has no place for nulls.",
            "Cast the column to boolean first; then it has.",
            column=str(column.name),
        )


def _emptied(column: pd.Series, found: pd.Series) -> pd.Series:
    """Take values away; plain whole numbers become floats, which must not cost them digits."""
    numpy_integers = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu"
    if numpy_integers and found.any() and (column.max() > 2**53 or column.min() < -(2**53)):
        raise TypeMismatch(
            f"Column '{column.name}' is {column.dtype} with numbers too long to stand beside nulls.",
            "Cast the column to integer first; then they keep their digits.",
            column=str(column.name),
        )
    return column.mask(found)


@apply.register
def _(step: words.Round, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.columns if step.columns is not None else _of_kind(frame, Kind.NUMBERS)
    require_numbers(frame, names, "rounding")
    return with_columns(frame, {name: frame[name].round(step.decimals) for name in names})
