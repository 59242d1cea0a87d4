"""Rows: chosen, dropped, ordered."""

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
    return frame.dropna(subset=columns, how=step.how)


_KEEP: dict[str, Literal["first", "last", False]] = {"first": "first", "last": "last", "none": False}


@apply.register
def _(step: words.DropDuplicates, frame: pd.DataFrame) -> pd.DataFrame:
    columns = step.reads(list(frame.columns))
    require_columns(frame, columns)
    with comparable(frame, columns, "finding duplicates"):
        return frame.drop_duplicates(columns, keep=_KEEP[step.keep])


@apply.register
def _(step: words.Sort, frame: pd.DataFrame) -> pd.DataFrame:
    columns = [key.column for key in step.by]
    require_columns(frame, columns)
    with comparable(frame, columns, "sorting"):
        return frame.sort_values(
            columns,
            ascending=[not key.descending for key in step.by],
            na_position=step.nulls,
            kind="stable",
        )


@apply.register
def _(step: words.Head, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.head(step.n)


@apply.register
def _(step: words.Tail, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.tail(step.n)


@apply.register
def _(step: words.Sample, frame: pd.DataFrame) -> pd.DataFrame:
    if step.n is not None:
        return frame.sample(n=min(step.n, len(frame)), random_state=step.seed)
    return frame.sample(frac=step.fraction, random_state=step.seed)
