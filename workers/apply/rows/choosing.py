"""Rows chosen by what is in them: conditions, nulls, duplicates."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from workbench.transformations import rows as words
from workers.apply.base import apply, comparable, require_columns
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
    if step.min_non_null is not None:
        return frame.dropna(subset=columns, thresh=step.min_non_null)
    return frame.dropna(subset=columns, how=step.how)


_KEEP: dict[str, Literal["first", "last", False]] = {"first": "first", "last": "last", "none": False}


@apply.register
def _(step: words.DropDuplicates, frame: pd.DataFrame) -> pd.DataFrame:
    columns = step.reads(list(frame.columns))
    require_columns(frame, columns)
    with comparable(frame, columns, "finding duplicates"):
        return frame.drop_duplicates(columns, keep=_KEEP[step.keep])
