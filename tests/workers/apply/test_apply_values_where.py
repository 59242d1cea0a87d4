"""Nulls filled in groups and in an order; values set and taken away where a condition holds."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_series_equal

from tests.support import exported
from workbench.errors import TypeMismatch
from workbench.transformations import FillNulls, NullValues, NullWhere, SetWhere, SortKey, Transformation, col
from workers.apply import apply
from workers.apply.notes import taking_notes

LONG = 2**60 + 1
FRAME = pd.DataFrame(
    {
        "city": pd.Series(["A", "B", "A", "B", None, "A", None], dtype="str"),
        "day": [1, 1, 3, 2, 1, 2, 2],
        "x": [1.0, None, 4.0, 6.0, None, None, 9.0],
        "n": pd.Series([LONG, None, 2, 6, None, None, 9], dtype="Int64"),
        "whole": [LONG, 1, 2, 3, 4, 5, 6],
        "flag": [True, False, True, True, False, True, False],
        "name": pd.Series([" n/a", "x", "-", None, "N/A ", "", "nan"], dtype="str"),
    }
)


def done(step: Transformation) -> pd.DataFrame:
    return exported.done(step, FRAME)


def values(step: Transformation, name: str) -> list[Any]:
    return [None if pd.isna(value) else value for value in done(step)[name]]


def filled(name: str, method: Any, **more: Any) -> list[Any]:
    return values(FillNulls(columns=(name,), method=method, **more), name)


def test_a_group_is_filled_from_its_own_values_and_nulls_are_a_group() -> None:
    assert filled("x", "mean", by=("city",)) == [1, 6, 4, 6, 9, 2.5, 9]
    assert filled("x", "min", by=("city",)) == [1, 6, 4, 6, 9, 1, 9]
    assert filled("x", "mode", by=("city",)) == [1, 6, 4, 6, 9, 1, 9]
    assert filled("x", "forward", by=("city",)) == [1, None, 4, 6, None, 4, 9]
    assert filled("x", "backward", by=("city",)) == [1, 6, 4, 6, 9, None, 9]


def test_a_group_without_values_keeps_its_nulls() -> None:
    step = FillNulls(columns=("x",), method="mode", by=("g",))
    frame = pd.DataFrame({"g": [1, 1, 2], "x": [None, None, 5.0]})
    assert apply(step, frame)["x"].isna().tolist() == [True, True, False]


def test_an_order_decides_which_value_comes_before() -> None:
    by_day = (SortKey(column="day"),)
    assert filled("x", "forward", by=("city",), order_by=by_day) == [1, None, 4, 6, None, 1, 9]
    assert filled("x", "interpolate", by=("city",), order_by=by_day) == [1, None, 4, 6, None, 2.5, 9]


def test_interpolation_lies_between_values_and_never_beyond_them() -> None:
    frame = pd.DataFrame({"x": pd.Series([None, 1, None, None, 4, None], dtype="Int64")})
    step = FillNulls(columns=("x",), method="interpolate")
    result = apply(step, frame)["x"]
    assert_series_equal(result, pd.Series([None, 1.0, 2.0, 3.0, 4.0, None], name="x"))
    limited = FillNulls(columns=("x",), method="interpolate", limit=1)
    assert apply(limited, frame)["x"].isna().tolist() == [True, False, False, True, False, True]


def test_the_extremes_keep_the_type_and_every_digit() -> None:
    result = done(FillNulls(columns=("n",), method="max"))["n"]
    assert result.dtype == "Int64"
    assert result[1] == LONG


def test_floats_that_lose_digits_are_warned_of() -> None:
    with taking_notes() as notes:
        done(FillNulls(columns=("n",), method="mean"))
    assert notes.warnings == ["n has whole numbers of more digits than floats keep, so the last ones changed"]


def test_a_limit_counts_nulls_in_a_row() -> None:
    frame = pd.DataFrame({"x": [1.0, None, None, 2.0, None]})
    result = apply(FillNulls(method="forward", limit=1), frame)["x"]
    assert result.isna().tolist() == [False, False, True, False, False]


def test_a_value_is_set_where_the_condition_holds_and_a_null_meets_none() -> None:
    assert values(SetWhere(columns=("x",), where=col("x") > 3, value=3), "x") == [
        1,
        None,
        3,
        3,
        None,
        None,
        3,
    ]
    assert values(SetWhere(columns=("n",), where=col("n") > 6, value=7), "n") == [
        7,
        None,
        2,
        6,
        None,
        None,
        7,
    ]
    assert values(SetWhere(columns=("city",), where=col("city").isna(), value="?"), "city")[4] == "?"


def test_the_condition_is_that_of_the_table_before() -> None:
    step = SetWhere(columns=("day", "x"), where=col("day") == 1, value=5)
    result = done(step)
    assert result["day"].tolist() == [5, 5, 3, 2, 5, 2, 2]
    assert result["x"].tolist()[:2] == [5.0, 5.0]


def test_what_is_computed_takes_the_column_s_type() -> None:
    step = SetWhere(columns=("x", "whole"), where=col("city") == "A", expression=(col("day") * 10).tree)
    result = done(step)
    assert result["x"].tolist()[0] == 10.0
    assert result["whole"].tolist() == [10, 1, 30, 3, 4, 20, 6]
    assert result["whole"].dtype == "int64"


@pytest.mark.parametrize("rows", [0, 7])
@pytest.mark.parametrize(
    "step",
    [
        SetWhere(columns=("whole",), where=col("x") > 1, value=0.5),
        SetWhere(columns=("whole",), where=col("x") > 1, expression=(col("whole") * 1.5).tree),
        SetWhere(columns=("n",), where=col("x") > 1, expression=(col("x") * 2).tree),
        SetWhere(columns=("name",), where=col("x") > 1, expression=(col("x") * 2).tree),
        NullWhere(columns=("flag",), where=col("x") > 1),
        NullValues(columns=("x",), values=("-",)),
        FillNulls(columns=("name",), method="interpolate"),
    ],
)
def test_what_does_not_fit_is_refused(step: Transformation, rows: int) -> None:
    with pytest.raises(TypeMismatch) as raised:
        apply(step, FRAME.head(rows))
    assert raised.value.hint


def test_values_are_made_null_and_no_digit_is_lost() -> None:
    assert values(NullWhere(columns=("n",), where=col("n") < 6), "n") == [LONG, None, None, 6, None, None, 9]
    with pytest.raises(TypeMismatch, match="too many digits"):
        apply(NullWhere(columns=("whole",), where=col("day") == 1), FRAME)


def test_spellings_of_null_are_read_in_any_case_and_without_the_space_around() -> None:
    assert values(NullValues(values=("N/A", "-")), "name") == [None, "x", None, None, None, "", "nan"]
    assert values(NullValues(columns=("name",), values=("",)), "name")[5] is None
    assert values(NullValues(values=("a",)), "city") == [None, "B", None, "B", None, None, None]
