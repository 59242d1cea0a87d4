"""Columns of text read as what all of their values are, and what is said about each."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exported import done
from workbench.errors import TypeMismatch
from workbench.transformations import DetectTypes
from workers.apply import apply
from workers.apply.notes import taking_notes

NASTY = (
    ["1", "0", "-7", "123456789012345678", "-0", "007", "+5", "1234567890123456789", "0x10", " 12 "],
    ["1.5", "2", ".5", "1.", "1e5", "1E5", "12E3", "+1.5", "-0", "inf", "1e400", "nan", "00.5"],
    ["true", "False", "TRUE", "yes", "no", "Y", "n", "t", "F", ""],
    ["2024-01-01", "2024-01-01 05", "2024-01-01T05:30", "2024-02-30", "2024-01-01 05:30:10.1234567"],
    ["2024-01-01 05:30Z", "2024-01-01 05+02:00", "2024-01-01T05:30:10.123+0200", "2024-01-01"],
    ["2024-01-01", "31/01/2024", "9999-12-31 23:59:59.9999999", "0001-01-01"],
    ["a", "1", "", " ", "Zürich", "NaN", "é\n"],
)  # fmt: skip


def detected(values: list[Any]) -> tuple[pd.Series, list[str]]:
    """Detect the type of one column, which the exported pandas must do as well."""
    frame = pd.DataFrame({"x": pd.Series(values, dtype="str")})
    with taking_notes() as notes:
        return done(DetectTypes(), frame)["x"], notes.warnings


@pytest.mark.parametrize(
    ("values", "dtype", "first"),
    [
        (["1", "-2", "0"], "int64", 1),
        (["1", None], "Int64", 1),
        ([" 7", "8 "], "int64", 7),
        (["1.5", "2", None], "float64", 1.5),
        (["1e3", "-.5"], "float64", 1000.0),
        (["TRUE", "false"], "bool", True),
        (["true", None], "boolean", True),
        (["No", "yes", None], "boolean", False),
        (["n", "Y"], "bool", False),
        (["t", "F"], "bool", True),
        (["2024-02-29", "2024-01-01 05:30"], "datetime64[us]", pd.Timestamp("2024-02-29")),
        (["2024-01-01T05:30:10.1234567"], "datetime64[ns]", pd.Timestamp("2024-01-01T05:30:10.1234567")),
        (["2024-01-01 05:30+02:00"], "datetime64[us, UTC]", pd.Timestamp("2024-01-01 03:30", tz="UTC")),
    ],
)
def test_a_column_becomes_what_all_of_its_values_are(values: list[Any], dtype: str, first: Any) -> None:
    column, said = detected(values)
    assert column.dtype == dtype
    assert column[0] == first
    assert column.isna().sum() == values.count(None)
    assert len(said) == 1
    assert said[0].startswith("x became ")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["00501", "10001"], "'00501' has leading zeros"),
        (["1", "1234567890123456789"], "'1234567890123456789' has more than 18 digits"),
        (["+491701234567"], "begins with a plus sign"),
        (["12E3", "45E6"], "'12E3' is a code"),
        (["1.5", "inf"], "a number is infinite"),
        ([*"123456789", "n/a"], "most values are numbers, but not 'n/a'"),
        (["yes", "yes"], "all that is said is 'yes'"),
        (["F", None], "all that is said is 'F'"),
        (["31/01/2024"], "'31/01/2024' is no date in ISO 8601 form; 'parse dates' knows others"),
        (["2024-01-01", "2024-02-30"], "some of the dates are not in the calendar"),
        (["2024-01-01 05:00Z", "2024-01-01 05:00"], "some times have an offset and some have none"),
        (["Paris", "Rome"], "the values are text, for example 'Paris'"),
        ([" ", ""], "all there is are blanks"),
    ],
)
def test_what_would_lose_something_stays_text_and_the_reason_is_said(values: list[Any], why: str) -> None:
    column, said = detected(values)
    assert column.tolist() == values or column.isna().any()
    assert column.dtype == "str"
    assert len(said) == 1
    assert said[0].startswith("x stayed text: ")
    assert why in said[0]


def test_a_column_without_values_is_left_alone() -> None:
    column, said = detected([None, None])
    assert column.dtype == "str"
    assert not said


def test_all_plain_columns_are_said_in_one_sentence() -> None:
    frame = pd.DataFrame({"a": ["x"], "b": ["z"], "c": ["1"], "d": [1.5]})
    with taking_notes() as notes:
        result = apply(DetectTypes(), frame)
    assert result.dtypes.astype(str).tolist() == ["str", "str", "int64", "float64"]
    assert notes.warnings[-1] == "a and b stayed text: the values are text, for example 'x', 'z'"


def test_a_column_that_has_a_type_is_refused_by_name() -> None:
    for rows in (0, 1):
        frame = pd.DataFrame({"a": ["1"], "b": [1.5]}).iloc[:rows]
        with pytest.raises(TypeMismatch, match="'b'"):
            apply(DetectTypes(columns=("a", "b")), frame)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(NASTY).flatmap(lambda pool: st.lists(st.sampled_from([*pool, None]), max_size=5)))
def test_the_exported_pandas_draws_the_same_lines(values: list[Any]) -> None:
    detected(values)
