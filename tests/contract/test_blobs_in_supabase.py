"""Blobs in a Supabase project that are stored otherwise than usual pass the suite all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

import pytest

from tests.contract.store.support import ANA
from tests.contract.store_contract import BlobsContract
from tests.support.supabase_lite import SupabaseLite
from workbench.settings import Settings
from workbench.store.protocol import Blobs, Store
from workbench.store.supabase.store import SupabaseStore


class InFolder:
    """Blobs in a folder, for a suite that takes it for everything there is."""

    def __init__(self, blobs: Blobs, folder: str) -> None:
        self._blobs = blobs
        self._folder = folder

    def create(self, key: str) -> AbstractContextManager[BinaryIO]:
        return self._blobs.create(self._folder + key)

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        return self._blobs.open(self._folder + key)

    def size(self, key: str) -> int:
        return self._blobs.size(self._folder + key)

    def keys(self, prefix: str) -> Iterator[str]:
        return (key.removeprefix(self._folder) for key in self._blobs.keys(self._folder + prefix))

    def delete(self, key: str) -> None:
        self._blobs.delete(self._folder + key)

    def delete_prefix(self, prefix: str) -> None:
        self._blobs.delete_prefix(prefix and self._folder + prefix)


class SupabaseFixtures:
    @pytest.fixture
    def settings(self, supabase_lite: SupabaseLite) -> Settings:
        supabase_lite.reset()
        return supabase_lite.settings()

    @pytest.fixture
    def store(self, settings: Settings) -> Iterator[Store]:
        store = SupabaseStore(settings)
        yield store
        store.close()


class TestSupabaseBlobsInParts(SupabaseFixtures, BlobsContract):
    """Under a limit that only the smallest blobs keep to."""

    @pytest.fixture
    def settings(self, supabase_lite: SupabaseLite) -> Settings:
        supabase_lite.reset()
        return supabase_lite.settings(supabase_max_object_bytes=60_000)


class TestSupabaseBlobsOfUser(SupabaseFixtures, BlobsContract):
    """Under row-level security, in the only folder that there is for a user."""

    @pytest.fixture
    def blobs(self, store: Store) -> Blobs:
        return InFolder(store.as_owner(ANA).blobs, f"{ANA.id}/")
