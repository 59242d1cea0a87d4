from __future__ import annotations

import pandas as pd
import pytest

from workbench.errors import InvalidParameter
from workbench.samples import SAMPLES, sample_path


def test_the_flights_are_20_000_real_rows_in_time_order():
    flights = pd.read_parquet(sample_path("flights"))

    assert flights.shape == (20_000, 19)
    assert list(flights.index[:3]) == [0, 1, 2]
    assert pd.to_datetime(flights[["year", "month", "day"]]).is_monotonic_increasing
    assert str(flights["dep_time"].dtype) == "Int64"
    assert str(flights["year"].dtype) == "int64"
    assert str(flights["carrier"].dtype) == "str"
    assert str(flights["time_hour"].dtype) == "datetime64[us, UTC]"
    assert 0 < flights["dep_time"].isna().sum() < 1_000
    assert flights["dep_delay"].isna().sum() == flights["dep_time"].isna().sum()
    assert set(flights["origin"]) == {"EWR", "JFK", "LGA"}


def test_the_sample_is_small():
    assert sample_path("flights").stat().st_size < 600_000


def test_an_unknown_sample_is_refused_with_the_names_there_are():
    with pytest.raises(InvalidParameter, match="no sample 'flihgts'") as raised:
        sample_path("flihgts")

    assert "flights" in raised.value.hint
    assert raised.value.details["known"] == list(SAMPLES)
