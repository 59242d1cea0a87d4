"""Values looked up."""

from __future__ import annotations

import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations.expressions import show_value
from workbench.transformations.fields import count
from workbench.transformations.values import mapping as words
from workers.apply.base import apply, require_columns, with_columns
from workers.apply.kinds import Kind, kind_of, kind_of_dtype, kind_of_value, shown_dtype
from workers.apply.notes import examples_of, warn

__all__: list[str] = []


@apply.register
def _(step: words.MapValues, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, [step.column])
    column = frame[step.column]
    kind = kind_of_value(step.values[0].old)
    if kind_of(column) is not kind or kind_of_dtype(column.dtype) not in {kind, Kind.CATEGORIES}:
        doing = f"looking up {show_value(step.values[0].old)}"
        raise TypeMismatch.of(step.column, shown_dtype(column), kind, doing=doing)
    looked = column.astype("str") if kind is Kind.TEXT else column
    mapping = pd.Series({pair.old: pair.new for pair in step.values}, dtype=step.makes())
    others = column.notna() & ~column.isin(mapping.index)
    made = looked.map(mapping).astype(mapping.dtype)
    if step.default is not None or step.otherwise == "keep":
        made = made.mask(others, looked if step.default is None else step.default)
    if others.any():
        became = "stayed" if step.otherwise == "keep" else f"became {show_value(step.default)}"
        number = count(int(others.sum()), "value")
        warn(
            f"{number} of {step.column} {'is' if others.sum() == 1 else 'are'} not in the mapping"
            f" and {became}, for example {examples_of(column[others])}"
        )
    return with_columns(frame, {step.target(): made})
