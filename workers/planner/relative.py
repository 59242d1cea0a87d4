"""Times that are told from today: "yesterday", "last month", "90 days ago", "older than a week"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from workers.planner.quantities import Period, read_number_word

__all__ = ["Relative", "read_relative"]

_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_WHICH = {"last": -1, "previous": -1, "this": 0, "current": 0, "next": 1}
_BACK = frozenset({"last", "past", "previous"})
_AHEAD = frozenset({"next", "coming"})
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_SPANS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_OLDER = frozenset({"older", "earlier"})
_NEWER = frozenset({"newer", "younger", "later"})
_MORE = frozenset({"more", "longer"})
_LESS = frozenset({"less", "fewer"})
_MOST = 100_000


@dataclass(frozen=True)
class Relative:
    """A time that was told from today.

    Attributes:
        period: The time.
        size: How many words it takes.
        way: ``in`` for the time itself, ``before`` and ``after`` for what lies farther back, or less far.
        unit: Of what it is counted.
    """

    period: Period
    size: int
    way: str = "in"
    unit: str = "day"


def read_relative(words: Sequence[str], now: datetime) -> Relative | None:
    """Read the relative time that a row of words begins with.

    Args:
        words: What is left of the message, in lower case.
        now: The time from which it is told, on the clock by which days are counted.

    Returns:
        The time, or None if none stands there.

    Example:
        >>> found = read_relative(["last", "30", "days", "only"], datetime(2024, 3, 10, 15))
        >>> str(found.period), found.size
        ('2024-02-09 to 2024-03-10', 3)
    """
    try:
        return (
            _day(words, now)
            or _calendar(words, now)
            or _stretch(words, now)
            or _ago(words, now)
            or _older(words, now)
        )
    except (ValueError, OverflowError):  # before the first year of the calendar, or behind the last
        return None


def _day(words: Sequence[str], now: datetime) -> Relative | None:
    """Read "today", "yesterday"."""
    if words[0] not in _DAYS:
        return None
    start = _midnight(now) + timedelta(days=_DAYS[words[0]])
    return Relative(Period(start, start + timedelta(days=1)), 1)


def _calendar(words: Sequence[str], now: datetime) -> Relative | None:
    """Read "last month", "this week", "next year"."""
    unit = words[1] if len(words) > 1 else ""
    if words[0] not in _WHICH or unit not in {*_MONTHS, "week"}:
        return None
    start = _begun(now, unit)
    first, end = (_moved(start, _WHICH[words[0]] + far, unit) for far in (0, 1))
    return Relative(Period(first, end), 2, unit=unit)


def _stretch(words: Sequence[str], now: datetime) -> Relative | None:
    """Read "last 30 days", "past year", "next 2 weeks": up to today, or from today on."""
    if words[0] not in _BACK | _AHEAD:
        return None
    span = _span(words[1:], alone=words[0] in {"past", "coming"})
    if span is None:
        return None
    number, unit, size = span
    if words[0] in _BACK:
        start, end = _moved(now, -number, unit), now
    else:
        start, end = now, _moved(now, number, unit)
    if unit not in {"minute", "hour"}:
        start, end = _midnight(start), _midnight(end) + timedelta(days=1)
    return Relative(Period(start, end), 1 + size, unit=unit)


def _ago(words: Sequence[str], now: datetime) -> Relative | None:
    """Read "90 days ago"."""
    span = _span(words)
    if span is None or words[span[2] : span[2] + 1] != ["ago"]:
        return None
    return Relative(_then(now, *span[:2]), span[2] + 1, unit=span[1])


def _older(words: Sequence[str], now: datetime) -> Relative | None:
    """Read "older than 90 days", "more than a year ago", "less than 2 weeks old"."""
    if words[1:2] != ["than"]:
        return None
    span = _span(words[2:])
    if span is None:
        return None
    number, unit, size = span
    size += 2
    ago = words[size : size + 1] in (["ago"], ["old"])
    farther = words[0] in _OLDER or (words[0] in _MORE and ago)
    if not farther and not (words[0] in _NEWER or (words[0] in _LESS and ago)):
        return None
    return Relative(_then(now, number, unit), size + ago, "before" if farther else "after", unit)


def _then(now: datetime, number: int, unit: str) -> Period:
    """The day so many units ago; of hours and minutes, the moment."""
    moment = _moved(now, -number, unit)
    if unit in {"minute", "hour"}:
        return Period(moment, moment)
    return Period(_midnight(moment), _midnight(moment) + timedelta(days=1))


def _span(words: Sequence[str], *, alone: bool = False) -> tuple[int, str, int] | None:
    """Read "30 days", "two weeks", "a year": the number, the unit, and how many words that is."""
    if not words:
        return None
    if alone and (unit := _unit(words[0])):
        return 1, unit, 1
    number = 1 if words[0] in {"a", "an"} else read_number_word(words[0])
    if words[0].isdecimal():
        number = int(words[0])
    unit = _unit(words[1]) if len(words) > 1 else None
    return (number, unit, 2) if unit and number and 0 < number <= _MOST else None


def _unit(word: str) -> str | None:
    unit = word.removesuffix("s")
    return unit if unit in _MONTHS or unit in _SPANS else None


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time())


def _begun(now: datetime, unit: str) -> datetime:
    """When the week, month, quarter or year began that it is now."""
    today = _midnight(now)
    if unit == "week":
        return today - timedelta(days=today.weekday())
    months = _MONTHS[unit]
    return today.replace(day=1, month=(today.month - 1) // months * months + 1)


def _moved(moment: datetime, number: int, unit: str) -> datetime:
    """A moment so many units later; the 31st of a shorter month is its last day."""
    if unit in _SPANS:
        return moment + number * _SPANS[unit]
    years, month = divmod(moment.month - 1 + number * _MONTHS[unit], 12)
    first = moment.replace(year=moment.year + years, month=month + 1, day=1)
    following = first.replace(year=first.year + month // 11, month=(month + 1) % 12 + 1)
    return first.replace(day=min(moment.day, (following - first).days))
