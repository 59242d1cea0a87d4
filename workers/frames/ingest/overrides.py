"""What the user says of a file in place of what the rules would decide, and the types given for columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import InvalidParameter, UnknownColumn, ValueUnreadable
from workbench.ingest_options import IngestOptions, IngestType
from workers.frames.ingest.casts import Rules, head_of, reading_of, text_reading
from workers.frames.ingest.nulls import null_words_of
from workers.frames.ingest.numbers import Found, Refused, booleans, without_thousands
from workers.frames.ingest.report import ColumnReading
from workers.frames.ingest.sources import Source
from workers.frames.ingest.times import iso_times, other_times

__all__ = ["cast_as", "check_known", "check_taken"]

_WHY = "the type was given"
_OF_TABLES = {"header", "skip_rows", "names", "dtypes", "dtype", "na_values", "day_first"}
_OF_TEXT = _OF_TABLES | {"delimiter", "encoding", "decimal", "thousands"}
_TAKEN: dict[str, set[str]] = {
    "csv": _OF_TEXT,
    "tsv": _OF_TEXT,
    "excel": _OF_TABLES | {"sheet"},
    "json": {"encoding"},
    "jsonl": {"encoding"},
}
"""The options that a format takes; those with types of their own take none."""


def check_taken(options: IngestOptions, source: Source) -> None:
    """Refuse options that say nothing of a file's format, rather than read it as if they had not been given.

    Raises:
        InvalidParameter: There is such an option.
    """
    taken = _TAKEN.get(source.format, set())
    idle = sorted(options.given - taken)
    if not idle:
        return
    shown = ", ".join(f"'{name}'" for name in idle)
    raise InvalidParameter(
        f"'{source.filename}' is read as {source.format}, to which {shown} {'do' if idle[1:] else 'does'} "
        "not apply.",
        f"It takes {', '.join(sorted(taken))}." if taken else "Such a file has types of its own; cast later.",
        options=idle,
        taken=sorted(taken),
    )


def check_known(dtypes: Mapping[str, IngestType], columns: Iterable[str]) -> None:
    """Refuse types for columns that are not there. Raises UnknownColumn."""
    columns = list(columns)
    for name in dtypes:
        if name not in columns:
            raise UnknownColumn.among(name, columns)


def cast_as(name: str, column: pa.ChunkedArray, dtype: IngestType, rules: Rules) -> ColumnReading:
    """Read a column of text as the type that was given.

    Args:
        name: The column's name.
        column: Text; empty fields are null already.
        dtype: The type. With nulls, ``int64`` becomes ``Int64`` and ``bool`` becomes ``boolean``.
        rules: The spellings of null, the decimal mark, the order of dates.

    Raises:
        ValueUnreadable: A value is not of that type.
    """
    if dtype == "str":
        return text_reading(name, column, rules, _WHY)
    bare = pc.utf8_trim_whitespace(column)
    trimmed = not bare.equals(column)
    words, text = null_words_of(bare, (*rules.null_words, ""))
    plain = without_thousands(text, rules.thousands, rules.decimal) if dtype.lower() in _NUMBERS else None
    text = text if plain is None else plain
    try:
        found = _CASTS[dtype.lower()](text, rules)
    except pa.ArrowInvalid as error:
        raise _unreadable(name, dtype, str(error)) from error
    if not isinstance(found, Found):
        raise _unreadable(name, dtype, found.why if found else "")
    return reading_of(
        name,
        found,
        words,
        column.null_count,
        trimmed=trimmed,
        thousands=None if plain is None else rules.thousands,
    )


def _integers(text: pa.ChunkedArray, _: Rules) -> Found:
    return Found(pc.cast(text, pa.int64()), "int64", _WHY)


def _floats(text: pa.ChunkedArray, rules: Rules) -> Found:
    plain = text if rules.decimal == "." else pc.replace_substring(text, rules.decimal, ".")
    return Found(pc.cast(plain, pa.float64()), "float64", _WHY)


def _booleans(text: pa.ChunkedArray, _: Rules) -> Found | None:
    return booleans(text)


def _times(text: pa.ChunkedArray, rules: Rules) -> Found | Refused | None:
    head = head_of(text, rules)
    if not head:
        return Found(pc.cast(text, pa.timestamp("us")), "datetime64[us]", _WHY, "ISO8601")
    return iso_times(text, head[0]) or other_times(text, head[0], day_first=rules.day_first)


def _utc(text: pa.ChunkedArray, rules: Rules) -> Found | Refused | None:
    found = _times(text, rules)
    if not isinstance(found, Found) or found.values.type.tz:
        return found
    dtype = found.dtype.replace("]", ", UTC]")
    return Found(pc.assume_timezone(found.values, "UTC"), dtype, _WHY, found.date_format)


_CASTS: dict[str, Callable[[pa.ChunkedArray, Rules], Found | Refused | None]] = {
    "int64": _integers,
    "float64": _floats,
    "bool": _booleans,
    "boolean": _booleans,
    "datetime64[us]": _times,
    "datetime64[us, utc]": _utc,
}


_NUMBERS = ("int64", "float64")


def _unreadable(name: str, dtype: str, reason: str) -> ValueUnreadable:
    because = f": {reason}" if reason else ""
    return ValueUnreadable(
        f"Column '{name}' cannot be read as {dtype}{because}.",
        "Leave its type to the rules, or add what means null to na_values.",
        column=name,
        dtype=dtype,
    )
