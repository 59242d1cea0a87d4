"""Rows by rank and place, outliers, numbers: against counting by hand, and on odd tables."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.nycflights import nycflights
from workbench.errors import TypeMismatch, UnknownColumn
from workbench.transformations import (
    AddRowNumber,
    DropNulls,
    DropOutliers,
    Sample,
    Shuffle,
    Slice,
    Sort,
    SortKey,
    Tail,
    TopN,
    Transformation,
)
from workers.apply import apply
from workers.apply.notes import taking_notes

LATEST = (SortKey(column="dep_delay", descending=True),)


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    """Flights in no particular order; some delays and tails are not known."""
    frame = nycflights().sample(5_000, random_state=7, ignore_index=True)
    return frame[["carrier", "tailnum", "dep_delay", "distance"]]


def positions(step: Transformation, frame: pd.DataFrame) -> list[int]:
    return list(apply(step, frame).index)


def ranked(frame: pd.DataFrame) -> list[tuple[float, int, str]]:
    """Delay (nulls last), place and carrier of each flight, the latest first."""
    delays = [np.inf if np.isnan(delay) else -delay for delay in frame["dep_delay"]]
    return sorted(zip(delays, range(len(frame)), frame["carrier"], strict=True))


def test_the_top_of_each_group_is_what_counting_gives(flights: pd.DataFrame) -> None:
    seen: dict[str, int] = defaultdict(int)
    expected = []
    for _, place, carrier in ranked(flights):
        if seen[carrier] < 3:
            expected.append(place)
        seen[carrier] += 1

    assert positions(TopN(n=3, order_by=LATEST, by=("carrier",)), flights) == expected


def test_ties_stay_with_the_last_row_that_is_kept(flights: pd.DataFrame) -> None:
    delays: dict[str, list[float]] = defaultdict(list)
    for delay, _, carrier in ranked(flights):
        delays[carrier].append(delay)
    expected = [place for delay, place, carrier in ranked(flights) if delay <= delays[carrier][:40][-1]]

    kept = positions(TopN(n=40, order_by=LATEST, by=("carrier",), with_ties=True), flights)

    assert kept == expected
    assert len(kept) > len(positions(TopN(n=40, order_by=LATEST, by=("carrier",)), flights))


ODD = pd.DataFrame(
    {
        "g": pd.Series(pd.Categorical(["a", None, "a", "b", None, "a"], categories=["a", "b", "unused"])),
        "v": pd.Series([2, 5, 2, None, 5, 1], dtype="Int64"),
        "name": ["file10", "file2", None, "File2", "file02", "file1b3"],
    }
)


def test_a_null_is_a_group_and_comes_last_in_the_order() -> None:
    largest = (SortKey(column="v", descending=True),)
    assert positions(TopN(n=1, order_by=largest, by=("g",)), ODD) == [1, 0, 3]
    assert positions(TopN(n=1, order_by=largest, by=("g",), with_ties=True), ODD) == [1, 4, 0, 2, 3]
    assert positions(TopN(n=1, order_by=largest, with_ties=True), ODD) == [1, 4]
    assert positions(TopN(n=99, order_by=largest), ODD) == [1, 4, 0, 2, 5, 3]


def test_whole_numbers_past_the_floats_are_told_apart() -> None:
    frame = pd.DataFrame({"id": pd.Series([2**60, 2**60 + 1, None], dtype="Int64")})
    first = (SortKey(column="id", descending=True),)
    assert positions(TopN(n=1, order_by=first, with_ties=True), frame) == [1]


def test_slices_are_those_of_python() -> None:
    rows = list(range(6))
    for start, stop, step in [(0, 2, 1), (2, None, 1), (0, -1, 1), (-2, None, 1), (1, 5, 2), (9, None, 1)]:
        assert positions(Slice(start=start, stop=stop, step=step), ODD) == rows[start:stop:step]


def test_a_sample_of_each_group_takes_what_there_is() -> None:
    drawn = apply(Sample(n=2, by=("g",), seed=1), ODD)
    assert drawn["g"].value_counts(dropna=False).to_dict() == {"a": 2, np.nan: 2, "b": 1, "unused": 0}
    parts = apply(Sample(fraction=0.5, by=("g",), seed=1), ODD)
    assert parts["g"].value_counts(dropna=False).to_dict() == {"a": 2, np.nan: 1, "b": 0, "unused": 0}
    assert len({tuple(apply(Sample(n=1, by=("g",), seed=seed), ODD).index) for seed in range(20)}) > 1


def test_shuffling_keeps_every_row_once() -> None:
    once, again = positions(Shuffle(seed=5), ODD), positions(Shuffle(seed=5), ODD)
    assert once == again != list(range(6))
    assert sorted(once) == list(range(6))
    assert sorted(positions(Shuffle(), ODD)) == list(range(6))


def test_rows_are_numbered_where_they_stand() -> None:
    numbered = apply(AddRowNumber(by=("g",), order_by=(SortKey(column="v"),)), ODD)
    assert numbered["row_number"].tolist() == [2, 1, 3, 1, 2, 1]
    assert list(numbered.index) == list(range(6))
    assert apply(AddRowNumber(start=0, name="v"), ODD)["v"].tolist() == list(range(6))
    in_order = AddRowNumber(order_by=(SortKey(column="v", descending=True),))
    assert apply(in_order, ODD)["row_number"].tolist() == [3, 1, 4, 6, 2, 5]
    assert apply(AddRowNumber(), ODD[:0])["row_number"].dtype == "int64"


def test_numbers_in_texts_count_as_numbers_in_the_natural_order() -> None:
    by = (SortKey(column="name"),)
    assert positions(Sort(by=by), ODD) == [3, 4, 0, 5, 1, 2]
    assert positions(Sort(by=by, natural=("name",)), ODD) == [3, 5, 1, 4, 0, 2]
    down = (SortKey(column="name", descending=True),)
    assert positions(Sort(by=down, natural=("name",), nulls="first"), ODD) == [2, 0, 1, 4, 5, 3]
    with pytest.raises(TypeMismatch, match="natural order"):
        apply(Sort(by=(SortKey(column="v"),), natural=("v",)), ODD)


def test_rows_with_too_few_values_go() -> None:
    assert positions(DropNulls(min_non_null=3), ODD) == [0, 5]
    assert positions(DropNulls(columns=("g", "v"), min_non_null=1), ODD) == [0, 1, 2, 3, 4, 5]
    assert positions(DropNulls(columns=("g", "name"), min_non_null=2), ODD) == [0, 3, 5]


FAR = pd.DataFrame(
    {
        "x": [1.0, 2.0, 2.0, 3.0, 2.0, 100.0, None],
        "y": pd.Series([5, 5, 5, 5, 5, 5, -900], dtype="Int64"),
        "g": ["a", "a", "a", "a", "b", "b", "b"],
    }
)


def test_outliers_lie_beyond_the_fences_and_nulls_do_not() -> None:
    q1, q3 = np.quantile([1, 2, 2, 3, 2, 100], [0.25, 0.75])
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    inside = [place for place, x in enumerate(FAR["x"]) if not (x < low or x > high)]
    assert positions(DropOutliers(columns=("x",)), FAR) == inside
    outside = [place for place in range(7) if place not in inside]
    assert positions(DropOutliers(columns=("x",), keep="outliers"), FAR) == outside
    assert 6 not in positions(DropOutliers(), FAR)
    assert 6 in positions(DropOutliers(columns=("x",)), FAR)


def test_outliers_by_deviations_and_percentiles(flights: pd.DataFrame) -> None:
    values = flights["dep_delay"].to_numpy()
    known = values[~np.isnan(values)]
    reach = 2.5 * known.std(ddof=1)
    far = (values < known.mean() - reach) | (values > known.mean() + reach)
    assert positions(DropOutliers(columns=("dep_delay",), method="zscore", factor=2.5), flights) == list(
        np.flatnonzero(~far)
    )
    low, high = np.quantile(known, [0.05, 0.9])
    beyond = DropOutliers(columns=("dep_delay",), method="percentile", lower=0.05, upper=0.9, keep="outliers")
    assert positions(beyond, flights) == list(np.flatnonzero((values < low) | (values > high)))


def test_each_group_has_bounds_of_its_own(flights: pd.DataFrame) -> None:
    kept = []
    for _, group in flights.groupby("carrier"):
        q1, q3 = np.nanquantile(group["dep_delay"], [0.25, 0.75])
        reach = 3 * (q3 - q1)
        kept += [p for p, d in group["dep_delay"].items() if not (d < q1 - reach or d > q3 + reach)]
    step = DropOutliers(columns=("dep_delay",), factor=3, by=("carrier",))
    assert positions(step, flights) == sorted(kept)


def test_the_bounds_that_the_data_decided_are_told() -> None:
    def said(step: Transformation, frame: pd.DataFrame = FAR) -> list[str]:
        with taking_notes() as notes:
            apply(step, frame)
        return notes.warnings

    percentiles = DropOutliers(columns=("x",), method="percentile", lower=0, upper=0.5)
    assert said(percentiles) == ["2 values of x lay below 1 or above 2"]
    assert said(percentiles, FAR[:0]) == []
    groups = DropOutliers(columns=("y",), by=("g",), factor=0.1)
    assert said(groups) == ["1 value of y lay outside the bounds of their groups"]


def test_a_constant_and_an_infinity_have_no_outliers() -> None:
    frame = pd.DataFrame({"same": [0.1] * 7, "endless": [1.0, 2.0, np.inf, np.inf, np.inf, 3.0, 4.0]})
    for method in ("iqr", "zscore"):
        assert positions(DropOutliers(method=method), frame) == list(range(7))


@pytest.mark.parametrize("rows", [0, 6])
def test_what_cannot_be_done_is_refused_before_data_are_touched(rows: int) -> None:
    frame = ODD[:rows]
    steps: list[tuple[Any, Any]] = [
        (DropOutliers(columns=("name",)), TypeMismatch),
        (DropOutliers(columns=("v",), by=("G",)), UnknownColumn),
        (TopN(order_by=(SortKey(column="V"),)), UnknownColumn),
        (Sample(n=1, by=("G",)), UnknownColumn),
        (AddRowNumber(by=("G",)), UnknownColumn),
    ]
    for step, error in steps:
        with pytest.raises(error) as raised:
            apply(step, frame)
        assert raised.value.hint


def test_a_part_of_the_rows_is_rounded_up_and_not_by_the_errors_of_floats() -> None:
    frame = pd.DataFrame({"x": range(100)})
    by = (SortKey(column="x", descending=True),)
    for fraction, kept in ((0.07, 7), (0.29, 29), (0.001, 1), (0.101, 11), (1, 100)):
        assert len(apply(TopN(fraction=fraction, order_by=by), frame)) == kept
    assert list(apply(TopN(fraction=0.03, order_by=by), frame)["x"]) == [99, 98, 97]


def test_a_part_is_of_each_group_where_groups_are_given() -> None:
    frame = pd.DataFrame({"g": ["a"] * 4 + [None] * 2, "x": [1, 2, 3, 4, 5, 6]})
    step = TopN(fraction=0.5, order_by=(SortKey(column="x", descending=True),), by=("g",))
    assert list(apply(step, frame).index) == [5, 3, 2]


def test_the_last_rows_of_each_group_stay_where_they_are() -> None:
    frame = pd.DataFrame({"g": ["a", None, "a", "b", None, "a"]})
    assert list(apply(Tail(n=2, by=("g",)), frame).index) == [1, 2, 3, 4, 5]
    assert list(apply(Tail(n=1, by=("g",)), frame).index) == [3, 4, 5]


@pytest.mark.parametrize(
    ("step", "left"),
    [
        (Slice(start=4, stop=5, drop=True), [0, 1, 2, 3, 5]),
        (Slice(start=1, step=2, drop=True), [0, 2, 4]),
        (Slice(start=-2, stop=-1, drop=True), [0, 1, 2, 3, 5]),
        (Slice(start=90, stop=95, drop=True), [0, 1, 2, 3, 4, 5]),
    ],
)
def test_rows_are_dropped_by_their_place(step: Slice, left: list[int]) -> None:
    assert list(apply(step, pd.DataFrame({"x": range(6)})).index) == left
