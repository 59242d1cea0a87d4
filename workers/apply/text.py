"""Text: case and surrounding space."""

from __future__ import annotations

import pandas as pd

from workbench.transformations import text as words
from workers.apply.base import apply, require_text, with_columns

__all__: list[str] = []


@apply.register
def _(step: words.ChangeCase, frame: pd.DataFrame) -> pd.DataFrame:
    return _rewritten(step.columns, frame, step.method(), f"changing to {step.to} case")


@apply.register
def _(step: words.Trim, frame: pd.DataFrame) -> pd.DataFrame:
    return _rewritten(step.columns, frame, step.method(), "trimming")


def _rewritten(names: tuple[str, ...] | None, frame: pd.DataFrame, method: str, doing: str) -> pd.DataFrame:
    if names is None:
        names = tuple(frame.select_dtypes("str").columns)
    require_text(frame, names, doing)
    return with_columns(frame, {name: getattr(frame[name].str, method)() for name in names})
