"""The rules by which a column of text becomes a column of values.

In this order, and only where every value fits that is not null: booleans (``true``/``false``), whole
numbers, decimal numbers, dates and times. Everything else stays the text that it was. What a rule looks at
is written in ``numbers``, ``times`` and ``nulls``; the reason of each decision is part of the report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from workers.frames.ingest.nulls import NULL_WORDS, looks_like_codes, null_words_of
from workers.frames.ingest.numbers import (
    Found,
    Refused,
    booleans,
    decimals,
    integers,
    is_decimal,
    is_integer,
    without_thousands,
)
from workers.frames.ingest.report import ColumnReading
from workers.frames.ingest.times import is_time, iso_times, other_times

__all__ = ["Rules", "decimal_mark", "head_of", "misfit", "read_column", "reading_of", "text_reading"]

_HEAD = 200
_NEARLY = 0.9
_BLANK = r"^\s|\s$"
_NUMBER = r"^\s*[+-]?[0-9.,]+([eE][+-]?[0-9]+)?\s*$"
_DATE = r"^\s*[0-9]{1,4}[-/.][0-9A-Za-z]+[-/.][0-9]{1,4}([T ].*)?$"

Kind = Literal["boolean", "number", "time", "text"]
Reader = Callable[[pa.ChunkedArray], Found | Refused | None]


@dataclass(frozen=True)
class Rules:
    """What the rules depend on.

    Args:
        na_values: The user's spellings of null, or None for those that pandas knows.
        decimal: The decimal mark of the file.
        day_first: How dates of two numbers are read; None to let the values show it.
        thousands: What stands between the thousands of numbers, where the user says so.
    """

    na_values: tuple[str, ...] | None = None
    decimal: str = "."
    day_first: bool | None = None
    thousands: str | None = None

    @property
    def null_words(self) -> tuple[str, ...]:
        """The spellings of null, beside the empty field."""
        return NULL_WORDS if self.na_values is None else tuple(word for word in self.na_values if word)


def head_of(column: pa.ChunkedArray, rules: Rules) -> list[str]:
    """The first values of a column of text that are not null, without blanks around them."""
    words = pa.array(rules.null_words, column.type)
    for part in (column.slice(0, 5 * _HEAD), column):
        values = part.drop_null()
        kept = values.filter(pc.invert(pc.is_in(values, value_set=words))).slice(0, _HEAD)
        bare = [text.strip() for text in kept.to_pylist()]
        head = [text for text in bare if text and text not in rules.null_words]
        if head:
            return head
    return []


def decimal_mark(heads: list[list[str]]) -> str:
    """Find the decimal mark of a file whose fields are not separated by commas.

    It is the comma where more columns hold numbers with a comma than with a point; numbers such as
    "1.234", whose point may mark thousands, are no evidence for the point.

    Example:
        >>> decimal_mark([["1,5", "2"], ["1.234"]]), decimal_mark([["1.5"]])
        (',', '.')
    """
    comma = sum(_uses(head, ",") for head in heads)
    point = sum(_uses(head, ".") and not all(_grouped(text) for text in head) for head in heads)
    return "," if comma > point else "."


def _uses(head: list[str], mark: str) -> bool:
    return any(mark in text for text in head) and all(is_decimal(text, mark) for text in head)


def _grouped(text: str) -> bool:
    whole, *groups = text.lstrip("-").split(".")
    return 1 <= len(whole) <= 3 and all(len(group) == 3 for group in groups)


def read_column(name: str, column: pa.ChunkedArray, rules: Rules) -> ColumnReading:
    """Decide what a column of text is, and read it so.

    Args:
        name: The column's name, for the report.
        column: Text; empty fields are null already.
        rules: What the rules depend on.

    Returns:
        The values with the decision and its reason.
    """
    if rules.thousands is not None:
        grouped = _read_grouped(name, column, rules)
        if grouped is not None:
            return grouped
    head = head_of(column, rules)
    if not head:
        return text_reading(
            name, column, rules, "there is no value" if column.null_count else "no rule applies"
        )
    kind = _kind_of(head, rules)
    for text, words, trimmed in _variants(column, rules) if kind != "text" else ():
        for reader in _readers(kind, head[0], rules):
            found = reader(text)
            if isinstance(found, Found):
                return reading_of(name, found, words, column.null_count, trimmed=trimmed)
            if found is not None:
                return text_reading(name, column, rules, found.why, found.warning)
    return text_reading(name, column, rules, misfit(column, head, rules))


def _read_grouped(name: str, column: pa.ChunkedArray, rules: Rules) -> ColumnReading | None:
    """Read numbers with marks between their thousands; None where the column is not of such."""
    plain = without_thousands(column, rules.thousands, rules.decimal)
    if plain is None:
        return None
    reading = read_column(name, plain, replace(rules, thousands=None))
    if reading.dtype not in ("int64", "Int64", "float64"):
        return None
    why = f"{reading.why}, with {rules.thousands!r} between thousands"
    return replace(reading, why=why, thousands=rules.thousands)


def _kind_of(head: list[str], rules: Rules) -> Kind:
    if all(text.lower() in ("true", "false") for text in head):
        return "boolean"
    if all(is_integer(text) or is_decimal(text, rules.decimal) for text in head):
        return "number"
    return "time" if all(is_time(text) for text in head) else "text"


def _readers(kind: Kind, example: str, rules: Rules) -> list[Reader]:
    if kind == "boolean":
        return [booleans]
    if kind == "number":
        return [integers, lambda text: decimals(text, rules.decimal)]
    return [
        lambda text: iso_times(text, example),
        lambda text: other_times(text, example, day_first=rules.day_first),
    ]


def _variants(
    column: pa.ChunkedArray, rules: Rules
) -> Iterator[tuple[pa.ChunkedArray, dict[str, int], bool]]:
    """The column as it is; without the words for null; and without the blanks around its values.

    The first is there for speed: most columns need no more.
    """
    yield column, {}, False
    words, cleaned = null_words_of(column, rules.null_words)
    if words:
        yield cleaned, words, False
    if pc.any(pc.match_substring_regex(column, _BLANK)).as_py():
        bare = pc.utf8_trim_whitespace(column)
        words, cleaned = null_words_of(bare, (*rules.null_words, ""))
        yield cleaned, words, True


def misfit(column: pa.ChunkedArray, head: list[str], rules: Rules) -> str:
    """Say why a column is text, with the values that do not fit where most are of a kind."""
    for noun, test, pattern in (
        ("numbers", lambda text: is_decimal(text, rules.decimal), _NUMBER),
        ("dates", is_time, _DATE),
    ):
        if sum(map(test, head)) < _NEARLY * len(head):
            continue
        others = column.filter(pc.invert(pc.match_substring_regex(column, pattern)))
        _, others = null_words_of(others, rules.null_words)
        distinct = pc.unique(others.drop_null()).slice(0, 20).to_pylist()
        examples = [text for text in distinct if not test(text.strip())][:3]
        if examples:
            return f"most values are {noun}, but not {_listed(examples)}: kept as text"
    return "the values are text"


def _listed(texts: list[str]) -> str:
    return ", ".join(f"'{text[:40]}'" for text in texts)


def reading_of(
    name: str,
    found: Found,
    words: dict[str, int],
    empty: int,
    *,
    trimmed: bool,
    thousands: str | None = None,
) -> ColumnReading:
    """Put down that a column was read as values."""
    nulls = found.values.null_count
    dtype = {"int64": "Int64", "bool": "boolean"}.get(found.dtype, found.dtype) if nulls else found.dtype
    return ColumnReading(
        name,
        dtype,
        found.values,
        found.why,
        nulls,
        _spelled(empty, words),
        date_format=found.date_format,
        trimmed=trimmed,
        thousands=thousands,
    )


def _spelled(empty: int, words: dict[str, int]) -> dict[str, int]:
    """Count the empty fields among the spellings of null."""
    return {"": empty + words.get("", 0), **{k: v for k, v in words.items() if k}} if empty else words


def text_reading(
    name: str, column: pa.ChunkedArray, rules: Rules, why: str, warning: str | None = None
) -> ColumnReading:
    """Put down that a column stays text, with its nulls taken out."""
    empty = column.null_count
    words, values = null_words_of(column, rules.null_words)
    kept: dict[str, int] = {}
    if "NA" in words and rules.na_values is None and looks_like_codes(values):
        _, values = null_words_of(column, tuple(word for word in words if word != "NA"))
        kept = {"NA": words.pop("NA")}
        warning = (
            f"holds 'NA' among codes in capitals; it was kept as a value ({kept['NA']:,} times). "
            "Open the file with na_values=['NA'] if it means null."
        )
    spelled = _spelled(empty, words)
    return ColumnReading(name, "str", values, why, values.null_count, spelled, kept, warning=warning)
