"""What the dates, and what is made of spellings, say of themselves, before and after."""

from __future__ import annotations

import datetime as dt

import pytest

from workbench.models import Change
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

MOMENT = Moment(timestamp=dt.datetime(2020, 1, 31))
SAID: list[tuple[Transformation, str, str]] = [
    (
        ParseDates(columns=("a", "b"), day_first=True),
        "Read a and b as dates, the day first",
        "Read a and b as dates, the day first; 2 values could not be read and became null",
    ),
    (
        ParseDates(columns=("b",), format="%Y", on_error="keep"),
        "Read b as dates in the form %Y, or keep the text where a value is none",
        "Read b as dates in the form %Y; b stayed text",
    ),
    (
        FormatDates(column="a", format="%d.%m.", into="day"),
        "Write a as text in the form '%d.%m.' into day",
        "Wrote a as text in the form '%d.%m.' into day",
    ),
    (
        DatePart(column="a", parts=("year", "weekday_name")),
        "Put the year and name of the weekday of a into a_year and a_weekday_name",
        "Put the year and name of the weekday of a into a_year and a_weekday_name",
    ),
    (
        DatePart(column="a b", parts=("is_weekend",)),
        "Put whether a day of a b is at a weekend into a b is weekend",
        "Put whether a day of a b is at a weekend into a b is weekend",
    ),
    (
        TruncateDates(column="a", to="month"),
        "Truncate a to the beginning of the month",
        "Truncated a to the beginning of the month",
    ),
    (
        TruncateDates(column="a", to="month", how="ceil"),
        "Round a up to the next month",
        "Rounded a up to the next month",
    ),
    (
        TruncateDates(column="a", to="hour", how="round", into="b"),
        "Round a to the nearest hour into b",
        "Rounded a to the nearest hour into b",
    ),
    (
        DateDiff(column="a", until="b", unit="business_day", into="n"),
        "Put the business days from a to b into n",
        "Put the business days from a to b into n",
    ),
    (
        ShiftDates(column="a", n=-3, unit="business_day", into="b"),
        "Move a 3 business days earlier into b",
        "Moved a 3 business days earlier into b",
    ),
    (
        DateDiff(column="a", until="b"),
        "Put the days from a to b into days_from_a_to_b",
        "Put the days from a to b into days_from_a_to_b",
    ),
    (
        DateDiff(column="a", unit="year", until=MOMENT),
        "Put the years from a to 2020-01-31 into years_since_a",
        "Put the years from a to 2020-01-31 into years_since_a",
    ),
    (
        Age(column="born"),
        "Put the age in years from born to today into age",
        "Put the age in years from born to today into age",
    ),
    (
        SetTimeZone(columns=("a", "b"), zone="UTC"),
        "Set the time zone of a and b to UTC",
        "Set the time zone of a and b to UTC",
    ),
    (SetTimeZone(columns=("a",)), "Take away the time zone of a", "Took away the time zone of a"),
    (
        ConvertTimeZone(columns=("a",), zone="UTC"),
        "Convert a to the time zone UTC",
        "Converted a to the time zone UTC",
    ),
    (
        ClusterValues(column="a", method="ngram"),
        "Give similar texts in a one spelling, by their runs of 2 characters",
        "Changed 1 value of a to the most frequent spelling of the same text",
    ),
]


@pytest.mark.parametrize(("step", "describes", "tells"), SAID, ids=lambda part: getattr(part, "kind", ""))
def test_steps_say_what_they_do_and_did(step: Transformation, describes: str, tells: str) -> None:
    change = Change(
        rows_before=5,
        rows_after=5,
        cells_changed={"a": 1},
        nulls_made={"a": 2},
        columns_retyped=("a",),
    )
    assert step.describe() == describes
    assert step.outcome(change) == tells
