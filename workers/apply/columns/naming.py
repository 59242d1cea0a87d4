"""Columns: given other names."""

from __future__ import annotations

import pandas as pd

from workbench.errors import DuplicateColumn
from workbench.transformations import columns as words
from workers.apply.base import apply, require_columns

__all__: list[str] = []


@apply.register
def _(step: words.Rename, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    staying = set(frame.columns) - set(step.columns)
    for new in step.columns.values():
        if new in staying:
            raise DuplicateColumn.named(new)
    return frame.rename(columns=step.columns)


@apply.register
def _(step: words.RenameWith, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns or ())
    names = step.names(list(frame.columns))
    after = [names.get(name, name) for name in frame.columns]
    for at, name in enumerate(after):
        if name in after[:at]:
            raise DuplicateColumn(
                f"Two columns would be called '{name}'.",
                "Choose another rule, or name the columns to rename.",
                column=name,
            )
    return frame.set_axis(after, axis=1)
