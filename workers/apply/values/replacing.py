"""Values replaced by others."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations.expressions import Moment, show_value
from workbench.transformations.values import replacing as words
from workers.apply.base import apply, require_columns, with_columns
from workers.apply.kinds import kind_of, kind_of_value, require_fit, shown_dtype, written
from workers.apply.values.base import columns_of, emptied

__all__: list[str] = []


@apply.register
def _(step: words.Replace, frame: pd.DataFrame) -> pd.DataFrame:
    if step.columns is not None:
        require_columns(frame, step.columns)
        return with_columns(frame, {n: _replaced(frame[n], step.values) for n in step.columns})
    columns: dict[str, pd.Series] = {}
    for kind in dict.fromkeys(kind_of_value(pair.old) for pair in step.values):
        pairs = [pair for pair in step.values if kind_of_value(pair.old) is kind]
        columns |= {name: _replaced(frame[name], pairs) for name in columns_of(frame, kind)}
    return with_columns(frame, columns)


def _replaced(column: pd.Series, pairs: Sequence[words.Replacement]) -> pd.Series:
    for pair in pairs:
        _require_replaceable(pair, column)
    plain = [pair for pair in pairs if not isinstance(pair.old, Moment)]
    values = {pair.old: pair.new for pair in plain if pair.new is not None}
    nulls = [pair.old for pair in plain if pair.new is None]
    result = column.replace(values) if values else column
    if nulls:
        result = emptied(result, column.isin(nulls))
    for pair in pairs:
        if isinstance(pair.old, Moment):
            found = column == written(pair.old, column)
            result = result.mask(found, None if pair.new is None else written(pair.new, column))
    return result


def _require_replaceable(pair: words.Replacement, column: pd.Series) -> None:
    kind = kind_of_value(pair.old)
    if kind_of(column) is not kind:
        doing = f"replacing {show_value(pair.old)}"
        raise TypeMismatch.of(str(column.name), shown_dtype(column), kind, doing=doing)
    if pair.new is not None:
        require_fit(pair.new, column)
