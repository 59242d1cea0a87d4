"""Encode: values as numbers and flags, for models and sums."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from workbench.errors import DuplicateColumn, TypeMismatch, ValueUnreadable
from workbench.transformations import encode as words
from workbench.transformations.fields import count, listed
from workers.apply.base import apply, comparable, require_columns, with_columns
from workers.apply.kinds import Kind, kind_of, kind_of_value, shown_dtype
from workers.apply.notes import warn
from workers.apply.shape.pivoting import require_few

__all__: list[str] = []

_TOLD = 100  # values whose codes may be told


@apply.register
def _(step: words.OneHot, frame: pd.DataFrame) -> pd.DataFrame:
    _require_plain(frame, step.columns, "one-hot encoding")
    require_few(step.columns, sum(_distinct(frame[name]) for name in step.columns))
    nulls = {name: int(frame[name].isna().sum()) for name in step.columns}
    with comparable(frame, step.columns, "one-hot encoding"):
        result = _with_flags(step, frame) if step.dummy_na else _one_hot(step, frame)
    _require_unique(result.columns)
    for name, gaps in nulls.items():
        if gaps and not step.dummy_na:
            are = "is" if gaps == 1 else "are"
            warn(f"{count(gaps, 'null')} of {name} {are} false in all columns made of it")
    return result


def _one_hot(step: words.OneHot, frame: pd.DataFrame) -> pd.DataFrame:
    return pd.get_dummies(frame, columns=list(step.columns), **step.options())


def _with_flags(step: words.OneHot, frame: pd.DataFrame) -> pd.DataFrame:
    """The same with a column for the nulls, for which pandas has another name with each type."""
    parts = [frame.drop(columns=list(step.columns))]
    for name in step.columns:
        flags = pd.get_dummies(frame[name], **{"prefix": name, **step.options()})
        # Of nulls alone, the first value's column that is left out is this one.
        parts.append(flags.set_axis([*flags.columns[:-1], step.of_nulls(name)][: len(flags.columns)], axis=1))
    return pd.concat(parts, axis="columns")


@apply.register
def _(step: words.OrdinalEncode, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    kind, codes = kind_of_value(step.order[0]), step.codes()
    made = {}
    for name in step.columns:
        column = frame[name]
        if kind_of(column) not in (kind, Kind.NOTHING):
            raise TypeMismatch.of(name, shown_dtype(column), kind, doing="this order")
        made[name] = column.astype("object").map(codes).astype("Int64")
        lost = column.notna() & made[name].isna()
        if step.on_error == "fail" and lost.any():
            example = str(column[lost].iloc[0])
            raise ValueUnreadable(
                f"{count(int(lost.sum()), 'value')} of column '{name}' {'is' if lost.sum() == 1 else 'are'}"
                f" not in the order, for example {example!r}.",
                "Name every value, or let the others become null.",
                column=name,
                example=example,
            )
    return with_columns(frame, made)


@apply.register
def _(step: words.LabelEncode, frame: pd.DataFrame) -> pd.DataFrame:
    _require_plain(frame, step.columns, "label encoding")
    made = {}
    for name in step.columns:
        made[name], values = _labels(frame[name], in_order=step.by == "value")
        if len(values):
            pairs = [f"{value} is {code}" for code, value in enumerate(values[:_TOLD])]
            warn(f"Of {name}, {listed(pairs)}")
    return with_columns(frame, made)


@apply.register
def _(step: words.BinaryEncode, frame: pd.DataFrame) -> pd.DataFrame:
    _require_plain(frame, step.columns, "binary encoding")
    rest = frame.drop(columns=list(step.columns))
    made: dict[str, pd.Series] = {}
    for name in step.columns:
        codes, values = _labels(frame[name], in_order=True)
        bits = max(len(values) - 1, 1).bit_length()
        names = [f"{name}_{bit}" for bit in range(bits)]
        _require_unique([*rest.columns, *made, *names])
        made |= {made_name: codes // 2 ** (bits - 1 - bit) % 2 for bit, made_name in enumerate(names)}
    return with_columns(rest, made)


def _labels(column: pd.Series, *, in_order: bool) -> tuple[pd.Series, pd.Index]:
    """The code of each row, null where there is no value; and the values by their codes."""
    with comparable(column.to_frame(), [str(column.name)], "encoding in the order of the values"):
        found, values = pd.factorize(column, sort=in_order)
    codes = pd.Series(found, dtype="Int64")
    return codes.mask(codes < 0), pd.Index(values)


def _distinct(column: pd.Series) -> int:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return len(column.cat.categories)
    return int(column.nunique())


def _require_plain(frame: pd.DataFrame, names: Iterable[str], doing: str) -> None:
    require_columns(frame, names)
    for name in names:
        if kind_of(frame[name]) is Kind.OBJECTS:
            raise TypeMismatch.of(name, shown_dtype(frame[name]), "values of one plain type", doing=doing)


def _require_unique(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DuplicateColumn.named(name)
        seen.add(name)
