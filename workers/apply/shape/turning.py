"""Rows that become headers, and rows that change places with columns."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.errors import NoColumns
from workbench.transformations.shape import turning as words
from workers.apply.base import apply, comparable, require_columns
from workers.apply.kinds import Kind, kind_of_dtype
from workers.apply.notes import keep_rows, warn
from workers.apply.shape.pivoting import labelled, require_all_differ, require_exact, require_few

__all__: list[str] = []


@apply.register
def _(step: words.PromoteHeader, frame: pd.DataFrame) -> pd.DataFrame:
    header = frame.iloc[step.row - 1 : step.row]
    if header.empty:
        warn(f"There is no row {step.row}, so the names are as they were")
    names: list[str] = []
    taken: set[str] = set()
    for name in frame.columns:
        names.append(_free(_said(header[name]) or name, taken))
        taken.add(names[-1])
    rows = frame.iloc[step.row :]
    keep_rows(len(rows))
    if any(kind_of_dtype(dtype) is Kind.TEXT for dtype in frame.dtypes):
        warn("The values were not read anew: columns of text are still text")
    return rows.set_axis(names, axis="columns").reset_index(drop=True)


def _said(cell: pd.Series) -> str:
    return next((str(value).strip() for value in cell.dropna()), "")


def _free(name: str, taken: set[str]) -> str:
    """The name, or the first one with a number that is not taken."""
    free, number = name, 2
    while free in taken:
        free = f"{name}_{number}"
        number += 1
    return free


@apply.register
def _(step: words.Transpose, frame: pd.DataFrame) -> pd.DataFrame:
    names = [f"row_{number}" for number in range(1, len(frame) + 1)]
    rows = frame
    if step.header is not None:
        require_columns(frame, [step.header])
        with comparable(frame, [step.header], "naming columns by them"):
            hash(tuple(frame[step.header]))
        names = [labelled([key]) for key in frame[step.header]]
        rows = frame.drop(columns=step.header)
    if rows.columns.empty:
        raise NoColumns("There is no column besides the header.", "Keep at least one more column.")
    require_few(["row"], len(frame))
    require_all_differ(["column", *names])
    return _of_one_type(rows).T.set_axis(names, axis="columns").reset_index(names="column")


def _of_one_type(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.dtypes.nunique() == 1:
        return rows
    to: Any = "str"
    if all(kind_of_dtype(dtype) is Kind.NUMBERS for dtype in rows.dtypes):
        to = "float64"
        require_exact(rows)
    warn(f"The columns were of several types, and became {'numbers' if to == 'float64' else 'text'}")
    return rows.astype(to)
