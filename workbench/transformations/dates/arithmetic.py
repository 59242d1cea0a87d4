"""Dates and times moved, and how far they are from each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.dates.base import InOneColumn, MadeOfTimes
from workbench.transformations.expressions import Moment
from workbench.transformations.fields import NewName, count, shown

__all__ = ["CALENDAR", "CALENDAR_SPANS", "MONDAY", "MONTHS", "Age", "DateDiff", "ShiftDates"]

ShiftUnit = Literal["year", "quarter", "month", "week", "day", "business_day", "hour", "minute", "second"]

CALENDAR = ("year", "quarter", "month", "week", "day", "business_day")
"""The units that are counted in the calendar, not on a stopwatch."""


class ShiftDates(InOneColumn):
    """Move dates and times by a number of years, months, weeks, days, business days, hours, ….

    A negative number moves them back. The day stays, or is the last one of a shorter month: one month after
    31 January is the end of February. Business days are Monday to Friday. In a time zone, days and longer
    units keep the time of day by its clocks, and take the moment after a gap where the clocks skip it and
    the earlier one where they repeat it; hours, minutes and seconds are time that passes.

    Say: add 30 days to order_date
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "order_date", "n": 30, "unit": "day"}
    kind: Literal["shift_dates"] = "shift_dates"
    n: Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)] = Field(
        description="how many units later; negative: earlier"
    )
    unit: ShiftUnit = Field(description="units of what")

    def arguments(self) -> dict[str, int]:
        """What pandas' DateOffset takes; nothing for business days."""
        if self.unit == "business_day":
            return {}
        return {"months": 3 * self.n} if self.unit == "quarter" else {f"{self.unit}s": self.n}

    def _says(self) -> tuple[str, str]:
        way = "earlier" if self.n < 0 else "later"
        return "Move", f"{shown(self.column)} {count(abs(self.n), self.unit.replace('_', ' '))} {way}"

    def to_pandas(self) -> str:
        source, target = f"df[{self.column!r}]", f"df[{self.target!r}]"
        arguments = ", ".join(f"{name}={value}" for name, value in self.arguments().items())
        offset = f"pd.DateOffset({arguments})" if arguments else f"pd.offsets.BusinessDay({self.n})"
        if self.unit not in CALENDAR:
            return f"{target} = {source} + {offset}"
        return (
            f"local = {source}.dt.tz_localize(None) + {offset}\n"
            f"{target} = local.dt.tz_localize("
            f"{source}.dt.tz, ambiguous=local.notna().to_numpy(), nonexistent='shift_forward')"
        )


Unit = Literal["year", "quarter", "month", "week", "day", "hour", "minute", "second"]

SpanUnit = Literal[Unit, "business_day"]

MONTHS = {"year": 12, "quarter": 3, "month": 1}
"""The units that are not all equally long, in months."""

CALENDAR_SPANS = (*MONTHS, "business_day")
"""The units in which a difference is a whole number, by the calendar."""

MONDAY = "1970-01-05"
"""Some Monday, from which weeks are counted."""


def _months(start: str, end: str) -> str:
    """Write the lines that count the whole months between two Series of readings of clocks."""
    return (
        f"start, end = {start}, {end}\n"
        "months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month\n"
        "into_start = start - start.dt.to_period('M').dt.start_time\n"
        "into_end = end - end.dt.to_period('M').dt.start_time\n"
        # A month that is not over does not count, forward or back.
        "short = ((end >= start) & (into_end < into_start)).astype('int64')\n"
        "long = ((end < start) & (into_end > into_start)).astype('int64')\n"
        "months = (months - short + long).astype('Int64')\n"
    )


class _Until(MadeOfTimes):
    """Times are compared with those of another column, with one moment, or with today."""

    column: str = Field(description="the column to count from")
    until: str | Moment | None = Field(
        default=None, description="the column, or the moment, to count to; today if not given"
    )

    @property
    def deterministic(self) -> bool:
        return self.until is not None

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.column, *([self.until] if isinstance(self.until, str) else [])]

    def _end(self) -> str:
        """Write the other side, a Series like the column."""
        if isinstance(self.until, str):
            return f"df[{self.until!r}]"
        zone = f"tz=df[{self.column!r}].dt.tz"
        if self.until is None:
            return f"pd.Series(pd.Timestamp.now({zone}).normalize(), index=df.index)"
        return f"pd.Series(pd.Timestamp({self.until.describe()!r}, {zone}), index=df.index)"

    def _other(self) -> str:
        if self.until is None:
            return "today"
        return self.until.describe() if isinstance(self.until, Moment) else shown(self.until)


def _difference_name(given: dict[str, Any]) -> str:
    until = given.get("until")
    span = (
        f"from_{given.get('column')}_to_{until}" if isinstance(until, str) else f"since_{given.get('column')}"
    )
    return f"{given.get('unit')}s_{span}"


class DateDiff(_Until):
    """Compute how long it is from one date or time to another: of two columns, to a moment, or to today.

    Weeks, days, hours, minutes and seconds are numbers with a fraction; years, quarters and months are
    counted in the calendar, as whole ones that are over. Business days are the days from Monday to Friday
    from the first date on, the last one not counted. Where the other side is earlier, they are negative.
    Times in a zone can be compared with times in a zone alone, and for calendar units in the same one.

    Say: days from order_date to ship_date
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "order_date", "until": "ship_date", "unit": "day"}
    kind: Literal["date_diff"] = "date_diff"
    unit: SpanUnit = Field(default="day", description="units of what")
    into: Annotated[
        NewName,
        Field(
            default_factory=_difference_name,
            description="the column to add or to replace; units_from_column_to_until if not given",
        ),
    ]

    def targets(self) -> dict[str, str]:
        return {self.into: "Int64" if self.unit in CALENDAR_SPANS else "float64"}

    def _what(self) -> str:
        units = f"{self.unit.replace('_', ' ')}s"
        return f"the {units} from {shown(self.column)} to {self._other()} into {shown(self.into)}"

    def describe(self) -> str:
        return f"Put {self._what()}"

    def outcome(self, change: Change) -> str:
        return f"Put {self._what()}"

    def to_pandas(self) -> str:
        start, target = f"df[{self.column!r}]", f"df[{self.into!r}]"
        if self.unit == "business_day":
            return (
                "def business_days(times):\n"
                f"    days = (times.dt.tz_localize(None).dt.floor('D') - pd.Timestamp({MONDAY!r})).dt.days\n"
                "    days = days.astype('Int64')\n"
                "    return days // 7 * 5 + (days % 7).clip(upper=5)\n"
                f"{target} = business_days({self._end()}) - business_days({start})"
            )
        if self.unit not in MONTHS:
            return f"{target} = ({self._end()} - {start}) / pd.Timedelta({self.unit}s=1)"
        size = MONTHS[self.unit]
        whole = "months" if size == 1 else f"months // {size} + ((months % {size} != 0) & (months < 0))"
        months = _months(f"{start}.dt.tz_localize(None)", f"{self._end()}.dt.tz_localize(None)")
        return f"{months}{target} = {whole}"


class Age(_Until):
    """Compute the age in whole years: at a date, at the dates of another column, or today.

    Who was born on 29 February is a year older on 1 March of other years. Who was not born yet has no age.

    Say: add the age from birthday as years
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "birthday", "into": "years"}
    kind: Literal["age"] = "age"
    into: NewName = Field(default="age", description="the column to add or to replace")

    def targets(self) -> dict[str, str]:
        return {self.into: "Int64"}

    def _what(self) -> str:
        return f"the age in years from {shown(self.column)} to {self._other()} into {shown(self.into)}"

    def describe(self) -> str:
        return f"Put {self._what()}"

    def outcome(self, change: Change) -> str:
        return f"Put {self._what()}"

    def to_pandas(self) -> str:
        # By days: the time of day of a birth does not count.
        days = f"df[{self.column!r}].dt.tz_localize(None).dt.floor('D')"
        end = f"{self._end()}.dt.tz_localize(None).dt.floor('D')"
        return f"{_months(days, end)}df[{self.into!r}] = (months // 12).where(end >= start)"
