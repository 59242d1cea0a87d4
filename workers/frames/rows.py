"""Rows as JSON: what a page of a table looks like outside. Speaks Arrow; knows no pandas."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["table_rows"]


def table_rows(table: pa.Table) -> list[list[Any]]:
    """Write a table's rows as JSON values.

    Args:
        table: A page of a node.

    Returns:
        A list a row: numbers, texts, booleans and None; times as ISO 8601, what JSON has no word for
        (decimals, infinities, lists' elements, bytes) as text or lists of such.
    """
    columns = [[_json(value) for value in _python(column)] for column in table.itercolumns()]
    return [list(row) for row in zip(*columns, strict=True)]


def _python(column: pa.ChunkedArray) -> list[Any]:
    """The column's values; nanoseconds as text, since pyarrow would make pandas objects of them."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _python(column.cast(kind.value_type))
    if getattr(kind, "unit", None) == "ns":
        try:
            return _python(column.cast(_in_microseconds(kind)))
        except pa.ArrowInvalid:  # the nanoseconds count
            return _nanoseconds(column)
    try:
        values: list[Any] = column.to_pylist()
    except OverflowError:  # a duration longer than Python's
        values = column.cast(pa.int64()).to_pylist()
        return [None if value is None else f"{value} {kind.unit}" for value in values]
    return values


def _in_microseconds(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    return pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us")


def _nanoseconds(column: pa.ChunkedArray) -> list[Any]:
    kind = column.type
    if pa.types.is_duration(kind):
        counts = column.cast(pa.int64()).to_pylist()
        return [None if count is None else f"{count} ns" for count in counts]
    if pa.types.is_timestamp(kind):
        zone = "%z" if kind.tz else ""
        column = pc.strftime(column, format=f"%Y-%m-%dT%H:%M:%S{zone}")
    texts: list[Any] = column.cast(pa.string()).to_pylist()
    return texts


def _json(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return None if math.isnan(value) else value if math.isfinite(value) else str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case bytes():
            return value.hex()
        case list():
            return [_json(item) for item in value]
        case dict():
            return {str(key): _json(item) for key, item in value.items()}
    return str(value)
