"""Values as flags and integers."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.support import exported
from workbench.errors import DuplicateColumn, TypeMismatch, ValueUnreadable
from workbench.transformations import BinaryEncode, LabelEncode, OneHot, OrdinalEncode, Plan, Transformation
from workers.apply import apply
from workers.apply.notes import taking_notes
from workers.engine import check, run

CITIES = pd.DataFrame({"city": ["Rome", "Oslo", None, "Rome", "Bern"], "n": [1, 2, 3, 4, 5]})


def done(step: Transformation, frame: pd.DataFrame = CITIES) -> pd.DataFrame:
    return exported.done(step, frame)


def listed(column: pd.Series) -> list[object]:
    return [None if pd.isna(value) else value for value in column]


def test_each_value_gets_a_column_of_flags() -> None:
    made = done(OneHot(columns=("city",)))
    assert list(made) == ["n", "city_Bern", "city_Oslo", "city_Rome"]
    assert made["city_Rome"].tolist() == [True, False, False, True, False]
    assert list(done(OneHot(columns=("city",), prefix="in", drop_first=True, dummy_na=True))) == [
        "n",
        "in_Oslo",
        "in_Rome",
        "in_null",
    ]


def test_nulls_that_are_false_everywhere_are_told() -> None:
    with taking_notes() as notes:
        apply(OneHot(columns=("city",)), CITIES)
    assert notes.warnings == ["1 null of city is false in all columns made of it"]


def test_flags_do_not_take_the_place_of_a_column() -> None:
    frame = CITIES.rename(columns={"n": "city_Oslo"})
    with pytest.raises(DuplicateColumn, match="city_Oslo"):
        apply(OneHot(columns=("city",)), frame)
    with pytest.raises(DuplicateColumn, match="city_0"):
        apply(BinaryEncode(columns=("city",)), CITIES.rename(columns={"n": "city_0"}))


@pytest.mark.parametrize("values", [1000, 1001])
def test_more_than_a_thousand_columns_are_refused(values: int) -> None:
    frame = pd.DataFrame({"x": range(values)})
    if values == 1000:
        assert apply(OneHot(columns=("x",)), frame).shape == (1000, 1000)
    else:
        with pytest.raises(TypeMismatch, match="1,001 columns"):
            apply(OneHot(columns=("x",)), frame)


def test_the_only_column_of_a_table_can_be_spread() -> None:
    plan = Plan(steps=(OneHot(columns=("city",)),))
    assert check(plan, CITIES[["city"]].head(0)) is None
    assert run(plan, CITIES[["city"]]).frame.shape == (5, 3)


def test_the_order_given_gives_the_integers() -> None:
    step = OrdinalEncode(columns=("city",), order=("Oslo", "Rome"), start=1)
    made = done(step)["city"]
    assert made.dtype == "Int64"
    assert listed(made) == [2, 1, None, 2, None]
    with pytest.raises(ValueUnreadable, match="'Bern'"):
        apply(step.model_copy(update={"on_error": "fail"}), CITIES)
    for rows in (0, 5):
        with pytest.raises(TypeMismatch, match="needs text"):
            apply(OrdinalEncode(columns=("n",), order=("a",)), CITIES.head(rows))


def test_labels_go_by_value_or_by_appearance_and_are_told() -> None:
    assert listed(done(LabelEncode(columns=("city",)))["city"]) == [2, 1, None, 2, 0]
    step = LabelEncode(columns=("city",), by="appearance")
    assert listed(done(step)["city"]) == [0, 1, None, 0, 2]
    with taking_notes() as notes:
        apply(step, CITIES)
    assert notes.warnings == ["Of city, Rome is 0, Oslo is 1 and Bern is 2"]


def test_the_digits_of_the_labels_are_columns() -> None:
    made = done(BinaryEncode(columns=("city",)))
    assert list(made) == ["n", "city_0", "city_1"]
    assert listed(made["city_0"]) == [1, 0, None, 1, 0]
    assert listed(made["city_1"]) == [0, 1, None, 0, 0]


def test_values_that_cannot_be_compared_are_refused() -> None:
    frame = pd.DataFrame({"x": [[1], "a"]})
    for step in (OneHot(columns=("x",)), LabelEncode(columns=("x",)), BinaryEncode(columns=("x",))):
        with pytest.raises(TypeMismatch, match="'x'"):
            apply(step, frame)


@pytest.mark.parametrize("values", [["nan", None, "a"], [1, None, 2], ["2013-01-01", None, "2014-01-01"]])
def test_nulls_have_a_flag_of_one_name_whatever_the_type(values: list[object]) -> None:
    dtypes = {int: "Int64", str: "str" if values[0] == "nan" else "datetime64[us]"}
    frame = pd.DataFrame({"x": pd.Series(values, dtype=dtypes[type(values[0])]), "y": ["p", "q", None]})
    made = done(OneHot(columns=("x", "y"), dummy_na=True), frame)
    assert list(made.columns)[2:] == ["x_null", "y_p", "y_q", "y_null"]
    assert made["x_null"].tolist() == [False, True, False]
    assert made["y_null"].tolist() == [False, False, True]


def test_flags_of_nulls_alone() -> None:
    frame = pd.DataFrame({"x": pd.Series([None, None], dtype="str"), "n": [1, 2]})
    assert list(done(OneHot(columns=("x",), dummy_na=True), frame)) == ["n", "x_null"]
    assert list(done(OneHot(columns=("x",), dummy_na=True, drop_first=True), frame)) == ["n"]


def test_a_value_called_null_beside_nulls_is_refused() -> None:
    frame = pd.DataFrame({"x": ["null", None]})
    with pytest.raises(DuplicateColumn, match="x_null"):
        apply(OneHot(columns=("x",), dummy_na=True), frame)
