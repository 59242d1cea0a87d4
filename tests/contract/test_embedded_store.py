"""The embedded store passes the suite of all stores."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.store.support import Clock
from tests.contract.store_contract import (
    BlobsContract,
    OpenTasksOfUserContract,
    OrphansContract,
    StoreContract,
)
from workbench.settings import Settings
from workbench.store import open_store
from workbench.store.embedded import EmbeddedStore
from workbench.store.protocol import Store


class EmbeddedFixtures:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data_dir=tmp_path / "data")

    @pytest.fixture
    def store(self, settings: Settings, clock: Clock) -> Iterator[Store]:
        store = EmbeddedStore(settings.database, settings.blobs, clock=clock)
        yield store
        store.close()

    @pytest.fixture
    def open_again(self, settings: Settings) -> Callable[[], Store]:
        return functools.partial(open_store, settings)


class TestEmbeddedStore(EmbeddedFixtures, StoreContract, OpenTasksOfUserContract):
    pass


class TestEmbeddedBlobs(EmbeddedFixtures, BlobsContract):
    pass


class TestEmbeddedOrphans(EmbeddedFixtures, OrphansContract):
    pass
