"""Rows made of what one cell holds."""

from __future__ import annotations

import pandas as pd

from workbench.transformations.shape import exploding as words
from workers.apply.base import apply, require_kind, require_text
from workers.apply.kinds import Kind

__all__: list[str] = []


@apply.register
def _(step: words.Explode, frame: pd.DataFrame) -> pd.DataFrame:
    if step.separator is None:
        require_kind(frame, [step.column], Kind.OBJECTS, doing="exploding lists without a separator")
        items = frame[step.column].explode().infer_objects()
    else:
        require_text(frame, [step.column], "splitting at a separator")
        split = frame[step.column].str.split(step.separator, regex=False)
        items = split.explode().astype("str").str.strip()
    repeated = frame.loc[items.index]
    repeated[step.column] = items.array
    return repeated
