"""Columns: read as another type."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from workbench.errors import InvalidParameter, TypeMismatch, ValueUnreadable
from workbench.transformations import columns as words
from workbench.transformations.columns.amounts import MINUS, SPACES, amount_pattern
from workbench.transformations.columns.casting import FALSE, TRUE
from workbench.transformations.fields import MOVING, count
from workers.apply.base import apply, comparable, require_columns, with_columns
from workers.apply.kinds import EXACT, Kind, kind_of, kind_of_dtype, kind_of_value, shown_dtype
from workers.apply.notes import warn

__all__: list[str] = []


@apply.register
def _(step: words.Cast, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.columns)
    return with_columns(frame, {name: _cast(step, frame[name]) for name in step.columns})


_NUMERIC = (Kind.NUMBERS, Kind.BOOLEANS, Kind.TEXT, Kind.OBJECTS, Kind.NOTHING)
_TIMES = (Kind.TEXT, Kind.TIMES, Kind.DATES, Kind.NOTHING)
_WRITTEN = (Kind.TEXT, Kind.OBJECTS, Kind.CATEGORIES)  # what can hold text
_READABLE: dict[str, tuple[Kind, ...]] = {
    "integer": _NUMERIC,
    "float": _NUMERIC,
    "boolean": _NUMERIC,
    "datetime": _TIMES,
    "date": _TIMES,
    "text": tuple(Kind),
    "category": tuple(kind for kind in Kind if kind is not Kind.OBJECTS),
}


def _cast(step: words.Cast, column: pd.Series) -> pd.Series:
    _require_readable(step, column)
    try:
        read = _read(step, column)
    except NotImplementedError as error:  # Arrow's own dtypes lack some operations
        raise _unreadable(step, column) from error
    lost = column.notna() & read.isna()
    if step.on_error == "null" or not lost.any():
        _note_amounts(step, column, lost)
        return read
    example = str(column[lost].iloc[0])
    unread = (
        f"{count(int(lost.sum()), 'value')} of column '{column.name}' cannot be read as {step.to}, "
        f"for example {example!r}"
    )
    if step.on_error == "keep":
        warn(f"{unread}: the column was kept as it is")
        return column
    raise ValueUnreadable(
        f"{unread}.",
        "Let unreadable values become null, or replace them first.",
        column=str(column.name),
        example=example,
    )


def _require_readable(step: words.Cast, column: pd.Series) -> None:
    kind = kind_of(column)
    if kind not in _READABLE[step.to]:
        raise _unreadable(step, column)
    if step.decimal == "," and kind not in (Kind.TEXT, Kind.NOTHING):
        raise TypeMismatch.of(str(column.name), shown_dtype(column), "text", doing="reading a decimal comma")
    if step.to == "date" and isinstance(column.dtype, pd.DatetimeTZDtype):
        raise TypeMismatch(
            f"Column '{column.name}' has the time zone {column.dtype.tz}; its dates there and in UTC differ.",
            "Cast it to datetime first, which takes it to UTC.",
            column=str(column.name),
            dtype=str(column.dtype),
        )
    if step.order is not None and kind not in (kind_of_value(step.order[0]), Kind.NOTHING):
        raise TypeMismatch.of(
            str(column.name), shown_dtype(column), kind_of_value(step.order[0]), doing="these categories"
        )


def _unreadable(step: words.Cast, column: pd.Series) -> TypeMismatch:
    return TypeMismatch(
        f"Column '{column.name}' is {shown_dtype(column)}, which cannot be read as {step.to}.",
        "Cast the column to text first, or choose another column.",
        column=str(column.name),
        dtype=str(column.dtype),
    )


def _read(step: words.Cast, column: pd.Series) -> pd.Series:
    match step.to:
        case "integer" | "float" if step.decimal is not None:
            return _to_numbers(step, column)
        case "integer":
            return _to_integer(column)
        case "float":
            return pd.to_numeric(column, errors="coerce").astype("float64")
        case "boolean":
            truth = {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}
            return column.astype("str").str.strip().str.lower().map(truth).astype("boolean")
        case "datetime":
            return _to_datetime(column, step.format)
        case "date":
            days: pd.Series = _to_datetime(column, step.format).dt.normalize()
            return days
        case "category":
            return _to_category(step, column)
        case "text":
            return column.astype("str")


def _to_integer(column: pd.Series) -> pd.Series:
    if kind_of_dtype(column.dtype) is Kind.BOOLEANS:
        return column.astype("Int64")
    whole = pd.to_numeric(column, errors="coerce") % 1 == 0
    # All of these are whole, so text is now read digit by digit, whatever else the column holds ...
    exact = pd.to_numeric(column[whole])
    # ... unless a decimal form like '1.0' is among it, or more digits than 64 bits hold.
    as_floats = pd.api.types.is_float_dtype(exact.dtype) and not pd.api.types.is_numeric_dtype(column.dtype)
    # A float of 2**53 may have been the number beside it.
    beyond = (exact.abs() >= EXACT) if as_floats else (exact >= 2**63) | (exact < -(2**63))
    if beyond.any():
        beside = " beside decimal ones like '1.0'" if as_floats else ""
        raise ValueUnreadable(
            f"Column '{column.name}' has numbers that are too long to be read as integers{beside}.",
            "Cast the column to text or float instead, or drop the rows with those numbers first.",
            column=str(column.name),
        )
    return exact.astype("Int64").reindex(column.index)


def _to_numbers(step: words.Cast, column: pd.Series) -> pd.Series:
    """Read numbers as people write them; beside a decimal point, plain numbers as such."""
    whole = step.to == "integer"
    if step.decimal == ",":
        digits = _digits(column, ",")
        return _to_integer(digits) if whole else pd.to_numeric(digits).astype("float64")
    numbers = pd.to_numeric(column, errors="coerce")
    digits = _digits(column[numbers.isna()], ".")
    if whole:
        return _to_integer(column).fillna(_to_integer(digits))
    return numbers.astype("float64").fillna(pd.to_numeric(digits).astype("float64"))


def _digits(column: pd.Series, decimal: Literal[".", ","]) -> pd.Series:
    """Write amounts as plain numbers; null where one is none."""
    text = column.astype("str").str.replace(SPACES, " ", regex=True).str.replace(MINUS, "-").str.strip()
    text = text.where(text.str.fullmatch(amount_pattern(decimal)))
    digits = text.str.replace(f"[^0-9{decimal}%]", "", regex=True).str.replace(",", ".")
    digits = digits.str.replace("%", "e-2")
    return digits.mask(text.str.contains("[-(]"), "-" + digits)


def _note_amounts(step: words.Cast, column: pd.Series, lost: pd.Series) -> None:
    """Say what became of percentages; and which decimal mark would read what was lost."""
    if step.to not in ("integer", "float") or kind_of_dtype(column.dtype) is not Kind.TEXT:
        return
    if step.decimal is not None:
        shares = column.str.contains("%", regex=False).fillna(False).astype("bool") & ~lost
        if shares.any():
            number = count(int(shares.sum()), "value")
            warn(f"{number} of {column.name} in percent became hundredths: 12% is 0.12")
    marks: dict[Literal[".", ","], str] = {".": "point", ",": "comma"}
    for decimal, called in marks.items():
        if decimal == step.decimal:
            continue
        readable = _digits(column[lost], decimal).notna()
        if len(readable) and readable.all():
            warn(
                f"All values of {column.name} that became null are numbers with a decimal {called}:"
                f" decimal='{decimal}' reads them"
            )
            return


def _to_category(step: words.Cast, column: pd.Series) -> pd.Series:
    if step.order is None:
        with comparable(column.to_frame(), [str(column.name)], "making categories"):
            return column.astype("category")
    order = list(step.order)
    return column.where(column.isin(order)).astype(pd.CategoricalDtype(order, ordered=True))


def _to_datetime(column: pd.Series, form: str | None) -> pd.Series:
    if kind_of_dtype(column.dtype) in _WRITTEN:
        column = column.mask(column.isin(MOVING))
    try:
        times = pd.to_datetime(column, format=form or "ISO8601", errors="coerce", utc=True)
    except ValueError as error:
        raise InvalidParameter(
            f"'{form}' is no format of points in time: {error}.",
            "Use strptime's codes, for example %d/%m/%Y %H:%M.",
            parameter="format",
        ) from error
    return times.dt.tz_localize(None).dt.as_unit("us")
