"""Large blobs, read in ranges: as the hosted Storage serves them, which Supabase Lite does not."""

from __future__ import annotations

import functools
import hashlib
import random
import tracemalloc
from collections.abc import Iterator
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.contract.store.blobs import get, put
from tests.support.object_server import ObjectServer, running_object_server
from workbench.errors import StoreFull, StoreKeyRefused, StoreNotMigrated, StoreUnavailable
from workbench.models import Manifest, ManifestColumn
from workbench.store.supabase.blob_reader import CHUNK
from workbench.store.supabase.blobs import SupabaseBlobs
from workbench.store.supabase.connection import Connection, Face
from workers.frames.blocks import read_table

MIB = 1024**2
LARGE = 2 * CHUNK + 5 * MIB + 3
UPLOAD = "3f0c5a52/0192-ab/uploads/1"


@functools.cache
def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def block(content: bytes) -> str:
    return f"3f0c5a52/0192-ab/blocks/{hashlib.sha256(content).hexdigest()}.parquet"


@pytest.fixture
def server() -> Iterator[ObjectServer]:
    with running_object_server() as server:
        yield server


@pytest.fixture
def blobs(server: ObjectServer) -> Iterator[SupabaseBlobs]:
    connection = Connection(server.url, retry_seconds=1.0)
    yield SupabaseBlobs(Face(connection, "sb_secret_of_the_test"), 45 * MIB)
    connection.close()


@pytest.fixture
def large(blobs: SupabaseBlobs) -> str:
    """A block that is one object, and larger than what is fetched at once."""
    put(blobs, block(noise(LARGE)), noise(LARGE))
    return block(noise(LARGE))


def change_last_byte(server: ObjectServer, name: str) -> None:
    content = server.objects[name]
    server.objects[name] = content[:-1] + bytes([content[-1] ^ 1])


def test_a_small_block_is_one_call(blobs: SupabaseBlobs, server: ObjectServer) -> None:
    put(blobs, block(b"abc"), b"abc")
    assert get(blobs, block(b"abc")) == b"abc"
    assert len(server.sent) == 1


def test_an_empty_block_is_read_though_no_range_of_it_is(blobs: SupabaseBlobs) -> None:
    put(blobs, block(b""), b"")
    assert get(blobs, block(b"")) == b""
    assert blobs.size(block(b"")) == 0


def test_a_large_block_is_read_whole_and_checked(
    blobs: SupabaseBlobs, server: ObjectServer, large: str
) -> None:
    assert get(blobs, large) == noise(LARGE)
    assert blobs.size(large) == LARGE
    change_last_byte(server, large)
    with blobs.open(large) as stream:
        assert stream.read(1000) == noise(LARGE)[:1000]
        with pytest.raises(StoreUnavailable, match="damaged"):
            stream.read()


def test_only_what_is_asked_for_is_fetched(blobs: SupabaseBlobs, server: ObjectServer, large: str) -> None:
    with blobs.open(large) as stream:
        server.sent.clear()  # the first look, broken off when it was seen to be a large one
        stream.seek(CHUNK + 17)
        assert stream.read(1000) == noise(LARGE)[CHUNK + 17 :][:1000]
        assert server.bytes_asked <= MIB
        stream.seek(LARGE - 10)
        assert stream.read() == noise(LARGE)[-10:]
        assert server.bytes_asked <= MIB


def test_reading_on_fetches_ahead(blobs: SupabaseBlobs, server: ObjectServer, large: str) -> None:
    digest = hashlib.sha256()
    with blobs.open(large) as stream:
        while piece := stream.read(10_000):
            digest.update(piece)
    assert digest.digest() == hashlib.sha256(noise(LARGE)).digest()
    assert len(server.sent) <= 6


def test_a_column_of_a_large_block_costs_no_more_than_itself(
    blobs: SupabaseBlobs, server: ObjectServer
) -> None:
    columns = {name: noise(3 * MIB + number) for number, name in enumerate("abcdefgh")}
    table = pa.table(
        {n: pa.array([c[i : i + 64] for i in range(0, 3 * MIB, 64)]) for n, c in columns.items()}
    )
    sink = BytesIO()
    pq.write_table(table, sink, compression="none", use_dictionary=False, write_statistics=False)
    key = block(sink.getvalue())
    put(blobs, key, sink.getvalue())
    names = [ManifestColumn(name=name, dtype="object", block=key, field=name) for name in columns]
    manifest = Manifest(rows=table.num_rows, columns=tuple(names))

    server.sent.clear()
    assert read_table(blobs, manifest, ["f"]).column("f") == table.column("f")
    first_look, *ranges = server.sent
    assert first_look.stop - first_look.start <= CHUNK
    assert sum(sent.stop - sent.start for sent in ranges) < 5 * MIB
    assert len(server.sent) <= 5


def test_parts_are_read_in_ranges_and_checked(blobs: SupabaseBlobs, server: ObjectServer) -> None:
    face = blobs._objects._face
    in_parts = SupabaseBlobs(face, CHUNK + MIB)
    put(in_parts, UPLOAD, noise(LARGE))
    parts = sorted(name for name in server.objects if not name.endswith("@parts"))
    assert len(parts) == 3
    with blobs.open(UPLOAD) as stream:
        stream.seek(CHUNK + MIB - 4)
        assert stream.read(8) == noise(LARGE)[CHUNK + MIB - 4 :][:8]
    assert get(blobs, UPLOAD) == noise(LARGE)
    for part in parts:
        right = server.objects[part]
        change_last_byte(server, part)
        with pytest.raises(StoreUnavailable, match="damaged"):
            get(blobs, UPLOAD)
        server.objects[part] = right[:-1]
        with pytest.raises(StoreUnavailable, match="damaged"):
            get(blobs, UPLOAD)
        server.objects[part] = right
    assert get(blobs, UPLOAD) == noise(LARGE)


@pytest.mark.parametrize("cut", [0, 1, 100_000])
def test_a_connection_that_breaks_is_made_again(
    blobs: SupabaseBlobs, server: ObjectServer, large: str, cut: int
) -> None:
    put(blobs, block(noise(MIB)), noise(MIB))
    server.break_off_after = cut
    assert get(blobs, block(noise(MIB))) == noise(MIB)
    with blobs.open(large) as stream:
        server.break_off_after = cut
        assert stream.read() == noise(LARGE)


def test_a_large_blob_that_is_deleted_while_it_is_read_is_told(
    blobs: SupabaseBlobs, server: ObjectServer, large: str
) -> None:
    with blobs.open(large) as stream:
        first = stream.read(100)
        blobs.delete(large)
        assert stream.read(100) == noise(LARGE)[100:200]  # fetched with the first ones
        with pytest.raises(StoreUnavailable, match="no longer whole"):
            stream.read()
    assert first == noise(LARGE)[:100]


def test_memory_holds_a_chunk_and_not_the_whole(blobs: SupabaseBlobs, large: str) -> None:
    tracemalloc.start()
    try:
        with blobs.open(large) as stream:
            while stream.read(64 * 1024):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Twice a chunk as it is put together, and once more in the server of this process.
    assert peak < 3 * CHUNK + MIB


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (
            400,
            {"statusCode": "404", "error": "Bucket not found", "message": "Bucket not found"},
            StoreNotMigrated,
        ),
        (401, {"message": "Invalid API key"}, StoreKeyRefused),
        (402, {"message": "The project is restricted: quota exceeded"}, StoreFull),
        (413, {"message": "Payload too large"}, StoreFull),
        (500, {"message": "Internal"}, StoreUnavailable),
        (503, {"message": "Unavailable"}, StoreUnavailable),
    ],
)
def test_what_the_project_refuses_is_said_in_our_words(
    blobs: SupabaseBlobs,
    server: ObjectServer,
    status: int,
    body: dict[str, str],
    error: type[StoreUnavailable],
) -> None:
    put(blobs, UPLOAD, b"abc")
    server.refuse = (status, body)
    for look in (blobs.size, blobs.delete, lambda key: get(blobs, key), lambda key: put(blobs, key, b"1")):
        with pytest.raises(error) as caught:
            look(UPLOAD)
        assert type(caught.value) is error
        assert caught.value.hint
