"""Columns made of text."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import pandas as pd

from workbench.transformations.text import columns as words
from workers.apply.base import apply, with_columns
from workers.apply.kinds import Kind
from workers.apply.text.calls import text_of, walked

__all__: list[str] = []


@apply.register
def _(step: words.OfOneColumn, frame: pd.DataFrame) -> pd.DataFrame:
    made = walked(text_of(frame, step.column, f"taking {step.what()}"), step.calls())
    ending = step.ending()
    return with_columns(frame, {step.into: made.astype(ending) if ending is not None else made})


@apply.register
def _(step: words.SplitColumn, frame: pd.DataFrame) -> pd.DataFrame:
    parts: Any = walked(text_of(frame, step.column, "splitting"), [step.call()])  # a frame, as it expands
    parts = parts.reindex(columns=range(len(step.into))).astype("str")
    return with_columns(frame, dict(zip(step.into, (parts[place] for place in parts), strict=True)))


@apply.register
def _(step: words.JoinColumns, frame: pd.DataFrame) -> pd.DataFrame:
    others = (Kind.NUMBERS, Kind.BOOLEANS)
    texts = [text_of(frame, name, "joining columns", *others) for name in step.columns]
    if step.nulls == "null":
        made = reduce(lambda left, right: left + step.separator + right, texts)
    else:
        parts = [(step.separator + text).fillna("") for text in texts]
        made = reduce(add, parts).str.slice(len(step.separator))
        made = made.where(frame[list(step.columns)].notna().any(axis=1))
    return with_columns(frame, {step.into: made})
