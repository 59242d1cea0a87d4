"""Dates and times read, written, taken apart, moved and compared."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from tests.support.exported import done
from workbench.errors import TypeMismatch, UnknownColumn, ValueUnreadable
from workbench.transformations import (
    Age,
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
from workbench.transformations.dates.reading import CLOCKS, days
from workbench.transformations.expressions import Moment
from workers.apply import apply
from workers.apply.notes import taking_notes
from workers.frames.ingest.times import two_number_formats, unambiguous_formats


def texts(*values: str | None) -> pd.DataFrame:
    return pd.DataFrame({"t": pd.Series(values, dtype="str")})


def times(*values: str | None, zone: str | None = None, unit: str = "us") -> pd.DataFrame:
    column = pd.to_datetime(pd.Series(values, dtype="str"), format="ISO8601").astype(f"datetime64[{unit}]")
    return pd.DataFrame({"t": column.dt.tz_localize(zone)})


def given(step: Transformation, frame: pd.DataFrame, name: str = "t") -> list[Any]:
    """What a step makes of a column, with None for null and times as text; the exported lines do the same."""
    column = done(step, frame)[name]
    return [
        None if pd.isna(value) else str(value) if isinstance(value, pd.Timestamp) else value
        for value in column
    ]


def said(step: Transformation, frame: pd.DataFrame) -> list[str]:
    with taking_notes() as notes:
        apply(step, frame)
    return notes.warnings


PARSE = ParseDates(columns=("t",))


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (["2013-01-31", None, "2013-02-01T05:06"], ["2013-01-31 00:00:00", None, "2013-02-01 05:06:00"]),
        (["2013/1/31", "2013/12/01"], ["2013-01-31 00:00:00", "2013-12-01 00:00:00"]),
        (["03/04/2013", "25/12/2013"], ["2013-04-03 00:00:00", "2013-12-25 00:00:00"]),
        (["03/04/2013", "12/25/2013"], ["2013-03-04 00:00:00", "2013-12-25 00:00:00"]),
        (["03.04.2013", "04.05.2013"], ["2013-04-03 00:00:00", "2013-05-04 00:00:00"]),
        (["3 Apr 2013 5:06 pm", "4 MAY 2013 12:00 AM"], ["2013-04-03 17:06:00", "2013-05-04 00:00:00"]),
        (["25/12/13", "01/02/99"], ["2013-12-25 00:00:00", "1999-02-01 00:00:00"]),
        (["January 31, 2013", "May 1, 2013"], ["2013-01-31 00:00:00", "2013-05-01 00:00:00"]),
        (["2013-01-31T10:00Z", "2013-01-31T10:00:00-5"],
         ["2013-01-31 10:00:00+00:00", "2013-01-31 15:00:00+00:00"]),
        (["20130131", "20130201"], ["2013-01-31 00:00:00", "2013-02-01 00:00:00"]),
    ],
)  # fmt: skip
def test_the_form_is_found_in_the_values(values: list[str | None], read: list[str | None]) -> None:
    assert given(PARSE, texts(*values)) == read


def test_what_does_not_fit_the_form_of_most_becomes_null() -> None:
    frame = texts("25/12/2013", "12/25/2013", "24/12/2013", "soon", "", None)
    assert given(PARSE, frame) == ["2013-12-25 00:00:00", None, "2013-12-24 00:00:00", None, None, None]
    (warning,) = said(PARSE, frame)
    assert "'25/12/2013' shows that the day is first" in warning
    assert "'12/25/2013' can only be the other way round" in warning


def test_an_order_that_nothing_shows_is_told_with_an_example() -> None:
    frame = texts("05/05/2013", "03/04/2013")
    assert given(PARSE, frame)[1] == "2013-03-04 00:00:00"
    (warning,) = said(PARSE, frame)
    assert "no value shows which" in warning
    assert "'03/04/2013' was read as 04 March 2013" in warning
    first = ParseDates(columns=("t",), day_first=True)
    assert given(first, frame)[1] == "2013-04-03 00:00:00"
    assert said(first, frame) == []


def test_values_that_show_both_orders_alike_are_told() -> None:
    frame = texts("12/25/2013", "25/12/2013")
    assert given(PARSE, frame) == ["2013-12-25 00:00:00", None]
    (warning,) = said(PARSE, frame)
    assert "'12/25/2013' shows that the month is first, though '25/12/2013'" in warning


def test_duplicates_and_nulls_are_where_they_were() -> None:
    assert given(PARSE, texts("31.12.2013", None, "1.2.2013", "31.12.2013", "x")) == [
        "2013-12-31 00:00:00",
        None,
        "2013-02-01 00:00:00",
        "2013-12-31 00:00:00",
        None,
    ]


def test_the_order_that_values_show_wins_over_the_one_that_was_said() -> None:
    assert given(ParseDates(columns=("t",), day_first=False), texts("03/04/2013", "25/12/2013")) == [
        "2013-04-03 00:00:00",
        "2013-12-25 00:00:00",
    ]


def test_each_column_has_a_form_of_its_own() -> None:
    frame = pd.DataFrame({"a": ["25/12/2013"], "b": ["2013-12-25"]}, dtype="str")
    result = apply(ParseDates(columns=("a", "b")), frame)
    assert result["a"].equals(result["b"])


def test_times_with_and_without_an_offset_are_not_mixed() -> None:
    assert given(PARSE, texts("2013-01-31T10:00+02:00", "2013-01-31", "2013-01-31T10:00Z")) == [
        "2013-01-31 08:00:00+00:00",
        None,
        "2013-01-31 10:00:00+00:00",
    ]


@pytest.mark.parametrize("form", [None, "%Y-%m-%d"])
def test_the_words_that_pandas_takes_for_the_present_are_no_dates(form: str | None) -> None:
    step = ParseDates(columns=("t",), format=form)
    assert given(step, texts("now", "today", "2013-01-31")) == [None, None, "2013-01-31 00:00:00"]


def test_unreadable_values_can_keep_the_text_or_fail() -> None:
    frame = texts("2013-01-31", "soon")
    for form in (None, "%Y-%m-%d"):
        keep = ParseDates(columns=("t",), on_error="keep", format=form)
        assert given(keep, frame) == ["2013-01-31", "soon"]
        assert any("stays text" in warning and "'soon'" in warning for warning in said(keep, frame))
        assert given(keep, texts("2013-01-31")) == ["2013-01-31 00:00:00"]
        with pytest.raises(ValueUnreadable, match="for example 'soon'"):
            apply(ParseDates(columns=("t",), on_error="fail", format=form), frame)


def test_a_given_format_is_read_as_it_stands_and_offsets_are_taken_to_utc() -> None:
    step = ParseDates(columns=("t",), format="%d.%m.%y %H:%M%z")
    assert given(step, texts("31.01.13 10:00+0200", "1.2.13")) == ["2013-01-31 08:00:00+00:00", None]


def test_only_text_is_parsed() -> None:
    for frame in (times("2013-01-31"), pd.DataFrame({"t": [20130131]})):
        with pytest.raises(TypeMismatch):
            apply(PARSE, frame)


def test_every_form_that_ingest_reads_is_looked_for() -> None:
    forms = {day + clock for clock in CLOCKS for day in days(None)}
    assert forms >= set(unambiguous_formats()) | set(two_number_formats())


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_the_unit_and_the_zone_are_kept(unit: str, zone: str | None) -> None:
    frame = times("2013-01-31 10:11:12", None, zone=zone, unit=unit)
    for step in (
        *(TruncateDates(column="t", to=to) for to in ("year", "week", "day", "minute")),
        *(ShiftDates(column="t", n=1, unit=unit) for unit in ("month", "business_day", "hour")),
    ):
        assert apply(step, frame)["t"].dtype == frame["t"].dtype
        given(step, frame)


def test_parts_count_as_iso_does_and_nulls_have_none() -> None:
    frame = times("2012-12-31 23:59:58", "2016-01-03", None)
    for part, values in {
        "week": [1, 53, None],
        "iso_year": [2013, 2015, None],
        "weekday": [1, 7, None],
        "weekday_name": ["Monday", "Sunday", None],
        "is_weekend": [False, True, None],
        "day_of_year": [366, 3, None],
        "date": ["2012-12-31 00:00:00", "2016-01-03 00:00:00", None],
        "time": ["23:59:58", "00:00:00", None],
    }.items():
        assert given(DatePart(column="t", parts=(part,), into=("p",)), frame, "p") == values


def test_several_parts_make_several_columns_in_one_step() -> None:
    step = DatePart(column="t", parts=("year", "month_name"))
    result = apply(step, times("2013-01-31"))
    assert list(result.columns) == ["t", "t_year", "t_month_name"]


def test_parts_in_a_zone_are_those_of_its_clocks() -> None:
    frame = pd.DataFrame({"t": pd.to_datetime(["2013-01-01 03:00"], utc=True).tz_convert("America/New_York")})
    assert given(DatePart(column="t", parts=("year",), into=("p",)), frame, "p") == [2012]


@pytest.mark.parametrize(
    ("to", "start"),
    [
        ("year", "2013-01-01 00:00:00"),
        ("quarter", "2013-04-01 00:00:00"),
        ("month", "2013-05-01 00:00:00"),
        ("week", "2013-05-27 00:00:00"),
        ("day", "2013-05-31 00:00:00"),
        ("hour", "2013-05-31 10:00:00"),
        ("minute", "2013-05-31 10:11:00"),
        ("second", "2013-05-31 10:11:12"),
    ],
)
def test_times_go_back_to_the_beginning(to: Any, start: str) -> None:
    assert given(TruncateDates(column="t", to=to), times("2013-05-31 10:11:12.5", None)) == [start, None]


def test_truncating_keeps_to_the_clocks_of_the_zone() -> None:
    twice = pd.to_datetime(["2013-10-27 00:30", "2013-10-27 01:30"], utc=True).tz_convert("Europe/Berlin")
    assert given(TruncateDates(column="t", to="hour"), pd.DataFrame({"t": twice})) == [
        "2013-10-27 02:00:00+02:00",
        "2013-10-27 02:00:00+01:00",
    ]
    no_midnight = times("2018-11-04 12:00", zone="America/Sao_Paulo")
    assert given(TruncateDates(column="t", to="day"), no_midnight) == ["2018-11-04 01:00:00-02:00"]


@pytest.mark.parametrize(
    ("n", "unit", "moved"),
    [
        (1, "month", "2012-02-29 00:00:00"),
        (-11, "month", "2011-02-28 00:00:00"),
        (1, "quarter", "2012-04-30 00:00:00"),
        (1, "year", "2013-01-31 00:00:00"),
        (4, "business_day", "2012-02-06 00:00:00"),
        (-2, "week", "2012-01-17 00:00:00"),
        (90, "minute", "2012-01-31 01:30:00"),
    ],
)
def test_dates_move_by_the_calendar(n: int, unit: Any, moved: str) -> None:
    assert given(ShiftDates(column="t", n=n, unit=unit), times("2012-01-31", None)) == [moved, None]


def test_a_day_is_one_of_the_clocks_and_24_hours_are_time_that_passes() -> None:
    frame = times("2013-03-30 12:00", "2013-03-30 02:30", zone="Europe/Berlin")
    assert given(ShiftDates(column="t", n=1, unit="day"), frame) == [
        "2013-03-31 12:00:00+02:00",
        "2013-03-31 03:00:00+02:00",
    ]
    assert given(ShiftDates(column="t", n=24, unit="hour"), frame)[0] == "2013-03-31 13:00:00+02:00"


def test_moving_out_of_all_years_is_told() -> None:
    for frame in (times("2013-03-30"), times("2013-03-30", zone="Europe/Berlin")):
        with pytest.raises(ValueUnreadable, match="leaves the years"):
            apply(ShiftDates(column="t", n=1_000_000_000, unit="year"), frame)


def pairs(*values: tuple[str | None, str | None]) -> pd.DataFrame:
    start, end = zip(*values, strict=True)
    return pd.DataFrame({"a": times(*start)["t"], "b": times(*end)["t"]})


@pytest.mark.parametrize(
    ("unit", "spans"),
    [
        ("day", [28.0, -28.0, 0.5, None]),
        ("week", [4.0, -4.0, 0.5 / 7, None]),
        ("hour", [672.0, -672.0, 12.0, None]),
        ("month", [0, 0, 0, None]),
    ],
)
def test_the_difference_is_in_the_unit(unit: Any, spans: list[Any]) -> None:
    frame = pairs(
        ("2013-01-31", "2013-02-28"),
        ("2013-02-28", "2013-01-31"),
        ("2013-01-01", "2013-01-01 12:00"),
        ("2013-01-01", None),
    )
    assert given(DateDiff(column="a", until="b", unit=unit, into="d"), frame, "d") == pytest.approx(spans)


def test_months_quarters_and_years_count_when_they_are_over() -> None:
    frame = pairs(
        ("2012-01-15 10:00", "2013-01-15 09:59"),
        ("2012-01-15 10:00", "2013-01-15 10:00"),
        ("2013-01-15", "2012-01-15"),
        ("2013-01-15", "2012-01-16"),
    )
    for unit, spans in {
        "month": [11, 12, -12, -11],
        "quarter": [3, 4, -4, -3],
        "year": [0, 1, -1, 0],
    }.items():
        step = DateDiff.model_validate({"column": "a", "until": "b", "unit": unit, "into": "d"})
        assert given(step, frame, "d") == spans


def test_the_other_side_can_be_a_moment_or_today() -> None:
    frame = times("2013-01-01", None)
    moment = Moment(timestamp=dt.datetime(2013, 1, 11))
    assert given(DateDiff(column="t", until=moment, into="d"), frame, "d") == [10.0, None]
    today = DateDiff(column="t", into="d")
    assert not today.deterministic
    assert DateDiff(column="t", until=moment).deterministic
    (days_ago, _) = given(today, pd.DataFrame({"t": [pd.Timestamp.now().normalize(), pd.NaT]}), "d")
    assert days_ago in (0.0, 1.0)


def test_clocks_that_differ_are_not_compared() -> None:
    frame = times("2013-01-01").assign(
        z=times("2013-01-01", zone="Europe/Berlin")["t"], u=times("2013-01-01", zone="UTC")["t"]
    )
    assert given(DateDiff(column="z", until="u", unit="hour", into="d"), frame, "d") == [1.0]
    for start, end, unit in (("t", "z", "day"), ("z", "u", "month")):
        with pytest.raises(TypeMismatch, match="clocks"):
            apply(DateDiff.model_validate({"column": start, "until": end, "unit": unit}), frame)


def test_an_age_is_counted_in_birthdays() -> None:
    frame = times("2012-02-29 18:00", "2013-03-01", "2013-03-02", None)
    for day, ages in {(2013, 2, 28): [0, None, None, None], (2013, 3, 1): [1, 0, None, None]}.items():
        step = Age(column="t", until=Moment(timestamp=dt.datetime(*day)))
        assert given(step, frame, "age") == ages
        assert "lie after" in said(step, frame)[0]


def test_dates_are_written_in_the_format_and_nulls_stay() -> None:
    step = FormatDates(column="t", format="%d.%m.%Y")
    assert given(step, times("2013-01-31", None)) == ["31.01.2013", None]


def test_a_zone_is_set_taken_away_and_converted() -> None:
    berlin = apply(SetTimeZone(columns=("t",), zone="Europe/Berlin"), times("2013-07-01 12:00", None))
    york = ConvertTimeZone(columns=("t",), zone="America/New_York")
    assert given(york, berlin) == ["2013-07-01 06:00:00-04:00", None]
    assert given(SetTimeZone(columns=("t",)), apply(york, berlin)) == ["2013-07-01 06:00:00", None]
    with pytest.raises(TypeMismatch, match="already"):
        apply(SetTimeZone(columns=("t",), zone="UTC"), berlin)
    with pytest.raises(TypeMismatch, match="no time zone"):
        apply(york, times("2013-07-01"))


def test_readings_that_the_clocks_repeat_or_skip_are_what_was_chosen() -> None:
    twice, never = times("2013-10-27 02:30"), times("2013-03-31 02:30")
    for frame in (twice, never):
        with pytest.raises(ValueUnreadable, match="no single moment"):
            apply(SetTimeZone(columns=("t",), zone="Europe/Berlin"), frame)
    for ambiguous, offset in {"earlier": "+02:00", "later": "+01:00"}.items():
        step = SetTimeZone.model_validate({"columns": ["t"], "zone": "Europe/Berlin", "ambiguous": ambiguous})
        assert given(step, twice) == [f"2013-10-27 02:30:00{offset}"]
    for nonexistent, reading in {"null": None, "forward": "2013-03-31 03:00:00+02:00"}.items():
        step = SetTimeZone.model_validate(
            {"columns": ["t"], "zone": "Europe/Berlin", "nonexistent": nonexistent}
        )
        assert given(step, never) == [reading]


@pytest.mark.parametrize(
    "step",
    [
        DatePart(column="t", parts=("year",)),
        TruncateDates(column="t", to="day"),
        ShiftDates(column="t", n=1, unit="day"),
        DateDiff(column="t"),
        Age(column="t"),
        FormatDates(column="t", format="%Y"),
        SetTimeZone(columns=("t",), zone="UTC"),
    ],
    ids=lambda step: step.kind,
)
def test_other_columns_are_refused_on_empty_tables_too(step: Transformation) -> None:
    for frame in (texts("2013-01-01"), texts()):
        with pytest.raises(TypeMismatch, match="points in time"):
            apply(step, frame)
        with pytest.raises(UnknownColumn):
            apply(step, frame.rename(columns={"t": "u"}))
