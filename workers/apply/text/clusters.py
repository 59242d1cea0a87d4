"""Spellings of the same thing, brought to one."""

from __future__ import annotations

import pandas as pd

from workbench.transformations.fields import count, listed, shown
from workbench.transformations.text import clusters as words
from workers.apply.base import apply, require_text, with_columns
from workers.apply.notes import warn
from workers.apply.text.calls import walked

__all__: list[str] = []

_CLUSTERS_TOLD = 5


@apply.register
def _(step: words.ClusterValues, frame: pd.DataFrame) -> pd.DataFrame:
    require_text(frame, [step.column], "clustering")
    texts = frame[step.column].dropna()
    sizes = texts.groupby(texts, sort=False).size().sort_values(ascending=False, kind="stable")
    spellings = sizes.index.to_series().reset_index(drop=True)
    keys = walked(spellings, step.cleaning()).map(lambda text: _key(step, text)).astype("str")
    best = spellings.groupby(keys).transform("first").where(keys != "", spellings)
    _tell(step.column, spellings, best)
    chosen = dict(zip(spellings, best, strict=True))
    return with_columns(frame, {step.column: frame[step.column].map(chosen).astype("str")})


def _key(step: words.ClusterValues, text: str) -> str:
    if step.method == "fingerprint":
        return " ".join(sorted(set(text.split())))
    runs = {text[start : start + step.n] for start in range(max(len(text) - step.n + 1, 1))}
    return "".join(sorted(runs))


def _tell(column: str, spellings: pd.Series, best: pd.Series) -> None:
    """Say which spellings went into which."""
    merged = spellings[spellings != best]
    if merged.empty:
        return
    clusters = merged.groupby(best[merged.index], sort=False).agg(list)
    told = [
        f"{listed([repr(text) for text in given])} to {into!r}"
        for into, given in clusters.head(_CLUSTERS_TOLD).items()
    ]
    more = f", and {len(clusters) - _CLUSTERS_TOLD:,} more" if len(clusters) > _CLUSTERS_TOLD else ""
    warn(f"{count(len(clusters), 'cluster')} of {shown(column)} got one spelling: {'; '.join(told)}{more}")
