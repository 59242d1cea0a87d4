"""Tables that say what is in a table."""

from __future__ import annotations

import pandas as pd

from workbench.transformations.shape import counting as words
from workers.apply.base import apply, comparable, require_columns

__all__: list[str] = []


@apply.register
def _(step: words.ValueCounts, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    with comparable(frame, step.columns, "counting values"):
        sizes: pd.Series = frame.groupby(list(step.columns), dropna=step.dropna).size()
    if step.sort:
        sizes = sizes.sort_values(ascending=False, kind="stable")
    return (sizes / sizes.sum() if step.normalize else sizes).reset_index(name=step.name)
