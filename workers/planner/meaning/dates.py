"""What is said of dates and times: how they are read, their parts, how far they are apart, their zones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from pydantic import ValidationError

from workbench.transformations import (
    Age,
    ClusterValues,
    ConvertTimeZone,
    DateDiff,
    DatePart,
    FormatDates,
    ParseDates,
    SetTimeZone,
    ShiftDates,
    Transformation,
    TruncateDates,
)
from workbench.transformations.expressions import Moment
from workers.planner.columns import split_name
from workers.planner.lexer import Token
from workers.planner.lexicon import lexicon
from workers.planner.meaning.base import Columns, Named
from workers.planner.meaning.text import TextMeaning
from workers.planner.parsing import Unfit, WrongType

__all__ = ["DateMeaning"]

Steps = tuple[Transformation, ...]
Parts = tuple[str, ...]
Said = tuple[tuple[str, Any], ...]

_PARTS = {
    "day of month": "day", "day of the month": "day", "week number": "week", "iso week": "week",
    "calendar week": "week", "iso year": "iso_year", "name of month": "month_name",
    "month name": "month_name", "name of weekday": "weekday_name", "weekday name": "weekday_name",
    "day name": "weekday_name", "name of day": "weekday_name", "day of week": "weekday",
    "weekday number": "weekday", "weekday": "weekday", "day of year": "day_of_year", "time of day": "time",
    "date": "date", "date only": "date", "date part": "date",
}  # fmt: skip
_BEGINNINGS = (
    "start", "begin", "order", "open", "creat", "announc", "birth", "born", "harvest", "first", "admi",
    "hire", "join", "depart", "event", "pickup", "request", "receiv", "from", "enroll", "regist",
    "sign", "publish", "launch", "issue",
)  # fmt: skip
_ENDS = (
    "end", "ship", "deliver", "arriv", "expir", "death", "died", "clos", "finish", "complet", "return",
    "last", "due", "discharg", "resolv", "cancel", "until", "to", "checkout", "dropoff", "leav", "exit",
    "terminat", "paid", "release",
)  # fmt: skip
_MOST = 1_000_000_000
_CODES = {
    "yyyy": "%Y", "yy": "%y", "mmmm": "%B", "mmm": "%b", "mm": "%m", "dd": "%d", "hh": "%H", "ss": "%S",
}  # fmt: skip
_FORMAT = re.compile(r"(?:y{4}|y{2}|m{2,4}|d{2}|h{2}|s{2}|[\W_])+", re.IGNORECASE)
_FORMAT_PART = re.compile(r"y{4}|yy|m{2,4}|dd|hh|ss|.", re.IGNORECASE)


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@dataclass(frozen=True)
class _Span:
    """How many units, and of what."""

    n: int
    unit: str


@dataclass(frozen=True)
class _Between:
    """From a column to a column, a moment or, if it is None, today; counted in units."""

    unit: str
    column: str
    until: str | Moment | None

    def step(self, name: str | None = None) -> Transformation:
        """Make the step of it."""
        said = {"column": self.column, "until": self.until, "unit": self.unit}
        return DateDiff.model_validate(said if name is None else {**said, "into": name})


class DateMeaning(TextMeaning):
    """Reads the rules of ``grammar/dates.lark``."""

    # Read and written

    def parse_dates(self, columns: Columns, *said: Said) -> Steps:
        parameters = [pair for part in said for pair in part]
        if len({name for name, _ in parameters}) < len(parameters):
            raise Unfit("It is said twice how the dates are written.", "Say it once.")
        for name in columns.names:
            if self.scope.kind(name) not in {"text", "other"}:
                raise WrongType(
                    f"'{name}' does not hold text, so it cannot be parsed.", "Name a column of text."
                )
        return (_valid(ParseDates, columns=columns.names, **dict(parameters)),)

    def parse_as_dates(self, columns: Columns, _type: Token, *said: Said) -> Steps:
        return self.parse_dates(columns, *said)

    def day_first(self, *_: Token) -> Said:
        return (("day_first", True),)

    def month_first(self, *_: Token) -> Said:
        return (("day_first", False),)

    def in_format(self, token: Token) -> Said:
        return (("format", _codes(token.text)),)

    def format_dates(self, column: str, form: Token, name: Named | None = None) -> Steps:
        self._times(column)
        return (_valid(FormatDates, column=column, format=_codes(form.text), **self._in_place(name)),)

    # Parts

    def part_of_date(self, token: Token) -> str:
        words = " ".join(lexicon().words(token.text))
        return _PARTS.get(words) or _PARTS.get(words.removesuffix("s")) or _unit(token)

    def parts_of_date(self, *parts: str) -> Parts:
        if len(set(parts)) < len(parts):
            raise Unfit("A part is named twice.", "Name each part once.")
        return parts

    def part_from(self, making: Token, parts: Parts, column: str, name: Named | None = None) -> Steps:
        del making
        return self._parts(parts, column, name)

    def _parts(self, parts: Parts, column: str, name: Named | None) -> Steps:
        self._times(column)
        if name is not None and len(parts) > 1:
            raise Unfit("Several parts cannot have one name.", "Leave the name out.")
        step = DatePart.model_validate(
            {"column": column, "parts": parts, **({} if name is None else {"into": [self._target(name)]})}
        )
        taken = [each for each in step.into if each in self.scope.names]
        if name is None and taken:
            raise Unfit(f"There is a column '{taken[0]}' already.", "Name the new one: 'as' and its name.")
        return (step,)

    def part_into(self, name: Named, parts: Parts, column: str) -> Steps:
        self._times(column)
        if len(parts) > 1:
            raise Unfit("Several parts cannot have one name.", "Leave the name out.")
        return (DatePart.model_validate({"column": column, "parts": parts, "into": [self._target(name)]}),)

    def part_alone(self, parts: Parts, column: str) -> Steps:
        return self._parts(parts, column, None)

    def weekend_of(self, column: str, name: Named | None = None) -> Steps:
        parts = ("is_weekend",)
        if name is not None:
            return self.part_into(name, parts, column)
        self._times(column)
        return (DatePart.model_validate({"column": column, "parts": parts}),)

    def weekend_from(self, making: Token, column: str, name: Named | None = None) -> Steps:
        del making
        return self.weekend_of(column, name)

    def truncate_dates(self, column: str, period: Token, name: Named | None = None) -> Steps:
        self._times(column)
        return (
            TruncateDates.model_validate({"column": column, "to": _unit(period), **self._in_place(name)}),
        )

    def dates_up(self, column: str, period: Token, name: Named | None = None) -> Steps:
        return self._rounded(column, period, "ceil", name)

    def dates_to_nearest(self, column: str, period: Token, name: Named | None = None) -> Steps:
        return self._rounded(column, period, "round", name)

    def dates_so(self, how: str, column: str, period: Token, name: Named | None = None) -> Steps:
        return self._rounded(column, period, "floor" if how == "trunc" else how, name)

    def _rounded(self, column: str, period: Token, how: str, name: Named | None) -> Steps:
        self._times(column)
        said = {"column": column, "to": _unit(period), "how": how, **self._in_place(name)}
        return (TruncateDates.model_validate(said),)

    # Moved and compared

    def span(self, number: Token, *said: Token) -> _Span:
        unit, business = _unit(said[-1]), len(said) > 1
        if business and unit != "day":
            raise Unfit("Only days can be business days.", "Say: 3 business days.")
        many = number.number
        if not isinstance(many, int) or not 1 <= many <= _MOST or "%" in number.text:
            raise Unfit("Dates are moved by whole numbers from 1.", "Say how many.", number)
        return _Span(many, "business_day" if business else unit)

    def shift_later(self, span: _Span, column: str, name: Named | None = None) -> Steps:
        return self._shifted(column, span, 1, name)

    def shift_earlier(self, span: _Span, column: str, name: Named | None = None) -> Steps:
        return self._shifted(column, span, -1, name)

    def shift_moved(self, column: str, *said: Any) -> Steps:
        ways = [part for part in said if isinstance(part, int)]
        if len(ways) > 1:
            raise Unfit
        span = next(part for part in said if isinstance(part, _Span))
        name = next((part for part in said if isinstance(part, Named)), None)
        return self._shifted(column, span, ways[0] if ways else 1, name)

    def _shifted(self, column: str, span: _Span, way: int, name: Named | None) -> Steps:
        self._times(column)
        said = {"column": column, "n": way * span.n, "unit": span.unit, **self._in_place(name)}
        return (ShiftDates.model_validate(said),)

    def earlier(self, *_: Token) -> int:
        return -1

    def later(self, *_: Token) -> int:
        return 1

    def date_diff(self, between: _Between, name: Named | None = None) -> Steps:
        step = between.step(None if name is None else self._target(name))
        if name is None and isinstance(step, DateDiff) and step.into in self.scope.names:
            raise Unfit(f"There is a column '{step.into}' already.", "Name the new one: 'as' and its name.")
        return (step,)

    def date_diff_into(self, name: Named, between: _Between) -> Steps:
        return (between.step(self._target(name)),)

    def span_reversed(self, end: str, start: str, unit: str) -> _Between:
        """What is left when the earlier date is taken from the later one."""
        return self.span_between(unit, start, end)

    def plain_unit(self, period: Token) -> str:
        return _unit(period)

    def business_unit(self, *said: Token) -> str:
        if len(said) > 1 and _unit(said[-1]) != "day":
            raise Unfit("Only days can be business days.", "Say: business days.")
        return "business_day"

    def span_since(self, unit: str, column: str) -> _Between:
        self.end_today()
        return self.span_between(unit, column, None)

    def span_between(self, unit: str, column: str, until: str | Moment | None) -> _Between:
        self._times(column)
        if isinstance(until, str):
            self._times(until)
        return _Between(unit, column, until)

    def span_apart(self, unit: str, column: str, until: str | Moment | None) -> _Between:
        """What lies between two dates: from the first on, unless they are named the other way round."""
        if isinstance(until, str) and _late(column) + _early(until) > _early(column) + _late(until):
            return self.span_between(unit, until, column)
        return self.span_between(unit, column, until)

    def span_in(self, column: str, until: str | Moment | None, unit: str) -> _Between:
        return self.span_apart(unit, column, until)

    def end_column(self, column: str) -> str:
        return column

    def end_date(self, token: Token) -> Moment:
        self.date(token)
        if token.period is None or (token.period.end - token.period.start).days > 1:
            raise Unfit(f"'{token.text}' is no single day.", "Name the day.", token)
        return Moment(timestamp=token.period.start)

    def end_today(self, *_: Token) -> None:
        self.assume("counted until the day on which it is run")

    def age(self, making: Token, column: str, *said: Any) -> Steps:
        del making
        self._times(column)
        name = next((part for part in said if isinstance(part, Named)), None)
        until = next((part[0] for part in said if isinstance(part, tuple)), None)
        if isinstance(until, str):
            self._times(until)
        if until is None:
            self.end_today()
        into = "age" if name is None else self._target(name)
        if name is None and into in self.scope.names:
            raise Unfit("There is a column 'age' already.", "Name the new one: 'as' and its name.")
        return (Age(column=column, until=until, into=into),)

    def age_when(self, making: Token, at: tuple[Any], column: str, name: Named | None = None) -> Steps:
        return self.age(making, column, at, name)

    def age_at(self, until: Any) -> tuple[Any]:
        return (until,)

    # Zones

    def zone_name(self, *tokens: Token) -> str:
        text = tokens[0].text if len(tokens) == 1 else self.message[tokens[0].start : tokens[-1].end]
        zone = _zones().get("".join(text.split()).casefold())
        if zone is None:
            hint = "Zones are called as in Europe/Berlin, America/New_York or UTC."
            raise Unfit(f"There is no time zone '{text}'.", hint, tokens[0])
        self.tell_all(tokens, "value", zone)
        return zone

    def set_time_zone(self, columns: Columns, zone: str) -> Steps:
        self._times(*columns.names)
        return (SetTimeZone(columns=columns.names, zone=zone),)

    def convert_time_zone(self, columns: Columns, zone: str) -> Steps:
        self._times(*columns.names)
        return (ConvertTimeZone(columns=columns.names, zone=zone),)

    # Spellings

    def cluster_values(self, column: str, method: str = "fingerprint") -> Steps:
        self._texts(Columns((column,)), "has no spellings")
        return (ClusterValues.model_validate({"column": column, "method": method}),)

    def by_fingerprint(self) -> str:
        return "fingerprint"

    def by_ngram(self) -> str:
        return "ngram"

    # Shared

    def _in_place(self, name: Named | None) -> dict[str, str]:
        return {} if name is None else {"into": self._target(name)}

    def _times(self, *columns: str) -> None:
        for column in columns:
            if self.scope.kind(column) not in {"time", "other"} or self.scope.lasts(column):
                raise WrongType(
                    f"'{column}' does not hold dates or times.",
                    f"Say 'parse the dates in {column}' first, if it is meant to hold them.",
                )


def _early(name: str) -> int:
    """Whether a column's name speaks of a beginning."""
    return int(any(part.startswith(_BEGINNINGS) for part in split_name(name)))


def _late(name: str) -> int:
    """Whether a column's name speaks of an end."""
    return int(any(part.startswith(_ENDS) for part in split_name(name)))


def _unit(period: Token) -> str:
    return period.text.casefold().split()[-1].removesuffix("s")


def _codes(form: str) -> str:
    """A format in codes: %d/%m/%Y of dd/mm/yyyy; codes stay as they are.

    Example:
        >>> _codes("dd/mm/yyyy hh:mm"), _codes("%Y")
        ('%d/%m/%Y %H:%M', '%Y')
    """
    if "%" in form or not _FORMAT.fullmatch(form):
        return form
    parts: list[str] = []
    for part in _FORMAT_PART.findall(form):
        low = part.casefold()
        minutes = low == "mm" and any(said in {"%H", "%I"} for said in parts[-2:])
        parts.append("%M" if minutes else _CODES.get(low, part))
    return "".join(parts)


def _valid(word: type[Transformation], **said: Any) -> Transformation:
    try:
        return word.model_validate(said)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Unfit(f"{reason}.", "Formats are written with codes such as %d/%m/%Y.") from error
