"""Columns: chosen, dropped, renamed, read as another type."""

from __future__ import annotations

import pandas as pd

from workbench.errors import DuplicateColumn, InvalidParameter, NoColumns, TypeMismatch, ValueUnreadable
from workbench.transformations import columns as words
from workbench.transformations.fields import count
from workers.apply.base import apply, require_columns, with_columns
from workers.apply.kinds import Kind, kind_of, shown_dtype

__all__: list[str] = []


@apply.register
def _(step: words.Select, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    return frame[list(step.columns)]


@apply.register
def _(step: words.Drop, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    if len(step.columns) == frame.shape[1]:
        raise NoColumns(
            "Dropping these columns would leave none.",
            "Keep at least one column, or drop rows instead.",
            columns=list(step.columns),
        )
    return frame.drop(columns=list(step.columns))


@apply.register
def _(step: words.Rename, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    staying = set(frame.columns) - set(step.columns)
    for new in step.columns.values():
        if new in staying:
            raise DuplicateColumn.named(new)
    return frame.rename(columns=step.columns)


@apply.register
def _(step: words.Cast, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    return with_columns(frame, {name: _cast(step, frame[name]) for name in step.columns})


_NUMERIC = (Kind.NUMBERS, Kind.BOOLEANS, Kind.TEXT, Kind.OBJECTS, Kind.NOTHING)
_READABLE: dict[str, tuple[Kind, ...]] = {
    "integer": _NUMERIC,
    "float": _NUMERIC,
    "boolean": _NUMERIC,
    "datetime": (Kind.TEXT, Kind.TIMES, Kind.DATES, Kind.NOTHING),
    "text": tuple(Kind),
}


def _cast(step: words.Cast, column: pd.Series) -> pd.Series:
    if kind_of(column) not in _READABLE[step.to]:
        raise _unreadable(step, column)
    try:
        read = _read(step, column)
    except NotImplementedError as error:  # Arrow's own dtypes lack some operations
        raise _unreadable(step, column) from error
    lost = column.notna() & read.isna()
    if step.on_error == "fail" and lost.any():
        example = column[lost].iloc[0]
        raise ValueUnreadable(
            f"{count(int(lost.sum()), 'value')} of column '{column.name}' cannot be read as {step.to}, "
            f"for example {str(example)!r}.",
            "Let unreadable values become null, or replace them first.",
            column=str(column.name),
            example=str(example),
        )
    return read


def _unreadable(step: words.Cast, column: pd.Series) -> TypeMismatch:
    return TypeMismatch(
        f"Column '{column.name}' is {shown_dtype(column)}, which cannot be read as {step.to}.",
        "Cast the column to text first, or choose another column.",
        column=str(column.name),
        dtype=str(column.dtype),
    )


def _read(step: words.Cast, column: pd.Series) -> pd.Series:
    match step.to:
        case "integer":
            return _to_integer(column)
        case "float":
            return pd.to_numeric(column, errors="coerce").astype("float64")
        case "boolean":
            truth = {**dict.fromkeys(words.TRUE, True), **dict.fromkeys(words.FALSE, False)}
            return column.astype("str").str.strip().str.lower().map(truth).astype("boolean")
        case "datetime":
            return _to_datetime(column, step.format)
        case "text":
            return column.astype("str")


def _to_integer(column: pd.Series) -> pd.Series:
    whole = pd.to_numeric(column, errors="coerce") % 1 == 0
    # All of these are whole, so text is now read digit by digit, whatever else the column holds ...
    exact = pd.to_numeric(column[whole])
    # ... unless a decimal form like '1.0' is among it, or more digits than 64 bits hold.
    as_floats = pd.api.types.is_float_dtype(exact.dtype) and not pd.api.types.is_numeric_dtype(column.dtype)
    if (exact.abs() > (2**53 if as_floats else 2**63 - 1)).any():
        beside = " beside decimal ones like '1.0'" if as_floats else ""
        raise ValueUnreadable(
            f"Column '{column.name}' has numbers that are too long to be read as integers{beside}.",
            "Cast the column to text or float instead, or drop the rows with those numbers first.",
            column=str(column.name),
        )
    return exact.astype("Int64").reindex(column.index)


def _to_datetime(column: pd.Series, form: str | None) -> pd.Series:
    try:
        times = pd.to_datetime(column, format=form or "ISO8601", errors="coerce", utc=True)
    except ValueError as error:
        raise InvalidParameter(
            f"'{form}' is no format of points in time: {error}.",
            "Use strptime's codes, for example %d/%m/%Y %H:%M.",
            parameter="format",
        ) from error
    return times.dt.tz_localize(None).dt.as_unit("us")
