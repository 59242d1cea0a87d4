"""Tables of what is in a table, and rows that become headers, columns or more rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.errors import DuplicateColumn, NoColumns, TypeMismatch
from workbench.transformations import Crosstab, Describe, Explode, Plan, PromoteHeader, Transpose
from workers.apply import apply
from workers.apply.notes import taking_notes
from workers.engine import run

ORDERS = pd.DataFrame(
    {
        "city": ["Paris", "Rome", "Paris", None],
        "status": ["new", "new", "old", "old"],
        "quantity": [1, 2, 3, 4],
        "price": [1.5, None, 3.0, 4.0],
    }
)


def test_a_crosstab_counts_every_row_once() -> None:
    with taking_notes() as notes:
        made = apply(Crosstab(index="status", columns="city", margins=True), ORDERS)
    assert list(made.columns) == ["status", "Paris", "Rome", "null", "total"]
    assert made["status"].tolist() == ["new", "old", "total"]
    assert made["total"].tolist() == [2, 2, 4]
    assert made["Paris"].tolist() == [1, 1, 2]
    assert notes.warnings == ["Rows without city are counted under 'null'"]


@pytest.mark.parametrize(
    ("normalize", "cells"),
    [("all", [0.25, 0.25]), ("index", [0.5, 0.5]), ("columns", [0.5, 0.5])],
)
@pytest.mark.parametrize("margins", [True, False])
def test_shares_of_a_crosstab(normalize: str, cells: list[float], margins: bool) -> None:
    step = {
        "kind": "crosstab",
        "index": "status",
        "columns": "city",
        "normalize": normalize,
        "margins": margins,
    }
    made = apply(Crosstab.model_validate(step), ORDERS)
    assert made["Paris"].tolist()[:2] == cells
    if margins:
        assert made["total"].tolist()[-1] == 1


def test_a_crosstab_of_a_value_has_nulls_where_there_is_no_row() -> None:
    step = Crosstab(index="city", columns="status", value="price", aggregate="mean")
    made = apply(step, ORDERS)
    assert made["new"].tolist()[0] == 1.5
    assert made["old"].isna().tolist() == [False, True, False]


def test_a_crosstab_whose_total_meets_a_value_is_refused() -> None:
    frame = ORDERS.assign(status="total")
    with pytest.raises(DuplicateColumn, match="'total'"):
        apply(Crosstab(index="city", columns="status", margins=True), frame)


def test_a_description_has_a_row_for_each_column() -> None:
    made = apply(Describe(), ORDERS).set_index("column")
    assert made.index.tolist() == list(ORDERS.columns)
    price = made.loc["price"]
    assert (price["count"], price["nulls"], price["distinct"]) == (3, 1, 3)
    assert (price["min"], price["median"], price["max"]) == ("1.5", 3.0, "4.0")
    assert price["mean"] == pytest.approx(ORDERS["price"].mean())
    assert price["std"] == pytest.approx(ORDERS["price"].std())
    assert made.loc["city", "most_frequent"] == "Paris"
    assert np.isnan(made.loc["city", "mean"])


def test_a_description_of_values_that_cannot_be_compared_is_refused() -> None:
    with pytest.raises(TypeMismatch, match="tags"):
        apply(Describe(), pd.DataFrame({"tags": [["a"], ["b"]]}))


def test_items_of_a_list_become_rows_that_know_where_they_are_from() -> None:
    frame = pd.DataFrame({"id": [1, 2, 3], "tags": pd.Series([["a", "b"], [], ["c"]], dtype=object)})
    made = apply(Explode(column="tags"), frame)
    assert made.index.tolist() == [0, 0, 1, 2]
    assert made["id"].tolist() == [1, 1, 2, 3]
    assert made["tags"].fillna("none").tolist() == ["a", "b", "none", "c"]
    assert made["tags"].dtype == "str"


def test_items_of_a_text_become_rows_without_spaces_around_them() -> None:
    frame = pd.DataFrame({"tags": ["a, b", None, "", "c|d"]})
    made = apply(Explode(column="tags", separator=","), frame)
    assert made["tags"].fillna("none").tolist() == ["a", "b", "none", "", "c|d"]


@pytest.mark.parametrize(("column", "separator"), [("quantity", ","), ("quantity", None), ("city", None)])
def test_only_lists_and_text_with_a_separator_have_items(column: str, separator: str | None) -> None:
    with pytest.raises(TypeMismatch, match=f"'{column}'"):
        apply(Explode(column=column, separator=separator), ORDERS)


def test_text_without_a_separator_is_asked_for_one() -> None:
    with pytest.raises(TypeMismatch) as raised:
        apply(Explode(column="city"), ORDERS)
    assert raised.value.hint == "Say what separates the items, such as a comma, or that they are JSON lists."
    with pytest.raises(TypeMismatch) as raised:
        apply(Explode(column="quantity"), ORDERS)
    assert raised.value.hint == "Choose a column of lists or of text."


def test_the_values_that_exploding_changed_are_counted() -> None:
    frame = pd.DataFrame({"tags": ["a,b", "c", None, " d"], "n": [1, 2, 3, 4]})
    change = run(Plan(steps=(Explode(column="tags", separator=","),)), frame).steps[0].change
    assert change.cells_changed == {"tags": 3}
    assert (change.rows_kept, change.rows_added) == (4, 1)
    lists = pd.DataFrame({"tags": pd.Series([[1, 2], [], None, [[3]]], dtype=object)})
    ran = run(Plan(steps=(Explode(column="tags"),)), lists).steps[0]
    assert ran.change.cells_changed == {"tags": 4}
    assert ran.change.nulls_made == {"tags": 1}
    assert ran.warnings == ()


def test_a_list_that_was_made_of_groups_is_taken_apart_again() -> None:
    plan = Plan.parse(
        [
            {"kind": "group", "by": ["status"], "aggregations": [{"function": "list", "column": "quantity"}]},
            {"kind": "explode", "column": "list_quantity"},
        ]
    )
    made = run(plan, ORDERS).frame
    assert made["list_quantity"].tolist() == [1, 2, 3, 4]
    assert made["list_quantity"].dtype == "int64"


def test_a_row_becomes_the_header_with_names_that_differ() -> None:
    frame = pd.DataFrame({"a": ["junk", "city", "Rome"], "b": ["", "city", "3"], "c": [None, " ", "x"]})
    with taking_notes() as notes:
        made = apply(PromoteHeader(row=2), frame)
    assert list(made.columns) == ["city", "city_2", "c"]
    assert made.to_dict("list") == {"city": ["Rome"], "city_2": ["3"], "c": ["x"]}
    assert notes.rows_kept == 1
    assert "still text" in notes.warnings[0]


def test_a_header_that_is_not_there_changes_no_name() -> None:
    with taking_notes() as notes:
        made = apply(PromoteHeader(row=9), ORDERS)
    assert list(made.columns) == list(ORDERS.columns)
    assert made.empty
    assert "no row 9" in notes.warnings[0]


def test_rows_and_columns_change_places() -> None:
    frame = pd.DataFrame({"city": ["Paris", "Rome"], "a": [1, 2], "b": [3, 4]})
    made = apply(Transpose(header="city"), frame)
    assert made.to_dict("list") == {"column": ["a", "b"], "Paris": [1, 3], "Rome": [2, 4]}
    assert made["Paris"].dtype == "int64"


def test_columns_of_several_types_are_transposed_as_text_and_that_is_told() -> None:
    with taking_notes() as notes:
        made = apply(Transpose(), ORDERS)
    assert list(made.columns) == ["column", "row_1", "row_2", "row_3", "row_4"]
    assert made["row_1"].tolist() == ["Paris", "new", "1", "1.5"]
    assert notes.warnings == ["The columns were of several types, and became text"]


@pytest.mark.parametrize(
    ("header", "frame", "error"),
    [
        ("status", ORDERS, DuplicateColumn),
        (None, pd.DataFrame({"a": range(1001)}), TypeMismatch),
        ("a", pd.DataFrame({"a": [1]}), NoColumns),
        ("a", pd.DataFrame({"a": [["x", "y"], ["z"]], "b": [1, 2]}), TypeMismatch),
        ("a", pd.DataFrame({"a": ["x"], "b": [0.5], "c": [2**60 + 1]}), TypeMismatch),
    ],
)
def test_what_cannot_be_transposed(header: str | None, frame: pd.DataFrame, error: type[Exception]) -> None:
    with pytest.raises(error):
        apply(Transpose(header=header), frame)
