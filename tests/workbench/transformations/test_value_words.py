"""What the words of the family of values take, and what they say."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workbench.models import Change
from workbench.transformations import (
    Abs,
    Bin,
    Clip,
    FillNulls,
    FlagDuplicates,
    FlagNulls,
    MapValues,
    NullValues,
    NullWhere,
    Round,
    Scale,
    SetWhere,
    Transformation,
    col,
)

CHANGE = Change(
    rows_before=9, rows_after=9, cells_changed={"a": 3}, nulls_made={"a": 2}, nulls_filled={"a": 1}
)


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        (
            FillNulls(columns=("a",), method="forward", by=("b",), order_by=({"column": "t"},), limit=2),
            "Fill nulls in a with the value above, at most 2 nulls in a row, for each b, in order of t",
            "Filled 1 null in a with the value above, at most 2 nulls in a row, for each b, in order of t",
        ),
        (
            FillNulls(method="interpolate"),
            "Fill nulls in all columns with what lies between their neighbours",
            "Filled 1 null in all columns with what lies between their neighbours",
        ),
        (
            SetWhere(columns=("a",), where=col("b") > 1, expression=(col("b") * 2).tree),
            "Set a to b * 2 where b > 1",
            "Changed 3 values: set a to b * 2 where b > 1",
        ),
        (
            NullWhere(columns=("a", "b"), where=col("b") > 1),
            "Make a and b null where b > 1",
            "Made 2 values of a and b null where b > 1",
        ),
        (
            NullValues(values=("N/A", "-")),
            "Make 'N/A' and '-' null in all columns of text",
            "Made 2 values null in all columns of text: 'N/A' and '-'",
        ),
        (
            MapValues(column="a", values={"x": 1}, default=0, into="code"),
            "Map a into code: 'x' to 1, all others to 0",
            "Mapped a into code: 'x' to 1, all others to 0",
        ),
        (
            Round(columns=("a",), how="floor", decimals=1),
            "Round a down to 1 decimal",
            "Rounded 3 values in a down to 1 decimal",
        ),
        (
            Round(significant=3),
            "Round all numbers to 3 significant digits",
            "Rounded 3 values in all columns of numbers to 3 significant digits",
        ),
        (Abs(columns=("a",)), "Take the sign off a", "Took the sign off 3 values in a"),
        (
            Clip(columns=("a",), lower=0, upper=10_000),
            "Clip a to stay between 0 and 10,000",
            "Clipped 3 values of a to stay between 0 and 10,000",
        ),
        (
            Clip(columns=("a",), upper_quantile=0.95),
            "Clip a to stay at its 95% quantile or less",
            "Clipped 3 values of a to stay at its 95% quantile or less",
        ),
        (
            Scale(columns=("a",), method="min_max", low=-1, by=("b",), into=("s",)),
            "Scale a to the range from -1 to 1 as s, for each b",
            "Scaled a to the range from -1 to 1 as s, for each b",
        ),
        (
            Bin(column="a", edges=(18,), open_ends=True, labels=("x", "y"), right=False),
            "Compute a_bin = a in bins at 18, with open ends, called x and y, each with its left edge",
            "Replaced a_bin = a in bins at 18, with open ends, called x and y, each with its left edge",
        ),
        (
            FlagNulls(columns=("a", "b")),
            "Compute has_null = whether a or b is null",
            "Replaced has_null = whether a or b is null",
        ),
        (
            FlagDuplicates(columns=("a",), keep="none", into="twin"),
            "Compute twin = whether another row is equal in a",
            "Replaced twin = whether another row is equal in a",
        ),
    ],
)
def test_sentences(step: Transformation, before: str, after: str) -> None:
    assert step.describe() == before
    assert step.outcome(CHANGE) == after


@pytest.mark.parametrize(
    ("word", "parameters", "reason"),
    [
        (FillNulls, {"value": 1, "by": ["b"]}, "same in all groups"),
        (FillNulls, {"method": "mean", "limit": 1}, "go with forward"),
        (FillNulls, {"method": "mode", "order_by": [{"column": "b"}]}, "go with forward"),
        (FillNulls, {"method": "forward", "limit": 0}, "greater than or equal"),
        (FillNulls, {"method": "mean", "columns": ["b"], "by": ["b"]}, "of its own values"),
        (FillNulls, {"method": "mean", "columns": ["a"], "by": ["b", "b"]}, "named twice"),
        (SetWhere, {"columns": ["a"], "where": col("a").isna()}, "either value or expression"),
        (
            SetWhere,
            {"columns": ["a"], "where": col("a").isna(), "expression": {"value": 1}},
            "an expression names a column",
        ),
        (NullValues, {"values": []}, "at least 1"),
        (MapValues, {"column": "a", "values": {"x": 1, "y": "z"}}, "of one type"),
        (MapValues, {"column": "a", "values": {"x": 1, 2: 3}}, "a column holds one of them"),
        (MapValues, {"column": "a", "values": {"x": 1}, "otherwise": "keep"}, "text for text"),
        (MapValues, {"column": "a", "values": {"x": None}}, "of one type"),
        (Round, {"significant": 2, "decimals": 1}, "without decimals"),
        (Round, {"significant": 16}, "less than or equal to 15"),
        (Clip, {"columns": ["a"]}, "give a lower or an upper"),
        (Clip, {"columns": ["a"], "lower": 2, "upper": 1}, "above the upper"),
        (Clip, {"columns": ["a"], "lower": 2, "upper_quantile": 0.5}, "both as quantiles"),
        (Clip, {"columns": ["a"], "lower": float("inf")}, "less than"),
        (Scale, {"columns": ["a"], "method": "z_score", "high": 2}, "goes with min_max"),
        (Scale, {"columns": ["a"], "method": "min_max", "low": 1}, "not below the high"),
        (Scale, {"columns": ["a"], "method": "robust", "by": ["a"]}, "of its own values"),
        (Scale, {"columns": ["a", "b"], "method": "robust", "into": ["c"]}, "names each column once"),
        (Scale, {"columns": ["a", "b"], "method": "robust", "into": ["b", "c"]}, "other columns"),
        (Bin, {"column": "a"}, "either a number of bins or edges"),
        (Bin, {"column": "a", "edges": [1, 1]}, "do not ascend"),
        (Bin, {"column": "a", "edges": [1]}, "two edges"),
        (Bin, {"column": "a", "bins": 2, "labels": ["x"]}, "2 bins and 1 labels"),
        (Bin, {"column": "a", "bins": 2, "labels": ["x", "x"]}, "the same label"),
        (Bin, {"column": "a", "bins": 2, "method": "quantile", "right": False}, "right edge"),
        (Bin, {"column": "a", "bins": 2, "open_ends": True}, "open ends go with edges"),
    ],
)
def test_parameters_are_bounded(word: type[Transformation], parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        word.model_validate(parameters)
