"""Rows whose numbers lie far from the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.transformations import rows as words
from workbench.transformations.fields import count, shown
from workers.apply.base import apply, comparable, require_columns, require_numbers
from workers.apply.kinds import Kind, kind_of_dtype
from workers.apply.notes import warn

__all__: list[str] = []

_SHOWN = 6  # digits of a bound that is told


@apply.register
def _(step: words.DropOutliers, frame: pd.DataFrame) -> pd.DataFrame:
    if step.columns is not None:
        require_numbers(frame, step.columns, "finding outliers")
    require_columns(frame, step.by)
    outliers = pd.Series(False, index=frame.index)
    with comparable(frame, step.by, "grouping"):
        groups = frame.groupby(list(step.by), dropna=False) if step.by else None
    for name in step.columns if step.columns is not None else _numbers(frame):
        # Infinities have no distance, and so no bounds: nothing lies outside then.
        with np.errstate(invalid="ignore"):
            low, high = _bounds(step, _Statistics(frame[name], groups))
            far = ((frame[name] < low) | (frame[name] > high)).fillna(False).astype(bool)
        outliers |= far
        _report(name, int(far.sum()), low, high)
    return frame[~outliers] if step.keep == "others" else frame[outliers]


def _numbers(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if kind_of_dtype(frame[name].dtype) is Kind.NUMBERS]


class _Statistics:
    """Statistics of a column: one value each, or one for each row of that of its group."""

    def __init__(self, column: pd.Series, groups: Any) -> None:
        self.column, self.groups = column, groups

    def __call__(self, function: str, *arguments: float) -> Any:
        if self.groups is None:
            return getattr(self.column, function)(*arguments)
        return self.groups[self.column.name].transform(function, *arguments)


def _bounds(step: words.DropOutliers, statistic: _Statistics) -> tuple[Any, Any]:
    match step.method:
        case "iqr":
            low, high = statistic("quantile", 0.25), statistic("quantile", 0.75)
            return low - step.far * (high - low), high + step.far * (high - low)
        case "zscore":
            middle, reach = statistic("mean"), step.far * statistic("std")
            return middle - reach, middle + reach
        case "percentile":
            return statistic("quantile", step.lower), statistic("quantile", step.upper)


def _report(name: str, number: int, low: Any, high: Any) -> None:
    """Say where the bounds are, which the data decided; those of groups are too many to be told."""
    if isinstance(low, pd.Series):
        if number:
            warn(f"{count(number, 'value')} of {shown(name)} lay outside the bounds of their groups")
        return
    if pd.isna(low) or pd.isna(high):
        return
    bounds = f"below {low:,.{_SHOWN}g} or above {high:,.{_SHOWN}g}"
    warn(f"{count(number, 'value')} of {shown(name)} lay {bounds}")
