"""Groups, against plain pandas and against counting by hand."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.support.nycflights import nycflights
from workbench.errors import TypeMismatch
from workbench.transformations import Aggregation, Group
from workers.apply import apply


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    frame = nycflights()
    return frame.assign(
        dep_time=frame["dep_time"].astype("Int64"),
        time_hour=pd.to_datetime(frame["time_hour"]).dt.tz_convert("America/New_York"),
    )


def group(frame: pd.DataFrame, *by: str, **computed: tuple[str, str | None]) -> pd.DataFrame:
    aggregations = tuple(Aggregation(function=f, column=of, name=n) for n, (f, of) in computed.items())
    return apply(Group(by=by, aggregations=aggregations), frame)


def test_means_by_carrier_are_those_of_plain_pandas(flights: pd.DataFrame) -> None:
    result = group(flights, "carrier", delay=("mean", "dep_delay"), flights=("count", None))
    expected = flights.groupby("carrier").agg(delay=("dep_delay", "mean"), flights=("carrier", "size"))
    assert_frame_equal(result, expected.reset_index())
    assert len(result) == 16
    assert result["flights"].sum() == len(flights) == 336_776


def test_every_function_is_what_it_says(flights: pd.DataFrame) -> None:
    functions = ["count", "distinct", "sum", "mean", "median", "min", "max", "std", "first", "last"]
    result = group(flights, "origin", **{f: (f, "dep_delay") for f in functions}).set_index("origin")
    by_hand: dict[str, list[float]] = defaultdict(list)
    for origin, delay in zip(flights["origin"], flights["dep_delay"], strict=True):
        if not math.isnan(delay):
            by_hand[origin].append(delay)
    for origin, delays in by_hand.items():
        row = result.loc[origin]
        exact = {
            "count": len(delays),
            "distinct": len(set(delays)),
            "min": min(delays),
            "max": max(delays),
            "first": delays[0],
            "last": delays[-1],
            "median": statistics.median(delays),
            "sum": sum(delays),
        }
        assert {name: row[name] for name in exact} == exact
        assert row["mean"] == pytest.approx(statistics.fmean(delays))
        assert row["std"] == pytest.approx(statistics.stdev(delays))


def test_groups_are_sorted_and_null_keys_come_last(flights: pd.DataFrame) -> None:
    result = group(flights, "tailnum", "origin", n=("count", None))
    keys = list(zip(result["tailnum"], result["origin"], strict=True))
    known = [key for key in keys if isinstance(key[0], str)]
    assert known == sorted(known)
    assert keys[: len(known)] == known
    assert [origin for _, origin in keys[len(known) :]] == ["EWR", "JFK", "LGA"]
    assert result["n"][len(known) :].sum() == flights["tailnum"].isna().sum()


def test_keys_and_extremes_keep_their_types(flights: pd.DataFrame) -> None:
    result = group(flights.head(2000), "dep_time", "time_hour", far=("max", "distance"), dest=("min", "dest"))
    kept = flights.dtypes.rename({"distance": "far"})
    assert result.dtypes.to_dict() == {name: kept[name] for name in result.columns}


def test_the_whole_table_is_one_row(flights: pd.DataFrame) -> None:
    result = group(flights, flights=("count", None), mean=("mean", "dep_delay"), until=("max", "time_hour"))
    assert len(result) == 1
    assert result["flights"][0] == 336_776
    assert result["mean"][0] == pytest.approx(flights["dep_delay"].mean())
    assert result["until"][0] == flights["time_hour"].max()


def test_the_whole_of_nothing_is_one_row_of_no_values(flights: pd.DataFrame) -> None:
    result = group(flights.head(0), n=("count", None), mean=("mean", "dep_delay"), sum=("sum", "distance"))
    assert result["n"][0] == result["sum"][0] == 0
    assert math.isnan(result["mean"][0])
    assert len(group(flights[[]], n=("count", None))) == 1


def test_names_that_pandas_uses_itself(flights: pd.DataFrame) -> None:
    names = ("func", "self", "engine", "engine_kwargs", "class", "mean delay")
    result = group(flights.head(50), "origin", **dict.fromkeys(names, ("count", None)))
    assert list(result.columns) == ["origin", *names]


FRAME = pd.DataFrame(
    {
        "k": ["a", "b"],
        "text": ["x", "y"],
        "t": pd.to_datetime(["2013-01-01", "2013-01-02"]),
        "c": pd.Categorical(["low", "high"]),
        "ordered": pd.Categorical(["low", "high"], categories=["low", "high"], ordered=True),
        "lists": [[1], [2]],
    }
)


@pytest.mark.parametrize(
    ("function", "of"),
    [
        ("sum", "text"),
        ("mean", "text"),
        ("median", "c"),
        ("std", "t"),
        ("sum", "t"),
        ("min", "c"),
        ("mean", "lists"),
    ],
)
@pytest.mark.parametrize("rows", [0, 2])
def test_functions_need_their_types(function: Any, of: str, rows: int) -> None:
    with pytest.raises(TypeMismatch) as raised:
        group(FRAME.head(rows), "k", r=(function, of))
    assert f"'{of}'" in raised.value.message


@pytest.mark.parametrize("by", [("lists",), ("k", "lists"), ()])
def test_values_that_cannot_be_compared_are_named(by: tuple[str, ...]) -> None:
    with pytest.raises(TypeMismatch, match="lists"):
        group(FRAME, *by, r=("distinct", "lists"))


def test_ordered_categories_have_extremes() -> None:
    assert group(FRAME, r=("max", "ordered"))["r"][0] == "high"
