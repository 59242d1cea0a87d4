"""The Supabase store passes the suite of sessions that move, on a real PostgREST and Storage speaker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.store.importing import ImportingContract
from tests.contract.store.moving import MovingContract
from tests.contract.store.support import ANA, BEN
from tests.contract.test_supabase_store import SupabaseFixtures
from tests.support.sessions_to_move import CutOwner, LineCut, worked_session
from tests.support.supabase_lite import SupabaseLite
from workbench.store.embedded import EmbeddedStore
from workbench.store.moving import copy_session
from workbench.store.protocol import Store
from workbench.store.supabase.store import SupabaseStore


class TestMovingToSupabase(SupabaseFixtures, MovingContract, ImportingContract):
    pass


class TestMovingInParts(SupabaseFixtures):
    """Blocks beyond what the project stores as one object."""

    @pytest.fixture
    def store(self, server: SupabaseLite) -> Iterator[Store]:
        store = SupabaseStore(server.settings(supabase_max_object_bytes=150_000))
        yield store
        store.close()

    def test_a_large_block_breaks_off_between_its_parts_and_goes_on(
        self, store: Store, tmp_path: Path
    ) -> None:
        with closing(EmbeddedStore(tmp_path / "a.sqlite3", tmp_path / "a")) as here:
            session = worked_session(here)
            ana, there = here.as_owner(ANA), store.as_owner(BEN)
            cut = CutOwner(there, bytes_through=300_000)
            with pytest.raises(LineCut):
                copy_session(ana, cut, session.id, owner=BEN.id)  # type: ignore[arg-type]
            moved = copy_session(ana, there, session.id, owner=BEN.id)
            assert (moved.blocks.there, moved.blocks.copied) == (1, 5)
        with closing(EmbeddedStore(tmp_path / "b.sqlite3", tmp_path / "b")) as back:
            ana = back.as_owner(ANA)
            moved = copy_session(there, ana, session.id, owner=ANA.id)
            assert (moved.session, moved.blocks.bytes) == (session, 400_038)
