"""Values set, or made null, where a condition holds."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas.api.types import is_float_dtype, is_integer_dtype

from workbench.errors import TypeMismatch
from workbench.transformations.values import conditional as words
from workbench.transformations.values import nulls
from workers.apply.base import apply, require_columns, require_text, with_columns
from workers.apply.expressions import evaluate, mask
from workers.apply.kinds import Kind, kind_of_dtype, require_fit, shown_dtype, written
from workers.apply.overflow import bounds_of, limits_of, warn_of_lost_digits
from workers.apply.values.base import emptied

__all__: list[str] = []


@apply.register
def _(step: words.SetWhere, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    found = mask(step.where, frame)
    if step.expression is not None:
        computed = evaluate(step.expression, frame)
        return with_columns(
            frame, {n: frame[n].mask(found, _as(frame[n], computed, step, found)) for n in step.columns}
        )
    for name in step.columns:
        require_fit(step.value, frame[name])
    return with_columns(frame, {n: frame[n].mask(found, _beside(frame[n], step.value)) for n in step.columns})


def _beside(column: pd.Series, value: Any) -> Any:
    return written(value, column)


def _as(column: pd.Series, computed: pd.Series, step: words.SetWhere, found: pd.Series) -> pd.Series:
    """Give what was computed the type of the column that takes it."""
    one, other = column.dtype, computed.dtype
    fits = one == other or (
        kind_of_dtype(one) is kind_of_dtype(other) is Kind.NUMBERS
        and (is_integer_dtype(other) or not is_integer_dtype(one))
    )
    if not fits:
        raise _unfit(column, computed, step)
    if is_integer_dtype(one) and one != other:
        (low, high), (least, most) = bounds_of(computed[found]), limits_of(one)
        if not least <= low <= high <= most:
            raise _unfit(column, computed, step)
    elif one != other and is_float_dtype(one):
        warn_of_lost_digits(computed[found], called=str(column.name))
    try:
        made = computed.astype(one)
    except (TypeError, ValueError, OverflowError) as error:  # nulls, or numbers too large
        raise _unfit(column, computed, step) from error
    return made


def _unfit(column: pd.Series, computed: pd.Series, step: words.SetWhere) -> TypeMismatch:
    said = step.expression.describe() if step.expression is not None else ""
    return TypeMismatch(
        f"'{said}' gives {shown_dtype(computed)}, which does not fit into column '{column.name}',"
        f" which is {shown_dtype(column)}.",
        f"Cast {column.name} to {'float' if is_integer_dtype(column.dtype) else 'another type'} first.",
        column=str(column.name),
        dtype=str(column.dtype),
    )


@apply.register
def _(step: nulls.NullWhere, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    found = mask(step.where, frame)
    return with_columns(frame, {name: emptied(frame[name], found) for name in step.columns})


@apply.register
def _(step: nulls.NullValues, frame: pd.DataFrame) -> pd.DataFrame:
    names = step.columns if step.columns is not None else tuple(frame.select_dtypes("str").columns)
    require_text(frame, names, "looking for spellings of null")
    spellings = step.spellings()
    spelled = {name: frame[name].str.strip().str.lower().isin(spellings) for name in names}
    return with_columns(frame, {name: frame[name].mask(found) for name, found in spelled.items()})
