"""What web addresses carry in their query."""

from __future__ import annotations

from urllib.parse import unquote_plus

import pandas as pd

from workbench.transformations.text import addresses as words
from workers.apply.base import apply, with_columns
from workers.apply.text.calls import text_of, walked

__all__: list[str] = []


@apply.register
def _(step: words.ExtractUrlParameter, frame: pd.DataFrame) -> pd.DataFrame:
    found = walked(text_of(frame, step.column, f"taking {step.what()}"), step.calls())
    return with_columns(frame, {step.into: found.map(unquote_plus, na_action="ignore").astype("str")})
