"""Rows as JSON: what a page of a table looks like outside. Speaks Arrow; knows no pandas."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

__all__ = ["table_rows"]


def table_rows(table: pa.Table) -> list[list[Any]]:
    """Write a table's rows as JSON values.

    Args:
        table: A page of a node.

    Returns:
        A list a row: numbers, texts, booleans and None; times as ISO 8601, what JSON has no word for
        (decimals, infinities, lists' elements, bytes) as text or lists of such.
    """
    columns = [[_json(value) for value in column.to_pylist()] for column in table.itercolumns()]
    return [list(row) for row in zip(*columns, strict=True)]


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
