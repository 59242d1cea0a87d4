"""Rows that another dataset has, too, or has not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import UnknownColumn
from workbench.transformations.combine import sets as words
from workbench.transformations.combine.another import Keys
from workers.apply.base import apply, comparable
from workers.apply.combine.keys import matched_rows, require_comparable

__all__: list[str] = []


@apply.register
def _(step: words.Difference, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return _chosen(step, frame, others[step.dataset], "left_anti")


@apply.register
def _(step: words.Intersection, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return _chosen(step, frame, others[step.dataset], "inner")


def _chosen(step: words.SetOfRows, frame: pd.DataFrame, other: pd.DataFrame, how: Any) -> pd.DataFrame:
    names = tuple(step.compared(list(frame.columns), list(other.columns)))
    if not names:
        raise UnknownColumn(
            f"'{step.dataset}' has none of the table's columns, so no rows can be compared.",
            "Rename the columns that are the same, or use a join with keys of two names.",
        )
    keys = Keys(names, names)
    require_comparable(keys, frame, other, step.dataset)
    with comparable(frame, frame.columns, "comparing rows"):
        positions: np.ndarray = matched_rows(keys, frame, other, how)
        return frame.take(positions).drop_duplicates()
