"""Joins: rows of two datasets, put side by side where their keys are equal."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from workbench.transformations.combine import joins as words
from workbench.transformations.combine.another import Taken
from workbench.transformations.fields import count, listed, shown
from workers.apply.base import apply, comparable
from workers.apply.combine.keys import (
    ROW,
    joined_names,
    keys_of,
    matched_rows,
    prepared,
    require_comparable,
)
from workers.apply.combine.sizes import require_bounded
from workers.apply.notes import keep_rows, warn

__all__: list[str] = []

# Beside columns of any name: a row's position in the other dataset.
_THERE = "\0there"
_CHOOSING: dict[str, Literal["inner", "left_anti"]] = {"semi": "inner", "anti": "left_anti"}
_EXAMPLES = 3
_EXACT = 2**53  # the largest whole number up to which float64 has all of them


@apply.register
def _(step: words.Join, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    require_comparable(step.keys, frame, others[step.dataset], step.dataset)
    taken = step.taken()
    other = prepared(taken, others[step.dataset], step.dataset)
    names = joined_names(taken, other, frame)
    with comparable(frame, step.keys.left, "joining"), warnings.catch_warnings():
        # Numbers with and without a decimal point may be compared: they meet where they are equal.
        warnings.filterwarnings("ignore", "You are merging on int and float", UserWarning)
        if step.how not in _CHOOSING:
            require_bounded(step, frame, other)
        match step.how:
            case "semi" | "anti":
                return frame.take(matched_rows(taken.keys, frame, other, _CHOOSING[step.how]))
            case "cross":
                return _crossed(frame, other, names)
            case "left" | "inner":
                return _looked_up(step, taken, frame, other, names)
            case _:
                return _merged(step, taken, frame, other)


def _looked_up(
    step: words.Join, taken: Taken, frame: pd.DataFrame, other: pd.DataFrame, names: Mapping[str, str]
) -> pd.DataFrame:
    """The table's rows, repeated for several matches, with what was found in the other dataset."""
    left, keys = keys_of(taken.keys, frame, other)
    found = other[list(names)].set_axis(list(names.values()), axis="columns")
    right = pd.concat([keys, found], axis="columns").assign(**{_THERE: np.arange(len(other))})
    how: Any = step.how
    merged = left.merge(right, how=how, on=list(keys.columns))
    rows, there = merged[ROW].to_numpy(), merged[_THERE].to_numpy()
    _note(step, frame, rows, there)
    _note_rounded(found, merged)
    return _beside(frame, rows, merged[list(found.columns)])


def _crossed(frame: pd.DataFrame, other: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    rows = np.repeat(np.arange(len(frame)), len(other))
    there = np.tile(np.arange(len(other)), len(frame))
    return _beside(frame, rows, other.take(there).set_axis(list(names.values()), axis="columns"))


def _beside(frame: pd.DataFrame, rows: np.ndarray, found: pd.DataFrame) -> pd.DataFrame:
    """The table's rows at some positions, with columns beside them."""
    everywhere = len(rows) == len(frame) and np.array_equal(rows, np.arange(len(frame)))
    table = frame if everywhere else frame.take(rows)
    return pd.concat([table, found.set_axis(table.index)], axis="columns")


def _merged(step: words.Join, taken: Taken, frame: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """A new table, with the rows of the other dataset that have no match."""
    how: Any = step.how
    left = frame.assign(**{ROW: np.arange(len(frame))})
    right = other.assign(**{_THERE: np.arange(len(other))})
    merged = left.merge(
        right,
        how=how,
        left_on=list(taken.keys.left),
        right_on=list(taken.keys.right),
        suffixes=("", step.suffix),
    )
    rows, there = merged.pop(ROW).to_numpy(), merged.pop(_THERE).to_numpy()
    keep_rows(len(np.unique(rows[~np.isnan(rows)])))
    _note(step, frame, rows, there)
    return merged


def _note(step: words.Join, frame: pd.DataFrame, rows: np.ndarray, there: np.ndarray) -> None:
    """Say which rows met several, none, or each other's nulls.

    Args:
        step: What was done.
        frame: The table before.
        rows: For each row of the result, its position in the table, or a null.
        there: Its position in the other dataset, or a null.
    """
    if frame.empty:
        return
    other = shown(step.dataset)
    met = ~np.isnan(rows) & ~np.isnan(there)
    matches = np.bincount(rows[met].astype("int64"), minlength=len(frame))
    if (most := int(matches.max(initial=0))) > 1:
        several = int((matches > 1).sum())
        warn(
            f"{count(several, 'row')} met more than one row of {other}, up to {most:,}: "
            f"{len(frame):,} rows became {len(rows):,}"
        )
    _note_unmatched(step, frame, matches == 0)
    if alone := int(np.isnan(rows).sum()):
        warn(f"{count(alone, 'row')} of {other} found no match in the table")
    nulls = frame[list(step.keys.left)].isna().any(axis="columns").to_numpy()
    if together := int((nulls & (matches > 0)).sum()):
        keys = listed(step.keys.left, "or")
        warn(f"{count(together, 'row')} with a null in {keys} met rows of {other} with a null there")


def _note_unmatched(step: words.Join, frame: pd.DataFrame, unmatched: np.ndarray) -> None:
    number, other = int(unmatched.sum()), shown(step.dataset)
    left_out = " and was left out" if number == 1 else " and were left out"
    if number == len(frame):
        warn(f"No row found a match in {other}")
    elif number:
        keys = frame.loc[unmatched, list(step.keys.left)].drop_duplicates().head(_EXAMPLES)
        examples = "; ".join(", ".join(str(value) for value in row) for row in keys.to_numpy(dtype=object))
        warn(
            f"{number:,} of {count(len(frame), 'row')} found no match in {other}"
            f"{left_out if step.how in {'inner', 'right'} else ''}, for example {examples}"
        )


def _note_rounded(found: pd.DataFrame, merged: pd.DataFrame) -> None:
    """Say where whole numbers have too many digits for the decimal point that they got beside nulls."""
    for name, dtype in found.dtypes.items():
        if isinstance(dtype, np.dtype) and dtype.kind in "iu" and merged[name].dtype == "float64":
            long = int(((found[name] > _EXACT) | (found[name] < -_EXACT)).sum())
            if long:
                warn(f"{count(long, 'number')} of {shown(str(name))} lost digits, as it has nulls now")
