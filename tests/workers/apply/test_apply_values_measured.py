"""Numbers rounded, clipped, scaled and binned; values looked up; nulls and duplicates flagged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support import exported
from workbench.errors import DataError, TypeMismatch, ValueUnreadable
from workbench.transformations import (
    Abs,
    Bin,
    Clip,
    FlagDuplicates,
    FlagNulls,
    MapValues,
    Round,
    Scale,
    Transformation,
)
from workers.apply import apply
from workers.apply.notes import taking_notes

LONG = 2**60 + 1


def done(step: Transformation, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Apply a step, hold its code to it, and give the result with what was said of it."""
    with taking_notes() as notes:
        return exported.done(step, frame), notes.warnings


def plain(column: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in column]


def numbers(values: list[Any], dtype: str = "float64") -> pd.DataFrame:
    return pd.DataFrame({"x": pd.Series(values, dtype=dtype)})


def rounded(values: list[Any], dtype: str = "float64", **how: Any) -> list[Any]:
    result, _ = done(Round(columns=("x",), **how), numbers(values, dtype))
    assert result["x"].dtype == dtype
    return plain(result["x"])


INFINITY = float("inf")


def test_rounding_down_up_and_towards_zero() -> None:
    values = [1.5, -1.5, 2.0, None, INFINITY, -INFINITY]
    assert rounded(values, how="floor") == [1, -2, 2, None, INFINITY, -INFINITY]
    assert rounded(values, how="ceil") == [2, -1, 2, None, INFINITY, -INFINITY]
    assert rounded(values, how="trunc") == [1, -1, 2, None, INFINITY, -INFINITY]


def test_what_is_written_with_no_more_decimals_stays() -> None:
    values = [0.29, 1.15, -0.29, 4.35, 1.231, -1.239]
    assert rounded(values, how="floor", decimals=2) == [0.29, 1.15, -0.29, 4.35, 1.23, -1.24]
    assert rounded(values, how="ceil", decimals=2) == [0.29, 1.15, -0.29, 4.35, 1.24, -1.23]
    assert rounded(values, how="trunc", decimals=2) == [0.29, 1.15, -0.29, 4.35, 1.23, -1.23]


@pytest.mark.parametrize("dtype", ["int64", "Int64"])
def test_long_whole_numbers_keep_every_digit(dtype: str) -> None:
    assert rounded([LONG, -LONG], dtype, how="floor") == [LONG, -LONG]
    assert rounded([LONG, -LONG], dtype, how="ceil", decimals=1) == [LONG, -LONG]
    tens = LONG // 10 * 10
    assert rounded([LONG, -LONG], dtype, how="floor", decimals=-1) == [tens, -tens - 10]
    assert rounded([LONG, -LONG], dtype, how="ceil", decimals=-1) == [tens + 10, -tens]
    assert rounded([LONG, -LONG], dtype, how="trunc", decimals=-1) == [tens, -tens]


def test_significant_digits() -> None:
    assert rounded([1234.5, 0.0012345, -98765.0, 0.0, None], significant=3) == [
        1230.0,
        0.00123,
        -98800.0,
        0.0,
        None,
    ]
    assert rounded([12345678901234567, None], "Int64", significant=3) == [12300000000000000, None]
    with pytest.raises(TypeMismatch, match="no room"):
        apply(Round(columns=("x",), significant=2), numbers([127], "int8"))


def test_the_sign_goes() -> None:
    assert plain(done(Abs(), numbers([-1, None, LONG], "Int64"))[0]["x"]) == [1, None, LONG]
    durations = pd.DataFrame({"x": pd.to_timedelta(["-1h", "2h"])})
    assert done(Abs(columns=("x",)), durations)[0]["x"].tolist() == list(pd.to_timedelta(["1h", "2h"]))


def test_numbers_are_brought_to_bounds_and_keep_their_type() -> None:
    frame = numbers([-5, None, LONG, 7], "Int64")
    result, said = done(Clip(columns=("x",), lower=0, upper=LONG - 1), frame)
    assert plain(result["x"]) == [0, None, LONG - 1, 7]
    assert (result["x"].dtype, said) == ("Int64", [])
    for rows in (0, 4):
        with pytest.raises(TypeMismatch, match="does not fit"):
            apply(Clip(columns=("x",), lower=0.5), frame.head(rows))


def test_quantiles_as_bounds_are_reported() -> None:
    step = Clip(columns=("x",), lower_quantile=0.25, upper_quantile=0.75)
    result, said = done(step, numbers([0, 1, 2, 3, 100], "int64"))
    assert result["x"].tolist() == [1.0, 1.0, 2.0, 3.0, 3.0]
    assert said == ["The bounds of x are 1.0 and 3.0"]
    assert done(step, numbers([None, None]))[1] == []


def test_scales() -> None:
    frame = numbers([0, 5, 10, None], "Int64")
    result, _ = done(Scale(columns=("x",), method="min_max"), frame)
    assert plain(result["x"]) == [0, 0.5, 1, None]
    result, _ = done(Scale(columns=("x",), method="min_max", low=-1, high=1, into=("s",)), frame)
    assert plain(result["s"]) == [-1, 0, 1, None]
    assert plain(result["x"]) == [0, 5, 10, None]
    result, _ = done(Scale(columns=("x",), method="z_score"), frame)
    assert plain(result["x"]) == [-1, 0, 1, None]  # by the sample's deviation, which is 5
    result, _ = done(Scale(columns=("x",), method="robust"), frame)
    assert plain(result["x"]) == [-1, 0, 1, None]
    assert result["x"].dtype == "float64"


@pytest.mark.parametrize("method", ["min_max", "z_score", "robust"])
def test_equal_numbers_have_no_scale_and_are_not_called_average(method: Any) -> None:
    # Of three times 0.1 the mean is a little more than 0.1, and the deviation is not 0.
    result, said = done(Scale(columns=("x",), method=method), numbers([0.1, 0.1, 0.1, None]))
    assert result["x"].isna().all()
    assert said == ["x has no spread to scale by, so 3 values became null"]


@pytest.mark.parametrize("method", ["min_max", "z_score", "robust"])
@pytest.mark.parametrize("by", [(), ("g",)])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # pandas, of the exported lines
def test_infinite_numbers_are_not_said_to_have_no_spread(method: Any, by: tuple[str, ...]) -> None:
    frame = pd.DataFrame({"g": ["a"] * 4, "x": [1.0, 2.0, np.inf, np.inf]})
    _, said = done(Scale(columns=("x",), method=method, by=by), frame)
    assert said == ["x holds 2 infinite values, beside which other values have no scale"]


@pytest.mark.parametrize("method", ["min_max", "z_score", "robust"])
def test_groups_have_scales_of_their_own(method: Any) -> None:
    frame = pd.DataFrame({"g": ["a", "a", None, None, "c"], "x": [1.0, 3.0, 10.0, 30.0, 7.0]})
    result, said = done(Scale(columns=("x",), method=method, by=("g",)), frame)
    assert result["x"][0] == result["x"][2]
    assert plain(result["x"])[4] is None
    assert said == ["x has no spread to scale by in 1 group, so 1 value became null"]


def binned(values: list[Any], dtype: str = "float64", **bins: Any) -> tuple[pd.Series, list[str]]:
    result, said = done(Bin(column="x", **bins), numbers(values, dtype))
    made = result["x_bin"]
    assert made.cat.ordered
    assert made.cat.categories.dtype == "str"
    return made, said


def test_bins_of_equal_width_and_with_equally_many_rows() -> None:
    made, said = binned([0, 1, 2, 100, None], "Int64", bins=2)
    assert plain(made) == ["(-0.1, 50.0]", "(-0.1, 50.0]", "(-0.1, 50.0]", "(50.0, 100.0]", None]
    made, _ = binned([0, 1, 2, 100], bins=2, method="quantile", labels=("low", "high"))
    assert plain(made) == ["low", "low", "high", "high"]
    assert said == []


def test_edges_take_in_the_lowest_and_what_is_outside_is_reported() -> None:
    made, said = binned([0, 10, 10.5, 20, 21, -1, None], edges=(0, 10, 20), labels=("low", "high"))
    assert plain(made) == ["low", "low", "high", "high", None, None, None]
    assert said == ["2 values of x lie in no bin, for example '21.0', '-1.0'"]
    made, said = binned([0, 10, 20], edges=(0, 10, 20), labels=("low", "high"), right=False)
    assert plain(made) == ["low", "high", None]
    made, said = binned([-INFINITY, 18, 19, INFINITY], edges=(18,), open_ends=True)
    assert plain(made) == ["(-inf, 18.0]", "(-inf, 18.0]", "(18.0, inf]", "(18.0, inf]"]
    assert said == []


def test_equal_values_make_fewer_bins_and_that_is_said() -> None:
    made, said = binned([1, 1, 1, 1, 2], bins=4, method="quantile")
    assert made.cat.categories.tolist() == ["(0.999, 2.0]"]
    assert said == ["Made 1 bin instead of 4, as many rows have the same value"]
    with pytest.raises(ValueUnreadable, match="too many equal values"):
        apply(Bin(column="x", bins=2, method="quantile", labels=("a", "b")), numbers([1, 1, 1, 1, 2]))
    with pytest.raises(ValueUnreadable, match="infinite"):
        apply(Bin(column="x", bins=2), numbers([1, INFINITY]))


def test_without_values_there_are_no_bins_but_the_labels() -> None:
    made, said = binned([None, None], bins=2)
    assert (made.cat.categories.tolist(), said) == ([], [])
    made, _ = binned([], bins=2, labels=("a", "b"))
    assert made.cat.categories.tolist() == ["a", "b"]


def test_values_are_looked_up_and_the_rest_is_told() -> None:
    frame = pd.DataFrame({"s": pd.Series(["a", "b", None, "q", "q", "r"], dtype="str")})
    result, said = done(MapValues(column="s", values={"a": LONG, "b": None}), frame)
    assert (result["s"].dtype, plain(result["s"])) == ("Int64", [LONG, None, None, None, None, None])
    assert said == ["3 values of s are not in the mapping and became null, for example 'q', 'r'"]
    result, said = done(MapValues(column="s", values={"a": "A"}, default="?", into="t"), frame)
    assert plain(result["t"]) == ["A", "?", None, "?", "?", "?"]
    assert plain(result["s"])[0] == "a"
    result, said = done(MapValues(column="s", values={"a": "A"}, otherwise="keep"), frame)
    assert plain(result["s"]) == ["A", "b", None, "q", "q", "r"]
    assert said == ["4 values of s are not in the mapping and stayed, for example 'b', 'q', 'r'"]
    one = pd.DataFrame({"s": ["z"]})
    assert done(MapValues(column="s", values={"a": 1}), one)[1] == [
        "1 value of s is not in the mapping and became null, for example 'z'"
    ]


@pytest.mark.parametrize("rows", [0, 3])
def test_only_what_a_column_can_hold_is_looked_up(rows: int) -> None:
    frame = pd.DataFrame({"n": [1, 2, 3], "s": ["a", "b", "c"]}).head(rows)
    for column, values in (("n", {"1": "one"}), ("s", {1: "one"}), ("n", {True: 1}), ("m", {1: 2})):
        with pytest.raises(DataError) as raised:
            apply(MapValues(column=column, values=values), frame)
        assert raised.value.hint


def test_nulls_and_duplicates_are_flagged() -> None:
    frame = pd.DataFrame({"a": ["x", None, "x", None], "b": [1.0, None, 1.0, 2.0]})
    assert done(FlagNulls(), frame)[0]["has_null"].tolist() == [False, True, False, True]
    assert done(FlagNulls(how="all"), frame)[0]["has_null"].tolist() == [False, True, False, False]
    assert done(FlagNulls(columns=("b",), into="a"), frame)[0]["a"].tolist() == [False, True, False, False]
    assert done(FlagDuplicates(), frame)[0]["is_duplicate"].tolist() == [False, False, True, False]
    by_a = FlagDuplicates(columns=("a",), keep="none")
    assert done(by_a, frame)[0]["is_duplicate"].tolist() == [True, True, True, True]
