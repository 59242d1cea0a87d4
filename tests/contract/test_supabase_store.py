"""The Supabase store passes the suite of all stores, on a real PostgREST and Storage speaker."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest

from tests.contract.store.support import Clock
from tests.contract.store_contract import BlobsContract, StoreContract
from tests.support.supabase_lite import SupabaseLite
from workbench.store import open_store
from workbench.store.protocol import Store
from workbench.store.supabase.store import SupabaseStore


class DatabaseClock(Clock):
    """A clock that the database goes by."""

    def __init__(self, server: SupabaseLite) -> None:
        super().__init__()
        self._server = server
        server.set_clock(self.now)

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._server.set_clock(self.now)


class SupabaseFixtures:
    @pytest.fixture
    def server(self, supabase_lite: SupabaseLite) -> SupabaseLite:
        supabase_lite.reset()
        return supabase_lite

    @pytest.fixture
    def clock(self, server: SupabaseLite) -> Clock:
        return DatabaseClock(server)

    @pytest.fixture
    def store(self, server: SupabaseLite, clock: Clock) -> Iterator[Store]:
        store = SupabaseStore(server.settings())
        yield store
        store.close()

    @pytest.fixture
    def open_again(self, server: SupabaseLite) -> Callable[[], Store]:
        return functools.partial(open_store, server.settings())


class TestSupabaseStore(SupabaseFixtures, StoreContract):
    pass


class TestSupabaseBlobs(SupabaseFixtures, BlobsContract):
    pass
