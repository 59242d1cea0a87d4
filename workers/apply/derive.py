"""Columns computed from others."""

from __future__ import annotations

import pandas as pd

from workbench.transformations import derive as words
from workers.apply.base import apply, with_columns
from workers.apply.expressions import evaluate

__all__: list[str] = []


@apply.register
def _(step: words.Derive, frame: pd.DataFrame) -> pd.DataFrame:
    return with_columns(frame, {step.column: evaluate(step.expression, frame)})
