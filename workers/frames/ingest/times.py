"""Text that is dates and times, in forms that can be read in one way only.

ISO 8601 is read as it stands. Of the other forms, a layout (year first, a month's English name, or two
numbers whose order the values themselves must show) is found in the first value and must hold for all. Two
numbers in an order that nothing shows are not read: "03/04/2024" stays text, with a warning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from workers.frames.ingest.numbers import Found, Refused

__all__ = ["is_time", "iso_times", "other_times", "two_number_formats", "unambiguous_formats"]

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?")
_ISO_ZONE = re.compile(r"[T ].*(Z|[+-]\d\d(:?\d\d)?)$")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip

Part = Literal["year", "month", "day", "month_name", "hour", "minute", "second", "half"]


@dataclass(frozen=True)
class _Layout:
    """One way to write a date, or the time behind it: a pattern whose groups are ``parts``."""

    pattern: str
    parts: tuple[Part, ...]
    pandas_format: str


_SHORT = "(" + "|".join(_MONTHS) + ")"
_FULL = "(" + "|".join(_FULL_MONTHS) + ")"
_N, _YEAR = r"(\d{1,2})", r"(\d{4})"

_DATES = [
    *(
        _Layout(
            rf"{_YEAR}{re.escape(sep)}{_N}{re.escape(sep)}{_N}", ("year", "month", "day"), f"%Y{sep}%m{sep}%d"
        )
        for sep in "/.-"
    ),
    *(
        _Layout(f"{_N}{sep}{month}{sep}{_YEAR}", ("day", "month_name", "year"), f"%d{sep}{name}{sep}%Y")
        for month, name in ((_SHORT, "%b"), (_FULL, "%B"))
        for sep in "- "
    ),
    *(
        _Layout(f"{month} {_N}, {_YEAR}", ("month_name", "day", "year"), f"{name} %d, %Y")
        for month, name in ((_SHORT, "%b"), (_FULL, "%B"))
    ),
]
_TWO_NUMBERS = {sep: rf"{_N}{re.escape(sep)}{_N}{re.escape(sep)}{_YEAR}" for sep in "/.-"}

_CLOCKS = [
    _Layout("", (), ""),
    _Layout(rf" {_N}:(\d\d)", ("hour", "minute"), " %H:%M"),
    _Layout(rf" {_N}:(\d\d):(\d\d)", ("hour", "minute", "second"), " %H:%M:%S"),
    _Layout(rf" {_N}:(\d\d) ([ap]m)", ("hour", "minute", "half"), " %I:%M %p"),
    _Layout(rf" {_N}:(\d\d):(\d\d) ([ap]m)", ("hour", "minute", "second", "half"), " %I:%M:%S %p"),
]


def unambiguous_formats() -> list[str]:
    """The forms that show which part is which, in strptime's codes."""
    return [date.pandas_format + clock.pandas_format for date in _DATES for clock in _CLOCKS]


def two_number_formats() -> list[str]:
    """The forms with two numbers, with the day and with the month first, in strptime's codes."""
    dates = [sep.join(order) for sep in _TWO_NUMBERS for order in (("%d", "%m", "%Y"), ("%m", "%d", "%Y"))]
    return [date + clock.pandas_format for date in dates for clock in _CLOCKS]


def is_time(text: str) -> bool:
    """Whether one text reads as a date or time in one of the forms known.

    Example:
        >>> is_time("2024-01-31T10:00Z"), is_time("31/01/2024"), is_time("31.1.24")
        (True, True, False)
    """
    return _ISO.fullmatch(text) is not None or _layout_of(text) is not None


def _layout_of(text: str) -> tuple[str, _Layout | None, _Layout] | None:
    """Find separator of two numbers or "", layout of the date if it is known, and layout of the clock."""
    for clock in _CLOCKS:
        for date in _DATES:
            if re.fullmatch(f"(?i){date.pattern}{clock.pattern}", text):
                return "", date, clock
        for sep, pattern in _TWO_NUMBERS.items():
            if re.fullmatch(f"(?i){pattern}{clock.pattern}", text):
                return sep, None, clock
    return None


def iso_times(column: pa.ChunkedArray, example: str) -> Found | Refused | None:
    """Read a column of text as ISO 8601 dates and times.

    Args:
        column: The text.
        example: One of its values.

    Returns:
        Times in microseconds (nanoseconds where they are written), in UTC where they carry offsets; the
        reason why they stay text; or None where they are not of this form.
    """
    if not _ISO.fullmatch(example):
        return None
    zone = "UTC" if _ISO_ZONE.search(example) else None
    for unit in ("us", "ns"):
        try:
            values = pc.cast(column, pa.timestamp(unit, zone))
        except pa.ArrowInvalid:
            continue
        dtype = f"datetime64[{unit}, UTC]" if zone else f"datetime64[{unit}]"
        shown = "times with an offset, as UTC" if zone else "dates or times"
        return Found(values, dtype, f"every value is an ISO 8601 text ({shown})", "ISO8601")
    if zone and pc.any(pc.match_substring_regex(column, r"^[0-9-]+([T ][0-9:.]*)?$")).as_py():
        return Refused("some times have an offset and some have none: kept as text")
    return None


def other_times(column: pa.ChunkedArray, example: str, *, day_first: bool | None) -> Found | Refused | None:
    """Read a column of text as dates and times in another form than ISO 8601.

    Args:
        column: The text.
        example: One of its values, which shows the form.
        day_first: What the user says of two numbers; None to let the values show it.

    Returns:
        Times in microseconds; the reason why they stay text; or None where they are not all of one form.
    """
    form = _layout_of(example)
    if form is None:
        return None
    sep, date, clock = form
    distinct = pc.unique(column).drop_null()
    pattern = date.pattern if date else _TWO_NUMBERS[sep]
    if not pc.all(pc.match_substring_regex(distinct, f"(?i)^{pattern}{clock.pattern}$")).as_py():
        return None
    why = f"every value is a date written like '{example}'"
    if date is None:
        ordered = _order(distinct, pattern, sep, day_first)
        if isinstance(ordered, Refused):
            return ordered
        date, reason = ordered
        why = f"{why}: {reason}"
    times = _assemble(distinct, date, clock)
    if times is None:
        return Refused(f"some dates written like '{example}' are not in the calendar: kept as text")
    positions = pc.index_in(column, value_set=distinct)
    return Found(
        pa.chunked_array([_take(times, positions)]),
        "datetime64[us]",
        why,
        date.pandas_format + clock.pandas_format,
    )


def _take(times: pa.Array, positions: pa.ChunkedArray) -> pa.Array:
    return times.take(positions.combine_chunks())


def _order(
    distinct: pa.Array, pattern: str, sep: str, day_first: bool | None
) -> tuple[_Layout, str] | Refused:
    """Find out which of two numbers is the day."""
    first, second = (_number(distinct, f"(?i)^{pattern}.*$", group) for group in (1, 2))
    day_leads = pc.any(pc.greater(first, 12)).as_py()
    month_leads = pc.any(pc.greater(second, 12)).as_py()
    if day_leads and month_leads:
        return Refused("some dates have the day first and some the month: kept as text")
    if day_leads or month_leads:
        position = pc.index(pc.greater(first if day_leads else second, 12), True).as_py()
        reason = f"'{distinct[position].as_py()}' shows that the {'day' if day_leads else 'month'} is first"
    elif day_first is not None:
        day_leads, reason = day_first, "the order was given"
    elif sep == ".":
        day_leads, reason = True, "with dots the day is first everywhere"
    elif pc.all(pc.equal(first, second)).as_py():
        day_leads, reason = True, "day and month are the same"
    else:
        return _ambiguous(distinct[pc.index(pc.equal(first, second), False).as_py()].as_py())
    parts: tuple[Part, ...] = ("day", "month", "year") if day_leads else ("month", "day", "year")
    letters = "dmY" if day_leads else "mdY"
    return _Layout(pattern, parts, sep.join(f"%{letter}" for letter in letters)), reason


def _ambiguous(example: str) -> Refused:
    return Refused(
        f"'{example}' may have the day or the month first, and no value shows which: kept as text",
        f"holds dates such as '{example}' in which day and month cannot be told apart; they stay text. "
        "Open the file with day_first=True or False to read them.",
    )


def _number(distinct: pa.Array, pattern: str, group: int) -> pa.Array:
    return pc.cast(pc.replace_substring_regex(distinct, pattern, rf"\{group}"), pa.int32())


def _assemble(distinct: pa.Array, date: _Layout, clock: _Layout) -> pa.Array | None:
    """Write the parts as ISO 8601 and read them; None where one is not in the calendar."""
    pattern = f"(?i)^{date.pattern}{clock.pattern}$"
    parts = {
        part: pc.replace_substring_regex(distinct, pattern, rf"\{group}")
        for group, part in enumerate(date.parts + clock.parts, start=1)
    }
    if "month_name" in parts:
        short = pc.utf8_slice_codeunits(pc.utf8_lower(parts["month_name"]), 0, 3)
        number = pc.add(pc.index_in(short, value_set=pa.array(_MONTHS, short.type)), 1)
        parts["month"] = pc.cast(number, distinct.type)
    if "half" in parts:
        hour = pc.cast(parts["hour"], pa.int32())
        if pc.any(pc.or_(pc.greater(hour, 12), pc.less(hour, 1))).as_py():
            return None
        afternoon = pc.equal(pc.utf8_lower(parts["half"]), "pm")
        of_twelve = pc.if_else(pc.equal(hour, 12), 0, hour)
        parts["hour"] = pc.cast(pc.add(of_twelve, pc.if_else(afternoon, 12, 0)), distinct.type)
    two = {name: pc.utf8_lpad(text, 2, "0") for name, text in parts.items() if name not in ("year", "half")}
    day = pc.binary_join_element_wise(parts["year"], two["month"], two["day"], "-")
    if "hour" in two:
        seconds = two.get("second", pa.scalar("00", distinct.type))
        day = pc.binary_join_element_wise(
            day, pc.binary_join_element_wise(two["hour"], two["minute"], seconds, ":"), "T"
        )
    try:
        return pc.cast(day, pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
