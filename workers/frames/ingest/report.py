"""What the reading of a file found out: per column, and for the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["ColumnReading", "Ingested", "OnProgress", "Progress", "shortened", "text_examples"]

OnProgress = Callable[[float, str], None]

_EXAMPLES = 3
_EXAMPLE_CHARACTERS = 60


class Progress:
    """Passes progress on, scaled to the part of the whole that is being done, never backwards.

    Args:
        on_progress: Is called with a fraction from 0 to 1 and a message. What it raises stops the reading.
    """

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._start, self._width = 0.0, 1.0
        self._last = 0.0

    def part(self, start: float, end: float) -> None:
        """From now on, what is done counts from ``start`` to ``end`` of the whole."""
        self._start, self._width = start, end - start

    def __call__(self, fraction: float, message: str) -> None:
        """Say how much of the part is done."""
        done = self._start + self._width * min(max(fraction, 0.0), 1.0)
        self._last = max(self._last, done)
        self._on_progress(self._last, message)


@dataclass(frozen=True)
class ColumnReading:
    """A column as it was read, and why so.

    Args:
        name: The column.
        dtype: pandas' name of the dtype that was decided.
        values: The values, of the Arrow type that belongs to the dtype.
        why: The reason, in a few words.
        nulls: How many nulls there are.
        null_words: Which spellings were read as null, and how often.
        kept_words: Which spellings of null were kept as values, and how often.
        date_format: pandas' format by which times were read: "ISO8601", or as for strptime.
        trimmed: Whether blanks around the values were left out.
        thousands: What stood between the thousands of its numbers, if anything did.
        mixed: Whether values of several types were made into text.
        warning: What the user should look at, as a sentence that follows the column's name.
    """

    name: str
    dtype: str
    values: pa.ChunkedArray
    why: str
    nulls: int = 0
    null_words: dict[str, int] = field(default_factory=dict)
    kept_words: dict[str, int] = field(default_factory=dict)
    date_format: str | None = None
    trimmed: bool = False
    thousands: str | None = None
    mixed: bool = False
    warning: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Write the reading as JSON-serialisable facts."""
        facts: dict[str, Any] = {
            "name": self.name,
            "dtype": self.dtype,
            "why": self.why,
            "nulls": self.nulls,
            "examples": text_examples(self.values),
        }
        if self.null_words:
            facts["null_spellings"] = self.null_words
        if self.kept_words:
            facts["kept_spellings"] = self.kept_words
        if self.date_format:
            facts["date_format"] = self.date_format
        return facts


@dataclass(frozen=True)
class Ingested:
    """A file as a frame.

    Args:
        frame: The table: unique string column names, a plain RangeIndex.
        format: "csv", "tsv", "excel", "jsonl", "json", "parquet", "arrow" or "frame".
        report: What was found out and decided, JSON-serialisable: ``columns`` (per column ``name``,
            ``dtype``, ``why``, ``nulls``, ``examples``, …), ``warnings``, and facts of the format.
        code: pandas that reads the file, by its name, to an equal frame named ``df``.
    """

    frame: pd.DataFrame
    format: str
    report: dict[str, Any]
    code: str

    @property
    def warnings(self) -> list[str]:
        """What the user should look at, as sentences."""
        return list(self.report["warnings"])


def text_examples(values: pa.ChunkedArray) -> list[str]:
    """Write the first few different values as text.

    Example:
        >>> text_examples(pa.chunked_array([[1, 1, None, 2]]))
        ['1', '2']
    """
    head = values.slice(0, 1_000)
    try:
        distinct: Sequence[Any] = pc.unique(head.drop_null()).slice(0, _EXAMPLES).to_pylist()
    except pa.ArrowNotImplementedError:  # lists and structs cannot be told apart by Arrow
        distinct = head.drop_null().slice(0, _EXAMPLES).to_pylist()
    return [shortened(value) for value in distinct]


def shortened(value: Any) -> str:
    """Write a value as text of at most 60 characters."""
    text = str(value)
    return text if len(text) <= _EXAMPLE_CHARACTERS else text[: _EXAMPLE_CHARACTERS - 1] + "…"
