"""Rows: chosen, dropped, ordered."""

from __future__ import annotations

import pandas as pd

from workbench.transformations import rows as words
from workers.apply.base import apply, require_columns
from workers.apply.expressions import mask

__all__: list[str] = []


@apply.register
def _(step: words.Filter, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[mask(step.where, frame)]


@apply.register
def _(step: words.DropRows, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~mask(step.where, frame)]


@apply.register
def _(step: words.DropNulls, frame: pd.DataFrame) -> pd.DataFrame:
    columns = step.reads(list(frame.columns))
    require_columns(frame, columns)
    return frame.dropna(subset=columns, how=step.how)
