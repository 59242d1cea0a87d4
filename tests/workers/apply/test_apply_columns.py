"""Columns chosen, renamed, read as another type, computed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.contract.every_kind import run_code
from workbench.errors import DuplicateColumn, InvalidParameter, NoColumns, TypeMismatch, ValueUnreadable
from workbench.transformations import Cast, Derive, Drop, Rename, Select, col
from workers.apply import apply


def cast(values: Any, to: str, dtype: Any = None, **parameters: Any) -> pd.Series:
    frame = pd.DataFrame({"x": pd.Series(values, dtype=dtype)})
    return apply(Cast(columns=("x",), to=to, **parameters), frame)["x"]


def listed(column: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in column]


def test_text_becomes_whole_numbers_with_all_their_digits() -> None:
    texts = ["12345678901234567", " 7 ", "+5", "007", "-3", "9223372036854775807", None]
    numbers = cast(texts, "integer", "str")
    assert numbers.dtype == "Int64"
    assert listed(numbers) == [12345678901234567, 7, 5, 7, -3, 9223372036854775807, None]
    # also beside values that cannot be read, which would make floats of them all
    assert listed(cast(["12345678901234567", "x", "", "1.5"], "integer", "str")) == [
        12345678901234567,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([2.0**63], "float64"),
        ([2**63], "uint64"),
        (["9223372036854775808"], "str"),
        (["9007199254740993.0"], "str"),
        (["9007199254740993", "1.0"], "str"),
        (["-9007199254740993", "1.0"], "str"),
    ],
)
def test_whole_numbers_that_would_lose_digits_are_refused(values: list[Any], dtype: str) -> None:
    with pytest.raises(ValueUnreadable, match="too long"):
        cast(values, "integer", dtype)


def test_decimal_forms_of_whole_numbers_are_whole() -> None:
    assert listed(cast(["1.0", "2", "1e3", "2.5"], "integer", "str")) == [1, 2, 1000, None]
    assert listed(cast([1.0, 2.5, None, float("inf")], "integer")) == [1, None, None, None]
    assert listed(cast([True, False], "integer")) == [1, 0]
    assert listed(cast([Decimal("2.00"), Decimal("1.10")], "integer")) == [2, None]


@pytest.mark.parametrize("dtype", ["int64", "Int64"])
def test_whole_numbers_stay_as_they_are(dtype: str) -> None:
    extremes = [2**63 - 1, -(2**63), 0]
    assert listed(cast(extremes, "integer", dtype)) == extremes


@pytest.mark.parametrize(
    "texts",
    [["12345678901234567", "1.0"], ["9999999999999999999"], ["99999999999999999999999"]],
    ids=["beside a decimal", "64 bits", "more"],
)
def test_digits_are_never_lost_silently(texts: list[str]) -> None:
    with pytest.raises(ValueUnreadable) as raised:
        cast(texts, "integer", "str")
    assert "'x'" in raised.value.message
    assert raised.value.hint


def test_floats_beyond_64_bits_are_no_integers() -> None:
    with pytest.raises(ValueUnreadable):
        cast([1e19], "integer")


@pytest.mark.parametrize("to", ["integer", "float", "boolean", "datetime"])
def test_unreadable_values_fail_by_example_when_asked_to(to: str) -> None:
    with pytest.raises(ValueUnreadable) as raised:
        cast(["1", "2013-01-01", "oops", "oops"], to, "str", on_error="fail")
    assert "of column 'x' cannot be read as" in raised.value.message
    assert raised.value.details["example"] in {"1", "2013-01-01", "oops"}


def test_text_becomes_floats() -> None:
    numbers = cast(["1.5", " 2 ", "1,000", "", None], "float", "str")
    assert numbers.dtype == "float64"
    assert listed(numbers) == [1.5, 2.0, None, None, None]


def test_booleans_are_read_in_any_case() -> None:
    truths = cast(
        ["Yes", " TRUE ", "y", "on", "1", "1.0", "No", "f", "0", "maybe", "", None], "boolean", "str"
    )
    assert truths.dtype == "boolean"
    assert listed(truths) == [True] * 6 + [False] * 3 + [None] * 3
    assert listed(cast([1, 0, 2], "boolean")) == [True, False, None]


def test_times_are_read_in_iso_form_alone() -> None:
    times = cast(
        ["2013-01-31", "2013-01-31T10:00:00Z", "2013-01-31 10:00+02:00", "01/02/2013", None],
        "datetime",
        "str",
    )
    assert times.dtype == "datetime64[us]"
    assert listed(times) == [
        pd.Timestamp("2013-01-31"),
        pd.Timestamp("2013-01-31 10:00"),
        pd.Timestamp("2013-01-31 08:00"),
        None,
        None,
    ]


def test_times_are_read_in_the_form_given() -> None:
    times = cast(["01/02/2013", "31/12/2013", "12/31/2013"], "datetime", "str", format="%d/%m/%Y")
    assert listed(times) == [pd.Timestamp("2013-02-01"), pd.Timestamp("2013-12-31"), None]


@pytest.mark.parametrize("values", [[], ["2013-01-01"]])
def test_a_form_that_is_none_is_refused(values: list[str]) -> None:
    with pytest.raises(InvalidParameter, match="%Q"):
        cast(values, "datetime", "str", format="%Q")


@pytest.mark.parametrize(
    ("values", "to"),
    [
        ([dt.datetime(2013, 1, 1)], "integer"),
        ([dt.timedelta(1)], "float"),
        ([20130101], "datetime"),
        ([True], "datetime"),
        ([dt.date(2013, 1, 1)], "boolean"),
    ],
    ids=["time", "duration", "number", "boolean", "date"],
)
def test_what_would_have_to_be_guessed_is_refused(values: list[Any], to: str) -> None:
    with pytest.raises(TypeMismatch) as raised:
        cast(values, to)
    assert "'x'" in raised.value.message


def test_everything_is_text_if_one_asks() -> None:
    for values in ([1, None], [dt.date(2013, 1, 1), None], [[1], None], [dt.timedelta(1), None]):
        text = cast(values, "text")
        assert text.dtype == "str"
        assert text.isna().tolist() == [False, True]


def test_the_last_column_cannot_be_dropped() -> None:
    with pytest.raises(NoColumns):
        apply(Drop(columns=("a", "b")), pd.DataFrame({"a": [1], "b": [2]}))


def test_names_that_are_taken_are_refused_unless_they_move_as_well() -> None:
    frame = pd.DataFrame({"a": [1], "b": [2]})
    with pytest.raises(DuplicateColumn, match="'b'"):
        apply(Rename(columns={"a": "b"}), frame)
    assert list(apply(Rename(columns={"a": "b", "b": "a"}), frame)) == ["b", "a"]


def test_select_orders_columns() -> None:
    assert list(apply(Select(columns=("b", "a")), pd.DataFrame({"a": [1], "c": [3], "b": [2]}))) == ["b", "a"]


def test_a_derived_column_stands_at_the_end_or_where_it_was() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [0, 1]})
    assert list(apply(Derive(column="c", expression=(col("a") / col("b")).tree), frame)) == ["a", "b", "c"]
    replaced = apply(Derive(column="a", expression=(col("a") / col("b")).tree), frame)
    assert list(replaced) == ["a", "b"]
    assert replaced["a"].tolist() == [float("inf"), 2.0]


@pytest.mark.parametrize(("value", "dtype"), [(5, "int64"), (0.5, "float64"), ("x", "str"), (True, "bool")])
@pytest.mark.parametrize("rows", [0, 2])
def test_a_column_can_be_one_value(value: Any, dtype: str, rows: int) -> None:
    frame = pd.DataFrame({"a": range(rows)})
    derived = apply(Derive(column="b", expression={"value": value}), frame)["b"]
    assert derived.dtype == dtype
    assert derived.tolist() == [value] * rows


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_words_that_pandas_takes_for_this_moment_are_no_times(dtype: str) -> None:
    for form in (None, "%Y-%m-%d"):
        assert listed(cast(["now", "2013-01-01", "today"], "datetime", dtype, format=form)) == [
            None,
            pd.Timestamp("2013-01-01"),
            None,
        ]
    with pytest.raises(ValueUnreadable, match="'now'"):
        cast(["now", "2013-01-01"], "date", dtype, on_error="fail")
    frame = pd.DataFrame({"x": pd.Series(["now", "2013-01-01", None], dtype=dtype)})
    for on_error in ("null", "keep"):
        step = Cast(columns=("x",), to="datetime", on_error=on_error)
        assert_frame_equal(run_code(step, frame), apply(step, frame))
    with pytest.raises(AssertionError):
        run_code(Cast(columns=("x",), to="datetime", on_error="fail"), frame)
