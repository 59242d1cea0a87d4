"""Parameters that words accept and refuse, and the catalogue made of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import workbench.transformations as package
from workbench.errors import InvalidPlan
from workbench.transformations import Aggregation, Plan, Replace, catalogue, registry
from workbench.transformations.page import page

PAGE = Path(__file__).parents[3] / "docs" / "transformations.md"

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("drop_nulls", {"columns": []}, "at least 1"),
    ("drop_nulls", {"columns": ["a", "a"]}, "named twice"),
    ("drop_nulls", {"columns": "email"}, "columns"),
    ("drop_nulls", {"how": "some"}, "how"),
    ("drop_nulls", {"column": ["a"]}, "Extra inputs"),
    ("sort", {"by": []}, "at least 1"),
    ("sort", {"by": [{"column": "a"}, {"column": "a"}]}, "named twice"),
    ("head", {"n": 0}, "greater than"),
    ("head", {"n": 10**30}, "less than"),
    ("sample", {}, "either n or fraction"),
    ("sample", {"n": 1, "fraction": 0.5}, "either n or fraction"),
    ("sample", {"fraction": 1.5}, "less than or equal"),
    ("sample", {"n": 1, "seed": -1}, "seed"),
    ("select", {"columns": ["a", "a"]}, "named twice"),
    ("rename", {"columns": {}}, "at least 1"),
    ("rename", {"columns": {"a": ""}}, "at least 1"),
    ("rename", {"columns": {"a": "c", "b": "c"}}, "one name"),
    ("cast", {"columns": ["a"], "to": "complex"}, "to"),
    ("cast", {"columns": ["a"], "to": "text", "format": "%Y"}, "datetime"),
    ("cast", {"columns": ["a"], "to": "text", "decimal": ","}, "integer and float alone"),
    ("cast", {"columns": ["a"], "to": "float", "decimal": ";"}, "decimal"),
    ("cast", {"columns": ["a"], "to": "text", "order": ["a"]}, "category alone"),
    ("cast", {"columns": ["a"], "to": "category", "order": ["a", "a"]}, "given twice"),
    ("cast", {"columns": ["a"], "to": "category", "order": ["a", 1]}, "different types"),
    ("select_columns_by", {}, "exactly one"),
    ("select_columns_by", {"starts_with": "a", "type": "text"}, "exactly one"),
    ("select_columns_by", {"type": "text", "case": False}, "names alone"),
    ("drop_columns_by", {"matches": "("}, "no regular expression"),
    ("drop_columns_by", {"nulls_over": 1}, "less than 1"),
    ("move", {"columns": ["a"]}, "exactly one"),
    ("move", {"columns": ["a"], "to": "first", "after": "b"}, "exactly one"),
    ("move", {"columns": ["a"], "after": "a"}, "beside itself"),
    ("duplicate", {"column": "a", "name": "a"}, "name of its own"),
    ("rename_with", {}, "exactly one"),
    ("rename_with", {"style": "clean", "add_prefix": "x"}, "exactly one"),
    ("rename_with", {"style": "clean", "by": "x"}, "a text to replace"),
    ("one_hot", {"columns": ["a", "b"], "prefix": "x"}, "one column alone"),
    ("ordinal", {"columns": ["a"], "order": ["x", "x"]}, "given twice"),
    ("ordinal", {"columns": ["a"], "order": ["x", 1]}, "different types"),
    ("label", {"columns": ["a"], "by": "size"}, "by"),
    ("fill_nulls", {}, "either value or method"),
    ("fill_nulls", {"value": 0, "method": "mean"}, "either value or method"),
    ("fill_nulls", {"value": float("inf")}, "finite"),
    ("fill_nulls", {"value": 2**64}, "64 bits"),
    ("replace", {"values": []}, "at least 1"),
    ("replace", {"values": [{"old": 1, "new": 2}, {"old": 1.0, "new": 3}]}, "replaced twice"),
    ("round", {"decimals": 400}, "less than"),
    ("change_case", {"to": "camel"}, "to"),
    ("pad", {"columns": ["a"], "width": 0}, "greater than"),
    ("pad", {"columns": ["a"], "width": 5, "character": "ab"}, "at most 1"),
    ("pad", {"width": 5}, "columns"),
    ("remove_characters", {"what": "vowels"}, "what"),
    ("substring", {"column": "a", "into": "b"}, "give start, stop"),
    ("split_column", {"column": "a", "separator": "", "into": ["b", "c"]}, "at least 1"),
    ("split_column", {"column": "a", "separator": " ", "into": ["b"]}, "at least 2"),
    ("split_column", {"column": "a", "separator": " ", "into": ["b", "b"]}, "named twice"),
    ("join_columns", {"columns": ["a"], "into": "b"}, "at least 2"),
    ("extract", {"column": "a", "into": "b", "pattern": "("}, "no regular expression"),
    ("extract", {"column": "a", "into": "b", "pattern": "(a)(b)"}, "more than one group"),
    ("extract", {"column": "a", "into": "b", "pattern": "a" * 501}, "at most 500"),
    ("extract_between", {"column": "a", "into": "b"}, "give after, before"),
    ("parse_dates", {"columns": ["a"], "format": "%Q %Y"}, "'%Q' is no code"),
    ("parse_dates", {"columns": ["a"], "format": "%d.%m."}, "has no year"),
    ("parse_dates", {"columns": ["a"], "format": "%Y %Y"}, "a code twice"),
    ("parse_dates", {"columns": ["a"], "format": "%Y", "day_first": True}, "no use beside it"),
    ("format_dates", {"column": "a", "format": "today"}, "no code of a date"),
    ("format_dates", {"column": "a", "format": "%Y%"}, "'%' is no code"),
    ("date_part", {"column": "a", "parts": []}, "at least 1"),
    ("date_part", {"column": "a", "parts": ["year", "year"]}, "named twice"),
    ("date_part", {"column": "a", "parts": ["year"], "into": ["b", "c"]}, "as many names as parts"),
    ("date_part", {"column": "a", "parts": ["year", "day"], "into": ["b", "b"]}, "one name"),
    ("shift_dates", {"column": "a", "n": 10**10, "unit": "day"}, "less than"),
    ("set_time_zone", {"columns": ["a"], "zone": "Europe/Nowhere"}, "no time zone 'Europe/Nowhere'"),
    ("set_time_zone", {"columns": ["a"], "zone": "/etc/passwd"}, "no time zone"),
    ("set_time_zone", {"columns": ["a"], "zone": "Europe"}, "no time zone"),
    ("resample", {"column": "a", "period": "day", "aggregations": []}, "at least 1"),
    (
        "resample",
        {"column": "a", "period": "day", "aggregations": [{"function": "max", "column": "a"}]},
        "becomes the period",
    ),
    ("cluster_values", {"column": "a", "n": 3}, "ngram method alone"),
    ("flag_text", {"column": "a", "into": "b", "test": "matches", "text": "["}, "no regular expression"),
    ("flag_text", {"column": "a", "into": "b", "test": "matches", "text": "(a)"}, "write (?:…)"),
    ("derive", {"column": "", "expression": {"column": "a"}}, "at least 1"),
    ("derive", {"column": "x", "expression": {"python": "1"}}, "expression"),
    ("group", {"aggregations": []}, "at least 1"),
    ("group", {"aggregations": [{"function": "mean"}]}, "needs a column"),
    ("group", {"by": ["a"], "aggregations": [{"function": "count", "name": "a"}]}, "two columns"),
    ("group", {"by": ["a", "a"], "aggregations": [{"function": "count"}]}, "two columns"),
    ("cumulate", {"column": "a"}, "required"),
    ("cumulate", {"column": "a", "function": "median"}, "function"),
    ("cumulate", {"column": "a", "function": "sum", "by": ["b", "b"]}, "named twice"),
    ("rank", {"column": "a", "order_by": [{"column": "b"}, {"column": "b"}]}, "named twice"),
    ("shift", {"column": "a", "n": 0}, "greater than"),
    ("shift", {"column": "a", "n": 10_001}, "less than"),
    ("diff", {"column": "a", "name": ""}, "at least 1"),
    ("rolling", {"column": "a", "function": "mean", "window": 1}, "greater than"),
    ("rolling", {"column": "a", "function": "mean", "window": 2, "min_periods": 3}, "min_periods"),
]


@pytest.mark.parametrize(("kind", "parameters", "why"), REFUSED, ids=[f"{r[0]}-{r[2]}" for r in REFUSED])
def test_parameters_out_of_bounds_are_refused_with_the_reason(kind: str, parameters: Any, why: str) -> None:
    with pytest.raises(InvalidPlan) as raised:
        Plan.parse([{"kind": "head", "n": 1}, {"kind": kind, **parameters}])
    assert raised.value.message.startswith(f"Step 2 ({kind}): ")
    assert why in raised.value.message
    assert raised.value.hint


def test_a_kind_that_is_not_there_comes_with_the_nearest() -> None:
    with pytest.raises(InvalidPlan, match="drop_nuls") as raised:
        Plan.parse([{"kind": "drop_nuls"}])
    assert "drop_nulls" in raised.value.hint


def test_aggregations_are_named_after_what_they_do() -> None:
    assert Aggregation(function="mean", column="dep_delay").name == "mean_dep_delay"
    assert Aggregation(function="count").name == "count"


@pytest.mark.parametrize(
    ("kind", "parameters", "name"),
    [
        ("cumulate", {"function": "sum", "column": "price"}, "cumulative_sum_price"),
        ("shift", {"column": "price"}, "lag_price"),
        ("shift", {"function": "lead", "column": "price", "n": 2}, "lead_price"),
        ("diff", {"column": "price"}, "diff_price"),
        ("diff", {"function": "pct_change", "column": "price"}, "pct_change_price"),
        ("rolling", {"function": "mean", "column": "price", "window": 7}, "rolling_mean_price"),
        ("rank", {"column": "price"}, "rank_price"),
    ],
)
def test_windows_are_named_after_what_they_do(kind: str, parameters: dict[str, Any], name: str) -> None:
    (step,) = Plan.parse([{"kind": kind, **parameters}]).to_json()
    assert step["name"] == name


def test_replacements_are_a_mapping_in_python_and_pairs_in_json() -> None:
    step = Replace(values={1: 2, "a": None})
    assert step.model_dump(mode="json")["values"] == [{"old": 1, "new": 2}, {"old": "a", "new": None}]


@pytest.mark.parametrize("kind", sorted(registry))
def test_every_kind_is_in_the_catalogue(kind: str) -> None:
    (entry,) = [entry for entry in catalogue() if entry["kind"] == kind]
    json.dumps(entry)
    assert entry["summary"].endswith(".")
    assert entry["example"]
    assert not entry["example"].endswith(".")
    assert entry["schema"]["examples"] == entry["plan"]
    assert Plan.parse(entry["plan"]).to_pandas() == entry["code"]
    for name, field in entry["schema"]["properties"].items():
        assert name == "kind" or field.get("description"), f"{kind}.{name} has no description"


@pytest.mark.parametrize("kind", sorted(registry))
def test_every_class_is_exported(kind: str) -> None:
    assert registry[kind].__name__ in package.__all__


def test_the_committed_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m workbench.transformations.page > docs/transformations.md"
    )


def test_importing_the_words_does_not_import_pandas() -> None:
    code = "import sys, workbench.transformations; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ({"kind": "group", "aggregations": [{"function": "quantile", "column": "a"}]}, "needs q"),
        ({"kind": "group", "aggregations": [{"function": "mean", "column": "a", "q": 0.5}]}, "needs q"),
        ({"kind": "value_counts", "columns": ["count"]}, "would be called 'count'"),
        ({"kind": "pivot", "index": ["a"], "columns": ["a"], "values": ["b"]}, "in two places"),
        ({"kind": "crosstab", "index": "a", "columns": "a"}, "against itself"),
        ({"kind": "crosstab", "index": "a", "columns": "b", "aggregate": "sum"}, "needs a value"),
        (
            {
                "kind": "crosstab",
                "index": "a",
                "columns": "b",
                "value": "c",
                "aggregate": "max",
                "margins": True,
            },
            "counts and sums alone",
        ),
        ({"kind": "promote_header", "row": 0}, "greater than or equal to 1"),
        ({"kind": "explode", "column": "a", "separator": ""}, "at least 1"),
        ({"kind": "unpivot", "id_columns": ["a"], "value_columns": ["a"]}, "in two places"),
        ({"kind": "unpivot", "id_columns": ["value"]}, "would be called 'value'"),
    ],
)
def test_tables_of_another_shape_have_each_name_once(step: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidPlan, match=reason):
        Plan.parse([step])
