"""Columns: chosen and dropped, moved and copied."""

from __future__ import annotations

import pandas as pd

from workbench.errors import DuplicateColumn, NoColumns
from workbench.transformations import columns as words
from workers.apply.base import apply, comparable, require_columns, with_columns
from workers.apply.kinds import Kind, kind_of_dtype
from workers.apply.patterns import bounded

__all__: list[str] = []


@apply.register
def _(step: words.Select, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    return frame[list(step.columns)]


@apply.register
def _(step: words.Drop, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    if len(step.columns) == frame.shape[1]:
        raise NoColumns(
            "Dropping these columns would leave none.",
            "Keep at least one column, or drop rows instead.",
            columns=list(step.columns),
        )
    return frame.drop(columns=list(step.columns))


_HOLDS = {
    "numbers": Kind.NUMBERS,
    "text": Kind.TEXT,
    "dates": Kind.TIMES,
    "booleans": Kind.BOOLEANS,
    "categories": Kind.CATEGORIES,
}


@apply.register
def _(step: words.SelectBy, frame: pd.DataFrame) -> pd.DataFrame:
    if step.nulls_over is not None:
        # Of no rows no share is known: the table stays whole, so that the check beforehand goes on.
        names = [n for n in frame.columns if frame.empty or frame[n].isna().mean() > step.nulls_over]
    elif step.holding is not None and frame.empty:
        names = list(frame.columns)
    else:
        names = _alike(step, frame)
    if not names:
        raise NoColumns(
            f"'{step.describe()}' fits no column.", "Look at the columns there are, and choose otherwise."
        )
    return frame[names]


@apply.register
def _(step: words.DropBy, frame: pd.DataFrame) -> pd.DataFrame:
    if step.nulls_over is not None:
        names = [n for n in frame.columns if frame[n].isna().mean() > step.nulls_over]
    else:
        names = _alike(step, frame)
    if len(names) == frame.shape[1]:
        raise NoColumns(
            f"'{step.describe()}' fits all columns, and would leave none.", "Keep at least one column."
        )
    return frame.drop(columns=names)


def _alike(step: words.SelectBy | words.DropBy, frame: pd.DataFrame) -> list[str]:
    if step.holding == "nothing":
        return [name for name in frame.columns if len(frame) and bool(frame[name].isna().all())]
    if step.holding == "one_value":
        return [name for name in frame.columns if len(frame) > 1 and _is_constant(frame, name)]
    if step.type is None:
        with bounded(step.matches or "", "the names", frame.shape[1]):
            return step.named(list(frame.columns))
    return [name for name in frame.columns if kind_of_dtype(frame[name].dtype) is _HOLDS[step.type]]


def _is_constant(frame: pd.DataFrame, name: str) -> bool:
    column = frame[name]
    with comparable(frame, [name], "finding columns of one value"):
        # Most columns show in their first rows that they are not.
        return all(part.nunique(dropna=False) == 1 for part in (column.head(1_000), column))


@apply.register
def _(step: words.Move, frame: pd.DataFrame) -> pd.DataFrame:
    beside = [name for name in (step.before, step.after) if name is not None]
    require_columns(frame, [*step.columns, *beside])
    return frame[step.ordered(list(frame.columns))]


@apply.register
def _(step: words.SortColumns, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[step.ordered(list(frame.columns))]


@apply.register
def _(step: words.Duplicate, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, [step.column])
    if step.name in frame.columns:
        raise DuplicateColumn.named(step.name)
    return with_columns(frame, {step.name: frame[step.column]})
