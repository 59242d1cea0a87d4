"""How blobs lie in a Supabase project's bucket, what they cost, and what happens when something is wrong."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import random
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from tests.contract.store.blobs import get, put
from tests.contract.store.support import ANA, BEN
from tests.support.http_proxy import HttpProxy, running_proxy
from tests.support.supabase_lite import SupabaseLite
from workbench.errors import (
    Forbidden,
    InvalidParameter,
    StoreDamaged,
    StoreFull,
    StoreKeyRefused,
    StoreUnavailable,
    TokenExpired,
    WorkbenchError,
)
from workbench.store.supabase import objects as bucket
from workbench.store.supabase.blobs import SupabaseBlobs
from workbench.store.supabase.connection import Connection, Face

MIB = 1024**2
FOLDER = f"{ANA.id}/0192-ab"
UPLOAD = f"{FOLDER}/uploads/1"
Blobs = Callable[..., SupabaseBlobs]


def block(content: bytes) -> str:
    return f"{FOLDER}/blocks/{hashlib.sha256(content).hexdigest()}.parquet"


@functools.cache
def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.fixture
def server(supabase_lite: SupabaseLite) -> SupabaseLite:
    supabase_lite.reset()
    return supabase_lite


@pytest.fixture
def proxy(server: SupabaseLite) -> Iterator[HttpProxy]:
    with running_proxy(server.url) as proxy:
        yield proxy


@pytest.fixture
def connection(proxy: HttpProxy) -> Iterator[Connection]:
    connection = Connection(proxy.url, retry_seconds=1.0)
    yield connection
    connection.close()


@pytest.fixture
def blobs(server: SupabaseLite, connection: Connection) -> Blobs:
    """Blobs as the service sees them, or the user of a token; under a limit of an object's size."""

    def make(limit: int = 45 * MIB, *, token: str | None = None, key: str | None = None) -> SupabaseBlobs:
        own = server.publishable_key if token else server.secret_key
        return SupabaseBlobs(Face(connection, key or own, token), limit)

    return make


@pytest.fixture
def direct(server: SupabaseLite) -> Iterator[SupabaseBlobs]:
    """The service's blobs, without the proxy, which would hold in this process what passes."""
    connection = Connection(server.url)
    yield SupabaseBlobs(Face(connection, server.secret_key), 4 * MIB)
    connection.close()


@pytest.fixture
def names(server: SupabaseLite) -> Callable[[], list[str]]:
    """The names of all objects."""
    return lambda: server.service_call("blob_keys", p_prefix="", p_after=None, p_limit=10_000)


def tamper(server: SupabaseLite, name: str, content: bytes) -> None:
    """Change an object where the server keeps it."""
    path = server.folder / "supabase" / ".temp" / "storage" / "workbench" / name
    assert path.is_file()
    path.write_bytes(content)


def part_of(names: list[str]) -> str:
    return next(name for name in names if "@" in name and not name.endswith("@parts"))


class TestBlocks:
    def test_a_block_is_one_object_and_costs_one_call_each_way(
        self, blobs: Blobs, proxy: HttpProxy, names: Callable[[], list[str]]
    ) -> None:
        key = block(b"columns")
        put(blobs(), key, b"columns")
        assert names() == [key]
        assert get(blobs(), key) == b"columns"
        assert blobs().size(key) == 7
        blobs().delete(key)
        assert [call.method for call in proxy.calls] == ["POST", "GET", "GET", "DELETE"]
        assert names() == []

    def test_a_block_as_large_as_an_object_may_be_is_one_and_the_next_byte_makes_parts(
        self, blobs: Blobs, names: Callable[[], list[str]]
    ) -> None:
        fits, exceeds = noise(1000), noise(1001)
        for content in (fits, exceeds):
            put(blobs(1000), block(content), content)
            assert get(blobs(1000), block(content)) == content
            assert blobs().size(block(content)) == len(content)
        assert [name for name in names() if name.startswith(block(fits))] == [block(fits)]
        parts = [name for name in names() if name.startswith(block(exceeds))]
        assert len(parts) == 3
        assert parts[-1] == f"{block(exceeds)}@parts"
        assert sorted(blobs().keys("")) == sorted([block(fits), block(exceeds)])

    def test_content_that_is_not_what_the_name_says_is_refused(
        self, blobs: Blobs, names: Callable[[], list[str]]
    ) -> None:
        for limit in (45 * MIB, 2):
            with pytest.raises(InvalidParameter, match="name says"):
                put(blobs(limit), block(b"columns"), b"other columns")
        assert names() == []

    def test_a_block_that_was_changed_in_the_store_is_damaged(
        self, blobs: Blobs, server: SupabaseLite
    ) -> None:
        key = block(b"columns")
        put(blobs(), key, b"columns")
        tamper(server, key, b"calumns")
        with pytest.raises(StoreDamaged, match="damaged"), blobs().open(key):
            pytest.fail("it was read")

    def test_a_block_written_under_two_limits_is_one(self, blobs: Blobs) -> None:
        content = noise(5000)
        key = block(content)
        put(blobs(1000), key, content)
        put(blobs(), key, content)
        assert list(blobs().keys(FOLDER)) == [key]
        assert get(blobs(), key) == content
        blobs().delete(key)
        assert list(blobs().keys("")) == []
        with pytest.raises(KeyError):
            blobs().size(key)


class TestParts:
    def test_an_upload_lies_in_parts_that_are_no_blobs(
        self, blobs: Blobs, names: Callable[[], list[str]]
    ) -> None:
        content = noise(10_500)
        put(blobs(1000), UPLOAD, content)
        assert len(names()) == 12
        assert list(blobs().keys("")) == [UPLOAD]
        assert get(blobs(), UPLOAD) == content
        assert blobs().size(UPLOAD) == 10_500
        blobs().delete(UPLOAD)
        assert names() == []

    def test_a_small_upload_costs_two_calls_each_way(self, blobs: Blobs, proxy: HttpProxy) -> None:
        put(blobs(), UPLOAD, b"a,b\n1,2\n")
        assert get(blobs(), UPLOAD) == b"a,b\n1,2\n"
        assert [call.method for call in proxy.calls] == ["POST", "POST", "GET", "GET"]

    def test_any_piece_of_a_large_one_is_read(self, blobs: Blobs) -> None:
        content = noise(20 * MIB + 7)
        put(blobs(3 * MIB), UPLOAD, content)
        with blobs().open(UPLOAD) as stream:
            for start in (0, 3 * MIB - 2, 20 * MIB + 3, 5, 12 * MIB, 20 * MIB + 7, 30 * MIB):
                stream.seek(start)
                assert stream.read(100) == content[start : start + 100]
            buffer = bytearray(4 * MIB)
            assert stream.seek(-6 * MIB, io.SEEK_END) == 14 * MIB + 7
            assert stream.readinto(buffer) == 4 * MIB  # type: ignore[attr-defined]
            assert buffer == content[14 * MIB + 7 : 18 * MIB + 7]
            assert stream.seek(1, io.SEEK_CUR) == 18 * MIB + 8
            assert stream.read() == content[18 * MIB + 8 :]
            with pytest.raises(ValueError, match="negative"):
                stream.seek(-1)

    def test_memory_holds_a_part_and_not_the_whole(self, direct: SupabaseBlobs) -> None:
        piece, digest, pieces = noise(MIB), hashlib.sha256(), 64
        tracemalloc.start()
        try:
            with direct.create(UPLOAD) as sink:
                for number in range(pieces):
                    sink.write(piece)
                    sink.write(bytes([number]))
                    digest.update(piece + bytes([number]))
            written = tracemalloc.get_traced_memory()[1]
            tracemalloc.reset_peak()
            with direct.open(UPLOAD) as source:
                found = hashlib.file_digest(source, "sha256")  # type: ignore[arg-type]
            read = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert found.digest() == digest.digest()
        assert max(written, read) < 16 * MIB

    def test_a_part_that_was_changed_is_damaged(
        self, blobs: Blobs, server: SupabaseLite, names: Callable[[], list[str]]
    ) -> None:
        put(blobs(), UPLOAD, b"0123456789")
        for wrong in (b"0123456780", b"012345678", b"01234567890"):
            tamper(server, part_of(names()), wrong)
            with pytest.raises(StoreDamaged, match="damaged"), blobs().open(UPLOAD):
                pytest.fail("it was read")

    def test_a_part_that_is_lost_is_told(self, blobs: Blobs, names: Callable[[], list[str]]) -> None:
        put(blobs(), UPLOAD, b"0123456789")
        bucket.Objects(blobs()._objects._face).remove([part_of(names())])
        with pytest.raises(StoreUnavailable, match="no longer whole"), blobs().open(UPLOAD):
            pytest.fail("it was read")

    @pytest.mark.parametrize(
        "part",
        [
            {"name": "../../other/blocks/1", "size": 3, "sha256": "0" * 64},
            {"name": "01234567-0", "size": 4, "sha256": "0" * 64},
            {"name": "01234567-0", "size": -3, "sha256": "0" * 64},
        ],
    )
    def test_a_manifest_of_somebody_elses_making_leads_nowhere(
        self, blobs: Blobs, server: SupabaseLite, names: Callable[[], list[str]], part: dict[str, object]
    ) -> None:
        put(blobs(), UPLOAD, b"abc")
        for content in (json.dumps({"version": 1, "size": 3, "parts": [part]}), "[]", "", '{"version": 2}'):
            tamper(server, f"{UPLOAD}@parts", content.encode())
            for look in (blobs().size, lambda key: get(blobs(), key)):
                with pytest.raises(StoreUnavailable, match="parts cannot be read"):
                    look(UPLOAD)

    def test_one_small_part_does_not_make_a_large_blob(
        self, blobs: Blobs, server: SupabaseLite, names: Callable[[], list[str]]
    ) -> None:
        put(blobs(), UPLOAD, b"abc")
        name = part_of(names()).removeprefix(f"{UPLOAD}@")
        part = {"name": name, "size": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}
        manifest = {"version": 1, "size": 3_000, "parts": [part] * 1_000}
        tamper(server, f"{UPLOAD}@parts", json.dumps(manifest).encode())
        for look in (blobs().size, lambda key: get(blobs(), key)):
            with pytest.raises(StoreUnavailable, match="parts cannot be read"):
                look(UPLOAD)

    def test_who_comes_second_leaves_nothing(self, blobs: Blobs, names: Callable[[], list[str]]) -> None:
        put(blobs(4), UPLOAD, b"0123456789")
        first = names()
        put(blobs(3), UPLOAD, b"9876543210")
        put(blobs(4), UPLOAD, b"0123456789")
        assert names() == first
        assert get(blobs(), UPLOAD) == b"0123456789"

    def test_an_error_takes_back_what_was_sent(self, blobs: Blobs, names: Callable[[], list[str]]) -> None:
        def break_off() -> None:
            with blobs(4).create(UPLOAD) as stream:
                stream.write(b"0123456789")
                assert len(names()) == 2
                raise RuntimeError("cut")

        with pytest.raises(RuntimeError, match="cut"):
            break_off()
        assert names() == []

    def test_what_cannot_be_taken_back_goes_with_its_folder(
        self, blobs: Blobs, direct: SupabaseBlobs, proxy: HttpProxy, names: Callable[[], list[str]]
    ) -> None:
        def break_off(error: Exception) -> None:
            with blobs(4).create(UPLOAD) as stream:
                stream.write(b"0123456789")
                proxy.answer("/storage/v1/object/workbench", 503, {"message": "not now"})
                raise error

        error = RuntimeError("cut")
        with pytest.raises(RuntimeError) as caught:
            break_off(error)
        assert caught.value is error
        assert len(names()) == 2
        assert list(direct.keys("")) == []
        with pytest.raises(KeyError):
            direct.size(UPLOAD)
        direct.delete_prefix(f"{FOLDER}/")
        assert names() == []

    def test_a_folder_is_deleted_page_by_page(
        self, blobs: Blobs, names: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, proxy: HttpProxy
    ) -> None:
        monkeypatch.setattr(bucket, "_PAGE", 3)
        for number in range(8):
            put(blobs(), f"{UPLOAD}{number}", b"x")
        assert len(names()) == 16
        assert len(list(blobs().keys(f"{FOLDER}/"))) == 8
        proxy.calls.clear()
        blobs().delete_prefix(f"{FOLDER}/")
        assert names() == []
        assert [call.method for call in proxy.calls] == ["POST", "DELETE"] * 6


class TestLostAnswers:
    """Written, but the answer did not come: the same as if it had."""

    @pytest.mark.parametrize("which", [0, 1, 2, 3])
    def test_of_a_write(
        self, blobs: Blobs, proxy: HttpProxy, names: Callable[[], list[str]], which: int
    ) -> None:
        left = iter(range(10))
        proxy.lose_answers(lambda call: call.method == "POST" and next(left) == which)
        put(blobs(4), UPLOAD, b"0123456789")
        assert get(blobs(), UPLOAD) == b"0123456789"
        assert len(names()) == 4

    def test_of_a_block(self, blobs: Blobs, proxy: HttpProxy) -> None:
        proxy.lose_answers(lambda call: call.method == "POST")
        put(blobs(), block(b"1"), b"1")
        assert get(blobs(), block(b"1")) == b"1"
        assert [call.method for call in proxy.calls] == ["POST", "POST", "GET"]

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_of_the_rest(self, blobs: Blobs, proxy: HttpProxy, method: str) -> None:
        put(blobs(), UPLOAD, b"1")
        proxy.lose_answers(lambda call: call.method == method)
        assert get(blobs(), UPLOAD) == b"1"
        blobs().delete(UPLOAD)
        assert list(blobs().keys("")) == []

    def test_while_nobody_knows_of_the_manifest_the_parts_stay(
        self, blobs: Blobs, proxy: HttpProxy, names: Callable[[], list[str]]
    ) -> None:
        proxy.lose_answers(lambda call: call.path.endswith("@parts"), times=1000)
        with pytest.raises(StoreUnavailable):
            put(blobs(), UPLOAD, b"0123456789")
        proxy.lose_answers(lambda call: False)
        assert get(blobs(), UPLOAD) == b"0123456789"
        assert len(names()) == 2


class TestWhoMayAndHowMuch:
    def test_another_users_blobs_are_not_there(self, blobs: Blobs, server: SupabaseLite) -> None:
        ana, ben = (blobs(token=server.token(owner.id)) for owner in (ANA, BEN))
        put(ana, UPLOAD, b"1")
        put(ana, block(b"2"), b"2")
        for key in (UPLOAD, block(b"2")):
            with pytest.raises(KeyError), ben.open(key):
                pytest.fail("it was read")
            with pytest.raises(KeyError):
                ben.size(key)
            ben.delete(key)
            with pytest.raises(Forbidden):
                put(ben, key.replace("0192-ab", "0192-cd"), b"2")
        ben.delete_prefix(f"{FOLDER}/")
        assert list(ben.keys("")) == []
        assert sorted(ana.keys("")) == sorted([UPLOAD, block(b"2")])

    def test_a_token_that_has_expired_is_told(self, blobs: Blobs, server: SupabaseLite) -> None:
        late = blobs(token=server.token(ANA.id, exp=1))
        for look in (late.size, lambda key: get(late, key), late.delete, lambda key: list(late.keys(key))):
            with pytest.raises(TokenExpired):
                look(UPLOAD)

    def test_a_key_that_is_none_is_told(self, blobs: Blobs) -> None:
        with pytest.raises(StoreKeyRefused):
            blobs(key="sb_secret_of_another_project").size(UPLOAD)

    def test_what_the_plan_does_not_take_names_the_setting(
        self, blobs: Blobs, names: Callable[[], list[str]]
    ) -> None:
        content = bytes(51 * MIB)
        for key in (block(content), UPLOAD):
            with pytest.raises(StoreFull, match="SUPABASE_MAX_OBJECT_BYTES") as caught:
                put(blobs(60 * MIB), key, content)
            assert "53,477,376" in caught.value.message
        assert names() == []

    def test_a_project_that_does_not_answer(self, blobs: Blobs, proxy: HttpProxy) -> None:
        put(blobs(), UPLOAD, b"1")
        with proxy.down():
            for look in (blobs().size, blobs().delete, lambda key: list(blobs().keys(key))):
                with pytest.raises(StoreUnavailable):
                    look(UPLOAD)
            with pytest.raises(WorkbenchError):
                put(blobs(), block(b"1"), b"1")
