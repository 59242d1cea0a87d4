"""Rows seen through selections: whatever the chain of commands, a node is what pandas gives, read any way."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as at_random
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from tests.support.valkey import Broker
from tests.workers.test_shared_blocks import Steps, Work, by_pandas, table
from workbench.errors import StoreDamaged
from workbench.models import NodeRecord
from workbench.settings import Settings
from workbench.store.protocol import OwnerStore
from workbench.transformations import Plan, Transformation, col
from workers.apply import apply
from workers.frames.blocks import iter_batches, read_table
from workers.frames.convert import load_frame, table_to_frame
from workers.frames.export import export_batches
from workers.profile import profile_column, profile_columns
from workers.services import Services

ROWS = 20_000


@pytest.fixture
def cache_bytes() -> int:
    """How much is cached: nothing, as what is cached is not read from its block."""
    return 0


@pytest.fixture
def settings(tmp_path: Path, valkey_server: Broker, cache_bytes: int) -> Settings:
    return Settings(data_dir=tmp_path, redis_url=valkey_server.url, cache_bytes=cache_bytes)


@pytest.fixture
def work(services: Services, owner: OwnerStore) -> Work:
    return Work(services, owner)


@pytest.fixture(autouse=True)
def small_lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the lines of small and large so that little data shows what much does."""
    monkeypatch.setattr("workers.frames.blocks._ROW_GROUP", 3_000)
    monkeypatch.setattr("workers.frames.selections._ROW_GROUP", 2_000)
    monkeypatch.setattr("workers.jobs.sharing._TOGETHER_CELLS", 70)


def kept(node: NodeRecord) -> dict[str, tuple[str, str | None]]:
    return {column.name: (column.block, column.selection) for column in node.manifest.columns}


def selections(node: NodeRecord) -> set[str | None]:
    return {column.selection for column in node.manifest.columns}


FILTER: Steps = [{"kind": "filter", "where": (col("share") > 300).model_dump()}]
SORT: Steps = [{"kind": "sort", "by": [{"column": "name"}, {"column": "id", "descending": True}]}]
REVERSE: Steps = [{"kind": "sort", "by": [{"column": "id", "descending": True}]}]
DERIVE: Steps = [
    {"kind": "derive", "column": "sum", "expression": (col("id") + col("share")).tree.model_dump()}
]
TRIM: Steps = [{"kind": "trim", "columns": ["name"]}]
DROP_NULLS: Steps = [{"kind": "drop_nulls", "columns": ["nullable", "flag"]}]


def every_way(work: Work, node: NodeRecord, expected: pd.DataFrame) -> None:
    """Read a node whole, by column, by page, by batches, as a profile and as CSV: it is ``expected``."""
    blobs, manifest = work.owner.blobs, node.manifest
    assert_frame_equal(work.frame(node), expected, check_exact=True)
    assert [column.dtype for column in manifest.columns] == [str(dtype) for dtype in expected.dtypes]
    for name in expected.columns:
        assert_frame_equal(load_frame(blobs, manifest, [name]), expected[[name]])
    for offset, limit in (
        (0, 7),
        (len(expected) // 2, 11),
        (max(0, len(expected) - 3), 50),
        (len(expected), 5),
    ):
        page = table_to_frame(read_table(blobs, manifest, offset=offset, limit=limit))
        assert_frame_equal(page, expected[offset : offset + limit].reset_index(drop=True))
    batches = list(iter_batches(blobs, manifest))
    assert_frame_equal(table_to_frame(pa.Table.from_batches(batches)), expected)
    whole = read_table(blobs, manifest)
    assert whole.schema.equals(batches[0].schema, check_metadata=True)
    assert list(profile_columns(blobs, manifest)) == [
        profile_column(column.name, column.dtype, whole.column(column.name)) for column in manifest.columns
    ]
    text = b"".join(export_batches(iter_batches(blobs, manifest, ["id"]), whole.select(["id"]).schema, "csv"))
    assert [row[0] for row in csv.reader(io.StringIO(text.decode("utf-8-sig")))][1:] == [
        str(value) for value in expected["id"]
    ]


def test_rows_that_are_chosen_write_a_selection_and_nothing_else(work: Work) -> None:
    source = work.open(table(ROWS))

    node = work.apply(FILTER)

    assert work.blocks == (2, 1)  # the column that is looked at, for the check and for the run
    assert len(selections(node)) == 1
    assert None not in selections(node)
    assert {name: block for name, (block, _) in kept(node).items()} == {
        name: block for name, (block, _) in kept(source).items()
    }
    every_way(work, node, by_pandas(FILTER, work.frame(source)))


def test_columns_that_are_set_are_written_beside_the_selection(work: Work) -> None:
    source = work.open(table(ROWS))

    node = work.apply([*TRIM, *DERIVE, *SORT])

    plain = {name for name, (_, selection) in kept(node).items() if selection is None}
    assert plain == {"name", "sum"}
    every_way(work, node, by_pandas([*TRIM, *DERIVE, *SORT], work.frame(source)))


def test_selections_are_composed_each_once_and_lead_to_blocks_at_once(work: Work) -> None:
    expected = work.frame(work.open(table(ROWS)))
    work.apply(FILTER)
    derived = work.apply(DERIVE)
    expected = by_pandas([*FILTER, *DERIVE], expected)
    assert len(selections(derived)) == 2

    node = work.apply(SORT)

    assert work.calls.count("blobs.create") == 2  # through the filter, and of what was written after it
    every_way(work, node, by_pandas(SORT, expected))
    for key in selections(derived):
        if key is not None:
            work.owner.blobs.delete(key)
    assert_frame_equal(work.frame(node), by_pandas(SORT, expected))


def test_rows_that_stay_in_their_places_need_no_selection(work: Work) -> None:
    source = work.open(table(ROWS))

    same = work.apply([{"kind": "sort", "by": [{"column": "id"}]}])

    assert kept(same) == kept(source)
    assert work.blocks[1] == 0

    filtered = work.apply(FILTER)
    assert kept(work.apply([{"kind": "sort", "by": [{"column": "id"}]}])) == kept(filtered)


def test_equal_selections_are_one_block(work: Work) -> None:
    work.open(table(ROWS))
    filtered = work.apply(FILTER)

    work.apply(REVERSE)
    again = work.apply([{"kind": "sort", "by": [{"column": "id"}]}])

    assert kept(again) == kept(filtered)


def test_even_steps_are_written_as_a_range(work: Work) -> None:
    work.open(table(ROWS))

    node = work.apply(REVERSE)

    [key] = selections(node)
    assert key is not None
    assert work.owner.blobs.size(key) < 3_000


def test_what_is_set_to_what_it_was_is_seen_through_the_selection(work: Work) -> None:
    source = work.open(table(ROWS))

    node = work.apply([{"kind": "fill_nulls", "columns": ["id", "share"], "value": 0}, *REVERSE])

    assert {name for name, (_, selection) in kept(node).items() if selection is None} == {"share"}
    steps: Steps = [{"kind": "fill_nulls", "columns": ["id", "share"], "value": 0}, *REVERSE]
    every_way(work, node, by_pandas(steps, work.frame(source)))


def test_little_that_is_near_is_written_at_once(work: Work) -> None:
    source = work.open(table(ROWS))

    node = work.apply([{"kind": "head", "n": 10}])

    assert selections(node) == {None}
    assert len({block for block, _ in kept(node).values()}) == 1
    every_way(work, node, work.frame(source).head(10))


def test_little_that_is_far_is_a_selection_until_something_is_written(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.jobs.sharing._DECODED_CELLS", 1_000)
    source = work.open(table(ROWS))
    sample: Steps = [{"kind": "sample", "n": 10, "seed": 1}]

    node = work.apply(sample)

    assert (len(selections(node)), work.blocks) == (1, (0, 1))
    every_way(work, node, by_pandas(sample, work.frame(source)))

    node = work.apply(DERIVE)

    assert selections(node) == {None}
    assert len({block for block, _ in kept(node).values()}) == 1
    every_way(work, node, by_pandas([*sample, *DERIVE], work.frame(source)))


def test_the_values_of_rows_that_are_gone_stay_known(work: Work) -> None:
    source = work.open(table(ROWS))

    assert work.apply(FILTER).values == source.values


@pytest.mark.parametrize("steps", [FILTER, REVERSE], ids=["positions", "range"])
@pytest.mark.parametrize("harm", ["missing", "of other rows", "a block", "cut"])
def test_a_selection_that_is_not_what_it_should_be_is_damage(work: Work, steps: Steps, harm: str) -> None:
    source = work.open(table(ROWS))
    node = work.apply(steps)
    [key] = selections(node)
    assert key is not None
    if harm == "missing":
        work.owner.blobs.delete(key)
    elif harm == "cut":
        with work.owner.blobs.open(key) as stream:
            content = stream.read()
        work.owner.blobs.delete(key)
        with work.owner.blobs.create(key) as sink:
            sink.write(content[: len(content) // 2])
    wrong = {
        "of other rows": {"manifest": node.manifest.model_copy(update={"rows": node.manifest.rows + 1})},
        "a block": {
            "manifest": node.manifest.model_copy(
                update={
                    "columns": tuple(
                        c.model_copy(update={"selection": source.manifest.columns[0].block})
                        for c in node.manifest.columns
                    )
                }
            )
        },
    }
    node = node.model_copy(update=wrong.get(harm, {}))

    with pytest.raises(StoreDamaged):
        work.frame(node)


def test_a_selection_of_rows_that_a_block_lacks_is_damage(work: Work) -> None:
    work.open(table(ROWS))
    block = work.apply([{"kind": "head", "n": 10}]).manifest.columns[0].block
    other = work.open(table(ROWS))
    node = work.apply_to(other, SORT)
    column = node.manifest.columns[0].model_copy(update={"block": block})

    with pytest.raises(StoreDamaged, match=r"it has 10 rows, and row 19,999 is wanted"):
        load_frame(work.owner.blobs, node.manifest.model_copy(update={"columns": (column,)}))


_COLUMNS = ["id", "nullable", "share", "name", "zoned", "flag", "level"]
_names = st.lists(st.sampled_from(_COLUMNS), min_size=1, max_size=2, unique=True)
_keys = st.builds(
    lambda names, down: [{"column": name, "descending": d} for name, d in zip(names, down, strict=False)],
    _names,
    st.lists(st.booleans(), min_size=2, max_size=2),
)
_numbers = st.integers(0, 3_000)
_step: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda n: {"kind": "filter", "where": (col("share") > n).model_dump()}, _numbers),
    st.builds(lambda n: {"kind": "drop_rows", "where": (col("id") < n).model_dump()}, _numbers),
    st.builds(lambda by: {"kind": "sort", "by": by}, _keys),
    st.builds(lambda n: {"kind": "head", "n": n}, st.integers(0, ROWS)),
    st.builds(lambda n: {"kind": "tail", "n": n}, st.integers(1, ROWS)),
    st.builds(
        lambda f, s: {"kind": "sample", "fraction": f, "seed": s}, st.floats(0.2, 1), st.integers(0, 9)
    ),
    st.builds(lambda names: {"kind": "drop_duplicates", "columns": names}, _names),
    st.builds(lambda names: {"kind": "drop_nulls", "columns": names}, _names),
    st.builds(lambda n: {"kind": "fill_nulls", "columns": ["share"], "value": n}, _numbers),
    st.just(TRIM[0]),
    st.just(DERIVE[0]),
    st.just({"kind": "rename", "columns": {"nullable": "flag", "flag": "nullable"}}),
    st.just({"kind": "select", "columns": [*reversed(_COLUMNS)]}),
)


@pytest.mark.parametrize("cache_bytes", [0, 1 << 30])
@at_random(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.lists(_step, min_size=1, max_size=2), min_size=2, max_size=6))
def test_a_chain_of_any_commands_is_what_pandas_makes_of_it(work: Work, plans: list[Steps]) -> None:
    node = work.open(table(ROWS))
    expected = work.frame(node)
    for number, steps in enumerate(plans):
        node = work.apply_to(node, steps)
        expected = by_pandas(steps, expected)
        assert_frame_equal(work.frame(node), expected, check_exact=True)
        if number == len(plans) - 1:
            every_way(work, node, expected)


def test_rows_may_be_there_more_than_once(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a step leaves them that repeats rows, and sets a column besides."""

    def twice(step: Transformation, frame: pd.DataFrame) -> pd.DataFrame:
        if step.kind != "head":
            return apply(step, frame)
        places = np.repeat(np.arange(len(frame))[::3], 2)
        return frame.iloc[places[np.argsort(places % 5, kind="stable")]]

    monkeypatch.setattr("workers.engine.pandas_engine.apply", twice)
    source = work.open(table(ROWS))
    expected = work.frame(source)

    for steps in ([*DERIVE, {"kind": "head"}], FILTER, [{"kind": "head"}]):
        node = work.apply(steps)
        for step in Plan.parse(steps).steps:
            expected = twice(step, expected).reset_index(drop=True)
        assert None in selections(node) if steps[0] is DERIVE[0] else None not in selections(node)
        every_way(work, node, expected)
