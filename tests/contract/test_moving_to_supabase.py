"""The Supabase store passes the suite of sessions that move, on a real PostgREST and Storage speaker."""

from __future__ import annotations

from tests.contract.store.importing import ImportingContract
from tests.contract.store.moving import MovingContract
from tests.contract.test_supabase_store import SupabaseFixtures


class TestMovingToSupabase(SupabaseFixtures, MovingContract, ImportingContract):
    pass
