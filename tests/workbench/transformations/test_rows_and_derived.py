"""Rows by rank and derived columns as words: their bounds, their sentences, and their pandas."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.errors import InvalidPlan
from workbench.models import Change
from workbench.transformations import (
    AddRowNumber,
    Case,
    CaseWhen,
    Derive,
    DropNulls,
    DropOutliers,
    PercentOfTotal,
    Plan,
    Sample,
    Shuffle,
    Slice,
    Sort,
    SortKey,
    Tail,
    TopN,
    Transformation,
    col,
)

PRICE = {"column": "price"}
CHEAP = {"op": "lt", "left": PRICE, "right": {"value": 5}}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("drop_nulls", {"min_non_null": 0}, "greater than"),
    ("drop_nulls", {"min_non_null": 2, "how": "all"}, "either how or min_non_null"),
    ("drop_nulls", {"min_non_null": 2, "columns": ["a"]}, "more than there are columns"),
    ("sort", {"by": [{"column": "a"}], "natural": ["b"]}, "not sorted by"),
    ("sort", {"by": [{"column": "a"}, {"column": "a"}]}, "named twice"),
    ("top_n", {"n": 0}, "greater than"),
    ("top_n", {"with_ties": True}, "order_by, which is not given"),
    ("top_n", {"by": ["a", "a"]}, "named twice"),
    ("slice", {"start": 5, "stop": 5}, "after start"),
    ("slice", {"start": -2, "stop": -4}, "after start"),
    ("slice", {"stop": 0}, "after start"),
    ("slice", {"step": 0}, "greater than"),
    ("sample", {"n": 1, "by": ["a", "a"]}, "named twice"),
    ("shuffle", {"seed": -1}, "greater than"),
    ("drop_outliers", {"factor": 0}, "greater than"),
    ("drop_outliers", {"method": "percentile", "factor": 2}, "lower and upper"),
    ("drop_outliers", {"method": "percentile", "lower": 0.9, "upper": 0.1}, "less than upper"),
    ("drop_outliers", {"lower": 0.1}, "go with the method percentile"),
    ("add_row_number", {"name": ""}, "at least 1"),
    (
        "derive",
        {"column": "x", "expression": {"function": "abs", "arguments": [PRICE, PRICE]}},
        "one argument",
    ),
    ("derive", {"column": "x", "expression": {"function": "max", "arguments": [PRICE]}}, "two arguments"),
    ("derive", {"column": "x", "expression": {"function": "abs", "arguments": [{"value": 1}]}}, "column"),
    ("derive", {"column": "x", "expression": {"function": "eval", "arguments": [PRICE]}}, "function"),
    (
        "derive",
        {"column": "x", "expression": {"function": "abs", "arguments": [PRICE], "decimals": 2}},
        "go with round",
    ),
    ("derive", {"column": "x", "expression": {"op": "like", "left": PRICE, "right": PRICE}}, "op"),
    ("case_when", {"column": "x", "cases": []}, "at least 1"),
    ("case_when", {"column": "x", "cases": [{"where": CHEAP}]}, "then"),
    ("percent_of_total", {"by": ["a"]}, "column"),
]


@pytest.mark.parametrize(("kind", "parameters", "why"), REFUSED, ids=[f"{r[0]}-{r[2]}" for r in REFUSED])
def test_parameters_out_of_bounds_are_refused_with_the_reason(kind: str, parameters: Any, why: str) -> None:
    with pytest.raises(InvalidPlan) as raised:
        Plan.parse([{"kind": kind, **parameters}])
    assert why in raised.value.message


DEAREST = (SortKey(column="price", descending=True),)
SAID: list[tuple[Transformation, str, str]] = [
    (
        TopN(n=3, order_by=DEAREST, by=("city",)),
        "Keep the first 3 rows by price descending, for each city",
        "Kept 40 of 100 rows: the first 3 rows by price descending, for each city",
    ),
    (
        TopN(order_by=DEAREST, with_ties=True),
        "Keep the first row by price descending, with ties",
        "Kept 40 of 100 rows: the first row by price descending, with ties",
    ),
    (
        Slice(start=100, stop=200),
        "Keep the rows from 101 to 200",
        "Kept 40 of 100 rows: the rows from 101 to 200",
    ),
    (
        Slice(start=2, stop=7, drop=True),
        "Drop the rows from 3 to 7",
        "Dropped 60 of 100 rows: the rows from 3 to 7",
    ),
    (
        Slice(start=1, step=2, drop=True),
        "Drop one of every 2 rows, of the rows from 2 on",
        "Dropped 60 of 100 rows: one of every 2 rows, of the rows from 2 on",
    ),
    (Slice(start=4, stop=5), "Keep row 5", "Kept 40 of 100 rows: row 5"),
    (
        TopN(fraction=0.1, order_by=DEAREST, by=("city",)),
        "Keep the first 10% of the rows by price descending, for each city",
        "Kept 40 of 100 rows: the first 10% of the rows by price descending, for each city",
    ),
    (
        Tail(n=3, by=("city",)),
        "Keep the last 3 rows, for each city",
        "Kept 40 of 100 rows: the last 3 rows, for each city",
    ),
    (Slice(stop=-5), "Keep all rows but the last 5", "Kept 40 of 100 rows: all rows but the last 5"),
    (Slice(start=3), "Keep the rows from 4 on", "Kept 40 of 100 rows: the rows from 4 on"),
    (
        Slice(start=-22, stop=-1),
        "Keep the rows from the 22nd last to the 2nd last",
        "Kept 40 of 100 rows: the rows from the 22nd last to the 2nd last",
    ),
    (
        Slice(step=2),
        "Keep one of every 2 rows, of all rows",
        "Kept 40 of 100 rows: one of every 2 rows, of all rows",
    ),
    (Shuffle(seed=1), "Shuffle the rows with seed 1", "Shuffled 40 rows with seed 1"),
    (
        Sample(fraction=0.1, by=("city",), seed=2),
        "Draw 10% of the rows at random, for each city with seed 2",
        "Drew 40 of 100 rows at random, for each city with seed 2",
    ),
    (
        AddRowNumber(by=("city",), order_by=DEAREST, start=0),
        "Number the rows as row_number, from 0, for each city, in order of price descending",
        "Numbered 40 rows as row_number, from 0, for each city, in order of price descending",
    ),
    (
        DropNulls(min_non_null=3),
        "Drop rows where there are fewer than 3 values",
        "Dropped 60 rows where there were fewer than 3 values",
    ),
    (
        DropNulls(columns=("a", "b"), min_non_null=1),
        "Drop rows where there is no value among a and b",
        "Dropped 60 rows where there was no value among a and b",
    ),
    (
        DropOutliers(columns=("price",)),
        "Drop rows where price is more than 1.5 times the interquartile range outside the quartiles",
        "Dropped 60 rows where price was more than 1.5 times the interquartile range outside the quartiles",
    ),
    (
        DropOutliers(columns=("a", "b"), method="zscore", by=("city",)),
        "Drop rows where a or b is more than 3 standard deviations from the mean, for each city",
        "Dropped 60 rows where a or b was more than 3 standard deviations from the mean, for each city",
    ),
    (
        DropOutliers(method="percentile", lower=0.05, upper=0.95, keep="outliers"),
        "Keep only rows where any column of numbers is outside the percentiles 5 to 95",
        "Kept 40 of 100 rows where any column of numbers was outside the percentiles 5 to 95",
    ),
    (
        Sort(by=(SortKey(column="name"), *DEAREST), natural=("name",), nulls="first"),
        "Sort by name, then price descending, in natural order of name, nulls first",
        "Sorted 40 rows by name, then price descending, in natural order of name, nulls first",
    ),
    (
        CaseWhen(column="size", cases=(Case(where=col("price") > 9, then={"value": "big"}),)),
        "Compute size = 'big' if price > 9; otherwise null",
        "Added size = 'big' if price > 9; otherwise null",
    ),
    (
        PercentOfTotal(column="price", by=("city",), name="part"),
        "Compute part = price as a percentage of the total, for each city",
        "Replaced part = price as a percentage of the total, for each city",
    ),
    (
        Derive(column="late", expression=col("delay").abs() > 15),
        "Compute late = abs(delay) > 15",
        "Added late = abs(delay) > 15",
    ),
]


@pytest.mark.parametrize(("step", "describes", "outcome"), SAID, ids=[said[1] for said in SAID])
def test_what_it_does_and_did(step: Transformation, describes: str, outcome: str) -> None:
    change = Change(rows_before=100, rows_after=40, rows_kept=40, columns_added=("size", "late"))
    assert step.describe() == describes
    assert step.outcome(change) == outcome


@pytest.mark.parametrize(
    ("built", "pandas"),
    [
        ((col("a") + 1).log(), "(df['a'] + 1).transform('log')"),
        (abs(col("a")) * 2, "df['a'].abs() * 2"),
        (col("a").max(col("b")), "df[['a', 'b']].max(axis=1)"),
        (col("a").min(0), "pd.concat([df['a'], pd.Series(0, index=df.index)], axis=1).min(axis=1)"),
        (col("a").coalesce(col("b"), 0).round(2), "df['a'].combine_first(df['b']).fillna(0).round(2)"),
    ],
    ids=str,
)
def test_functions_are_written_as_pandas(built: Any, pandas: str) -> None:
    assert built.tree.to_pandas() == pandas


def test_conditions_are_written_as_plain_booleans_and_cases_in_order() -> None:
    late = Derive(column="late", expression=col("delay") > 15)
    assert late.to_pandas() == "df['late'] = (df['delay'] > 15).fillna(False).astype(bool)"
    known = Derive(column="known", expression=~col("delay").isna())
    assert known.to_pandas() == "df['known'] = df['delay'].notna()"
    size = CaseWhen(
        column="size",
        cases=(Case(where=col("a").isna(), then={"value": "none"}),),
        otherwise=col("b").tree,
    )
    assert size.to_pandas() == "df['size'] = df['b'].case_when([(df['a'].isna(), 'none')])"
