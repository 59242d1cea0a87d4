"""Text rewritten where it stands."""

from __future__ import annotations

import pandas as pd

from workbench.transformations.text import replacing
from workbench.transformations.text import rewriting as words
from workers.apply.base import apply, require_text, with_columns
from workers.apply.text.calls import walked

__all__: list[str] = []

_DOING: dict[type[words.Rewriting], str] = {
    words.ChangeCase: "changing case",
    words.Trim: "trimming",
    words.CollapseSpaces: "collapsing spaces",
    words.RemoveCharacters: "removing characters",
    words.NormalizeUnicode: "normalizing Unicode",
    words.Pad: "padding",
    replacing.ReplaceText: "replacing text",
}


@apply.register
def _(step: words.Rewriting, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.columns if step.columns is not None else tuple(frame.select_dtypes("str").columns)
    require_text(frame, names, _DOING[type(step)])
    return with_columns(frame, {name: walked(frame[name], step.calls()) for name in names})
