"""What a step did to a table, in numbers, and what is worth a warning."""

from __future__ import annotations

import pandas as pd

from workbench.models import Change
from workbench.transformations import Effect, Transformation
from workbench.transformations.base import count

__all__ = ["measure", "warnings_of"]


def measure(step: Transformation, before: pd.DataFrame, after: pd.DataFrame) -> Change:
    """Compare the frames on both sides of a step.

    Args:
        step: What was done; it says which columns can differ.
        before: The frame it was given.
        after: The frame it gave.

    Returns:
        The numbers; cells are counted where rows stay in place.
    """
    changed: dict[str, int] = {}
    nulls: dict[str, int] = {}
    if step.effect is Effect.COLUMNS:
        for name in step.writes(list(before.columns)):
            if name not in before.columns or name not in after.columns:
                continue
            differs, made = _compare(before[name], after[name])
            if differs:
                changed[name] = differs
            if made:
                nulls[name] = made
    return Change(
        rows_before=len(before),
        rows_after=len(after),
        columns_added=tuple(name for name in after.columns if name not in before.columns),
        columns_removed=tuple(name for name in before.columns if name not in after.columns),
        cells_changed=changed,
        nulls_made=nulls,
    )


def _compare(before: pd.Series, after: pd.Series) -> tuple[int, int]:
    """How many cells differ, and how many of these became null."""
    if before is after:
        return 0, 0
    was_null, is_null = before.isna().to_numpy(), after.isna().to_numpy()
    made = int((is_null & ~was_null).sum())
    if before.dtype != after.dtype:
        # Another type is another value for every cell that has one.
        return int((~(was_null & is_null)).sum()), made
    same = (before == after).fillna(False).to_numpy(dtype=bool)
    return int((~same & ~(was_null & is_null)).sum()), made


def warnings_of(step: Transformation, change: Change) -> tuple[str, ...]:
    """Say what a user would want to know without asking."""
    found = [
        f"{count(number, 'value')} of {column} could not be kept and became null"
        for column, number in change.nulls_made.items()
    ]
    if step.effect is Effect.ROWS and change.rows_before and not change.rows_after:
        found.append("No row is left")
    if step.effect is Effect.COLUMNS and not (
        change.cells_changed or change.columns_added or change.columns_removed
    ):
        found.append("Nothing changed")
    return tuple(found)
