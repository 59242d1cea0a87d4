"""Numbers and dates as people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from workers.planner.scan import Piece

__all__ = [
    "Period",
    "read_date",
    "read_large",
    "read_number",
    "read_number_word",
    "read_ordinal",
    "year",
]

_NUMBER = re.compile(r"[$€£]?(?P<digits>[\d,]+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?P<unit>[a-zA-Z]+|\s*%)?$")
_UNITS = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9}
_LARGE = {"thousand": "k", "million": "m", "billion": "bn"}  # words behind a number, and their signs
_PERCENT = frozenset({"percent", "pct"})
_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
_MISSPELLED = {"nineth": 9, "twelveth": 12, "eigth": 8}
_PLACE = re.compile(r"(\d+)(?:st|nd|rd|th)$")
_TENS = {"fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100, "thousand": 1000}
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH_NUMBERS = {
    written: number for number, name in enumerate(_MONTHS, 1) for written in (name, name[:3])
} | {"sept": 9}
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?$")
_YEARS = range(1000, 3000)


def read_number(text: str) -> int | float:
    """Read a number: thousands, decimals, k, m, bn, a currency sign, or percent (as a fraction).

    Example:
        >>> read_number("1,000"), read_number("2.5k"), read_number("$10"), read_number("5%")
        (1000, 2500, 10, 0.05)
    """
    match = _NUMBER.match(text)
    if match is None:
        raise ValueError(f"not a number: {text!r}")
    digits, unit = match["digits"].replace(",", ""), (match["unit"] or "").strip().casefold()
    value: int | float = float(digits) if "." in digits or "e" in digits.casefold() else int(digits)
    if unit == "%":
        return value / 100
    scaled = value * _UNITS.get(unit, 1)
    return int(scaled) if unit and scaled == int(scaled) else scaled


def read_number_word(word: str) -> int | None:
    """Read a number written as a word, or say that it is none.

    Example:
        >>> read_number_word("seven"), read_number_word("some")
        (7, None)
    """
    return _WORDS.index(word) if word in _WORDS else _TENS.get(word)


def read_large(number: str, word: str) -> str | None:
    """Write a number with the word behind it as one number, if that belongs to it.

    Example:
        >>> read_large("5", "million"), read_large("40", "percent"), read_large("5", "rows")
        ('5m', '40%', None)
    """
    sign = "%" if word in _PERCENT else _LARGE.get(word)
    return f"{number}{sign}" if sign and number[-1].isdigit() else None


def read_ordinal(word: str) -> int | None:
    """Read a place in a row, in letters or as a number with its ending, or say that it is none.

    Example:
        >>> read_ordinal("third"), read_ordinal("22nd"), read_ordinal("3")
        (3, 22, None)
    """
    match = _PLACE.match(word)
    if match is not None:
        return int(match[1]) or None
    return _ORDINALS.index(word) + 1 if word in _ORDINALS else _MISSPELLED.get(word)


@dataclass(frozen=True)
class Period:
    """A stretch of time as it was named: a moment, a day, a month, a year.

    Attributes:
        start: Its first moment.
        end: The first moment after it; for a single moment the same as ``start``.
    """

    start: datetime
    end: datetime

    def __str__(self) -> str:
        """Write it as what it is: a moment, a day, or the days from its first to its last.

        Example:
            >>> str(Period(datetime(2020, 3, 1), datetime(2020, 4, 1)))
            '2020-03-01 to 2020-03-31'
        """
        if self.start == self.end:
            return str(self.start)
        if self.start.time() != self.end.time():
            return f"{self.start} to {self.end}"
        first, last = self.start.date(), (self.end - timedelta(microseconds=1)).date()
        return f"{first}" if first == last else f"{first} to {last}"


def year(number: int) -> Period | None:
    """Read a year, if the number is one."""
    if number not in _YEARS:
        return None
    return Period(datetime(number, 1, 1), datetime(number + 1, 1, 1))  # noqa: DTZ001 - local to the column


def _month(number: int, month: int) -> Period:
    start = datetime(number, month, 1)  # noqa: DTZ001 - local to the column's zone
    end = datetime(number + month // 12, month % 12 + 1, 1)  # noqa: DTZ001
    return Period(start, end)


def _day(number: int, month: int, day: int) -> Period | None:
    try:
        start = datetime(number, month, day)  # noqa: DTZ001 - local to the column's zone
    except ValueError:
        return None
    return Period(start, start + timedelta(days=1))


def _iso(text: str) -> Period | None:
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Period(start, start + timedelta(days=1) if len(text) == len("2013-01-01") else start)


def read_date(pieces: Sequence[Piece]) -> tuple[Period, int] | None:
    """Read the date that a row of pieces begins with.

    Args:
        pieces: What is left of the message.

    Returns:
        The period and the number of pieces that it takes, or None if no date stands there.
    """
    first = pieces[0]
    if first.kind == "date":
        period = _iso(first.text)
        return (period, 1) if period else None
    if first.kind == "month":
        return _month(int(first.text[:4]), int(first.text[5:])), 1
    return _slashed(pieces) or _worded(pieces)


def _slashed(pieces: Sequence[Piece]) -> tuple[Period, int] | None:
    """Read 25/12/2013, or 12/25/2013; which of the two is refused where both are dates."""
    shape = [p.kind if p.kind == "number" else p.text for p in pieces[:5]]
    if shape != ["number", "/", "number", "/", "number"] or not all(p.tight for p in pieces[1:5]):
        return None
    numbers = [pieces[index].text for index in (0, 2, 4)]
    if not all(number.isdigit() for number in numbers) or len(numbers[2]) != len("2013"):
        return None
    one, two, number = map(int, numbers)
    readings = {period for period in (_day(number, two, one), _day(number, one, two)) if period}
    return (readings.pop(), 5) if len(readings) == 1 else None


def _month_of(piece: Piece | None) -> int | None:
    if piece is None or piece.kind != "word" or len(piece.text) < len("Jan"):
        return None
    return _MONTH_NUMBERS.get(piece.text.casefold().rstrip("."))


def _worded(pieces: Sequence[Piece]) -> tuple[Period, int] | None:
    """Read "March 2020", "1 Jan 2013", "Jan 1, 2013", "1st of January 2013"."""
    if not pieces[0].text[:1].isdigit() and _month_of(pieces[0]) is None:
        return None
    kept = [(index, piece) for index, piece in enumerate(pieces[:6]) if piece.text not in {",", ".", "of"}]
    parts = [piece for _, piece in kept]
    if not parts or parts[0] is not pieces[0]:
        return None
    day, month = _ORDINAL.match(parts[0].text), _month_of(parts[1] if len(parts) > 1 else None)
    if not (day and month):
        month = _month_of(parts[0])
        day = _ORDINAL.match(parts[1].text) if len(parts) > 2 else None
        if month is None:
            return None
    if day and len(parts) > 2 and (number := _year_of(parts[2])):
        period = _day(number, month, int(day[1]))
        return (period, kept[2][0] + 1) if period else None
    if _month_of(parts[0]) and len(parts) > 1 and (number := _year_of(parts[1])):
        return _month(number, month), kept[1][0] + 1
    return None


def _year_of(piece: Piece) -> int | None:
    if piece.kind == "number" and piece.text.isdigit() and len(piece.text) == len("2013"):
        return int(piece.text) if int(piece.text) in _YEARS else None
    return None
