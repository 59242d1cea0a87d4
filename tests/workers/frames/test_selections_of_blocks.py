"""Selections by themselves: what they are, how they compose, and how much of a block is read through them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import StoreDamaged
from workbench.settings import Settings
from workbench.store import open_store
from workbench.store.protocol import Blobs
from workers.frames.block_files import Rows, open_block, write_block
from workers.frames.selections import compose, read_selection, smallest, write_selection

PREFIX = "local/session/blocks"
ROWS, GROUP = 1_000, 100


@pytest.fixture
def blobs(tmp_path: Any) -> Iterator[Blobs]:
    store = open_store(Settings(data_dir=tmp_path))
    yield store.blobs
    store.close()


def listed(rows: Rows) -> list[int]:
    return [int(row) for row in rows]


def positions(rows: int) -> st.SearchStrategy[list[int]]:
    """Row numbers as steps leave them: in any order, more than once, or evenly spaced."""
    if not rows:
        return st.just([])
    ends = st.integers(-1, rows)
    steps = st.integers(-3, 3).filter(bool)
    even = st.builds(lambda start, stop, step: list(range(rows))[start:stop:step], ends, ends, steps)
    return st.lists(st.integers(0, rows - 1), max_size=30) | even


@given(st.data())
def test_composed_rows_are_those_of_numpy(data: st.DataObject) -> None:
    rows = np.array(data.draw(positions(40)), dtype=np.int64)
    chosen = np.array(data.draw(positions(len(rows))), dtype=np.int64)

    assert listed(smallest(rows)) == rows.tolist()
    assert listed(compose(smallest(rows), smallest(chosen))) == rows[chosen].tolist()


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([], "range"),
        ([7], "range"),
        ([4, 5, 6], "range"),
        ([9, 6, 3, 0], "range"),
        ([5, 5, 5], "uint32"),
        ([0, 1, 3], "uint32"),
        ([0, 2, 3, 6], "uint32"),
        ([2**32 - 1, 0, 1], "uint32"),
        ([2**32, 0, 1], "uint64"),
    ],
)
def test_rows_are_as_small_as_they_can_be(blobs: Blobs, rows: list[int], kind: str) -> None:
    found = smallest(np.array(rows, dtype=np.int64))

    assert (type(found).__name__ if isinstance(found, range) else str(found.dtype)) == kind
    key = write_selection(blobs, PREFIX, found)
    back = read_selection(blobs, key, len(rows), range(len(rows)))
    assert listed(back) == rows
    assert type(back) is type(found)
    for start in range(len(rows)):
        page = range(start, min(len(rows), start + 2))
        assert listed(read_selection(blobs, key, len(rows), page)) == rows[start : start + 2]


def test_equal_selections_have_one_key(blobs: Blobs) -> None:
    rows = np.array([3, 1, 2])

    assert write_selection(blobs, PREFIX, smallest(rows)) == write_selection(
        blobs, PREFIX, smallest(rows.copy())
    )


@pytest.mark.parametrize("numbers", [(0, 3, 0), (0, 4, 1), (3, 0, 1)])
def test_a_range_that_is_none_of_the_node_is_damage(blobs: Blobs, numbers: tuple[int, int, int]) -> None:
    table = pa.table(
        {name: [number] for name, number in zip(("start", "stop", "step"), numbers, strict=True)}
    )
    key, _ = write_block(blobs, PREFIX, table, row_group=GROUP)

    with pytest.raises(StoreDamaged, match="it selects"):
        read_selection(blobs, key, 3, range(3))


def block(blobs: Blobs) -> str:
    texts = pa.array([f"text {number}" for number in range(ROWS)], pa.large_string())
    table = pa.table({"n": pa.array(range(ROWS), pa.int64()), "t": texts})
    return write_block(blobs, PREFIX, table.replace_schema_metadata({"a": "b"}), row_group=GROUP)[0]


@given(rows=positions(ROWS), few=st.sampled_from([0, 10, ROWS]))
def test_rows_are_read_in_their_order_however_many_they_are(
    tmp_path_factory: pytest.TempPathFactory, rows: list[int], few: int
) -> None:
    store = open_store(Settings(data_dir=tmp_path_factory.mktemp("data")))
    key = block(store.blobs)
    with pytest.MonkeyPatch.context() as patched, open_block(store.blobs, key) as there:
        patched.setattr("workers.frames.block_files._FEW", few)
        patched.setattr("workers.frames.block_files._BATCH", 7)

        found = there.read(["t", "n"], smallest(np.array(rows, dtype=np.int64)))

        assert found.schema == there.read(["t", "n"], range(ROWS)).schema
        assert found.schema.metadata[b"a"] == b"b"
        assert found.column("n").to_pylist() == rows
        assert found.column("t").to_pylist() == [f"text {row}" for row in rows]
    store.close()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], int | None]]:
    """The row groups that are read, with the size of the pieces where they need not be read to their ends."""
    noted: list[tuple[list[int], int | None]] = []
    whole, pieces = pq.ParquetFile.read_row_groups, pq.ParquetFile.iter_batches

    def read_row_groups(self: Any, groups: list[int], **named: Any) -> Any:
        noted.append((groups, None))
        return whole(self, groups, **named)

    def iter_batches(self: Any, size: int, row_groups: list[int], **named: Any) -> Any:
        noted.append((row_groups, size))
        return pieces(self, size, row_groups=row_groups, **named)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", read_row_groups)
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", iter_batches)
    return noted


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        (range(10), [([0], 10)]),
        (range(200, 240), [([2], 40)]),
        (range(240, 280), [([2], None)]),
        (range(190, 210), [([1, 2], None)]),
        (range(ROWS), [(list(range(10)), None)]),
        (range(5, 0, -1), [([0], 6)]),
        (np.array([3, 310, 305, 305], dtype=np.uint32), [([0], 4), ([3], 11)]),
        (np.array([990, 3], dtype=np.uint32), [([0], 4), ([9], None)]),
        (range(0), []),
    ],
)
def test_only_the_row_groups_that_hold_rows_are_read_no_further_than_they_must(
    blobs: Blobs, decoded: list[Any], rows: Rows, read: list[Any]
) -> None:
    key = block(blobs)
    with open_block(blobs, key) as there:
        assert there.read(["n"], rows).column("n").to_pylist() == listed(rows)

    assert decoded == read


@pytest.mark.parametrize("rows", [range(ROWS + 1), np.array([3, ROWS], dtype=np.uint32), range(-1, 3)])
def test_rows_that_a_block_lacks_are_damage(blobs: Blobs, rows: Rows) -> None:
    with open_block(blobs, block(blobs)) as there, pytest.raises(StoreDamaged, match="it has 1,000 rows"):
        there.read(["n"], rows)
