"""Rows of several datasets, one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pandas as pd
from pandas.api.types import is_float_dtype, is_integer_dtype, is_object_dtype

from workbench.errors import TypeMismatch
from workbench.transformations.combine import stacks as words
from workbench.transformations.fields import listed, shown
from workers.apply.base import apply, comparable
from workers.apply.combine.keys import alike, require_other_columns
from workers.apply.kinds import Kind, kind_of, shown_dtype
from workers.apply.notes import keep_rows, warn
from workers.apply.shape.pivoting import require_exact

__all__: list[str] = []


@apply.register
def _(step: words.Append, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    keep_rows(len(frame))
    return _stacked(step, frame, others)


@apply.register
def _(step: words.Union, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    stacked = _stacked(step, frame, others)
    with comparable(stacked, stacked.columns, "finding equal rows"):
        result = stacked.drop_duplicates()
    keep_rows(int((result.index < len(frame)).sum()))
    return result.reset_index(drop=True)


def _stacked(step: words.Stacking, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    for name in step.columns or ():
        if not any(name in others[dataset].columns for dataset in step.datasets):
            require_other_columns(step.datasets[0], others[step.datasets[0]], [name])
    below = {dataset: others[dataset] for dataset in step.datasets}
    if step.columns is not None:
        below = {dataset: other.filter(list(step.columns)) for dataset, other in below.items()}
    for (_, above), (dataset, other) in combinations([("", frame), *below.items()], 2):
        _require_one_type(above, other, dataset)
    result = pd.concat([frame, *below.values()], ignore_index=True)
    for part in (frame, *below.values()):
        floats = [name for name in part.columns if is_float_dtype(result[name].dtype)]
        require_exact(part[[name for name in floats if is_integer_dtype(part[name].dtype)]])
    _note(frame, below, result)
    return result


def _require_one_type(frame: pd.DataFrame, other: pd.DataFrame, dataset: str) -> None:
    """Raise TypeMismatch unless values of columns with one name can stand in one column."""
    for name in frame.columns.intersection(other.columns, sort=False):
        above, below = frame[name], other[name]
        if not _stackable(above, below):
            raise TypeMismatch(
                f"Column '{name}' is {shown_dtype(above)}, but {shown_dtype(below)} in {dataset}.",
                f"Cast '{name}' to one type first, or choose the columns to take.",
                column=str(name),
                dtype=str(above.dtype),
            )


def _stackable(above: pd.Series, below: pd.Series) -> bool:
    one, other = above.dtype, below.dtype
    if isinstance(one, pd.DatetimeTZDtype) and isinstance(other, pd.DatetimeTZDtype):
        return str(one.tz) == str(other.tz)
    if alike(one, other) and not is_object_dtype(one):
        return True
    kinds = {kind_of(above), kind_of(below)}
    if isinstance(one, pd.CategoricalDtype) or isinstance(other, pd.CategoricalDtype):
        return kinds == {Kind.TEXT}
    return Kind.NOTHING in kinds or (is_object_dtype(one) and is_object_dtype(other) and len(kinds) == 1)


def _note(frame: pd.DataFrame, below: Mapping[str, pd.DataFrame], result: pd.DataFrame) -> None:
    """Say which columns only one side has, and which ones changed their type."""
    for dataset, other in below.items():
        _note_lacking(shown(dataset), [name for name in frame.columns if name not in other.columns])
        _note_lacking("the table", [name for name in other.columns if name not in frame.columns])
    types: dict[str, list[Any]] = {}
    for part in (frame, *below.values()):
        for name, dtype in part.dtypes.items():
            types.setdefault(str(name), []).append(dtype)
    for name, dtypes in types.items():
        became = result[name].dtype
        if any(dtype != became for dtype in dtypes):
            warn(f"{shown(name)} became {became}: it was {listed(list(dict.fromkeys(map(str, dtypes))))}")


def _note_lacking(where: str, names: Sequence[str]) -> None:
    if names:
        verb = "is" if len(names) == 1 else "are"
        warn(f"{listed(names)} {verb} not in {where}: null in its rows")
