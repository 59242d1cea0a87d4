"""Blobs: whole or not there, immutable, by key."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.errors import InvalidParameter
from workbench.store.protocol import Blobs, Store

KEY = "local/0192-ab/blocks/a_B-9.parquet"


def put(blobs: Blobs, key: str, content: bytes) -> None:
    with blobs.create(key) as stream:
        stream.write(content)


def get(blobs: Blobs, key: str) -> bytes:
    with blobs.open(key) as stream:
        return stream.read()


class BlobsContract:
    """A subclass gives the fixture ``store``."""

    @pytest.fixture
    def blobs(self, store: Store) -> Blobs:
        return store.blobs

    @pytest.mark.parametrize("content", [b"", b"one", bytes(range(256)) * 20_000])
    def test_what_is_written_is_read(self, blobs: Blobs, content: bytes) -> None:
        put(blobs, KEY, content)
        assert get(blobs, KEY) == content
        assert blobs.size(KEY) == len(content)

    def test_a_blob_is_a_seekable_stream(self, blobs: Blobs) -> None:
        put(blobs, KEY, b"0123456789")
        with blobs.open(KEY) as stream:
            assert stream.seekable()
            assert stream.seek(-3, io.SEEK_END) == 7
            assert stream.read(2) == b"78"
            assert stream.tell() == 9

    def test_parquet_can_be_written_and_read(self, blobs: Blobs) -> None:
        table = pa.table({"a": list(range(1000)), "b": ["x", None] * 500})
        with blobs.create(KEY) as stream:
            pq.write_table(table, stream, compression="zstd")
        with blobs.open(KEY) as stream:
            assert pq.read_table(stream, columns=["b"]) == table.select(["b"])

    def test_a_writer_may_close_the_stream_itself(self, blobs: Blobs) -> None:
        with blobs.create(KEY) as stream:
            stream.write(b"one")
            stream.close()
        assert get(blobs, KEY) == b"one"

    def test_a_blob_that_is_there_stays_as_it_is(self, blobs: Blobs) -> None:
        put(blobs, KEY, b"first")
        put(blobs, KEY, b"second, and longer")
        assert get(blobs, KEY) == b"first"

    def test_a_blob_is_there_when_it_is_whole(self, blobs: Blobs) -> None:
        with blobs.create(KEY) as stream:
            stream.write(b"half")
            stream.flush()
            assert list(blobs.keys("")) == []
            with pytest.raises(KeyError):
                blobs.size(KEY)
        assert list(blobs.keys("")) == [KEY]

    @pytest.mark.parametrize(
        "error", [RuntimeError("halt"), OSError(5, "the source broke"), KeyboardInterrupt()]
    )
    def test_an_error_leaves_nothing(self, blobs: Blobs, error: BaseException) -> None:
        def break_off() -> None:
            with blobs.create(KEY) as stream:
                stream.write(b"half")
                raise error

        with pytest.raises(type(error)) as raised:
            break_off()
        assert raised.value is error
        assert list(blobs.keys("")) == []
        put(blobs, KEY, b"whole")
        assert get(blobs, KEY) == b"whole"

    def test_what_is_not_there_is_a_key_error(self, blobs: Blobs) -> None:
        put(blobs, "local/s/blocks/x", b"1")
        for missing in ("local/s/blocks/y", "local/s/blocks", "local/s/blocks/x/y", "else"):
            with pytest.raises(KeyError), blobs.open(missing):
                pass
            with pytest.raises(KeyError):
                blobs.size(missing)

    def test_keys_are_found_by_any_prefix(self, blobs: Blobs) -> None:
        keys = [
            "local/a/blocks/1",
            "local/a/blocks/12",
            "local/a/uploads/1",
            "local/ab/blocks/1",
            "other/a/blocks/1",
        ]
        for key in keys:
            put(blobs, key, b"")
        for prefix in (
            "",
            "local/",
            "local/a",
            "local/a/",
            "local/a/blocks/1",
            "local/a/blocks/12",
            "loc",
            "no",
            "no/",
        ):
            assert sorted(blobs.keys(prefix)) == [key for key in keys if key.startswith(prefix)]

    def test_deleting_is_final_and_repeatable(self, blobs: Blobs) -> None:
        put(blobs, "local/a/blocks/1", b"1")
        put(blobs, "local/a/blocks/2", b"2")
        for _ in range(2):
            blobs.delete("local/a/blocks/1")
            assert list(blobs.keys("")) == ["local/a/blocks/2"]
        blobs.delete("local/a/blocks")  # no blob, though others have it in their keys
        blobs.delete("local/a/blocks/2/3")
        assert get(blobs, "local/a/blocks/2") == b"2"

    def test_a_prefix_can_be_deleted_while_it_is_listed(self, blobs: Blobs) -> None:
        for number in range(20):
            put(blobs, f"local/a/{number % 3}/{number}", b"")
        for key in blobs.keys("local/a/"):
            blobs.delete(key)
        assert list(blobs.keys("")) == []

    def test_a_folder_is_deleted_at_once_and_no_more_than_it(self, blobs: Blobs) -> None:
        for key in ("local/a/blocks/1", "local/a/blocks/2.parquet", "local/a/uploads/1"):
            put(blobs, key, b"1")
        others = ["local/ab/blocks/1", "local/b/a/1"]
        for key in others:
            put(blobs, key, b"1")
        for _ in range(2):
            blobs.delete_prefix("local/a/")
            assert sorted(blobs.keys("")) == others

    @pytest.mark.parametrize("prefix", ["", "local", "local/a", "/", "../", "a//", "local/.b/"])
    def test_only_folders_are_deleted_at_once(self, blobs: Blobs, prefix: str) -> None:
        put(blobs, KEY, b"1")
        with pytest.raises(InvalidParameter):
            blobs.delete_prefix(prefix)
        assert list(blobs.keys("")) == [KEY]

    def test_who_reads_a_blob_that_is_deleted_reads_on(self, blobs: Blobs) -> None:
        put(blobs, KEY, b"0123456789")
        with blobs.open(KEY) as stream:
            assert stream.read(1) == b"0"
            blobs.delete(KEY)
            assert stream.read() == b"123456789"

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/..",
            "a/./b",
            "a//b",
            "a/",
            ".hidden",
            "a/.b",
            "a b",
            "a\\b",
            "ä",
            "a\x00b",
            "a\nb",
            "a\n",
            "a?b",
            "~/a",
            "C:a",
        ],
    )
    def test_a_key_that_could_lead_elsewhere_is_refused(self, blobs: Blobs, key: str) -> None:
        with pytest.raises(InvalidParameter), blobs.create(key):
            pytest.fail("the key was taken")
        with pytest.raises(InvalidParameter), blobs.open(key):
            pass
        for call in (blobs.size, blobs.delete):
            with pytest.raises(InvalidParameter):
                call(key)

    @pytest.mark.parametrize("prefix", ["/", "..", "../", "a/../", "a//", "a b"])
    def test_a_prefix_that_could_lead_elsewhere_is_refused(self, blobs: Blobs, prefix: str) -> None:
        with pytest.raises(InvalidParameter):
            list(blobs.keys(prefix))

    def test_of_many_writers_of_one_key_one_is_kept(self, blobs: Blobs) -> None:
        gate = threading.Barrier(6)

        def write(number: int) -> None:
            with blobs.create(KEY) as stream:
                stream.write(bytes([number]) * 100_000)
                gate.wait(timeout=30)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(write, range(6)))
        content = get(blobs, KEY)
        assert len(content) == 100_000
        assert len(set(content)) == 1

    def test_writing_beside_deletions_succeeds(self, blobs: Blobs) -> None:
        def churn(number: int) -> None:
            for turn in range(20):
                key = f"local/a/blocks/{number}-{turn}"
                put(blobs, key, b"x")
                assert get(blobs, key) == b"x"
                blobs.delete(key)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(churn, range(4)))
        assert list(blobs.keys("")) == []
