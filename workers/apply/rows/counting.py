"""Rows counted off or drawn: the first, the last, from one to another, at random."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.transformations import rows as words
from workers.apply.base import apply, comparable, require_columns

__all__: list[str] = []


@apply.register
def _(step: words.Head, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.head(step.n)


@apply.register
def _(step: words.Tail, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.by)
    if not step.by:
        return frame.tail(step.n)
    with comparable(frame, step.by, "grouping"):
        return frame.loc[frame[list(step.by)].groupby(list(step.by), dropna=False).tail(step.n).index]


@apply.register
def _(step: words.Slice, frame: pd.DataFrame) -> pd.DataFrame:
    meant = slice(step.start, step.stop, step.step)
    if not step.drop:
        return frame.iloc[meant]
    others = np.ones(len(frame), dtype=bool)
    others[meant] = False
    return frame[others]


@apply.register
def _(step: words.Sample, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.by)
    if step.by:
        return frame.loc[_drawn_of_each(step, frame)]
    if step.n is not None:
        return frame.sample(n=min(step.n, len(frame)), random_state=step.seed)
    return frame.sample(frac=step.fraction, random_state=step.seed)


def _drawn_of_each(step: words.Sample, frame: pd.DataFrame) -> pd.Index:
    """The first rows of each group, once they are shuffled: so small groups give what they have."""
    shuffled = frame[list(step.by)].sample(frac=1, random_state=step.seed)
    with comparable(frame, step.by, "grouping"):
        groups = shuffled.groupby(list(step.by), dropna=False)
        if step.n is not None:
            return groups.head(step.n).index
        sizes = groups[step.by[0]].transform("size")
        return shuffled.index[groups.cumcount() < ((step.fraction or 0) * sizes).round()]
