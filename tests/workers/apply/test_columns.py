"""Columns read as people write them, chosen by what they are like, moved, copied, renamed by a rule."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.support.exported import done
from workbench.errors import DataError, DuplicateColumn, NoColumns, TypeMismatch, ValueUnreadable
from workbench.transformations import (
    Cast,
    DropBy,
    Duplicate,
    Move,
    RenameWith,
    SelectBy,
    SortColumns,
    Transformation,
)
from workers.apply import apply
from workers.apply.notes import taking_notes


def cast(values: Any, to: str, dtype: Any = "str", **parameters: Any) -> list[Any]:
    frame = pd.DataFrame({"x": pd.Series(values, dtype=dtype)})
    column = done(Cast(columns=("x",), to=to, **parameters), frame)["x"]
    return [None if pd.isna(value) else value for value in column]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("$1,234.50", 1234.5),
        ("-$5", -5.0),
        ("$-5", -5.0),
        ("$ 5", 5.0),
        ("5 €", 5.0),
        ("USD 1,000", 1000.0),
        ("1,000 CHF", 1000.0),
        ("(300)", -300.0),
        ("($1,000)", -1000.0),
        ("$(5)", -5.0),
        ("5-", -5.0),
        ("+7", 7.0),
        ("\u22127", -7.0),
        ("12.5%", 0.125),
        ("-12 %", -0.12),
        ("1 234 567", 1234567.0),
        ("1\u00a0234", 1234.0),
        ("1\u202f234", 1234.0),
        ("1'234.5", 1234.5),
        ("12,34,567", 1234567.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        (" 7 ", 7.0),
    ],
)
def test_an_amount_is_read_as_it_is_written(text: str, number: float) -> None:
    assert cast([text, None], "float", decimal=".") == [number, None]


@pytest.mark.parametrize(
    "text",
    ["", "x", "--5", "(5", "5)", "-(5)", "12 5", "1,23", "1,2345", "1.234,5", "5%%", "$", "ABC 5", "-5-"],
)
def test_what_is_no_amount_becomes_null(text: str) -> None:
    assert cast([text, "1"], "float", decimal=".") == [None, 1.0]


def test_a_decimal_comma_is_said() -> None:
    texts = ["1.234,5", "12,5 %", "1.234", "(2,5) ", "1.5", None]
    assert cast(texts, "float", decimal=",") == [1234.5, 0.125, 1234.0, -2.5, None, None]
    with pytest.raises(TypeMismatch, match="decimal comma"):
        cast([1.5], "float", "float64", decimal=",")


def test_amounts_keep_all_their_digits() -> None:
    texts = ["9,223,372,036,854,775,807", "(12,345,678,901,234,567)", "50%", "300%"]
    assert cast(texts[:2], "integer", decimal=".") == [2**63 - 1, -12345678901234567]
    assert cast(texts[2:], "integer", decimal=".") == [None, 3]
    with pytest.raises(ValueUnreadable, match="too long"):
        cast(["99,999,999,999,999,999,999"], "integer", decimal=".")


def notes(step: Transformation, frame: pd.DataFrame) -> list[str]:
    with taking_notes() as taken:
        apply(step, frame)
    return taken.warnings


def test_what_would_have_read_them_is_told() -> None:
    frame = pd.DataFrame({"x": ["1", "$5"], "y": ["2.5", "1.234,5"], "z": ["$5", "five"]})
    assert notes(Cast(columns=("x", "y", "z"), to="float"), frame) == [
        "All values of x that became null are numbers with a decimal point: decimal='.' reads them",
        "All values of y that became null are numbers with a decimal comma: decimal=',' reads them",
    ]


def test_percentages_are_told() -> None:
    step = Cast(columns=("x",), to="float", decimal=".")
    assert notes(step, pd.DataFrame({"x": ["12%", "3%", "1", None]})) == [
        "2 values of x in percent became hundredths: 12% is 0.12"
    ]


@pytest.mark.parametrize("to", ["integer", "float", "boolean", "datetime", "date"])
def test_a_column_with_an_unreadable_value_can_stay(to: str) -> None:
    frame = pd.DataFrame({"x": ["1", "oops", None], "y": [None, None, None]})
    frame["y"] = frame["y"].astype("str")
    step = Cast(columns=("x", "y"), to=to, on_error="keep")
    result = done(step, frame)
    assert result["x"].tolist()[:2] == ["1", "oops"]
    assert result["x"].dtype == "str"
    assert result["y"].dtype != "str"
    (note,) = notes(step, frame)
    assert note.endswith("the column was kept as it is")


def test_a_date_is_a_midnight() -> None:
    texts = ["2013-01-31T23:59", "2013-02-01", "x"]
    assert cast(texts, "date") == [pd.Timestamp("2013-01-31"), pd.Timestamp("2013-02-01"), None]
    with pytest.raises(TypeMismatch, match="UTC differ"):
        cast(["2013-01-01"], "date", "datetime64[us, Europe/Berlin]")


def test_categories_are_in_the_order_given() -> None:
    frame = pd.DataFrame({"size": ["L", "S", None, "XL"]})
    made = done(Cast(columns=("size",), to="category", order=("S", "M", "L")), frame)["size"]
    assert made.dtype == pd.CategoricalDtype(["S", "M", "L"], ordered=True)
    assert made.isna().tolist() == [False, False, True, True]
    assert done(Cast(columns=("size",), to="category"), frame)["size"].cat.categories.tolist() == [
        "L",
        "S",
        "XL",
    ]
    for rows in (0, 4):
        with pytest.raises(TypeMismatch, match="needs numbers"):
            apply(Cast(columns=("size",), to="category", order=(1, 2)), frame.head(rows))


TABLE = pd.DataFrame(
    {
        "dep_time": [1, 2, 3, 4],
        "dep_delay": [None, None, 1.5, 2.5],
        "Carrier": ["AA", None, "UA", "B6"],
        "flown": [True, False, True, True],
        "when": pd.to_datetime(["2013-01-01", None, None, None]),
        "level": pd.Categorical(["a", "b", "a", "b"]),
    }
)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ({"starts_with": "dep_"}, ["dep_time", "dep_delay"]),
        ({"ends_with": "e"}, ["dep_time"]),
        ({"contains": "CARR", "case": False}, ["Carrier"]),
        ({"matches": r"^.{5}$"}, ["flown", "level"]),
        ({"type": "numbers"}, ["dep_time", "dep_delay"]),
        ({"type": "text"}, ["Carrier"]),
        ({"type": "dates"}, ["when"]),
        ({"type": "booleans"}, ["flown"]),
        ({"type": "categories"}, ["level"]),
        ({"nulls_over": 0}, ["dep_delay", "Carrier", "when"]),
        ({"nulls_over": 0.5}, ["when"]),
    ],
)
def test_columns_are_chosen_by_what_they_are_like(by: dict[str, Any], names: list[str]) -> None:
    assert list(done(SelectBy(**by), TABLE)) == names
    assert list(done(DropBy(**by), TABLE)) == [name for name in TABLE if name not in names]


@pytest.mark.parametrize("rows", [0, 4])
def test_no_column_or_all_are_refused(rows: int) -> None:
    with pytest.raises(NoColumns, match="fits no column"):
        apply(SelectBy(starts_with="x"), TABLE.head(rows))
    with pytest.raises(NoColumns, match="fits all columns"):
        apply(DropBy(matches="."), TABLE.head(rows))


def test_a_share_of_nulls_is_not_judged_before_there_are_rows() -> None:
    assert list(done(SelectBy(nulls_over=0.5), TABLE.head(0))) == list(TABLE)
    assert list(done(DropBy(nulls_over=0.5), TABLE.head(0))) == list(TABLE)


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ({"to": "first"}, ["d", "b", "a", "c"]),
        ({"to": "last"}, ["a", "c", "d", "b"]),
        ({"before": "c"}, ["a", "d", "b", "c"]),
        ({"after": "a"}, ["a", "d", "b", "c"]),
    ],
)
def test_columns_are_moved_in_the_order_named(place: dict[str, str], names: list[str]) -> None:
    frame = pd.DataFrame({name: [1] for name in "abcd"})
    assert list(done(Move(columns=("d", "b"), **place), frame)) == names
    for missing in ({"columns": ("x",), **place}, {"columns": ("a",), "before": "x"}):
        with pytest.raises(DataError, match="no column 'x'"):
            apply(Move(**missing), frame)


def test_a_copy_stands_at_the_end_under_a_name_that_is_free() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert list(done(Duplicate(column="b"), frame)) == ["a", "b", "b_copy"]
    with pytest.raises(DuplicateColumn):
        apply(Duplicate(column="b", name="a"), frame)


STYLES = {
    "clean": [
        "user_id",
        "first_name",
        "grosse_cm",
        "percent_done",
        "x2nd_try",
        "first_name_2",
        "customers",
        "x",
    ],
    "snake": ["user_id", "first_name", "größe_cm", "done", "2nd_try", "first_name", "customer_s", "$$"],
    "camel": ["userId", "firstName", "größeCm", "done", "2ndTry", "firstName", "customerS", "$$"],
    "pascal": ["UserId", "FirstName", "GrößeCm", "Done", "2ndTry", "FirstName", "CustomerS", "$$"],
    "kebab": ["user-id", "first-name", "größe-cm", "done", "2nd-try", "first-name", "customer-s", "$$"],
    "title": ["User Id", "First Name", "Größe Cm", "Done", "2nd Try", "First Name", "Customer S", "$$"],
    "upper": ["USERID", "FIRST NAME", "GRÖSSE (CM)", "% DONE", "2ND TRY", "FIRST_NAME", "CUSTOMER'S", "$$"],
    "lower": ["userid", "first name", "größe (cm)", "% done", "2nd try", "first_name", "customer's", "$$"],
}
NAMES = ["UserID", "first name", "Größe (cm)", "% done", "2nd try", "First_Name", "Customer's", "$$"]


@pytest.mark.parametrize("style", STYLES)
def test_names_are_written_in_a_style(style: str) -> None:
    at = (
        [0, 1, 2, 3, 4, 6, 7]
        if style in {"snake", "camel", "pascal", "kebab", "title"}
        else range(len(NAMES))
    )
    frame = pd.DataFrame({NAMES[n]: [n] for n in at})
    assert list(done(RenameWith(style=style), frame)) == [STYLES[style][n] for n in at]


def test_names_of_other_scripts_keep_their_letters() -> None:
    frame = pd.DataFrame({"名前": [1], "Дата Рождения": [2], "HTTPServer2Go": [3], "łódź": [4]})
    assert list(done(RenameWith(style="clean"), frame)) == [
        "名前",
        "дата_рождения",
        "http_server2_go",
        "lodz",
    ]


def test_a_rule_that_would_make_one_name_of_two_is_refused() -> None:
    frame = pd.DataFrame({"A": [1], "a": [2]})
    with pytest.raises(DuplicateColumn, match="called 'a'"):
        apply(RenameWith(style="lower"), frame)
    assert list(done(RenameWith(style="clean"), frame)) == ["a", "a_2"]
    with pytest.raises(DuplicateColumn):
        apply(RenameWith(style="clean", columns=("A",)), frame)


def test_the_ends_of_names_are_added_and_taken_away() -> None:
    frame = pd.DataFrame({"x_a": [1], "x_b": [2], "c": [3]})
    assert list(done(RenameWith(remove_prefix="x_"), frame)) == ["a", "b", "c"]
    assert list(done(RenameWith(remove_suffix="c"), frame)) == ["x_a", "x_b", "c"]
    assert list(done(RenameWith(add_suffix="_1", columns=("c",)), frame)) == ["x_a", "x_b", "c_1"]
    assert list(done(RenameWith(replace="_", by=" "), frame)) == ["x a", "x b", "c"]


def test_columns_that_hold_nothing_or_one_value_are_found() -> None:
    frame = pd.DataFrame(
        {
            "empty": [None, None],
            "gone": [float("nan")] * 2,
            "same": ["a", "a"],
            "nearly": [1.0, None],
            "other": [1, 2],
        }
    )
    assert list(done(DropBy(holding="nothing"), frame)) == ["same", "nearly", "other"]
    assert list(done(SelectBy(holding="nothing"), frame)) == ["empty", "gone"]
    assert list(done(DropBy(holding="one_value"), frame)) == ["nearly", "other"]
    assert list(done(SelectBy(holding="one_value"), frame)) == ["empty", "gone", "same"]


def test_one_row_shows_no_constant_and_none_shows_nothing_at_all() -> None:
    frame = pd.DataFrame({"a": ["x"], "b": [1]})
    assert list(done(DropBy(holding="one_value"), frame)) == ["a", "b"]
    for holding in ("nothing", "one_value"):
        for word in (SelectBy, DropBy):
            assert list(done(word(holding=holding), frame.iloc[:0])) == ["a", "b"]


def test_a_value_far_down_makes_a_column_no_constant() -> None:
    frame = pd.DataFrame({"a": ["x"] * 5_000, "b": ["x"] * 4_999 + ["y"]})
    assert list(done(DropBy(holding="one_value"), frame)) == ["b"]


def test_no_column_may_be_left_out_that_is_the_last() -> None:
    frame = pd.DataFrame({"a": [None, None]})
    for holding in ("nothing", "one_value"):
        with pytest.raises(NoColumns):
            apply(DropBy(holding=holding), frame)


def test_columns_stand_in_the_order_of_their_names_whatever_their_case() -> None:
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["b", "A", "a", "Ä"])
    assert list(done(SortColumns(), frame)) == ["A", "a", "b", "Ä"]
    assert list(done(SortColumns(descending=True), frame)) == ["Ä", "b", "a", "A"]
