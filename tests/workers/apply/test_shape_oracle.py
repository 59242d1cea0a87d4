"""Groups, counts, pivots and windows give on real data what DuckDB gives."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.support.nycflights import nycflights
from workbench.transformations import (
    Aggregation,
    Crosstab,
    Describe,
    Group,
    Pivot,
    Plan,
    Unpivot,
    ValueCounts,
)
from workers.apply import apply


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    frame = nycflights()[
        ["month", "day", "carrier", "origin", "tailnum", "dep_delay", "arr_delay", "distance"]
    ]
    return frame.assign(late=frame["dep_delay"] > 15, row=range(len(frame)))


def asked(sql: str, flights: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as database:
        database.register("flights", flights)
        return database.sql(sql).df()


def same(made: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Hold two tables equal, row by row; sums of floats in another order differ in the last digits."""
    assert len(made) > 2
    assert_frame_equal(made, expected.set_axis(made.columns, axis=1), check_dtype=False, rtol=1e-9)


AGGREGATES: list[tuple[dict[str, Any], str]] = [
    ({"function": "count"}, "count(*)"),
    ({"function": "count", "column": "dep_delay"}, "count(dep_delay)"),
    ({"function": "distinct", "column": "tailnum"}, "count(distinct tailnum)"),
    ({"function": "nulls", "column": "dep_delay"}, "count(*) - count(dep_delay)"),
    ({"function": "sum", "column": "distance"}, "sum(distance)"),
    ({"function": "mean", "column": "dep_delay"}, "avg(dep_delay)"),
    ({"function": "median", "column": "dep_delay"}, "median(dep_delay)"),
    ({"function": "quantile", "column": "arr_delay", "q": 0.9}, "quantile_cont(arr_delay, 0.9)"),
    ({"function": "min", "column": "arr_delay"}, "min(arr_delay)"),
    ({"function": "max", "column": "tailnum"}, "max(tailnum)"),
    ({"function": "std", "column": "dep_delay"}, "stddev_samp(dep_delay)"),
    ({"function": "var", "column": "dep_delay"}, "var_samp(dep_delay)"),
    ({"function": "first", "column": "dep_delay"}, "arg_min(dep_delay, row) filter (dep_delay is not null)"),
    ({"function": "last", "column": "tailnum"}, "arg_max(tailnum, row) filter (tailnum is not null)"),
    ({"function": "any", "column": "late"}, "bool_or(late)"),
    ({"function": "all", "column": "late"}, "bool_and(late)"),
]


@pytest.mark.parametrize("by", [("carrier",), ("month", "origin"), ("tailnum",)])
def test_groups_are_those_of_duckdb(flights: pd.DataFrame, by: tuple[str, ...]) -> None:
    computed = [{**facts, "name": f"c{place}"} for place, (facts, _) in enumerate(AGGREGATES)]
    made = apply(Group.model_validate({"by": by, "aggregations": computed}), flights)
    keys, measures = ", ".join(by), ", ".join(sql for _, sql in AGGREGATES)
    same(
        made,
        asked(f"select {keys}, {measures} from flights group by all order by {keys} nulls last", flights),
    )


def test_modes_are_the_most_frequent_and_of_these_the_smallest(flights: pd.DataFrame) -> None:
    step = Group(by=("carrier", "month"), aggregations=(Aggregation(function="mode", column="dep_delay"),))
    counted = """select carrier, month, dep_delay, count(*) as n
        from flights where dep_delay is not null group by all"""
    ranked = f"""select *, row_number() over (partition by carrier, month order by n desc, dep_delay) as place
        from ({counted})"""
    expected = asked(
        f"select carrier, month, dep_delay from ({ranked}) where place = 1 order by all", flights
    )
    same(apply(step, flights), expected)


def test_lists_hold_the_values_in_the_order_of_the_rows(flights: pd.DataFrame) -> None:
    step = Group(by=("tailnum",), aggregations=(Aggregation(function="list", column="dep_delay"),))
    made = apply(step, flights)
    known = "coalesce(list(dep_delay order by row) filter (dep_delay is not null), [])"
    expected = asked(f"select tailnum, {known} as r from flights group by all order by 1 nulls last", flights)
    assert made["list_dep_delay"].tolist() == [list(values) for values in expected["r"]]


def test_values_are_counted_as_by_duckdb(flights: pd.DataFrame) -> None:
    counts = "select tailnum, count(*) as n from flights group by 1 order by n desc, 1 nulls last"
    same(apply(ValueCounts(columns=("tailnum",)), flights), asked(counts, flights))
    shares = """select carrier, origin, count(*) / (select count(*) from flights) as n
        from flights group by 1, 2 order by n desc, 1, 2"""
    same(apply(ValueCounts(columns=("carrier", "origin"), normalize=True), flights), asked(shares, flights))


@pytest.mark.parametrize(("function", "sql"), [("mean", "avg"), ("count", "count"), ("max", "max")])
def test_pivots_are_those_of_duckdb(flights: pd.DataFrame, function: Any, sql: str) -> None:
    made = apply(
        Pivot(index=("carrier",), columns=("month",), values=("dep_delay",), aggregate=function), flights
    )
    cells = ", ".join(f"{sql}(dep_delay) filter (month = {month})" for month in range(1, 13))
    assert list(made.columns) == ["carrier", *map(str, range(1, 13))]
    same(made, asked(f"select carrier, {cells} from flights group by 1 order by 1", flights))


def test_crosstabs_are_those_of_duckdb(flights: pd.DataFrame) -> None:
    made = apply(Crosstab(index="carrier", columns="origin", margins=True), flights)
    cells = ", ".join(f"count(*) filter (origin = '{origin}')" for origin in ("EWR", "JFK", "LGA"))
    rows = f"select carrier, {cells}, count(*) from flights group by 1"
    totals = f"select 'total', {cells}, count(*) from flights"
    same(made, asked(f"{rows} union all {totals} order by 1", flights))


def test_descriptions_are_those_of_duckdb(flights: pd.DataFrame) -> None:
    made = apply(Describe(columns=("dep_delay", "distance", "month")), flights)
    facts = """select '{0}', count({0}), count(*) - count({0}), count(distinct {0}), avg({0}),
        stddev_samp({0}), quantile_cont({0}, 0.25), median({0}), quantile_cont({0}, 0.75) from flights"""
    each = " union all ".join(facts.format(name) for name in made["column"])
    expected = asked(f"{each} order by 1", flights)
    same(made.drop(columns=["dtype", "min", "max", "most_frequent"]), expected)


def test_unpivoted_columns_are_those_of_duckdb(flights: pd.DataFrame) -> None:
    made = apply(Unpivot(id_columns=("row",), value_columns=("dep_delay", "distance")), flights)
    rows = """select row, 'dep_delay', dep_delay from flights
        union all select row, 'distance', distance from flights order by 2, 1"""
    same(made, asked(rows, flights))


BY_TIME = "partition by carrier order by month, day, row"
WINDOWS: list[tuple[dict[str, Any], str]] = [
    (
        {"kind": "cumulate", "function": "sum", "column": "distance"},
        f"sum(distance) over ({BY_TIME} rows unbounded preceding)",
    ),
    (
        {"kind": "cumulate", "function": "mean", "column": "distance"},
        f"avg(distance) over ({BY_TIME} rows unbounded preceding)",
    ),
    (
        {"kind": "cumulate", "function": "count", "column": "dep_delay"},
        f"count(dep_delay) over ({BY_TIME} rows unbounded preceding)",
    ),
    (
        {"kind": "cumulate", "function": "max", "column": "dep_delay"},
        f"case when dep_delay is not null then max(dep_delay) over ({BY_TIME} rows unbounded preceding) end",
    ),
    (
        {"kind": "shift", "function": "lag", "column": "dep_delay", "n": 2},
        f"lag(dep_delay, 2) over ({BY_TIME})",
    ),
    ({"kind": "shift", "function": "lead", "column": "tailnum"}, f"lead(tailnum) over ({BY_TIME})"),
    ({"kind": "diff", "column": "distance"}, f"distance - lag(distance) over ({BY_TIME})"),
    (
        {"kind": "diff", "function": "pct_change", "column": "distance"},
        f"distance / lag(distance) over ({BY_TIME}) - 1",
    ),
    (
        {"kind": "rolling", "function": "mean", "column": "distance", "window": 7},
        f"""case when row_number() over ({BY_TIME}) >= 7
            then avg(distance) over ({BY_TIME} rows 6 preceding) end""",
    ),
    (
        {"kind": "rolling", "function": "max", "column": "dep_delay", "window": 5, "min_periods": 1},
        f"max(dep_delay) over ({BY_TIME} rows 4 preceding)",
    ),
    (
        {"kind": "rank", "column": "dep_delay", "descending": True},
        """case when dep_delay is not null
            then rank() over (partition by carrier order by dep_delay desc nulls last) end""",
    ),
    (
        {"kind": "rank", "column": "dep_delay", "method": "dense"},
        """case when dep_delay is not null
            then dense_rank() over (partition by carrier order by dep_delay nulls last) end""",
    ),
]


@pytest.mark.parametrize(
    ("facts", "sql"), WINDOWS, ids=lambda part: part["kind"] if isinstance(part, dict) else ""
)
def test_windows_are_those_of_duckdb(flights: pd.DataFrame, facts: dict[str, Any], sql: str) -> None:
    order = [] if facts["kind"] == "rank" else [{"column": "month"}, {"column": "day"}]
    (step,) = Plan.parse([{**facts, "by": ["carrier"], "order_by": order, "name": "made"}]).steps
    made = apply(step, flights)[["row", "made"]]
    expected = asked(f"select row, {sql} as made from flights order by row", flights)
    if facts["column"] != "tailnum":  # nulls among whole numbers are of several types
        made, expected = made.astype({"made": "Float64"}), expected.astype({"made": "Float64"})
    same(made, expected)
