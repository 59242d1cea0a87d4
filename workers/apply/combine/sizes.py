"""How many rows a join would make, counted before any of them is made."""

from __future__ import annotations

import pandas as pd

from workbench.errors import TableTooLarge
from workbench.transformations.combine import joins as words
from workers.apply.combine.keys import ROW, keys_of

__all__ = ["MOST_CELLS", "MOST_ROWS", "require_bounded"]

MOST_ROWS = 100_000_000
"""A join that multiplies rows makes no more than these ..."""

MOST_CELLS = 1_000_000_000
"""... and no more than these, rows times columns: some eight gigabytes of numbers."""


def require_bounded(step: words.Join, frame: pd.DataFrame, other: pd.DataFrame) -> None:
    """Refuse a join whose rows would not fit into memory, before memory is taken.

    Args:
        step: The join; one that makes rows of pairs.
        frame: The table.
        other: The other dataset, prepared: its columns by the names that they are joined under.

    Raises:
        TableTooLarge: If every row meeting every row, or the rows that meet, would be too many.
    """
    columns = max(1, len(frame.columns) + len(other.columns))
    # A join in which no row meets many is never refused, however large the tables are.
    most = max(min(MOST_ROWS, MOST_CELLS // columns), len(frame) + len(other))
    if len(frame) * len(other) <= most:
        return
    rows = len(frame) * len(other) if step.how == "cross" else _meeting(step, frame, other, most)
    if rows > most:
        raise TableTooLarge.of_join(
            len(frame), step.dataset, len(other), rows, most, by=() if step.how == "cross" else step.keys.left
        )


def _meeting(step: words.Join, frame: pd.DataFrame, other: pd.DataFrame, most: int) -> int:
    """Count the pairs of rows with equal keys; no more exactly than needed to know that they are few."""
    left, right = keys_of(step.taken().keys, frame, other)
    names = list(right.columns)
    if not right.duplicated().any():
        return 0  # no row meets many; to see that is quicker than to count
    theirs = right.groupby(names, dropna=False, sort=False, observed=True).size()
    if len(frame) * int(theirs.max()) <= most:
        return 0
    ours = left.groupby(names, dropna=False, sort=False, observed=True)[ROW].size()
    pairs = ours.rename("ours").reset_index().merge(theirs.rename("theirs").reset_index(), on=names)
    return int((pairs["ours"] * pairs["theirs"]).sum())
