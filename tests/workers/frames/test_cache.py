"""Cached columns: what comes out is what went in, or nothing; and never more than the limit."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from structlog.testing import capture_logs

from tests.workers.frames.test_dtypes import KEPT
from workbench.settings import Settings
from workbench.store import open_store
from workers.frames.blocks import iter_batches, read_table
from workers.frames.cache import CachedBlobs, ColumnCache
from workers.frames.convert import load_frame, store_frame, table_to_frame

KEY = "local/session/blocks/{}.parquet"
TABLE = pa.table({"a": [1, None, 3], "b": ["x", "y", None]})
MANY = 10**9


@pytest.fixture
def cache(tmp_path) -> ColumnCache:
    return ColumnCache(tmp_path / "cache", MANY)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_each_column_comes_out_as_it_went_in(cache):
    cache.put(KEY.format("k"), TABLE)

    assert cache.get(KEY.format("k"), "b").equals(TABLE.select(["b"]))
    assert cache.get(KEY.format("k"), "c") is None
    assert cache.get(KEY.format("other"), "b") is None


@pytest.mark.parametrize("name", KEPT)
def test_what_comes_out_is_what_parquet_gives(tmp_path, cache, name):
    store = open_store(Settings(data_dir=tmp_path))
    manifest = store_frame(store.blobs, "local/session/blocks", KEPT[name].to_frame("a"))
    read = read_table(store.blobs, manifest)

    cache.put(manifest.columns[0].block, read)

    found = cache.get(manifest.columns[0].block, "a")
    assert found.schema.equals(read.schema, check_metadata=True)
    pd.testing.assert_frame_equal(table_to_frame(found), table_to_frame(read), check_exact=True)
    store.close()


def test_pieces_with_dictionaries_of_their_own(cache):
    pieces = [pa.array(["x", "y"]).dictionary_encode(), pa.array(["z", "x"]).dictionary_encode()]

    cache.put(KEY.format("k"), pa.table({"a": pa.chunked_array(pieces)}))

    assert cache.get(KEY.format("k"), "a").column("a").to_pylist() == ["x", "y", "z", "x"]


def test_another_process_finds_it(tmp_path, cache):
    cache.put(KEY.format("k"), TABLE)

    assert ColumnCache(tmp_path / "cache", MANY).get(KEY.format("k"), "a") is not None


def test_what_is_put_in_later_is_there_soon(cache):
    cache.put_later(KEY.format("k"), TABLE)
    cache.settle()

    assert cache.get(KEY.format("k"), "a") is not None


@pytest.mark.parametrize("change", ["cut", "flip", "empty", "lengthen"])
def test_a_damaged_entry_is_never_read_and_goes(tmp_path, cache, change):
    cache.put(KEY.format("k"), TABLE.select(["a"]))
    (path,) = files(tmp_path / "cache")
    content = bytearray(path.read_bytes())
    match change:
        case "cut":
            content = content[: len(content) // 2]
        case "flip":
            content[len(content) // 2] ^= 0xFF
        case "empty":
            content = bytearray()
        case "lengthen":
            content += content[-20:]
    path.write_bytes(content)

    with capture_logs() as logs:
        assert ColumnCache(tmp_path / "cache", MANY).get(KEY.format("k"), "a") is None

    assert files(tmp_path / "cache") == []
    assert "damaged" in logs[0]["event"]


def test_what_was_used_longest_ago_goes_first(tmp_path):
    column = pa.table({"a": list(range(10_000))})
    cache = ColumnCache(tmp_path / "cache", 300_000)
    for number, name in enumerate("xyz"):
        cache.put(KEY.format(name), column)
        (path,) = files(tmp_path / "cache" / KEY.format(name))
        os.utime(path, (1_000 + number, 1_000 + number))
    held = cache.get(KEY.format("x"), "a")  # used now, so 'y' is the oldest

    cache.put(KEY.format("new"), column)

    assert {name: cache.get(KEY.format(name), "a") is not None for name in ["x", "y", "z", "new"]} == {
        "x": True,
        "y": False,
        "z": True,
        "new": True,
    }
    assert sum(path.stat().st_size for path in files(tmp_path / "cache")) <= 300_000
    cache.discard("local/session/")
    assert held.equals(column)  # evicted, and still mapped


def test_a_column_past_the_limit_is_not_kept(tmp_path):
    cache = ColumnCache(tmp_path / "cache", 1_000)
    cache.put(KEY.format("k"), pa.table({"a": list(range(10_000))}))

    assert cache.get(KEY.format("k"), "a") is None


def test_what_a_killed_writer_left_goes_in_time(tmp_path):
    cache = ColumnCache(tmp_path / "cache", 100_000)
    left = tmp_path / "cache" / "local" / "session" / "blocks" / "k.parquet" / "left.unfinished"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x" * 50_000)
    os.utime(left, (time.time() - 7_200,) * 2)

    cache.put(KEY.format("k"), pa.table({"a": list(range(10_000))}))

    assert not left.exists()


def test_no_cache_is_none(tmp_path):
    cache = ColumnCache(tmp_path / "cache", 0)
    cache.put(KEY.format("k"), TABLE)

    assert cache.get(KEY.format("k"), "a") is None
    assert not (tmp_path / "cache").exists()


def test_a_folder_that_cannot_be_written_is_said_once_and_no_error(tmp_path):
    (tmp_path / "cache").write_text("a file")
    cache = ColumnCache(tmp_path / "cache", MANY)

    with capture_logs() as logs:
        cache.put(KEY.format("k"), TABLE)
        cache.put(KEY.format("l"), TABLE)

    assert [entry["event"] for entry in logs] == ["no more columns are cached"]


def test_a_full_disk_leaves_nothing_behind(tmp_path, cache, monkeypatch):
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workers.frames.cache._Summing.write", full)
    with capture_logs() as logs:
        cache.put(KEY.format("k"), TABLE)

    assert len(logs) == 1
    assert files(tmp_path / "cache") == []


def _work(folder: Path, seed: int) -> None:
    cache = ColumnCache(folder, 400_000)
    column = pa.table({"a": list(range(10_000))})
    for number in range(60):
        key = KEY.format((number * seed) % 11)
        cache.put(key, column)
        found = cache.get(key, "a")
        assert found is None or found.equals(column)


def test_several_processes_use_one_folder(tmp_path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_work, args=(tmp_path / "cache", seed)) for seed in (3, 5, 7)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert sum(path.stat().st_size for path in files(tmp_path / "cache")) <= 400_000


def test_a_face_gives_and_takes_only_what_is_its_own(tmp_path, cache):
    store = open_store(Settings(data_dir=tmp_path))
    cache.put("other/session/blocks/k", TABLE)
    blobs = CachedBlobs(store.blobs, cache, "local/session/")

    blobs.keep("other/session/blocks/l", TABLE)
    blobs.keep(KEY.format("k"), TABLE)
    cache.settle()
    blobs.delete_prefix("other/session/")

    assert blobs.column("other/session/blocks/k", "a") is None
    assert cache.get("other/session/blocks/k", "a") is not None
    assert cache.get("other/session/blocks/l", "a") is None
    assert blobs.column(KEY.format("k"), "a") is not None
    store.close()


def test_what_is_deleted_is_no_longer_cached(tmp_path, cache):
    store = open_store(Settings(data_dir=tmp_path))
    blobs = CachedBlobs(store.blobs, cache, "local/")
    for name in "xyz":
        cache.put(KEY.format(name), TABLE)

    blobs.delete(KEY.format("x"))
    assert [blobs.column(KEY.format(name), "a") is None for name in "xyz"] == [True, False, False]

    blobs.delete_prefix("local/session/")
    assert files(tmp_path / "cache") == []
    store.close()


@pytest.fixture
def large(monkeypatch):
    """Three rows are a large table, and one is a page."""
    monkeypatch.setattr("workers.frames.blocks._ROW_GROUP", 2)
    monkeypatch.setattr("workers.frames.blocks._BATCH", 1)


class Opened(list):
    """Blobs that note which blocks were opened."""

    def __init__(self, blobs):
        super().__init__()
        self._blobs = blobs

    def open(self, key):
        self.append(key)
        return self._blobs.open(key)

    def __getattr__(self, name):
        return getattr(self._blobs, name)


@pytest.fixture
def seen(tmp_path):
    store = open_store(Settings(data_dir=tmp_path))
    yield Opened(store.blobs)
    store.close()


FRAME = pd.DataFrame({name: KEPT[name] for name in ("Int8", "category of text", "times in s", "lists")})


@pytest.mark.usefixtures("large")
def test_a_column_that_was_read_whole_is_read_from_the_cache(cache, seen):
    manifest = store_frame(seen, "local/session/blocks", FRAME)  # without a cache
    blobs = CachedBlobs(seen, cache, "local/")
    first = load_frame(blobs, manifest)
    cache.settle()
    seen.clear()

    second = load_frame(blobs, manifest)
    page = table_to_frame(read_table(blobs, manifest, offset=1, limit=1))
    beyond = read_table(blobs, manifest, offset=5, limit=1)
    batches = list(iter_batches(blobs, manifest))

    assert seen == []
    pd.testing.assert_frame_equal(first, FRAME)
    pd.testing.assert_frame_equal(second, FRAME)
    pd.testing.assert_frame_equal(page, FRAME.iloc[[1]].reset_index(drop=True))
    assert beyond.num_rows == 0
    pd.testing.assert_frame_equal(table_to_frame(pa.Table.from_batches(batches)), FRAME)


@pytest.mark.usefixtures("large")
def test_a_column_that_was_written_is_at_hand_for_the_next_who_reads(cache, seen):
    blobs = CachedBlobs(seen, cache, "local/")
    manifest = store_frame(blobs, "local/session/blocks", FRAME[["Int8", "times in s"]])
    cache.settle()

    pd.testing.assert_frame_equal(load_frame(blobs, manifest), FRAME[["Int8", "times in s"]])
    assert seen == []


@pytest.mark.usefixtures("large")
def test_a_page_fills_no_cache(tmp_path, cache, seen):
    manifest = store_frame(seen, "local/session/blocks", FRAME)
    read_table(CachedBlobs(seen, cache, "local/"), manifest, limit=1)
    cache.settle()

    assert files(tmp_path / "cache") == []


def test_a_small_table_fills_no_cache(tmp_path, cache, seen):
    blobs = CachedBlobs(seen, cache, "local/")
    load_frame(blobs, store_frame(blobs, "local/session/blocks", FRAME[["Int8"]]))
    cache.settle()

    assert files(tmp_path / "cache") == []


@pytest.mark.usefixtures("large")
def test_a_page_does_not_wait_for_a_column_to_be_checked(tmp_path, cache, seen):
    manifest = store_frame(CachedBlobs(seen, cache, "local/"), "local/session/blocks", FRAME[["Int8"]])
    cache.settle()
    another_process = ColumnCache(tmp_path / "cache", MANY)
    blobs = CachedBlobs(seen, another_process, "local/")

    first = read_table(blobs, manifest, offset=1, limit=1)
    another_process.settle()  # it is checked now
    opened = list(seen)
    second = read_table(blobs, manifest, offset=1, limit=1)

    assert opened == [manifest.columns[0].block]
    assert seen == opened
    assert first.equals(second)
