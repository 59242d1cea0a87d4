"""What the contract suite feeds the dates with: steps over the table of ``examples``."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from tests.contract.examples import ODD, QUOTED, TEXTS, TIMES
from workbench.transformations import (
    Age,
    Aggregation,
    ConvertTimeZone,
    DateDiff,
    DatePart,
    FormatDates,
    ParseDates,
    Resample,
    SetTimeZone,
    ShiftDates,
    Transformation,
    TruncateDates,
)
from workbench.transformations.dates.parts import Part
from workbench.transformations.expressions import Moment

# Whether there are offsets from UTC, and whether all could be read; what periods without rows make null.
VALUES_DECIDE = {"parse_dates", "resample"}

_PARTS = Part.__args__  # type: ignore[attr-defined]
_TARGET = st.sampled_from([None, "new", ODD, QUOTED, "int", "time"])
_NAMED = st.sampled_from(["new", ODD, QUOTED, "int", "time"])
_OTHERS = st.sampled_from([*TIMES, Moment(timestamp=dt.datetime(2010, 2, 28, 12))])
_SOME_TIMES = st.sampled_from(TIMES)


def _names(among: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(among), unique=True, min_size=1, max_size=2).map(tuple)


STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "parse_dates": st.one_of(
        st.builds(
            ParseDates,
            columns=_names((*TEXTS, "category")),
            day_first=st.sampled_from([None, True, False]),
            on_error=st.sampled_from(["null", "keep", "fail"]),
        ),
        st.builds(
            ParseDates,
            columns=_names((*TEXTS, "category")),
            format=st.sampled_from(["%Y-%m-%d", "%y", "%Y%z"]),
            on_error=st.sampled_from(["null", "keep", "fail"]),
        ),
    ),
    "format_dates": st.builds(
        FormatDates,
        column=_SOME_TIMES,
        into=_TARGET,
        format=st.sampled_from(["%Y", "%d.%m.%Y %H:%M:%S.%f", "%A, %d %B", "%G-W%V %z '"]),
    ),
    "date_part": st.builds(
        lambda column, parts: DatePart(column=column, parts=parts),
        column=_SOME_TIMES,
        parts=st.lists(st.sampled_from(_PARTS), unique=True, min_size=1, max_size=4).map(tuple),
    ),
    "truncate_dates": st.builds(
        TruncateDates,
        column=_SOME_TIMES,
        into=_TARGET,
        to=st.sampled_from(["year", "quarter", "month", "week", "day", "hour", "minute", "second"]),
        how=st.sampled_from(["floor", "ceil", "round"]),
    ),
    "shift_dates": st.builds(
        ShiftDates,
        column=_SOME_TIMES,
        into=_TARGET,
        n=st.sampled_from([-13, -1, 0, 1, 29, 1000]),
        unit=st.sampled_from(
            ["year", "quarter", "month", "week", "day", "business_day", "hour", "minute", "second"]
        ),
    ),
    "date_diff": st.builds(
        DateDiff,
        column=_SOME_TIMES,
        until=_OTHERS,
        unit=st.sampled_from(
            ["year", "quarter", "month", "week", "day", "business_day", "hour", "minute", "second"]
        ),
        into=_NAMED,
    ),
    "age": st.builds(Age, column=_SOME_TIMES, until=_OTHERS, into=_NAMED),
    "resample": st.builds(
        Resample,
        column=_SOME_TIMES,
        period=st.sampled_from(["year", "quarter", "month", "week", "day"]),
        aggregations=st.lists(
            st.sampled_from(
                [
                    Aggregation(function="count"),
                    Aggregation(function="sum", column="int"),
                    Aggregation(function="mean", column="Float", name=ODD),
                    Aggregation(function="distinct", column="text"),
                    Aggregation(function="max", column="Int"),
                ]
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda each: each.name,
        ).map(tuple),
        by=st.lists(st.sampled_from(["category", QUOTED, "boolean"]), unique=True, max_size=2).map(tuple),
        fill_missing=st.booleans(),
    ),
    "set_time_zone": st.builds(
        SetTimeZone,
        columns=_names(TIMES),
        zone=st.sampled_from([None, "UTC", "America/New_York"]),
        ambiguous=st.sampled_from(["fail", "null", "earlier", "later"]),
        nonexistent=st.sampled_from(["fail", "null", "forward", "backward"]),
    ),
    "convert_time_zone": st.builds(
        ConvertTimeZone, columns=_names(TIMES), zone=st.sampled_from(["UTC", "Asia/Kolkata"])
    ),
}

EXAMPLES: dict[str, list[Transformation]] = {
    "parse_dates": [
        ParseDates(columns=("text", ODD)),
        ParseDates(columns=(QUOTED, "text"), on_error="keep"),
        ParseDates(columns=("text",), format="%Y-%m-%d"),
        ParseDates(columns=("category", "text"), format="%Y%z", on_error="keep"),
    ],
    "format_dates": [
        FormatDates(column="time", format="%d.%m.%Y", into=QUOTED),
        FormatDates(column="zoned", format="%A, %d %B %Y %H:%M:%S.%f %z"),
    ],
    "date_part": [
        DatePart(column="time", parts=("year",)),
        DatePart(column="zoned", parts=_PARTS),
        DatePart(column="time", parts=("is_weekend", "month_name"), into=("time", ODD)),
    ],
    "truncate_dates": [
        TruncateDates(column="time", to="month"),
        TruncateDates(column="zoned", to="week", into=ODD),
        TruncateDates(column="zoned", to="hour"),
        TruncateDates(column="zoned", to="day", into="time"),
        TruncateDates(column="time", to="quarter", how="ceil"),
        TruncateDates(column="zoned", to="day", how="round", into=ODD),
        TruncateDates(column="zoned", to="hour", how="ceil"),
        TruncateDates(column="time", to="minute", how="round"),
    ],
    "shift_dates": [
        ShiftDates(column="time", n=-1, unit="month"),
        ShiftDates(column="zoned", n=5, unit="business_day", into=QUOTED),
        ShiftDates(column="zoned", n=36, unit="hour"),
        ShiftDates(column="zoned", n=2, unit="quarter"),
    ],
    "date_diff": [
        DateDiff(column="time", until=Moment(timestamp=dt.datetime(2013, 3, 1))),
        DateDiff(column="time", until="time", unit="month", into="int"),
        DateDiff(column="zoned", unit="week", into=ODD),
        DateDiff(column="zoned", unit="year"),
        DateDiff(column="time", until=Moment(timestamp=dt.datetime(2013, 3, 1)), unit="business_day"),
        DateDiff(column="zoned", until="zoned", unit="business_day", into="int"),
    ],
    "age": [
        Age(column="time"),
        Age(column="zoned", until=Moment(timestamp=dt.datetime(2013, 2, 28)), into="zoned"),
        Age(column="time", until="time"),
    ],
    "resample": [
        Resample(column="time", period="month", aggregations=(Aggregation(function="count"),)),
        Resample(
            column="zoned",
            period="week",
            aggregations=(
                Aggregation(function="sum", column="Int"),
                Aggregation(function="max", column="float"),
            ),
            by=("category",),
            fill_missing=True,
        ),
        Resample(
            column="time",
            period="year",
            aggregations=(Aggregation(function="first", column="text", name="self"),),
            fill_missing=True,
        ),
    ],
    "set_time_zone": [
        SetTimeZone(columns=("time",), zone="Europe/Berlin"),
        SetTimeZone(columns=("time",), zone="America/New_York", ambiguous="later", nonexistent="null"),
        SetTimeZone(columns=("time", "zoned")),
    ],
    "convert_time_zone": [ConvertTimeZone(columns=("zoned",), zone="Asia/Kolkata")],
}
"""A few steps of every kind that the table allows."""
