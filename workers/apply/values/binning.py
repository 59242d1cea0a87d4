"""Numbers put into bins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import ValueUnreadable
from workbench.transformations.fields import count, shown
from workbench.transformations.values import binning as words
from workers.apply.base import apply, require_numbers, with_columns
from workers.apply.notes import examples_of, warn
from workers.apply.overflow import require_span

__all__: list[str] = []


@apply.register
def _(step: words.Bin, frame: pd.DataFrame) -> pd.DataFrame:
    require_numbers(frame, [step.column], "binning")
    column = frame[step.column]
    made: Any
    if step.edges is None and not column.notna().any():
        categories = pd.Index(list(step.labels or ()), dtype="str")
        made = pd.Categorical([None] * len(frame), categories=categories, ordered=True)
    else:
        made = _cut(step, column)
        made = made if step.labels is not None else made.cat.rename_categories(str)
        _tell(step, column, made)
    return with_columns(frame, {step.name: made})


def _cut(step: words.Bin, column: pd.Series) -> Any:
    labels = list(step.labels) if step.labels is not None else None
    if step.edges is not None:
        return pd.cut(column, step.bounds(), right=step.right, include_lowest=step.right, labels=labels)
    infinite = np.isinf(column.to_numpy(dtype="float64", na_value=np.nan)).any()
    if infinite:
        raise ValueUnreadable(
            f"Column '{step.column}' has infinite numbers, which no bins of their own making can hold.",
            "Give edges, with open ends.",
            columns=[step.column],
        )
    if step.method == "width":
        require_span(column, f"The span of {shown(step.column)}")
        try:
            return pd.cut(column, step.number, right=step.right, labels=labels)
        except ValueError as error:
            raise ValueUnreadable(
                f"The numbers of column '{step.column}' lie too close together, or too far apart, for"
                f" {count(step.number, 'bin')} of equal width.",
                "Give edges, or round or divide the numbers first.",
                columns=[step.column],
            ) from error
    if labels is None:
        return pd.qcut(column, step.number, duplicates="drop")
    try:
        return pd.qcut(column, step.number, labels=labels)
    except ValueError as error:
        raise ValueUnreadable(
            f"Column '{step.column}' has too many equal values for {step.number} equally large bins.",
            "Ask for fewer bins, for bins of equal width, or leave out the labels.",
            columns=[step.column],
        ) from error


def _tell(step: words.Bin, column: pd.Series, made: pd.Series) -> None:
    """Say which numbers have no bin, and whether there are fewer bins than were asked for."""
    bins = len(made.cat.categories)
    if bins < step.number:
        warn(f"Made {count(bins, 'bin')} instead of {step.number}, as many rows have the same value")
    outside = column.notna() & made.isna()
    if outside.any() and bins:
        numbers = count(int(outside.sum()), "value")
        warn(f"{numbers} of {step.column} lie in no bin, for example {examples_of(column[outside])}")
