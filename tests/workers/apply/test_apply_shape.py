"""Tables of another shape: what analysts expect of nulls, ties, names and types."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from workbench.errors import DataError, DuplicateColumn, NoColumns, TypeMismatch
from workbench.transformations import Aggregation, Group, Pivot, Unpivot, ValueCounts
from workers.apply import apply
from workers.apply.notes import taking_notes
from workers.frames.convert import frame_to_table, table_to_frame

ORDERS = pd.DataFrame(
    {
        "city": ["Paris", "Rome", "Paris", None, "Rome", "Paris"],
        "status": ["new", "new", "old", "new", None, "old"],
        "month": [2, 10, 2, 1, 10, 10],
        "quantity": [1, 2, 3, 4, 5, 6],
        "price": [1.0, None, 3.0, 4.0, None, 6.0],
        "paid": [True, False, False, True, True, False],
        "huge": pd.Series([2**60 + 1, 2, 3, None, 5, 6], dtype="Int64"),
    }
)


def group(by: tuple[str, ...], function: str, column: str, **more: object) -> pd.DataFrame:
    made = Aggregation.model_validate({"function": function, "column": column, "name": "r", **more})
    return apply(Group(by=by, aggregations=(made,)), ORDERS)


@pytest.mark.parametrize(
    ("function", "column", "more", "expected"),
    [
        ("nulls", "price", {}, [0, 2, 0]),
        ("mode", "month", {}, [2, 10, 1]),
        ("mode", "quantity", {}, [1, 2, 4]),
        ("list", "quantity", {}, [[1, 3, 6], [2, 5], [4]]),
        ("list", "price", {}, [[1.0, 3.0, 6.0], [], [4.0]]),
        ("any", "paid", {}, [True, True, True]),
        ("all", "paid", {}, [False, False, True]),
        ("quantile", "quantity", {"q": 0.5}, [3.0, 3.5, 4.0]),
    ],
)
def test_what_groups_can_compute(
    function: str, column: str, more: dict[str, float], expected: object
) -> None:
    made = group(("city",), function, column, **more)
    assert made["city"].fillna("none").tolist() == ["Paris", "Rome", "none"]
    assert made["r"].tolist() == expected


def test_the_mode_keeps_every_digit_and_is_null_of_no_values() -> None:
    assert group(("city",), "mode", "huge")["r"].tolist() == [3, 2, pd.NA]
    assert group((), "mode", "huge")["r"].tolist() == [2]


def test_lists_come_back_as_they_were_written() -> None:
    made = group(("city",), "list", "status")
    assert_frame_equal(table_to_frame(frame_to_table(made)), made)
    assert type(table_to_frame(frame_to_table(made))["r"][0]) is list


def test_lists_are_of_what_json_has() -> None:
    with pytest.raises(TypeMismatch, match="list"):
        apply(
            Group(aggregations=(Aggregation(function="list", column="t"),)),
            pd.DataFrame({"t": [dt.datetime(2013, 1, 1)]}),
        )


def test_values_are_counted_the_most_frequent_first_and_ties_in_their_order() -> None:
    made = apply(ValueCounts(columns=("status",)), ORDERS)
    assert made["status"].fillna("none").tolist() == ["new", "old", "none"]
    assert made["count"].tolist() == [3, 2, 1]
    tied = apply(ValueCounts(columns=("quantity",)), ORDERS)
    assert tied["quantity"].tolist() == [1, 2, 3, 4, 5, 6]


def test_shares_are_of_the_rows_that_are_counted() -> None:
    step = ValueCounts(columns=("status",), normalize=True, dropna=True, sort=False)
    made = apply(step, ORDERS)
    assert list(made.columns) == ["status", "share"]
    assert made["share"].tolist() == [3 / 5, 2 / 5]


def test_a_pivot_names_its_columns_by_values_in_their_order() -> None:
    made = apply(Pivot(index=("city",), columns=("month",), values=("quantity",), aggregate="sum"), ORDERS)
    assert list(made.columns) == ["city", "1", "2", "10"]
    assert made["city"].fillna("none").tolist() == ["Paris", "Rome", "none"]
    assert made["10"].fillna(-1).tolist() == [6, 7, -1]


def test_counts_of_no_rows_are_zero_and_other_gaps_are_filled_if_asked_for() -> None:
    counts = apply(Pivot(index=("city",), columns=("status",), values=("price",), aggregate="count"), ORDERS)
    assert counts["old"].tolist() == [2, 0, 0]
    assert counts["old"].dtype == "int64"
    step = Pivot(index=("city",), columns=("status",), values=("quantity",), aggregate="sum", fill=0)
    assert apply(step, ORDERS)["old"].dtype == "int64"


def test_null_keys_of_a_pivot_are_a_row_and_a_column_and_are_told_of() -> None:
    step = Pivot(index=("city",), columns=("status",), values=("quantity",), aggregate="sum")
    with taking_notes() as notes:
        made = apply(step, ORDERS)
    assert list(made.columns) == ["city", "new", "old", "null"]
    assert notes.warnings == ["Rows without status are counted under 'null'"]


def test_several_keys_and_values_of_a_pivot_are_joined() -> None:
    step = Pivot(index=("city",), columns=("status", "month"), values=("quantity", "price"), aggregate="max")
    names = list(apply(step, ORDERS).columns)
    assert names[1:3] == ["quantity_new_1", "quantity_new_2"]
    assert names[7] == "price_new_1"
    assert len(names) == 13


def test_a_pivot_of_too_many_columns_is_refused() -> None:
    wide = pd.DataFrame({"a": 1, "b": range(1001), "c": 1})
    with pytest.raises(TypeMismatch, match="1,001 columns"):
        apply(Pivot(index=("a",), columns=("b",), values=("c",)), wide)


def test_a_pivot_whose_names_meet_is_refused() -> None:
    frame = pd.DataFrame({"a": [1, 1], "b": ["x", "a"], "c": [1, 2]})
    with pytest.raises(DuplicateColumn, match="'a'"):
        apply(Pivot(index=("a",), columns=("b",), values=("c",)), frame)


@pytest.mark.parametrize("value", ["paid", "big"])
def test_a_pivot_does_not_change_values_to_make_room_for_gaps(value: str) -> None:
    frame = ORDERS.assign(big=2**60 + 1)
    with pytest.raises(TypeMismatch, match=f"'{value}'"):
        apply(Pivot(index=("city",), columns=("month",), values=(value,), aggregate="max"), frame)


def test_columns_become_rows_and_nulls_stay() -> None:
    made = apply(Unpivot(id_columns=("city",), value_columns=("price", "quantity")), ORDERS)
    assert list(made.columns) == ["city", "variable", "value"]
    assert made["variable"].tolist() == ["price"] * 6 + ["quantity"] * 6
    assert made["value"].isna().sum() == 2


def test_a_value_column_may_be_called_as_one_that_it_is_made_of() -> None:
    step = Unpivot(value_columns=("price",), value_name="price")
    assert list(apply(step, ORDERS).columns) == ["variable", "price"]


def test_values_of_several_types_become_text_only_if_asked_for() -> None:
    step = {"kind": "unpivot", "value_columns": ["price", "city"]}
    with pytest.raises(TypeMismatch, match="several types"):
        apply(Unpivot.model_validate(step), ORDERS)
    made = apply(Unpivot.model_validate({**step, "as_text": True}), ORDERS)
    assert made["value"].dtype == "str"
    assert made["value"].isna().sum() == 3


def test_numbers_stand_together_only_with_every_digit() -> None:
    with pytest.raises(TypeMismatch, match="'huge'"):
        apply(Unpivot(value_columns=("price", "huge")), ORDERS)


def test_there_must_be_something_to_unpivot() -> None:
    with pytest.raises(NoColumns) as raised:
        apply(Unpivot(id_columns=tuple(ORDERS.columns)), ORDERS)
    assert isinstance(raised.value, DataError)
