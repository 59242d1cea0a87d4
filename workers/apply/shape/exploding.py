"""Rows made of what one cell holds."""

from __future__ import annotations

import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations.shape import exploding as words
from workers.apply.base import apply, require_columns, require_text
from workers.apply.kinds import Kind, kind_of_dtype, shown_dtype

__all__: list[str] = []


@apply.register
def _(step: words.Explode, frame: pd.DataFrame) -> pd.DataFrame:
    if step.separator is None:
        _require_lists(frame, step.column)
        items = frame[step.column].explode().infer_objects()
    else:
        require_text(frame, [step.column], "splitting at a separator")
        split = frame[step.column].str.split(step.separator, regex=False)
        items = split.explode().astype("str").str.strip()
    repeated = frame.loc[items.index]
    repeated[step.column] = items.array
    return repeated


def _require_lists(frame: pd.DataFrame, name: str) -> None:
    require_columns(frame, [name])
    dtype = shown_dtype(frame[name])
    match kind_of_dtype(frame[name].dtype):
        case Kind.OBJECTS:
            return
        case Kind.TEXT:
            what = "which has items only where something separates them"
            hint = "Say what separates the items, such as a comma."
        case _:
            what = "but rows are made of the items of lists"
            hint = "Choose a column of lists or of text."
    raise TypeMismatch(f"Column '{name}' is {dtype}, {what}.", hint, column=name, dtype=dtype)
