"""The engine: what a plan makes of a frame, what it reports, and when it refuses."""

import pandas as pd
import pytest

from workbench.errors import NoColumns, TaskCancelled, UnknownColumn
from workbench.transformations import (
    Aggregation,
    Cast,
    Drop,
    DropNulls,
    FillNulls,
    Filter,
    Group,
    Head,
    Plan,
    Select,
    Sort,
    SortKey,
    col,
)
from workers.engine import check, run

_COUNT = (Aggregation(function="count"),)


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["Ann", "Bob", None, "Dee"],
            "age": pd.array([31, None, 40, None], dtype="Int64"),
        }
    )


def test_a_plan_is_applied_step_by_step(people):
    plan = Plan(steps=(Filter(where=col("age") > 30), DropNulls(columns=("name",))))

    ran = run(plan, people)

    expected = pd.DataFrame({"name": ["Ann"], "age": pd.array([31], dtype="Int64")})
    pd.testing.assert_frame_equal(ran.frame, expected)
    assert [step.change.rows_after for step in ran.steps] == [2, 1]
    assert ran.steps[1].outcome == "Dropped 1 row where name was null"


def test_the_input_is_left_as_it_was(people):
    before = people.copy(deep=True)

    run(Plan(steps=(FillNulls(columns=("age",), value=0),)), people)

    pd.testing.assert_frame_equal(people, before)


def test_cells_that_changed_are_counted(people):
    ran = run(Plan(steps=(FillNulls(columns=("age",), value=0),)), people)

    change = ran.steps[0].change
    assert change.cells_changed == change.nulls_filled == {"age": 2}
    assert change.rows_affected == 2
    assert ran.steps[0].warnings == ()


def test_values_are_compared_whatever_their_type(people):
    """The median makes floats of integers; the ages that were there are the same."""
    ran = run(Plan(steps=(FillNulls(columns=("age",), method="median"),)), people)

    step = ran.steps[0]
    assert step.change.cells_changed == {"age": 2}
    assert step.change.columns_retyped == ("age",)
    assert step.outcome == "Filled 2 nulls in age with the median"


def test_a_step_without_effect_warns(people):
    ran = run(Plan(steps=(FillNulls(columns=("age",), value=0),) * 2), people)

    assert ran.steps[1].warnings == ("Nothing changed",)


def test_a_step_that_leaves_no_row_warns(people):
    ran = run(Plan(steps=(Filter(where=col("age") > 100),)), people)

    assert ran.steps[0].warnings == ("No row is left",)
    assert list(ran.frame.columns) == ["name", "age"]


def test_a_step_that_keeps_all_rows_in_their_order_warns(people):
    ran = run(
        Plan(steps=(Filter(where=col("name").isin(["Ann", "Bob", "Dee"]) | col("name").isna()),)), people
    )

    assert ran.steps[0].warnings == ("Nothing changed",)


def test_a_table_that_is_in_its_order_already_is_no_warning(people):
    ran = run(Plan(steps=(Sort(by=(SortKey(column="name"),)),) * 2), people)

    assert [step.warnings for step in ran.steps] == [(), ()]


def test_a_warning_shows_some_of_the_values_that_became_null():
    codes = pd.DataFrame({"code": ["1", "n/a", None, "2x", "n/a", "y" * 60, "three"]})

    ran = run(Plan(steps=(Cast(columns=("code",), to="integer"),)), codes)

    assert ran.steps[0].warnings == (
        f"5 values of code could not be kept and became null, for example 'n/a', '2x', '{'y' * 39}…'",
    )


def test_the_rows_before_are_those_kept_and_those_removed(people):
    ran = run(Plan(steps=(DropNulls(columns=("age",)), Group(by=("name",), aggregations=_COUNT))), people)

    dropped, grouped = (step.change for step in ran.steps)
    assert (dropped.rows_kept, dropped.rows_removed, dropped.rows_added) == (2, 2, 0)
    assert (grouped.rows_kept, grouped.rows_removed, grouped.rows_added) == (0, 2, 2)


def test_a_plan_knows_which_rows_of_its_table_it_holds(people):
    sort = Sort(by=(SortKey(column="age", descending=True),))
    fill = FillNulls(columns=("name",), value="?")

    assert run(Plan(steps=(fill,)), people).positions is None
    chosen = run(Plan(steps=(sort, fill, Filter(where=col("name") != "Dee"))), people)
    assert list(chosen.positions) == [2, 0, 1]
    grouped = run(Plan(steps=(sort, Group(by=("name",), aggregations=_COUNT), Head(n=1))), people)
    assert grouped.positions is None


def test_a_wrong_step_is_found_before_data_are_touched(people):
    plan = Plan(steps=(Select(columns=("name",)), DropNulls(columns=("agee",))))

    with pytest.raises(UnknownColumn) as caught:
        check(plan, people.iloc[:0])

    assert caught.value.details["step"] == 2
    assert "'agee'" in caught.value.message


def test_what_the_values_of_a_cast_decide_is_not_refused_before_they_are_looked_at(people):
    words = people.assign(name="no time")
    plan = Plan.parse(
        [
            {"kind": "cast", "columns": ["name"], "to": "datetime", "on_error": "keep"},
            {"kind": "change_case", "columns": ["name"], "to": "upper"},
        ]
    )

    assert check(plan, words.iloc[:0]) is None
    assert set(run(plan, words).frame["name"]) == {"NO TIME"}


def test_a_table_keeps_at_least_one_column(people):
    with pytest.raises(NoColumns):
        check(Plan(steps=(Drop(columns=("name", "age")),)), people.iloc[:0])


def test_what_is_raised_before_a_step_ends_the_run(people):
    seen = []

    def on_step(index, total, step):
        seen.append((index, total, step.kind))
        if index == 1:
            raise TaskCancelled("The task was cancelled.")

    with pytest.raises(TaskCancelled):
        run(Plan(steps=(DropNulls(), DropNulls(), DropNulls())), people, on_step=on_step)

    assert seen == [(0, 3, "drop_nulls"), (1, 3, "drop_nulls")]
