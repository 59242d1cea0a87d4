"""Windows, against plain pandas written another way, against counting by hand, and on odd tables."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from tests.support.nycflights import nycflights
from workbench.errors import TypeMismatch, UnknownColumn
from workbench.transformations import Cumulate, Diff, Rank, Rolling, Shift, SortKey, Transformation
from workers.apply import apply


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    """Flights in no particular order; the numbers of some tails are not known."""
    frame = nycflights().sample(20_000, random_state=7, ignore_index=True)
    return frame.assign(
        dep_time=frame["dep_time"].astype("Int64"),
        time_hour=pd.to_datetime(frame["time_hour"]).dt.tz_convert("America/New_York"),
    )


IN_TIME = (SortKey(column="time_hour"), SortKey(column="flight", descending=True))


def rows_in_time(frame: pd.DataFrame) -> list[tuple[Any, dict[str, Any]]]:
    """The rows with their places in the table, in the order of ``IN_TIME``."""
    records = list(enumerate(frame.to_dict("records")))
    return sorted(records, key=lambda row: (row[1]["time_hour"], -row[1]["flight"], row[0]))


def made(step: Transformation, frame: pd.DataFrame) -> pd.Series:
    """Apply a step that makes "new"; nothing else of the frame changes."""
    result = apply(step, frame)
    assert_frame_equal(result.drop(columns="new"), frame)
    return result["new"]


def expected(frame: pd.DataFrame, compute: Any, *, by: str = "tailnum") -> list[Any]:
    """Go through the rows in time, with the list of what came before in the same group."""
    before: dict[Any, list[Any]] = defaultdict(list)
    values: list[Any] = [None] * len(frame)
    for place, row in rows_in_time(frame):
        key = row[by] if isinstance(row[by], str) else None
        before[key].append(row["dep_delay"])
        values[place] = compute(before[key])
    return values


def known(values: list[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


@pytest.mark.parametrize(
    ("function", "compute"),
    [
        ("sum", lambda v: math.nan if math.isnan(v[-1]) else math.fsum(known(v))),
        ("min", lambda v: math.nan if math.isnan(v[-1]) else min(known(v))),
        ("max", lambda v: math.nan if math.isnan(v[-1]) else max(known(v))),
        ("mean", lambda v: statistics.fmean(known(v)) if known(v) else math.nan),
        ("std", lambda v: statistics.stdev(known(v)) if len(known(v)) > 1 else math.nan),
        ("count", lambda v: len(known(v))),
    ],
)
def test_cumulated_per_group_and_in_time(flights: pd.DataFrame, function: Any, compute: Any) -> None:
    frame = flights.head(4000)
    step = Cumulate(function=function, column="dep_delay", by=("tailnum",), order_by=IN_TIME, name="new")
    assert frame["tailnum"].isna().any()
    np.testing.assert_allclose(made(step, frame), expected(frame, compute), rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(
    ("function", "compute"),
    [
        ("mean", statistics.fmean),
        ("sum", math.fsum),
        ("min", min),
        ("max", max),
        ("std", lambda values: statistics.stdev(values) if len(values) > 1 else math.nan),
        ("median", statistics.median),
    ],
)
def test_rolling_per_group_and_in_time(flights: pd.DataFrame, function: Any, compute: Any) -> None:
    frame = flights.head(4000)
    step = Rolling(
        function=function,
        column="dep_delay",
        window=4,
        min_periods=2,
        by=("carrier",),
        order_by=IN_TIME,
        name="new",
    )
    by_hand = expected(
        frame, lambda v: compute(known(v[-4:])) if len(known(v[-4:])) >= 2 else math.nan, by="carrier"
    )
    # pandas moves its windows along, so that a standard deviation of 0 is only nearly so.
    np.testing.assert_allclose(made(step, frame), by_hand, rtol=1e-9, atol=1e-5)


def test_a_window_must_be_full_unless_it_says_otherwise() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, None, 4.0, 5.0]})
    step = Rolling(function="sum", column="x", window=2, name="new")
    assert made(step, frame).fillna(-1).tolist() == [-1, 3, -1, -1, 9]


@pytest.mark.parametrize(("function", "n"), [("lag", 1), ("lag", 3), ("lead", 2), ("lag", 10_000)])
def test_rows_before_and_after_are_found_by_their_numbers(
    flights: pd.DataFrame, function: Any, n: int
) -> None:
    order = [*(key.column for key in IN_TIME)]
    numbered = flights.sort_values(order, ascending=[True, False], kind="stable")
    numbered["number"] = numbered.groupby(["carrier", "origin"]).cumcount()
    other = numbered[["carrier", "origin", "number", "dep_time"]].assign(
        number=numbered["number"] + (n if function == "lag" else -n)
    )
    joined = numbered[["carrier", "origin", "number"]].reset_index()
    joined = joined.merge(other, on=["carrier", "origin", "number"], how="left").set_index("index")
    step = Shift(
        function=function, column="dep_time", n=n, by=("carrier", "origin"), order_by=IN_TIME, name="new"
    )
    assert_series_equal(made(step, flights), joined["dep_time"].sort_index(), check_names=False)


def test_differences_and_changes_are_those_from_the_row_before(flights: pd.DataFrame) -> None:
    for function, column in (("diff", "time_hour"), ("diff", "distance"), ("pct_change", "distance")):
        step = Diff(function=function, column=column, n=2, by=("tailnum",), order_by=IN_TIME, name="new")
        lag = made(Shift(column=column, n=2, by=("tailnum",), order_by=IN_TIME, name="new"), flights)
        by_hand = flights[column] / lag - 1 if function == "pct_change" else flights[column] - lag
        assert_series_equal(made(step, flights), by_hand, check_names=False)
    assert made(Diff(column="time_hour", name="new"), flights).dtype == "timedelta64[us]"


@pytest.mark.parametrize("method", ["min", "max", "average", "dense", "first"])
def test_ranks_count_the_rows_that_are_before(flights: pd.DataFrame, method: Any) -> None:
    frame = flights.head(1500)
    ranks = made(
        Rank(column="dep_delay", method=method, descending=True, by=("tailnum",), name="new"),
        frame.assign(tailnum=frame["tailnum"].str[-1:]),
    )
    tails = frame["tailnum"].str[-1:].where(frame["tailnum"].notna(), "?")
    for place in range(0, len(frame), 25):
        same = frame.loc[tails == tails[place], "dep_delay"]
        value = frame["dep_delay"][place]
        above, equal = same[same > value], same[same == value]
        if math.isnan(value):
            assert pd.isna(ranks[place])
            continue
        by_hand = {
            "min": len(above) + 1,
            "max": len(above) + len(equal),
            "average": len(above) + (len(equal) + 1) / 2,
            "dense": above.nunique() + 1,
            "first": len(above) + 1 + (equal.index < place).sum(),
        }
        assert ranks[place] == by_hand[method]
    assert ranks.dtype == ("float64" if method == "average" else "Int64")


SMALL = pd.DataFrame(
    {
        "k": pd.Categorical([None, None, "a", None], categories=["a", "b"]),
        "x": [1, 2, 3, 4],
        "flag": [True, False, True, True],
        "id": [2**53 + 1, 1, 2, 3],
        "u": pd.array([5, 3, 4, 1], dtype="UInt64"),
        "text": ["b", "a", None, "a"],
        "lists": [[1], [2], [3], [4]],
        "t": pd.to_datetime(["2013-01-02", "2013-01-01", None, "2013-01-03"]),
    }
)


@pytest.mark.parametrize(
    ("step", "values"),
    [
        (Cumulate(function="sum", column="x", by=("k",), name="new"), [1, 3, 3, 7]),
        (Cumulate(function="mean", column="x", by=("k",), name="new"), [1, 1.5, 3, 7 / 3]),
        (Cumulate(function="count", column="text", by=("k",), name="new"), [1, 2, 0, 3]),
        (Rolling(function="sum", column="x", window=2, min_periods=1, by=("k",), name="new"), [1, 3, 3, 6]),
        (Rank(column="x", descending=True, by=("k",), name="new"), [3, 2, 1, 1]),
        (Rank(column="text", name="new", method="dense"), [2, 1, None, 1]),
        (Shift(column="x", by=("k",), name="new"), [None, 1, None, 2]),
        (Cumulate(function="sum", column="flag", name="new"), [1, 1, 2, 3]),
    ],
    ids=lambda value: value.kind if isinstance(value, Transformation) else "",
)
def test_rows_without_a_key_are_a_group_of_their_own(step: Transformation, values: list[Any]) -> None:
    result = made(step, SMALL)
    assert [None if pd.isna(value) else value for value in result] == values


def test_rows_without_a_place_in_the_order_are_the_last() -> None:
    step = Cumulate(function="sum", column="x", order_by=(SortKey(column="t"),), name="new")
    assert made(step, SMALL).tolist() == [3, 2, 10, 7]


def test_a_column_of_the_name_is_replaced_where_it_stands() -> None:
    result = apply(Cumulate(function="sum", column="x", name="x"), SMALL)
    assert list(result.columns) == list(SMALL.columns)
    assert result["x"].tolist() == [1, 3, 6, 10]


@pytest.mark.parametrize(
    ("step", "column"),
    [
        (Cumulate(function="sum", column="text"), "text"),
        (Cumulate(function="mean", column="t"), "t"),
        (Cumulate(function="min", column="k"), "k"),
        (Rolling(function="mean", column="t", window=2), "t"),
        (Diff(column="text"), "text"),
        (Diff(function="pct_change", column="t"), "t"),
        (Diff(column="u"), "u"),
        (Diff(column="flag"), "flag"),
        (Shift(column="flag"), "flag"),
        (Rank(column="k"), "k"),
        (Rank(column="lists"), "lists"),
    ],
    ids=lambda value: value.kind if isinstance(value, Transformation) else value,
)
@pytest.mark.parametrize("rows", [0, 4])
def test_columns_of_other_types_are_refused_before_data_are_touched(
    step: Transformation, column: str, rows: int
) -> None:
    with pytest.raises(TypeMismatch, match=f"'{column}'") as raised:
        apply(step, SMALL.head(rows))
    assert raised.value.hint


@pytest.mark.parametrize("step", [Shift(column="id"), Diff(column="id", by=("k",))])
def test_digits_are_not_lost_to_the_nulls_at_the_edges(step: Transformation) -> None:
    with pytest.raises(TypeMismatch, match="too many digits") as raised:
        apply(step, SMALL)
    assert "Cast the column to integer" in raised.value.hint
    exact = apply(step, SMALL.astype({"id": "Int64"}))
    assert exact[step.writes([])[0]].dtype == "Int64"


def test_a_lag_beyond_every_group_is_null_and_takes_no_memory() -> None:
    frame = pd.DataFrame({"k": range(200_000), "x": range(200_000)})
    assert made(Shift(column="x", n=10_000, by=("k",), name="new"), frame).isna().all()


@pytest.mark.parametrize("where", ["by", "order_by"])
def test_keys_that_cannot_be_compared_are_named(where: str) -> None:
    keys = {"by": ("lists",)} if where == "by" else {"order_by": ({"column": "objects"},)}
    frame = SMALL.assign(objects=pd.Series([1, "a", None, {}], dtype=object))
    step = Shift.model_validate({"column": "x", **keys})
    with pytest.raises(TypeMismatch, match=r"lists|objects"):
        apply(step, frame)


def test_unknown_keys_are_named() -> None:
    with pytest.raises(UnknownColumn, match="'kk'"):
        apply(Rank(column="x", by=("kk",)), SMALL)
