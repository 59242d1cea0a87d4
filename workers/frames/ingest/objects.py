"""Values that come with types of their own, from JSON or a workbook, as columns of one type each.

Whole numbers with numbers are numbers; anything else that is mixed becomes text, and is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from workers.frames.ingest.report import ColumnReading

__all__ = ["Typed", "reading_from"]

_EXACT = 2**53  # the whole numbers up to here are decimal numbers, too, without loss

_WHY = {
    "int64": "every value is a whole number",
    "float64": "every value is a number",
    "bool": "every value is true or false",
    "str": "the values are text",
    "datetime64[us]": "every value is a date or time",
}


@dataclass(frozen=True)
class Typed:
    """A column of one type.

    Args:
        values: The values.
        dtype: pandas' name of the dtype, without regard to nulls.
        mixed: The kinds that were mixed, where the column became text for that reason.
    """

    values: pa.ChunkedArray
    dtype: str
    mixed: tuple[str, ...] = ()


def reading_from(name: str, typed: Typed, null_words: dict[str, int] | None = None) -> ColumnReading:
    """Put down how a column with types of its own was read.

    Args:
        name: The column's name.
        typed: The column.
        null_words: Spellings that were read as null.
    """
    nulls = typed.values.null_count
    dtype = {"int64": "Int64", "bool": "boolean"}.get(typed.dtype, typed.dtype) if nulls else typed.dtype
    why, warning = _WHY.get(typed.dtype, "its type is that of the file"), None
    if typed.mixed:
        kinds = " and ".join(
            [", ".join(typed.mixed[:-1]), typed.mixed[-1]] if len(typed.mixed) > 1 else typed.mixed
        )
        why = f"it holds {kinds}: kept as text"
        warning = f"holds {kinds}; all of it was kept as text."
    elif nulls == len(typed.values):
        why = "there is no value"
    words = null_words or {}
    return ColumnReading(
        name, dtype, typed.values, why, nulls, words, mixed=bool(typed.mixed), warning=warning
    )


def fits_decimal(values: pa.ChunkedArray) -> bool:
    """Whether whole numbers can be decimal numbers without losing digits."""
    bounds = pc.min_max(values).as_py()
    return bounds["max"] is None or max(bounds["max"], -bounds["min"]) <= _EXACT
