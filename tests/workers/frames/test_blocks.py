"""Blocks: what is read back is what was written, whole, in part, and by page."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workbench.errors import StoreUnavailable, TypeMismatch, UnknownColumn
from workbench.models import Manifest
from workbench.settings import Settings
from workbench.store import open_store
from workers.frames.blocks import distinct_text, iter_batches, read_table
from workers.frames.convert import frame_to_table, load_frame, load_needed, store_frame, table_to_frame

FRAME = pd.DataFrame(
    {
        "integer": [1, 2, 3],
        "integer with nulls": pd.array([1, None, 2**62 + 1], dtype="Int64"),
        "float": [0.1, np.nan, -np.inf],
        "boolean": pd.array([True, None, False], dtype="boolean"),
        "text": ["a", None, "Ünï \"quoted\" 'text'"],
        "time": pd.to_datetime(["2013-01-01", None, "2013-06-30 23:59:59.123456"], format="ISO8601"),
        "time with zone": pd.to_datetime(["2013-01-01", None, "2013-06-30"], utc=True).tz_convert(
            "America/New_York"
        ),
        "category": pd.Categorical(["x", None, "y"], categories=["y", "x", "z"], ordered=True),
        "category of numbers": pd.Categorical([3, None, 1], categories=[3, 2, 1]),
        "category of times": pd.Categorical(pd.to_datetime(["2013-06-30", None, "2013-01-01"])),
    }
)


@pytest.fixture
def blobs(tmp_path):
    store = open_store(Settings(data_dir=tmp_path))
    yield store.blobs
    store.close()


def test_a_frame_comes_back_as_it_was(blobs):
    manifest = store_frame(blobs, "local/session/blocks", FRAME)

    pd.testing.assert_frame_equal(load_frame(blobs, manifest), FRAME)
    assert manifest.rows == 3
    assert {column.name: column.dtype for column in manifest.columns} == {
        name: str(dtype) for name, dtype in FRAME.dtypes.items()
    }


@pytest.mark.parametrize("columns", [["text"], ["time", "integer"]])
def test_columns_are_read_in_the_order_asked_for(blobs, columns):
    manifest = store_frame(blobs, "local/session/blocks", FRAME)

    pd.testing.assert_frame_equal(load_frame(blobs, manifest, columns), FRAME[columns])


@pytest.mark.parametrize(("offset", "limit"), [(0, 2), (1, 1), (2, 10), (3, 5), (0, 0)])
def test_a_page_is_a_slice(blobs, offset, limit):
    manifest = store_frame(blobs, "local/session/blocks", FRAME)

    page = table_to_frame(read_table(blobs, manifest, offset=offset, limit=limit))

    expected = FRAME.iloc[offset : offset + limit].reset_index(drop=True)
    pd.testing.assert_frame_equal(page, expected)


def test_pages_reach_across_row_groups(blobs, monkeypatch):
    monkeypatch.setattr("workers.frames.blocks._ROW_GROUP", 10)
    frame = pd.DataFrame({"n": range(35)})
    manifest = store_frame(blobs, "local/session/blocks", frame)

    assert read_table(blobs, manifest, offset=8, limit=15).column("n").to_pylist() == list(range(8, 23))
    assert [n for batch in iter_batches(blobs, manifest) for n in batch.column("n").to_pylist()] == list(
        range(35)
    )


def test_a_frame_without_rows_keeps_its_columns(blobs):
    manifest = store_frame(blobs, "local/session/blocks", FRAME.iloc[:0])

    pd.testing.assert_frame_equal(load_frame(blobs, manifest), FRAME.iloc[:0])
    assert sum(batch.num_rows for batch in iter_batches(blobs, manifest)) == 0


def test_the_same_content_is_the_same_block(blobs):
    first = store_frame(blobs, "local/session/blocks", FRAME)
    second = store_frame(blobs, "local/session/blocks", FRAME.copy())

    assert first == second
    assert len(list(blobs.keys("local/session/blocks"))) == 1


def test_columns_of_several_blocks_are_one_table(blobs):
    left = store_frame(blobs, "local/session/blocks", FRAME[["integer with nulls", "category"]])
    right = store_frame(blobs, "local/session/blocks", FRAME[["text"]])
    renamed = right.columns[0].model_copy(update={"name": "label"})

    both = Manifest(rows=3, columns=(renamed, *left.columns))

    expected = FRAME[["text", "integer with nulls", "category"]].rename(columns={"text": "label"})
    pd.testing.assert_frame_equal(load_frame(blobs, both), expected)


@pytest.fixture
def over_a_million_rows(monkeypatch):
    """Three rows are a large table."""
    monkeypatch.setattr("workers.frames.blocks._ROW_GROUP", 2)


@pytest.mark.usefixtures("over_a_million_rows")
def test_a_large_table_has_a_block_a_column_and_comes_back_as_it_was(blobs):
    manifest = store_frame(blobs, "local/session/blocks", FRAME)

    assert len({column.block for column in manifest.columns}) == len(FRAME.columns)
    pd.testing.assert_frame_equal(load_frame(blobs, manifest), FRAME)
    batches = list(iter_batches(blobs, manifest))
    pd.testing.assert_frame_equal(table_to_frame(pa.Table.from_batches(batches)), FRAME)
    pd.testing.assert_frame_equal(
        table_to_frame(read_table(blobs, manifest, offset=1, limit=1)), FRAME.iloc[1:2].reset_index(drop=True)
    )


@pytest.mark.usefixtures("over_a_million_rows")
def test_a_column_of_a_large_table_is_the_same_block_whatever_stands_beside_it(blobs):
    one = store_frame(blobs, "local/session/blocks", FRAME[["text", "integer"]])
    other = store_frame(blobs, "local/session/blocks", FRAME[["float", "text"]])

    assert one.columns[0] == other.columns[1]


def test_a_field_may_be_read_under_two_names(blobs):
    manifest = store_frame(blobs, "local/session/blocks", FRAME[["category"]])
    twin = manifest.columns[0].model_copy(update={"name": "twin"})

    twice = load_frame(blobs, Manifest(rows=3, columns=(*manifest.columns, twin)))

    pd.testing.assert_frame_equal(twice, FRAME[["category"]].assign(twin=FRAME["category"]))


@pytest.mark.parametrize("needed", [[], ["text"], ["time", "integer"], list(FRAME.columns)])
@pytest.mark.parametrize("limit", [None, 0, 2])
def test_what_is_not_needed_is_stood_in_for(blobs, needed, limit):
    manifest = store_frame(blobs, "local/session/blocks", FRAME)

    frame = load_needed(blobs, manifest, needed, limit=limit)

    rows = 3 if limit is None else limit
    assert (list(frame.columns), frame.index.equals(pd.RangeIndex(rows))) == (list(FRAME.columns), True)
    pd.testing.assert_frame_equal(frame[needed], FRAME[needed].head(rows))
    assert frame.drop(columns=needed).memory_usage(index=False).sum() == 0


def test_where_nothing_is_needed_no_block_is_opened(blobs):
    manifest = store_frame(blobs, "local/session/blocks", FRAME)
    blobs.delete(manifest.columns[0].block)

    assert len(load_needed(blobs, manifest, [])) == 3


def test_a_column_that_is_not_there_is_named(blobs):
    manifest = store_frame(blobs, "local/session/blocks", FRAME)

    with pytest.raises(UnknownColumn, match=r"'txt'.*'text'"):
        read_table(blobs, manifest, ["txt"])


def test_a_block_that_is_gone_is_said_to_be(blobs):
    manifest = store_frame(blobs, "local/session/blocks", FRAME)
    blobs.delete(manifest.columns[0].block)

    with pytest.raises(StoreUnavailable, match="missing"):
        load_frame(blobs, manifest)


def test_a_damaged_block_is_noticed(blobs, tmp_path):
    manifest = store_frame(blobs, "local/session/blocks", pd.DataFrame({"n": np.arange(100_000)}))
    path = tmp_path / "blobs" / manifest.columns[0].block
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.chmod(0o600)
    path.write_bytes(content)

    with pytest.raises(StoreUnavailable, match="damaged"):
        load_frame(blobs, manifest)


def test_a_column_of_several_types_is_refused_by_name():
    with pytest.raises(TypeMismatch, match="'mixed'"):
        frame_to_table(pd.DataFrame({"plain": [1, 2], "mixed": pd.Series([1, "two"], dtype="object")}))


def test_the_values_of_text_columns_are_kept_by_how_often_they_occur():
    table = frame_to_table(
        pd.DataFrame({"few": ["b", "a", "b", None], "many": list("wxyz"), "number": [1, 2, 3, 4]})
    )

    assert distinct_text(table, limit=3) == {"few": ("b", "a")}
