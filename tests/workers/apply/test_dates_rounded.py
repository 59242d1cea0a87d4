"""Times taken to the next or the nearest beginning of a period, and days of business between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_series_equal

from tests.support.nycflights import nycflights
from workbench.transformations import DateDiff, TruncateDates
from workers.apply import apply


def rounded(text: str | None, to: str, how: str, zone: str | None = None) -> Any:
    times = pd.Series(pd.to_datetime([text, None])).dt.as_unit("us").dt.tz_localize(zone)
    step = TruncateDates.model_validate({"column": "t", "to": to, "how": how})
    return apply(step, pd.DataFrame({"t": times}))["t"][0]


@pytest.mark.parametrize(
    ("text", "to", "how", "made"),
    [
        ("2024-01-31 10:00", "month", "ceil", "2024-02-01"),
        ("2024-02-01", "month", "ceil", "2024-02-01"),
        ("2024-02-16", "month", "round", "2024-03-01"),  # of 29 days, 15 are over
        ("2024-02-15 11:59:59", "month", "round", "2024-02-01"),
        ("2024-02-15 12:00", "month", "round", "2024-03-01"),  # the later of two that are as near
        ("2024-11-30", "quarter", "ceil", "2025-01-01"),
        ("2024-07-02", "year", "round", "2025-01-01"),
        ("2024-01-03", "week", "ceil", "2024-01-08"),
        ("2024-01-04 12:00", "week", "round", "2024-01-08"),
        ("2024-01-01 12:30", "hour", "round", "2024-01-01 13:00"),
        ("2024-01-01 12:29:59.9", "hour", "round", "2024-01-01 12:00"),
        ("2024-01-01 12:00:00.5", "second", "ceil", "2024-01-01 12:00:01"),
    ],
)
def test_a_time_goes_to_the_next_or_the_nearer_beginning(text: str, to: str, how: str, made: str) -> None:
    assert rounded(text, to, how) == pd.Timestamp(made)


def test_clocks_of_a_zone_decide_and_their_gaps_are_passed() -> None:
    berlin = "Europe/Berlin"
    assert rounded("2024-03-31 20:00", "day", "ceil", berlin) == pd.Timestamp("2024-04-01", tz=berlin)
    assert rounded("2024-03-31 01:40", "hour", "ceil", berlin) == pd.Timestamp("2024-03-31 03:00", tz=berlin)
    havana = "America/Havana"  # whose clocks skip the midnight before 10 March 2024
    assert rounded("2024-03-09 20:00", "day", "ceil", havana) == pd.Timestamp("2024-03-10 01:00", tz=havana)


@pytest.mark.parametrize(("to", "freq"), [("day", "D"), ("hour", "h"), ("minute", "min")])
def test_up_is_what_pandas_makes_of_periods_of_one_length(to: str, freq: str) -> None:
    hours = pd.to_datetime(nycflights()["time_hour"].head(5_000), utc=True).dt.tz_localize(None)
    times = hours.dt.as_unit("us") + pd.Timedelta("17min 3s")
    made = apply(TruncateDates.model_validate({"column": "t", "to": to, "how": "ceil"}), times.to_frame("t"))
    assert_series_equal(made["t"], times.dt.ceil(freq).rename("t"))


def test_business_days_are_those_that_numpy_counts() -> None:
    random = np.random.default_rng(3)
    start = pd.Timestamp("1969-11-01") + pd.to_timedelta(random.integers(0, 900, 2_000), unit="h") * 24
    end = start + pd.to_timedelta(random.integers(-40, 40, 2_000), unit="D")
    frame = pd.DataFrame({"a": start.astype("datetime64[us]"), "b": end.astype("datetime64[us]")})
    made = apply(DateDiff(column="a", until="b", unit="business_day", into="n"), frame)["n"]
    ahead = end >= start
    days = [np.array(times.date, dtype="datetime64[D]") for times in (start, end)]
    assert made.dtype == "Int64"
    assert (made[ahead] == np.busday_count(days[0], days[1])[ahead]).all()
    assert (made[~ahead] == -np.busday_count(days[1], days[0])[~ahead]).all()


def test_a_null_has_no_business_days() -> None:
    frame = pd.DataFrame(
        {"a": pd.to_datetime(["2024-01-05 23:00", None]), "b": pd.Timestamp("2024-01-08 01:00")}
    )
    made = apply(DateDiff(column="a", until="b", unit="business_day", into="n"), frame)["n"]
    assert made.tolist() == [1, pd.NA]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("how", ["ceil", "round"])
@pytest.mark.parametrize("to", ["month", "day", "hour"])
def test_the_unit_of_the_times_is_kept(unit: str, how: str, to: str) -> None:
    times = pd.Series(pd.to_datetime(["2024-01-31 23:40", None])).astype(f"datetime64[{unit}]")
    made = apply(TruncateDates.model_validate({"column": "t", "to": to, "how": how}), times.to_frame("t"))
    assert made["t"].tolist() == [pd.Timestamp("2024-02-01"), pd.NaT]
    assert made["t"].dtype == times.dtype
