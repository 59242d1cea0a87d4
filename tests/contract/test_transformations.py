"""What every transformation promises, held over the registry: a new one is covered the day it is added."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

from tests.contract import examples
from tests.contract.combine_examples import others
from tests.contract.every_kind import EXAMPLES, STRATEGIES, applied, rows_of_none, run_code, values_decide
from workbench.errors import DataError
from workbench.models import Change
from workbench.transformations import Effect, Plan, Scope, Transformation, registry
from workbench.transformations.fields import shown
from workers.apply import apply

KINDS = sorted(registry)
STEPS = [
    pytest.param(step, id=f"{kind}-{number}")
    for kind in KINDS
    for number, step in enumerate(EXAMPLES.get(kind, []))
]


def renumbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index(drop=True)


class Poison:
    """A value that cannot be looked at."""

    def _refuse(self, *_):
        raise AssertionError("a column was looked at that the step does not say it reads")

    __eq__ = __lt__ = __gt__ = __bool__ = __hash__ = __str__ = __float__ = __add__ = _refuse


def poisoned(frame: pd.DataFrame, names: set[str]) -> pd.DataFrame:
    frame = frame.copy()
    for name in names:
        frame[name] = pd.Series([Poison() for _ in range(len(frame))], dtype=object)
    return frame


def check_pure(step: Transformation, frame: pd.DataFrame) -> None:
    before, tables = frame.copy(deep=True), others()
    apply(step, frame, tables) if step.others() else apply(step, frame)
    assert_frame_equal(frame, before)
    for name, table in others().items():
        assert_frame_equal(tables[name], table)


def check_code(step: Transformation, frame: pd.DataFrame) -> None:
    result = run_code(step, frame)
    assert_frame_equal(result, renumbered(applied(step, frame)), check_exact=True, check_index_type="equiv")
    assert isinstance(result.index, pd.RangeIndex)


def check_effect(step: Transformation, frame: pd.DataFrame) -> None:
    result = applied(step, frame)
    assert result.columns.is_unique
    if step.acts_as() is Effect.ROWS:
        taken = frame.loc[result.index]
        same = [name for name in result.columns if name in step.carries(list(frame.columns))]
        assert_frame_equal(result[same], taken[same])
    elif step.acts_as() is Effect.COLUMNS:
        assert_series_equal(result.index.to_series(), frame.index.to_series())
    else:
        assert isinstance(result.index, pd.RangeIndex)


def check_reads(step: Transformation, frame: pd.DataFrame) -> None:
    columns = list(frame.columns)
    reads = step.reads(columns)
    assert set(reads) <= set(columns)
    result = applied(step, frame)
    blind = applied(step, poisoned(frame, set(columns) - set(reads)))
    if step.acts_as() is Effect.ROWS:
        assert list(blind.index) == list(result.index)
        assert list(applied(step, frame[reads]).index) == list(result.index)
    assert list(blind.columns) == list(result.columns)
    written = [name for name in result.columns if name not in step.carries(columns)]
    assert_frame_equal(blind[written], result[written])


def check_reads_of_others(step: Transformation, frame: pd.DataFrame) -> None:
    tables = others()
    for name in step.others():
        reads = step.reads_of(name, list(tables[name].columns))
        blind = poisoned(tables[name], set(tables[name].columns) - set(reads))
        assert_frame_equal(apply(step, frame, {**tables, name: blind}), applied(step, frame))


def check_writes(step: Transformation, frame: pd.DataFrame) -> None:
    result = applied(step, frame)
    step = step.knowing({name: list(other.columns) for name, other in others().items()})
    written, carried = step.writes(list(frame.columns)), step.carries(list(frame.columns))
    if step.open_ended:
        assert set(result.columns) >= set(written)
    else:
        assert set(result.columns) == set(written) | set(carried)
    assert not set(written) & set(carried)
    for after, before in carried.items():
        if step.open_ended and after not in result.columns:
            continue
        assert_series_equal(result[after], frame.loc[result.index, before].rename(after))


def check_partitions(step: Transformation, frame: pd.DataFrame, cuts: list[int]) -> None:
    if step.spans() is not Scope.ROW:
        return
    bounds = [0, *sorted(cut for cut in cuts if cut < len(frame)), len(frame)]
    parts = [renumbered(frame.iloc[start:stop]) for start, stop in pairwise(bounds)]
    joined = pd.concat([applied(step, part) for part in parts if len(part)] or [applied(step, frame)])
    assert_frame_equal(
        renumbered(joined), renumbered(applied(step, frame)), check_dtype=not values_decide(step)
    )


def check_empty(step: Transformation, frame: pd.DataFrame) -> None:
    result, empty = applied(step, frame), applied(step, renumbered(frame.iloc[:0]))
    if step.open_ended:
        return
    assert list(empty.columns) == list(result.columns)
    total = step.kind == "group" and not step.by
    assert len(empty) == (1 if total else rows_of_none(step))
    if not values_decide(step) and not total:
        assert empty.dtypes.to_dict() == result.dtypes.to_dict()


def check_json(step: Transformation) -> None:
    plan = Plan(steps=(step,))
    assert Plan.parse(json.loads(json.dumps(plan.to_json()))) == plan


def check_sentences(step: Transformation, frame: pd.DataFrame) -> None:
    result = applied(step, frame)
    change = Change(
        rows_before=len(frame),
        rows_after=len(result),
        columns_added=tuple(name for name in result.columns if name not in frame.columns),
        columns_removed=tuple(name for name in frame.columns if name not in result.columns),
    )
    for sentence in (step.describe(), step.outcome(change)):
        assert re.fullmatch(r"[A-Z][^\n]*[^.\s]", sentence), sentence
        for name in step.reads([])[:7]:
            assert shown(name) in sentence or repr(name) in sentence, sentence


AT_RANDOM = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

CHECKS = [
    check_pure,
    check_code,
    check_effect,
    check_reads,
    check_reads_of_others,
    check_writes,
    check_empty,
    check_sentences,
]


def test_every_kind_has_examples() -> None:
    assert set(EXAMPLES) == set(KINDS)
    assert set(STRATEGIES) == set(KINDS)
    assert all(step.kind == kind for kind, steps in EXAMPLES.items() for step in steps)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("step", STEPS)
def test_the_contract_holds_for_the_examples(step: Transformation, check) -> None:
    check(step, examples.table())


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "frame", [examples.table(0), examples.table(1), examples.nulls()], ids=["0", "1", "nulls"]
)
def test_exported_code_holds_on_small_and_empty_tables(step: Transformation, frame: pd.DataFrame) -> None:
    check_code(step, frame)
    check_effect(step, frame)
    check_empty(step, frame)


@pytest.mark.parametrize("step", STEPS)
def test_row_scope_gives_the_same_on_any_partitioning(step: Transformation) -> None:
    check_partitions(step, examples.table(), [1, 4])


@pytest.mark.parametrize("step", STEPS)
def test_plans_survive_json(step: Transformation) -> None:
    check_json(step)


@pytest.mark.parametrize("kind", KINDS)
def test_the_contract_holds_for_steps_and_tables_at_random(kind: str) -> None:
    @AT_RANDOM
    @given(STRATEGIES[kind], examples.tables(), st.lists(st.integers(1, 6), max_size=2))
    def hold(step: Transformation, frame: pd.DataFrame, cuts: list[int]) -> None:
        check_json(step)
        try:
            applied(step, frame)
        except DataError:
            return  # values that the step refuses; the examples above are there to be accepted
        for check in CHECKS:
            check(step, frame)
        check_partitions(step, frame, cuts)

    hold()


def test_an_unseeded_sample_is_random_only_in_its_choice() -> None:
    step = registry["sample"].model_validate({"n": 3})
    assert not step.deterministic
    for frame in (applied(step, examples.table()), run_code(step, examples.table())):
        assert len(frame) == 3
        assert list(frame.columns) == list(examples.COLUMNS)


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_columns_are_named_before_data_are_touched(kind: str) -> None:
    for step in EXAMPLES[kind]:
        for name in step.reads([]):
            for rows in (0, 3):
                frame = examples.table(rows).drop(columns=name)
                with pytest.raises(DataError) as raised:
                    applied(step, frame)
                assert raised.value.code == "unknown_column"
                assert raised.value.hint
