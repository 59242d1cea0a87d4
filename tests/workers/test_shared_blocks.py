"""A command costs what it changes: which blocks it opens and writes; and its node is what pandas gives."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.support.counting_store import counting
from workbench.ids import new_id
from workbench.models import NodeRecord
from workbench.store import LOCAL_OWNER
from workbench.store.protocol import NewTask, OwnerStore
from workbench.transformations import Plan, col
from workers.engine import identical
from workers.frames.blocks import iter_batches
from workers.frames.convert import load_frame
from workers.jobs import apply_plan, ingest_upload
from workers.profile import profile_columns
from workers.running import perform
from workers.services import Services

Steps = list[dict[str, Any]]
ROWS = 20_000  # enough not to be a small table, of which all columns stay in one block


def table(rows: int) -> pd.DataFrame:
    numbers = np.arange(rows)
    zoned = pd.to_datetime(numbers, unit="h", utc=True).as_unit("us").tz_convert("Europe/Berlin")
    return pd.DataFrame(
        {
            "id": numbers,
            "nullable": pd.Series(numbers, dtype="Int64").mask(numbers % 3 == 0),
            "share": pd.Series(numbers / 7).mask(numbers % 5 == 0),
            "name": pd.Series([f" Name {n % 50} " for n in numbers]).mask(numbers % 11 == 0),
            "zoned": zoned,
            "flag": pd.Series(numbers % 2 == 0, dtype="boolean").mask(numbers % 13 == 0),
            "level": pd.Categorical(
                np.array(["low", "high"])[numbers % 2], categories=["low", "middle", "high"], ordered=True
            ),
        }
    )


class Work:
    """A session whose tasks are run as a worker runs them."""

    def __init__(self, services: Services, owner: OwnerStore) -> None:
        self.owner = owner
        self.session = owner.create_session("shared").id
        store, self.calls = counting(services.store)
        services.__dict__["store"] = store
        self._services = services

    def open(self, frame: pd.DataFrame) -> NodeRecord:
        content = io.BytesIO()
        frame.to_parquet(content)
        key = f"{LOCAL_OWNER.id}/{self.session}/uploads/{new_id()}"
        with self.owner.blobs.create(key) as blob:
            blob.write(content.getvalue())
        payload = {"upload": key, "filename": "a.parquet", "dataset": "a"}
        return self._node("ingest_dataset", payload, ingest_upload)

    def apply(self, steps: Steps) -> NodeRecord:
        self.calls.clear()
        return self._node("apply_transformation", {"plan": steps}, apply_plan)

    def apply_to(self, node: NodeRecord, steps: Steps) -> NodeRecord:
        """Apply a plan to a node that need not be the head."""
        return self._node("apply_transformation", {"plan": steps, "node_id": node.id}, apply_plan)

    def _node(self, kind: Any, payload: dict[str, Any], body: Callable[..., Any]) -> NodeRecord:
        task = self.owner.submit_task(NewTask(new_id(), kind, payload, self.session)).task
        perform(self._services, task.id, body)
        ended = self.owner.task(task.id)
        assert ended.result is not None, ended.error
        self.result = ended.result
        return self.owner.node(ended.result["node_id"])

    def frame(self, node: NodeRecord) -> pd.DataFrame:
        return load_frame(self.owner.blobs, node.manifest)

    @property
    def blocks(self) -> tuple[int, int]:
        """How many blocks the last command opened, and wrote."""
        return self.calls.count("blobs.open"), self.calls.count("blobs.create")


@pytest.fixture
def work(services: Services, owner: OwnerStore) -> Work:
    return Work(services, owner)


def by_pandas(steps: Steps, frame: pd.DataFrame) -> pd.DataFrame:
    names = {"df": frame.copy(deep=True), "pd": pd}
    exec(Plan.parse(steps).to_pandas(), names)
    result = names["df"]
    assert isinstance(result, pd.DataFrame)
    return result


FILL: Steps = [{"kind": "fill_nulls", "columns": ["share"], "value": 0}]
FILL_ALL: Steps = [{"kind": "fill_nulls", "value": 0}]
RENAME: Steps = [{"kind": "rename", "columns": {"name": "label", "id": "name"}}]
DROP: Steps = [{"kind": "drop_columns", "columns": ["zoned", "share"]}]
SELECT: Steps = [{"kind": "select", "columns": ["level", "zoned", "id", "name"]}]
TRIM: Steps = [{"kind": "trim", "columns": ["name"]}]
COUNT: Steps = [{"kind": "group", "by": ["level"], "aggregations": [{"function": "count"}]}]
MOVE: Steps = [{"kind": "move", "columns": ["zoned", "id"], "before": "name"}]
COPY: Steps = [{"kind": "duplicate", "column": "zoned", "name": "copy"}]
DROP_BY: Steps = [{"kind": "drop_columns_by", "contains": "a"}]
RENAME_WITH: Steps = [{"kind": "rename_with", "style": "upper"}]
CAST: Steps = [{"kind": "cast", "columns": ["id", "flag"], "to": "text"}]
CAST_FLAG: Steps = [{"kind": "cast", "columns": ["flag"], "to": "integer"}]
REDO_ID: Steps = [
    {"kind": "drop_columns", "columns": ["flag"]},
    {"kind": "derive", "column": "flag", "expression": {"column": "share"}},
]
SWAP: Steps = [{"kind": "rename", "columns": {"share": "flag", "flag": "share"}}]
SUM = (col("share") + col("flag")).tree.model_dump()
DERIVE: Steps = [{"kind": "derive", "column": "sum", "expression": SUM}]
SELECT_SOME: Steps = [{"kind": "select", "columns": ["level", "zoned", "flag", "nullable", "sum"]}]


@pytest.mark.parametrize("rows", [10, ROWS])
@pytest.mark.parametrize(
    "steps",
    [RENAME, DROP, SELECT, RENAME + DROP, MOVE, COPY, DROP_BY, RENAME_WITH, COPY + MOVE + RENAME],
    ids=["rename", "drop", "select", "two", "move", "copy", "drop by", "rename with", "three"],
)
def test_what_only_names_and_chooses_columns_opens_and_writes_nothing(
    work: Work, rows: int, steps: Steps
) -> None:
    source = work.open(table(rows))

    node = work.apply(steps)

    assert work.blocks == (0, 0)
    assert (node.manifest.rows, work.result["rows_before"], work.result["rows_after"]) == (rows,) * 3
    assert_frame_equal(work.frame(node), by_pandas(steps, work.frame(source)))
    assert [column.model_dump() for column in node.manifest.schema_()] == [
        {"name": name, "dtype": str(dtype)} for name, dtype in work.frame(node).dtypes.items()
    ]


def test_a_copy_is_one_block_until_one_of_the_two_changes(work: Work) -> None:
    source = work.open(table(ROWS))
    copied = work.apply([{"kind": "duplicate", "column": "share", "name": "copy"}])
    expected = work.frame(source).assign(copy=lambda frame: frame["share"])

    changed = work.apply(FILL)

    assert_frame_equal(work.frame(copied), expected)
    assert_frame_equal(work.frame(changed), by_pandas(FILL, expected))
    assert work.blocks[1] == 1
    blocks = {column.name: column.block for column in changed.manifest.columns}
    assert blocks["copy"] == source.manifest.columns[2].block != blocks["share"]
    both = [{**COPY[0], "name": "again"}, {"kind": "sort", "by": [{"column": "id", "descending": True}]}]
    assert_frame_equal(work.frame(work.apply(both)), by_pandas(both, work.frame(changed)))


def test_columns_chosen_by_their_nulls_are_read_and_not_written(work: Work) -> None:
    source = work.open(table(ROWS))
    steps: Steps = [{"kind": "drop_columns_by", "nulls_over": 0.1}]

    node = work.apply(steps)

    assert work.blocks[1] == 0
    assert_frame_equal(work.frame(node), by_pandas(steps, work.frame(source)))


def test_only_the_columns_that_change_are_written(work: Work) -> None:
    source = work.open(table(ROWS))

    node = work.apply(CAST)

    assert work.blocks[1] == 1
    blocks = {column.name: column.block for column in node.manifest.columns}
    old = source.manifest.columns[0].block
    assert blocks == dict.fromkeys(blocks, old) | dict.fromkeys(("id", "flag"), blocks["id"])
    assert blocks["id"] != old
    assert_frame_equal(work.frame(node), by_pandas(CAST, work.frame(source)))


@pytest.mark.parametrize("large", [False, True], ids=["a block of all columns", "a block a column"])
def test_a_chain_of_commands_is_what_pandas_makes_of_it(
    work: Work, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr("workers.frames.blocks._ROW_GROUP", ROWS - 1)
    node = work.open(table(ROWS))
    expected = work.frame(node)
    assert len({column.block for column in node.manifest.columns}) == (len(expected.columns) if large else 1)

    for steps in (FILL, TRIM + RENAME, CAST_FLAG, REDO_ID, SWAP, DERIVE, SELECT_SOME):
        node = work.apply(steps)
        expected = by_pandas(steps, expected)
        assert_frame_equal(work.frame(node), expected)
        batches = [batch.to_pandas() for batch in iter_batches(work.owner.blobs, node.manifest)]
        assert sum(len(batch) for batch in batches) == ROWS
        assert [p.name for p in profile_columns(work.owner.blobs, node.manifest)] == list(expected.columns)


def test_a_command_reads_the_columns_that_it_needs(work: Work) -> None:
    """What else is in the node may be damaged, or gone: it is not opened."""
    work.open(table(ROWS))
    first = work.apply(FILL)
    kept = {column.name: column.block for column in first.manifest.columns}
    work.owner.blobs.delete(kept["id"])

    again = work.apply([{"kind": "round", "columns": ["share"], "decimals": 1}])

    assert work.blocks == (2, 1)  # once for the check beforehand
    assert {column.name: column.block for column in again.manifest.columns} == kept | {
        "share": again.manifest.columns[2].block
    }


def test_a_new_table_reads_what_it_is_made_of(work: Work) -> None:
    work.open(table(ROWS))
    by = work.apply(TRIM)
    work.owner.blobs.delete(next(c.block for c in by.manifest.columns if c.name == "level"))

    node = work.apply([{**COUNT[0], "by": ["name"]}])

    assert work.frame(node)["count"].sum() == ROWS


def test_rows_that_move_take_their_columns_with_them(work: Work) -> None:
    source = work.open(table(ROWS))

    node = work.apply([*DROP, {"kind": "sort", "by": [{"column": "id", "descending": True}]}])

    expected = work.frame(source).drop(columns=["zoned", "share"])[::-1].reset_index(drop=True)
    assert_frame_equal(work.frame(node), expected)
    assert len({column.block for column in node.manifest.columns}) == 1


def test_a_small_table_stays_in_one_block(work: Work) -> None:
    expected = work.frame(work.open(table(100)))

    for steps in (FILL, TRIM, RENAME, CAST_FLAG):
        node = work.apply(steps)
        expected = by_pandas(steps, expected)
        assert work.blocks == ((0, 0) if steps is RENAME else (1, 1))
        assert len({column.block for column in node.manifest.columns}) == 1
        assert_frame_equal(work.frame(node), expected)


def test_what_is_known_of_the_values_goes_with_the_columns(work: Work) -> None:
    known = work.open(table(ROWS)).values["name"]

    renamed = work.apply(RENAME)
    trimmed = work.apply([{"kind": "trim", "columns": ["label"]}])
    dropped = work.apply([{"kind": "drop_columns", "columns": ["label"]}])

    assert (set(renamed.values), renamed.values["label"]) == ({"label", "level"}, known)
    assert trimmed.values["label"] == tuple(value.strip() for value in known)
    assert set(dropped.values) == {"level"}


def test_columns_that_are_set_to_what_they_were_are_not_written_again(work: Work) -> None:
    source = work.open(table(ROWS))

    node = work.apply(FILL_ALL)

    old = source.manifest.columns[0].block
    assert {c.name for c in node.manifest.columns if c.block != old} == {"nullable", "share"}
    assert_frame_equal(work.frame(node), by_pandas(FILL_ALL, work.frame(source)), check_exact=True)

    work.apply([{"kind": "fill_nulls", "columns": ["id", "share"], "value": 0}])

    assert work.blocks[1] == 0
    assert work.result["warnings"] == ["Nothing changed"]


ZEROS = pd.Series([0.0, 1.5, None])


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (ZEROS, ZEROS.copy(), True),
        (ZEROS, pd.Series([-0.0, 1.5, None]), False),
        (ZEROS.astype("Float64"), pd.Series([-0.0, 1.5, None], dtype="Float64"), False),
        (ZEROS.astype("Float64"), ZEROS.astype("Float64"), True),
        (ZEROS, ZEROS.astype("float32"), False),
        (ZEROS, pd.Series([0.0, 1.5, 2.0]), False),
        (pd.Series(["a", None]), pd.Series(["a", None]), True),
        (pd.Series([1, True], dtype=object), pd.Series([True, 1], dtype=object), False),
        (pd.Series(pd.Categorical(["a", None])), pd.Series(pd.Categorical(["a", None])), True),
        (pd.Series(pd.Categorical([0.0])), pd.Series(pd.Categorical([-0.0])), False),
        (pd.Series(pd.Categorical(["a"], ["a", "b"])), pd.Series(pd.Categorical(["a"], ["b", "a"])), False),
    ],
)
def test_the_same_is_what_could_not_be_told_apart(before: pd.Series, after: pd.Series, same: bool) -> None:
    assert identical(before, after) is same


def test_numbers_tell_of_a_column_that_is_only_overwritten(work: Work) -> None:
    source = work.frame(work.open(table(ROWS)))

    work.apply([{"kind": "derive", "column": "id", "expression": {"column": "nullable"}}])

    [step] = work.result["steps"]
    assert step["change"]["nulls_made"] == {"id": int(source["nullable"].isna().sum())}
    assert work.result["columns_changed"] == ["id"]


def test_deleting_the_session_deletes_what_its_nodes_share(work: Work, services: Services) -> None:
    work.open(table(ROWS))
    work.apply(FILL)
    work.apply(RENAME)
    assert len(list(services.store.blobs.keys(f"{LOCAL_OWNER.id}/{work.session}/blocks/"))) == 2

    work.owner.blobs.delete_prefix(f"{LOCAL_OWNER.id}/{work.session}/")

    assert list(services.store.blobs.keys("")) == []


def test_a_warning_says_which_of_several_steps_it_is_of(work: Work) -> None:
    source = work.open(table(20))

    work.apply([{"kind": "fill_nulls", "columns": ["id"], "value": 0}, {"kind": "head", "n": 5}])

    assert work.result["warnings"] == ["Fill nulls in id with 0: nothing changed"]
    assert source.manifest.rows == 20
