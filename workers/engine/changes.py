"""What a step did to a table, in numbers, and what is worth a warning."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype, is_numeric_dtype, is_object_dtype

from workbench.models import Change
from workbench.transformations import Effect, Sort, Transformation
from workbench.transformations.base import count
from workers.apply.notes import examples_of

__all__ = ["identical", "measure", "warnings_of"]


def measure(
    step: Transformation, before: pd.DataFrame, after: pd.DataFrame, *, rows_kept: int | None = None
) -> Change:
    """Compare the frames on both sides of a step.

    Args:
        step: What was done; it says which columns can differ.
        before: The frame it was given.
        after: The frame it gave, with the index that its deed gave it.
        rows_kept: How many rows of a table are in the new one that was made of it, where its deed said so.

    Returns:
        The numbers; cells are counted where rows stay in place, or stand beside a new value.
    """
    kept = _kept(step, before, after)
    cells = {name: _measured(step, before[name], after[name]) for name in kept}
    return Change(
        rows_before=len(before),
        rows_after=len(after),
        rows_kept=_rows_kept(step, before, after, rows_kept or 0),
        columns_added=tuple(name for name in after.columns if name not in before.columns),
        columns_removed=tuple(name for name in before.columns if name not in after.columns),
        cells_changed={name: number.changed for name, number in cells.items() if number.changed},
        nulls_made={name: number.emptied for name, number in cells.items() if number.emptied},
        nulls_filled={name: number.filled for name, number in cells.items() if number.filled},
        columns_retyped=tuple(name for name in kept if before[name].dtype != after[name].dtype),
    )


def _rows_kept(step: Transformation, before: pd.DataFrame, after: pd.DataFrame, said: int) -> int:
    match step.acts_as():
        case Effect.COLUMNS:
            return len(before)
        case Effect.TABLE:
            return said
        case Effect.ROWS:
            there = np.zeros(len(before), dtype=bool)
            there[after.index] = True
            return int(there.sum())


def _kept(step: Transformation, before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """The columns that a step may have changed, while rows stay in place or are taken along."""
    if step.acts_as() is Effect.TABLE:
        return []
    written = step.writes(list(before.columns))
    return [name for name in written if name in before.columns and name in after.columns]


class _Cells(NamedTuple):
    changed: int = 0
    emptied: int = 0
    filled: int = 0


def _measured(step: Transformation, before: pd.Series, after: pd.Series) -> _Cells:
    if step.acts_as() is Effect.COLUMNS:
        return _compare(before, after)
    # Beside what it was taken from: of a list, an item is another value, whatever its type.
    taken = before.take(after.index.to_numpy())
    return _compare(taken, after, alike=not is_object_dtype(before.dtype))


def _compare(before: pd.Series, after: pd.Series, *, alike: bool = True) -> _Cells:
    was_null, is_null = before.isna().to_numpy(), after.isna().to_numpy()
    numbers = is_numeric_dtype(before.dtype) and is_numeric_dtype(after.dtype)
    if alike and (before.dtype == after.dtype or numbers):
        same = (before == after).fillna(False).to_numpy(dtype=bool) | (was_null & is_null)
    else:
        # A value of another type is another value.
        same = was_null & is_null
    emptied, filled = is_null & ~was_null, was_null & ~is_null
    return _Cells(int((~same).sum()), int(emptied.sum()), int(filled.sum()))


def identical(before: pd.Series, after: pd.Series) -> bool:
    """Whether a column is the very same as before, so that it need not be kept twice.

    Of Python's own objects, and of Arrow's types, the answer is no: what is equal there may be told apart.
    """
    if before.dtype != after.dtype or isinstance(after.dtype, pd.ArrowDtype) or is_object_dtype(after.dtype):
        return False
    if isinstance(after.dtype, pd.CategoricalDtype):
        one, other = before.cat, after.cat
        categories = identical(pd.Series(one.categories), pd.Series(other.categories))
        return categories and one.ordered == other.ordered and one.codes.equals(other.codes)
    if not before.equals(after):
        return False
    # Zero and minus zero are equal, and not the same.
    return not is_float_dtype(after.dtype) or np.array_equal(_signs(before), _signs(after))


def _signs(column: pd.Series) -> np.ndarray:
    signs: np.ndarray = np.signbit(column.to_numpy(dtype="float64", na_value=np.nan))
    return signs


def warnings_of(
    step: Transformation, change: Change, before: pd.DataFrame, after: pd.DataFrame
) -> tuple[str, ...]:
    """Say what a user would want to know without asking.

    Args:
        step: What was done.
        change: What it did, in numbers.
        before: The frame it was given.
        after: The frame it gave, with the index that its deed gave it.
    """
    made = {} if step.means_nulls else change.nulls_made
    found = [
        f"{count(number, 'value')} of {column} could not be kept and became null, "
        f"for example {examples_of(before[column][before[column].notna() & after[column].isna()])}"
        for column, number in made.items()
    ]
    if step.acts_as() is not Effect.COLUMNS and change.rows_before and not change.rows_after:
        found.append("No row is left")
    elif _nothing_changed(step, change, after):
        found.append("Nothing changed")
    return tuple(found)


def _nothing_changed(step: Transformation, change: Change, after: pd.DataFrame) -> bool:
    # A table that is in its order already is no surprise.
    if change.columns_added or change.columns_removed or isinstance(step, Sort):
        return False
    match step.acts_as():
        case Effect.COLUMNS:
            return not (change.cells_changed or change.columns_retyped)
        case Effect.ROWS:
            everything = np.arange(change.rows_before)
            return not step.writes(list(after.columns)) and np.array_equal(after.index, everything)
    return False
