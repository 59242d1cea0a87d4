"""Rows in an order: sorted, counted off by rank, shuffled, numbered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.transformations import rows as words
from workbench.transformations.keys import SortKey, key_names
from workbench.transformations.rows.ordering import LONGEST_NUMBER
from workers.apply.base import apply, comparable, require_columns, require_text, with_columns

__all__: list[str] = []

_NUMBER = re.compile("[0-9]+")


@apply.register
def _(step: words.Sort, frame: pd.DataFrame) -> pd.DataFrame:
    columns = key_names(step.by)
    require_columns(frame, columns)
    require_text(frame, step.natural, "the natural order")
    keyed = with_columns(frame, {name: _natural_ranks(frame[name]) for name in step.natural})
    with comparable(frame, columns, "sorting"):
        ordered = keyed.sort_values(
            columns,
            ascending=[not key.descending for key in step.by],
            na_position=step.nulls,
            kind="stable",
        )
    return frame.loc[ordered.index] if step.natural else ordered


def _natural_ranks(column: pd.Series) -> pd.Series:
    """Rank texts with their numbers filled with zeros, so that these compare; each text is looked at once."""
    codes, texts = pd.factorize(column, use_na_sentinel=True)
    filled = pd.Series(
        [_NUMBER.sub(lambda found: found[0].zfill(LONGEST_NUMBER), text) for text in texts],
        dtype=column.dtype,
    )
    return filled.rank(method="dense").reindex(codes).set_axis(column.index)


@apply.register
def _(step: words.TopN, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.reads([])
    require_columns(frame, names)
    with comparable(frame, names, "ranking in groups or in an order"):
        ordered = _in_order(step.order_by, _contenders(step, frame[names]))
        groups = ordered.groupby(list(step.by), dropna=False) if step.by else None
        if not step.with_ties and step.n is not None:
            return frame.loc[(ordered if groups is None else groups).head(step.n).index]
        places: pd.Series = (
            pd.Series(np.arange(len(ordered)), ordered.index) if groups is None else groups.cumcount()
        )
        if step.with_ties:
            # Rows that are equal share the place of the first of them.
            places = places.groupby([ordered[name] for name in names], dropna=False).transform("min")
        limit: Any = step.n
        if step.fraction is not None:
            sizes: Any = len(frame) if groups is None else groups[step.by[0]].transform("size")
            # Rounded, so that 7% of 100 rows are 7: 0.07 * 100 is a little more.
            limit = np.round(step.fraction * sizes, 6)
    kept: pd.Series = places < limit
    return frame.loc[ordered.index[kept]]


@apply.register
def _(step: words.Shuffle, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=step.seed)


@apply.register
def _(step: words.AddRowNumber, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.reads([])
    require_columns(frame, names)
    with comparable(frame, names, "numbering in groups or in an order"):
        ordered = _in_order(step.order_by, frame[names])
        if step.by:
            places: pd.Series = ordered.groupby(list(step.by), dropna=False).cumcount()
        else:
            places = pd.Series(np.arange(len(ordered), dtype="int64"), ordered.index)
    return with_columns(frame, {step.name: places + step.start})


def _contenders(step: words.TopN, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that can be among the first by the first key alone: to find them, nothing need be sorted."""
    if step.n is None or step.by or not step.order_by:
        return frame
    first = step.order_by[0]
    column = frame[first.column]
    if column.dtype.kind not in "iufMm" or not isinstance(column.dtype, np.dtype):
        return frame
    best = (column.nlargest if first.descending else column.nsmallest)(step.n, keep="all")
    # Nulls come last, and do when there is nothing else left.
    return frame.loc[best.index.sort_values()] if len(best) >= step.n else frame


def _in_order(keys: Sequence[SortKey], frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in an order, nulls last; those that are equal as they stood."""
    if not keys:
        return frame
    return frame.sort_values(key_names(keys), ascending=[not key.descending for key in keys], kind="stable")
