"""Columns that say which rows have nulls, and which repeat another one."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from workbench.transformations.values import flags as words
from workers.apply.base import apply, comparable, require_columns, with_columns

__all__: list[str] = []

_KEEP: dict[str, Literal["first", "last", False]] = {"first": "first", "last": "last", "none": False}


@apply.register
def _(step: words.FlagNulls, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.reads(list(frame.columns))
    require_columns(frame, names)
    nulls = frame[names].isna()
    return with_columns(frame, {step.into: nulls.any(axis=1) if step.how == "any" else nulls.all(axis=1)})


@apply.register
def _(step: words.FlagDuplicates, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.reads(list(frame.columns))
    require_columns(frame, names)
    with comparable(frame, names, "finding duplicates"):
        return with_columns(frame, {step.into: frame.duplicated(names, keep=_KEEP[step.keep])})
