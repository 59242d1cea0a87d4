"""Text that is numbers, and text that only looks like it.

A whole number is written without leading zeros and has at most 18 digits; everything else is an identifier
that would lose its zeros or digits. A decimal number has digits, one decimal mark, and perhaps an exponent;
but where no value of a column has a decimal mark, "12E3" with its capital is a code ("1e3" and "1E+3" are
numbers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "Found",
    "Refused",
    "booleans",
    "decimals",
    "integers",
    "is_decimal",
    "is_integer",
    "without_thousands",
]

_INTEGER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity)", re.IGNORECASE)
_LONGEST = 10**18

_REASONS = (
    (r"^[+-]?0[\dxX]", "has leading zeros, which a number would lose"),
    (r"^[+-]?\d{16,}$", "has more digits than a decimal number can hold"),
    (r"^\+\d+$", "begins with a plus sign, as telephone numbers do"),
    (r"[nN][aA][nN]", "is not a number"),
)
_NOT_DECIMAL = "|".join(pattern for pattern, _ in _REASONS)
_CODE = r"^[+-]?\d+E\d"

_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")


@dataclass(frozen=True)
class Found:
    """A column that fits: its values, the dtype without regard to nulls, and why."""

    values: pa.ChunkedArray
    dtype: str
    why: str
    date_format: str | None = None


@dataclass(frozen=True)
class Refused:
    """A column that stays text for a reason that the user should know."""

    why: str
    warning: str | None = None


def is_integer(text: str) -> bool:
    """Whether one text reads as a whole number."""
    return _INTEGER.fullmatch(text) is not None


def is_decimal(text: str, mark: str = ".") -> bool:
    """Whether one text reads as a number with this decimal mark.

    Example:
        >>> is_decimal("1.5"), is_decimal("1,5"), is_decimal("1,5", ",")
        (True, False, True)
    """
    if mark == ",":
        return "." not in text and _DECIMAL.fullmatch(text.replace(",", ".", 1)) is not None
    return _DECIMAL.fullmatch(text) is not None


def integers(column: pa.ChunkedArray) -> Found | Refused | None:
    """Read a column of text as whole numbers.

    Returns:
        The numbers; the reason why it stays text; or None where it is not whole numbers at all.
    """
    try:
        values = pc.cast(column, pa.int64())
    except pa.ArrowInvalid:
        return None
    bounds = pc.min_max(values).as_py()
    if max(bounds["max"], -bounds["min"]) >= _LONGEST:
        return Refused(f"'{_first(column, r'^-?[0-9]{19,}$')}' has more than 18 digits: kept as text")
    if _zero_led(column, "0") or (bounds["min"] <= 0 and _zero_led(column, "-0")):
        return Refused(
            f"'{_first(column, r'^-?0.')}' has leading zeros, which a number would lose: kept as text"
        )
    return Found(values, "int64", "every value is a whole number")


def _zero_led(column: pa.ChunkedArray, start: str) -> bool:
    led = pc.starts_with(column, start)
    if not pc.any(led).as_py():
        return False
    return bool(pc.max(pc.binary_length(column.filter(led))).as_py() > 1)


def decimals(column: pa.ChunkedArray, mark: str = ".") -> Found | Refused | None:
    """Read a column of text as decimal numbers.

    Args:
        column: The text.
        mark: The decimal mark.

    Returns:
        The numbers; the reason why it stays text; or None where it is not numbers at all.
    """
    text = column
    if mark == ",":
        if pc.any(pc.match_substring(column, ".")).as_py():
            return None
        text = pc.replace_substring(column, ",", ".", max_replacements=1)
    try:
        values = pc.cast(text, pa.float64())
    except pa.ArrowInvalid:
        return None
    if pc.any(pc.match_substring_regex(text, _NOT_DECIMAL)).as_py():
        example, reason = _offence(text)
        return Refused(f"'{example}' {reason}: kept as text")
    code = _first(text, _CODE)
    if code is not None and not pc.any(pc.match_substring(text, ".")).as_py():
        return Refused(f"'{code}' is a code rather than a power of ten: kept as text")
    if _overflows(text, values):
        return Refused("a number is larger than a decimal number can be: kept as text")
    shown = "a decimal comma" if mark == "," else "decimal numbers"
    return Found(values, "float64", f"every value is a number ({shown})")


def without_thousands(column: pa.ChunkedArray, mark: str | None, decimal: str) -> pa.ChunkedArray | None:
    """Leave the marks between thousands out of a column of text.

    Args:
        column: The text.
        mark: What stands between thousands, or None.
        decimal: The decimal mark.

    Returns:
        The text without them; None where no value has one, or one stands elsewhere than between groups of
        digits, the last of three, as in "1,234,567" (and in "12,34,567", as India writes).

    Example:
        >>> without_thousands(pa.chunked_array([["1,234.5", "7"]]), ",", ".").to_pylist()
        ['1234.5', '7']
    """
    if mark is None:
        return None
    marked = column.filter(pc.match_substring(column, mark))
    between, point = re.escape(mark), re.escape(decimal)
    grouped = rf"^\s*[+-]?[0-9]{{1,3}}({between}[0-9]{{2,3}})*{between}[0-9]{{3}}({point}[0-9]*)?\s*$"
    if len(marked) == 0 or not pc.all(pc.match_substring_regex(marked, grouped)).as_py():
        return None
    return pc.replace_substring(column, mark, "")


def _offence(text: pa.ChunkedArray) -> tuple[str, str]:
    for pattern, reason in _REASONS:
        example = _first(text, pattern)
        if example is not None:
            return example, reason
    raise AssertionError("called for a column that offends")


def _overflows(text: pa.ChunkedArray, values: pa.ChunkedArray) -> bool:
    infinite = pc.is_inf(values)
    if not pc.any(infinite).as_py():
        return False
    return not pc.all(pc.match_substring_regex(text.filter(infinite), "(?i)inf")).as_py()


def booleans(column: pa.ChunkedArray) -> Found | None:
    """Read a column of text as booleans: true and false in one of their usual cases, nothing else."""
    true = pc.is_in(column, value_set=pa.array(_TRUE, column.type))
    known = pc.or_(true, pc.is_in(column, value_set=pa.array(_FALSE, column.type)))
    if not pc.all(pc.or_(known, pc.is_null(column))).as_py():
        return None
    values = pc.if_else(pc.is_valid(column), true, pa.scalar(None, pa.bool_()))
    return Found(values, "bool", "every value is true or false")


def _first(column: pa.ChunkedArray, pattern: str) -> str | None:
    """The first value in which a pattern is found."""
    found = pc.match_substring_regex(column, pattern)
    position = pc.index(found, True).as_py()
    return None if position < 0 else column[position].as_py()
