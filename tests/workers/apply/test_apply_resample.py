"""Rows of points in time, one for each period."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.support.exported import done
from tests.workers.apply.test_apply_dates import said, times
from workbench.errors import InvalidParameter, TypeMismatch
from workbench.transformations import Aggregation, Resample
from workers.apply import apply

COUNT, SUM, MAX = (
    Aggregation(function="count"),
    Aggregation(function="sum", column="n"),
    Aggregation(function="max", column="n"),
)


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_each_period_has_a_row_as_pandas_resamples(unit: str, zone: str | None) -> None:
    moments = ["2013-03-30 22:00", "2013-01-01", "2013-01-31 23:00", None]
    frame = times(*moments, zone=zone, unit=unit).assign(n=[1, 2**60, 3, 4])
    filled = Resample(column="t", period="month", aggregations=(COUNT, SUM), fill_missing=True)
    result = done(filled, frame)
    assert result["count"].tolist() == [2, 0, 1]
    assert result["sum_n"].tolist() == [2**60 + 3, 0, 1]
    assert result["sum_n"].dtype == "int64"
    assert result["t"].dtype == frame["t"].dtype
    asked = frame.dropna(subset="t").resample("MS", on="t")["n"].sum()
    assert result["sum_n"].tolist() == asked.tolist()
    assert result["t"].tolist() == asked.index.tolist()
    assert said(filled, frame) == ["1 row without t left out"]
    skipped = Resample(column="t", period="month", aggregations=(COUNT,))
    assert done(skipped, frame)["count"].tolist() == [2, 1]


def test_groups_have_all_periods_of_the_table_and_nulls_are_a_group() -> None:
    frame = times("2013-01-01", "2013-01-03", "2013-01-03").assign(g=["a", "b", None], n=[1, 2, 3])
    result = done(
        Resample(column="t", period="day", aggregations=(COUNT, MAX), by=("g",), fill_missing=True), frame
    )
    assert result["count"].tolist() == [1, 0, 0, 0, 0, 1, 0, 0, 1]
    assert result["g"].isna().tolist() == [False] * 6 + [True] * 3
    assert result["max_n"].isna().sum() == 6


def test_beside_periods_without_rows_numbers_keep_their_digits_and_booleans_their_type() -> None:
    frame = times("2013-01-01", "2013-01-03").assign(n=[2**60 + 1, 2**60 + 3], b=[True, False])
    aggregations = (MAX, Aggregation(function="first", column="b"))
    result = done(Resample(column="t", period="day", aggregations=aggregations, fill_missing=True), frame)
    assert result["max_n"].dropna().tolist() == [2**60 + 1, 2**60 + 3]
    assert [str(result[name].dtype) for name in ("max_n", "first_b")] == ["Int64", "boolean"]


def test_days_without_a_midnight_are_days() -> None:
    frame = times("2018-11-03 12:00", "2018-11-04 12:00", "2018-11-06", zone="America/Sao_Paulo").assign(n=1)
    for moved in (frame, frame.iloc[1:].reset_index(drop=True)):
        result = done(Resample(column="t", period="day", aggregations=(COUNT,), fill_missing=True), moved)
        assert result["count"].tolist() == [1, 1, 0, 1][4 - len(result) :]


def test_more_periods_than_a_table_can_have_are_refused() -> None:
    frame = times("1900-01-01", "2013-01-01").assign(n=1)
    step = Resample(column="t", period="second", aggregations=(COUNT,), fill_missing=True)
    with pytest.raises(InvalidParameter, match="more than 10,000,000 rows"):
        apply(step, frame)


def test_a_sum_of_durations_has_no_zero_for_missing_periods() -> None:
    frame = times("2013-01-01").assign(n=pd.Timedelta(days=1))
    step = Resample(column="t", period="day", aggregations=(SUM,), fill_missing=True)
    with pytest.raises(TypeMismatch):
        apply(step, frame)
