"""Numbers brought to a common scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.transformations.fields import count
from workbench.transformations.values import scaling as words
from workers.apply.base import apply, comparable, require_columns, require_numbers, with_columns
from workers.apply.notes import warn
from workers.apply.overflow import warn_of_lost_digits

__all__: list[str] = []


@apply.register
def _(step: words.Scale, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    require_numbers(frame, step.columns, "scaling")
    made = {}
    with comparable(frame, step.by, "grouping"):
        for name, into in step.pairs():
            warn_of_lost_digits(frame[name])
            with np.errstate(invalid="ignore"):  # infinite values, of which a warning tells
                made[into] = _scaled(step, frame, name)
    return with_columns(frame, made)


def _scaled(step: words.Scale, frame: pd.DataFrame, name: str) -> pd.Series:
    numbers = frame[name].astype("float64")
    groups: Any = numbers.groupby([frame[key] for key in step.by], dropna=False) if step.by else None

    def of(function: str, *arguments: float) -> Any:
        if groups is not None:
            return groups.transform(function, *arguments)
        return getattr(numbers, function)(*arguments)

    match step.method:
        case "min_max":
            middle = of("min")
            spread = of("max") - middle
            scale = _where(spread, spread > 0)
        case "z_score":
            middle, spread = of("mean"), of("std")
            scale = _where(spread, of("nunique") > 1)
        case _:
            middle, spread = of("median"), of("quantile", 0.75) - of("quantile", 0.25)
            scale = _where(spread, spread > 0)
    made: pd.Series = (numbers - middle) / scale
    lost = numbers.notna() & made.isna()
    infinite = int(np.isinf(numbers).sum())
    if infinite:
        warn(f"{name} holds {count(infinite, 'infinite value')}, beside which other values have no scale")
    elif lost.any():
        _tell(step, frame, name, lost)
    if (step.low, step.high) != (0, 1):
        made = made * (step.high - step.low) + step.low
    return made


def _where(spread: Any, differ: Any) -> Any:
    """The spread where there is one, null elsewhere."""
    return spread.where(differ) if isinstance(spread, pd.Series) else spread if differ else np.nan


def _tell(step: words.Scale, frame: pd.DataFrame, name: str, lost: pd.Series) -> None:
    where = ""
    if step.by:
        groups = frame.loc[lost, list(step.by)].drop_duplicates()
        where = f" in {count(len(groups), 'group')}"
    values = count(int(lost.sum()), "value")
    warn(f"{name} has no spread to scale by{where}, so {values} became null")
