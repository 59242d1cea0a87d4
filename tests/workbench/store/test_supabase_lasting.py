"""What a user has begun to read is read to its end, also when the access token expires meanwhile."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.contract.store.blobs import put
from tests.contract.store.support import ANA, BEN
from tests.support.supabase_lite import SupabaseLite
from tests.support.waiting import wait_until
from workbench.errors import TokenExpired
from workbench.store.supabase.blob_reader import CHUNK
from workbench.store.supabase.blobs import SupabaseBlobs
from workbench.store.supabase.connection import Connection, Face

PART = 4 * 1024**2
CONTENT = random.Random(1).randbytes(CHUNK + PART)
KEY = f"{ANA.id}/0192-ab/blocks/{hashlib.sha256(CONTENT).hexdigest()}.parquet"


@pytest.fixture
def server(supabase_lite: SupabaseLite) -> SupabaseLite:
    supabase_lite.reset()
    return supabase_lite


@pytest.fixture
def connection(server: SupabaseLite) -> Iterator[Connection]:
    connection = Connection(server.url, retry_seconds=1.0)
    yield connection
    connection.close()


def blobs(server: SupabaseLite, connection: Connection, token: str) -> SupabaseBlobs:
    return SupabaseBlobs(Face(connection, server.publishable_key, token), PART)


def wait_for_expiry(server: SupabaseLite, token: str) -> None:
    headers = {"apikey": server.publishable_key, "Authorization": f"Bearer {token}"}
    url = f"{server.url}/rest/v1/sessions?select=id"
    wait_until(lambda: httpx.get(url, headers=headers).status_code == 401, what="the token's expiry")


def test_an_open_blob_outlasts_the_token(server: SupabaseLite, connection: Connection) -> None:
    put(blobs(server, connection, server.token(ANA.id)), KEY, CONTENT)
    token = server.token(ANA.id, exp=int(time.time()) + 3)
    theirs = blobs(server, connection, token)
    with theirs.open(KEY) as stream:
        begun = stream.read(100)
        wait_for_expiry(server, token)
        with pytest.raises(TokenExpired):
            theirs.open(KEY)
        assert begun + stream.read() == CONTENT


def test_it_is_opened_for_its_user_only(server: SupabaseLite, connection: Connection) -> None:
    put(blobs(server, connection, server.token(ANA.id)), KEY, CONTENT)
    with pytest.raises(KeyError):
        blobs(server, connection, server.token(BEN.id)).open(KEY)
