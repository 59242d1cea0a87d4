"""A table of two columns against each other."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.transformations.shape import crossing as words
from workers.apply.base import apply, comparable, require_columns
from workers.apply.kinds import require_room_for_nulls
from workers.apply.overflow import require_sums
from workers.apply.shape.grouping import group_sums, require_computable
from workers.apply.shape.pivoting import labelled, require_all_differ, require_few, tell_of_nulls

__all__: list[str] = []

_TOTAL = "total"


@apply.register
def _(step: words.Crosstab, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    require_computable(step.cell(), frame)
    with comparable(frame, step.reads([]), "grouping"):
        require_few([step.columns], frame[step.columns].nunique(dropna=False))
        _require_sums(step, frame)
        groups: Any = frame.groupby([step.index, step.columns], dropna=False)
        cells = groups.size() if step.value is None else groups[step.value].agg(step.aggregate)
    table = cells.unstack(step.columns, fill_value=0 if step.additive else None)
    if not step.additive and table.size > len(cells):
        require_room_for_nulls(cells, "a crosstab with empty cells")
    tell_of_nulls(table.columns.to_frame(), [step.columns])
    names = [labelled([key]) for key in table.columns]
    require_all_differ([step.index, *names, *([_TOTAL] if step.margins else [])])
    table = table.set_axis(names, axis="columns")
    if step.margins:
        table[_TOTAL] = table.sum(axis="columns")
        table = table.set_axis(table.index.astype("str"))
        table = pd.concat([table, table.sum().to_frame(_TOTAL).T]).rename_axis(index=step.index)
    return _shares(step, table).reset_index()


def _require_sums(step: words.Crosstab, frame: pd.DataFrame) -> None:
    if step.value is None or step.aggregate != "sum":
        return
    keys: list[tuple[str, ...]] = [(step.index, step.columns)]
    keys += [(step.index,), (step.columns,), ()] if step.margins or step.normalize else []
    sums = [group_sums(frame, by) for by in keys]
    require_sums(frame[step.value], f"The {step.cell().describe()}", *sums)


def _shares(step: words.Crosstab, table: pd.DataFrame) -> pd.DataFrame:
    """Divide each cell by its whole: with margins, a cell of the last row or column."""
    match step.normalize:
        case "all":
            whole: Any = table.iloc[-1, -1] if step.margins else table.sum().sum()
            shares: pd.DataFrame = table / whole
            return shares
        case "index":
            wholes = table[_TOTAL] if step.margins else table.sum(axis="columns")
            return table.div(wholes, axis="index")
        case "columns":
            return table / (table.iloc[-1] if step.margins else table.sum())
        case None:
            return table
