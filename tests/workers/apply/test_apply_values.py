"""Nulls filled, values replaced, numbers rounded, text rewritten."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from workbench.errors import TypeMismatch, ValueUnreadable
from workbench.transformations import ChangeCase, FillNulls, Replace, Round, Trim
from workbench.transformations.expressions import Moment
from workers.apply import apply


def moment(text: str) -> Moment:
    return Moment(timestamp=dt.datetime.fromisoformat(text))


FRAME = pd.DataFrame(
    {
        "id": pd.Series([12345678901234567, 2, 2], dtype="int64"),
        "n": pd.Series([1, None, 4], dtype="Int64"),
        "x": pd.Series([1.0, None, 4.0]),
        "flag": pd.Series([True, None, True], dtype="boolean"),
        "plain": [True, False, True],
        "text": pd.Series(["b", None, "a"], dtype="str"),
        "t": pd.to_datetime(pd.Series(["2013-01-01", None, "2013-01-03"])).dt.as_unit("us"),
        "z": pd.to_datetime(pd.Series(["2013-01-01", None, "2013-01-03"])).dt.tz_localize("Europe/Berlin"),
        "c": pd.Categorical(["low", None, "low"], categories=["low", "high"]),
    }
)


def filled(name: str, **filling: Any) -> Any:
    return apply(FillNulls(columns=(name,), **filling), FRAME)[name][1]


def test_a_number_fills_numbers_alone() -> None:
    result = apply(FillNulls(value=0), FRAME)
    assert result[["n", "x"]].loc[1].tolist() == [0, 0.0]
    assert_frame_equal(result.drop(columns=["n", "x"]), FRAME.drop(columns=["n", "x"]))
    assert result.dtypes.equals(FRAME.dtypes)


def test_mean_and_median_are_floats_of_numbers_that_have_nulls() -> None:
    for method, average in (("mean", 2.5), ("median", 2.5)):
        result = apply(FillNulls(method=method), FRAME)
        assert result[["n", "x"]].loc[1].tolist() == [average, average]
        assert result["n"].dtype == result["x"].dtype == "float64"
        assert result["id"].dtype == "int64"  # no nulls, so no digits at risk


def test_mode_takes_the_smallest_of_several_and_leaves_empty_columns() -> None:
    assert filled("text", method="mode") == "a"
    assert filled("c", method="mode") == "low"
    empty = pd.DataFrame({"text": pd.Series([None, None], dtype="str")})
    assert_frame_equal(apply(FillNulls(method="mode"), empty), empty)


def test_values_above_and_below() -> None:
    assert filled("text", method="forward") == "b"
    assert filled("z", method="backward") == pd.Timestamp("2013-01-03", tz="Europe/Berlin")


def test_a_point_in_time_is_local_to_the_column() -> None:
    result = apply(FillNulls(value=moment("2013-06-01T12:00:00")), FRAME)
    assert result["t"][1] == pd.Timestamp("2013-06-01 12:00")
    assert result["z"][1] == pd.Timestamp("2013-06-01 12:00", tz="Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 1.5),
        ("n", "none"),
        ("n", True),
        ("n", 2**63),
        ("x", "none"),
        ("x", True),
        ("text", 0),
        ("flag", 0),
        ("flag", "no"),
        ("t", "2013"),
        ("t", moment("2013-01-01T00:00:00+00:00")),
        ("c", "middle"),
        ("c", 1),
        ("id", 0.5),
    ],
)
@pytest.mark.parametrize("rows", [0, 3])
def test_a_value_must_fit_the_column(name: str, value: Any, rows: int) -> None:
    with pytest.raises(TypeMismatch) as raised:
        apply(FillNulls(columns=(name,), value=value), FRAME.head(rows))
    assert f"'{name}'" in raised.value.message
    assert raised.value.hint


def test_a_fraction_does_not_disturb_whole_numbers_without_nulls() -> None:
    frame = FRAME[["id", "x", "plain"]]
    assert apply(FillNulls(value=0.5), frame)["x"].tolist() == [1.0, 0.5, 4.0]


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(ValueUnreadable, match="Berlin"):
        apply(FillNulls(columns=("z",), value=moment("2013-03-31T02:30:00")), FRAME)


@pytest.mark.parametrize("method", ["mean", "median"])
@pytest.mark.parametrize("name", ["text", "flag", "t"])
def test_averages_need_numbers(method: Any, name: str) -> None:
    with pytest.raises(TypeMismatch, match="needs numbers"):
        apply(FillNulls(columns=(name,), method=method), FRAME)


def replaced(name: str, values: Any) -> list[Any]:
    column = apply(Replace(columns=(name,), values=values), FRAME)[name]
    return [None if pd.isna(value) else value for value in column]


def test_replacements_happen_at_once_and_on_whole_cells() -> None:
    assert replaced("text", {"a": "b", "b": "a"}) == ["a", None, "b"]
    assert replaced("x", {1.0: 4.0, 4.0: None}) == [4.0, None, None]
    assert replaced("text", {"": "x"}) == ["b", None, "a"]
    dates = [
        {"old": moment("2013-01-01"), "new": moment("2013-01-03")},
        {"old": moment("2013-01-03"), "new": None},
    ]
    assert replaced("t", dates) == [pd.Timestamp("2013-01-03"), None, None]


def test_without_columns_every_column_that_can_hold_the_value_is_looked_at() -> None:
    result = apply(Replace(values={4: 5, "a": None}), FRAME)
    assert result["n"][2] == result["x"][2] == 5
    assert pd.isna(result["text"][2])
    untouched = ["flag", "plain", "t", "z", "c"]
    assert_frame_equal(result[untouched], FRAME[untouched])


def test_nulls_among_plain_whole_numbers_make_floats_that_keep_every_digit() -> None:
    small = pd.DataFrame({"delay": [-999, 5]})
    assert apply(Replace(columns=("delay",), values={-999: None}), small)["delay"].dtype == "float64"
    with pytest.raises(TypeMismatch, match="too many digits") as raised:
        apply(Replace(columns=("id",), values={2: None}), FRAME)
    assert "Cast" in raised.value.hint
    assert replaced("n", {4: None}) == [1, None, None]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("n", {"4": 5}),
        ("n", {4: "four"}),
        ("n", {4: 4.5}),
        ("text", {1: 2}),
        ("plain", {True: None}),
        ("plain", {1: 0}),
        ("c", {"low": "lower"}),
    ],
)
@pytest.mark.parametrize("rows", [0, 3])
def test_replacements_must_fit_the_column(name: str, values: Any, rows: int) -> None:
    with pytest.raises(TypeMismatch) as raised:
        apply(Replace(columns=(name,), values=values), FRAME.head(rows))
    assert f"'{name}'" in raised.value.message


def test_halves_are_rounded_to_the_even_neighbour() -> None:
    frame = pd.DataFrame({"x": [0.5, 1.5, 2.345], "n": [15, 25, 35]})
    assert apply(Round(), frame)["x"].tolist() == [0.0, 2.0, 2.0]
    assert apply(Round(columns=("n",), decimals=-1), frame)["n"].tolist() == [20, 20, 40]


def test_rounding_and_text_need_their_types() -> None:
    for step in (Round(columns=("text",)), ChangeCase(columns=("n",), to="upper"), Trim(columns=("c",))):
        with pytest.raises(TypeMismatch):
            apply(step, FRAME)


def test_cases() -> None:
    frame = pd.DataFrame({"s": pd.Series(["joHN o'neil", "ßa", None], dtype="str")})
    cases = {to: apply(ChangeCase(to=to), frame)["s"][0] for to in ("upper", "lower", "title", "sentence")}
    assert cases == {
        "upper": "JOHN O'NEIL",
        "lower": "john o'neil",
        "title": "John O'Neil",
        "sentence": "John o'neil",
    }


def test_trim_takes_every_kind_of_white_space() -> None:
    frame = pd.DataFrame({"s": pd.Series(["\t a b \n", "\u00a0x\u2003", "", None], dtype="str")})
    trimmed = apply(Trim(), frame)["s"]
    assert trimmed.tolist()[:3] == ["a b", "x", ""]
    assert trimmed.isna().tolist() == [False, False, False, True]
