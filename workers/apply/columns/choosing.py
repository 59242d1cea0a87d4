"""Columns: chosen and dropped, moved and copied."""

from __future__ import annotations

import pandas as pd

from workbench.errors import NoColumns
from workbench.transformations import columns as words
from workers.apply.base import apply, require_columns

__all__: list[str] = []


@apply.register
def _(step: words.Select, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    return frame[list(step.columns)]


@apply.register
def _(step: words.Drop, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    if len(step.columns) == frame.shape[1]:
        raise NoColumns(
            "Dropping these columns would leave none.",
            "Keep at least one column, or drop rows instead.",
            columns=list(step.columns),
        )
    return frame.drop(columns=list(step.columns))
