"""The engine: what a plan makes of a frame, what it reports, and when it refuses."""

import pandas as pd
import pytest

from workbench.errors import NoColumns, TaskCancelled, UnknownColumn
from workbench.transformations import Plan, col
from workbench.transformations.columns import Drop, Select
from workbench.transformations.rows import DropNulls, Filter
from workbench.transformations.values import FillNulls
from workers.engine import check, run


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


def test_a_wrong_step_is_found_before_data_are_touched(people):
    plan = Plan(steps=(Select(columns=("name",)), DropNulls(columns=("agee",))))

    with pytest.raises(UnknownColumn) as caught:
        check(plan, people.iloc[:0])

    assert caught.value.details["step"] == 2
    assert "'agee'" in caught.value.message


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
