"""A plan is given the columns that it needs; what it makes of them is what it makes of the whole table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

from tests.contract import examples
from tests.contract.combine_examples import others
from tests.contract.every_kind import EXAMPLES, STRATEGIES
from workbench.errors import DataError
from workbench.transformations import Plan, Transformation, registry
from workers.engine import check, needs, needs_of, run
from workers.frames.convert import with_stand_ins

KINDS = sorted(registry)
AT_RANDOM = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def without(frame: pd.DataFrame, needed: frozenset[str]) -> pd.DataFrame:
    """The table as the engine reads it."""
    columns = list(frame.columns)
    return with_stand_ins(frame[[name for name in columns if name in needed]], columns)


def names(tables: dict[str, pd.DataFrame]) -> dict[str, list[str]]:
    return {name: list(table.columns) for name, table in tables.items()}


def hold(plan: Plan, frame: pd.DataFrame) -> None:
    """Run the plan on the whole tables, and on what it needs of them."""
    tables = others()
    found = needs(plan, list(frame.columns), names(tables))
    whole = run(plan, frame, others=tables)
    empty = check(
        plan, without(frame, found.reads).iloc[:0], {name: table.iloc[:0] for name, table in tables.items()}
    )
    assert empty is None or list(empty.columns) == list(whole.frame.columns)
    needed = {
        name: without(table, needs_of(plan, name, list(table.columns))) for name, table in tables.items()
    }
    rewritten = run(plan, without(frame, found.with_carried()), others=needed)
    assert_frame_equal(rewritten.frame, whole.frame)
    assert rewritten.steps == whole.steps
    if not found.in_place:
        return
    ran = run(plan, without(frame, found.reads), others=needed)
    assert list(ran.frame.columns) == list(whole.frame.columns)
    assert ran.steps == whole.steps
    if not any(step.open_ended for step in plan.steps):
        assert found.writes | set(found.carried) == set(whole.frame.columns)
    written = [name for name in whole.frame.columns if name not in found.carried]
    assert_frame_equal(ran.frame[written], whole.frame[written])
    for after, before in found.carried.items():
        if after in whole.frame.columns:
            assert_series_equal(frame[before].rename(after), whole.frame[after])


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, id=f"{kind}-{number}")
        for kind in KINDS
        for number, step in enumerate(EXAMPLES[kind])
    ],
)
def test_a_step_needs_no_more_than_it_says(step: Transformation) -> None:
    hold(Plan(steps=(step,)), examples.table())


def seeded(step: Transformation) -> bool:
    return step.deterministic


STEPS = st.sampled_from(KINDS).flatmap(STRATEGIES.__getitem__).filter(seeded)


@AT_RANDOM
@given(st.lists(STEPS, min_size=2, max_size=4).map(tuple), examples.tables())
def test_plans_of_several_steps_need_no_more_than_they_say(
    steps: tuple[Transformation, ...], frame: pd.DataFrame
) -> None:
    plan = Plan(steps=steps)
    refused = refusal(plan, frame)
    if refused is None:
        hold(plan, frame)
    else:
        found = needs(plan, list(frame.columns), names(others()))
        assert refusal(plan, without(frame, found.with_carried())) == refused


def refusal(plan: Plan, frame: pd.DataFrame) -> dict[str, Any] | None:
    """What the data do not allow, if that is so."""
    try:
        run(plan, frame, others=others())
    except DataError as error:
        return error.to_dict()
    return None


def test_a_name_that_was_dropped_and_given_anew_is_another_column() -> None:
    plan = Plan.parse(
        [
            {"kind": "rename", "columns": {"int": "Int", "Int": "int"}},
            {"kind": "drop_columns", "columns": ["float", "Int"]},
            {"kind": "rename", "columns": {"int": "float"}},
        ]
    )

    found = needs(plan, ["int", "Int", "float", "text"])

    assert (found.reads, found.writes) == (frozenset(), frozenset())
    assert found.carried == {"float": "Int", "text": "text"}
