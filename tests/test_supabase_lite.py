"""The Supabase that tests run against."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.contract.store.blobs import put
from tests.contract.store.support import ANA
from tests.support.supabase_lite import SupabaseLite
from workbench.store.supabase.store import SupabaseStore

LOCK = Path(__file__).parent / "supabase_lite" / "package-lock.json"


def test_the_lock_file_pins_every_package_by_its_digest_and_names_no_host() -> None:
    packages = {name: facts for name, facts in json.loads(LOCK.read_text())["packages"].items() if name}
    assert packages["node_modules/@supabase/lite"]["version"] == "0.10.0"
    for name, facts in packages.items():
        assert facts["integrity"].startswith("sha512-"), name
        assert "resolved" not in facts, name


def test_a_reset_empties_tables_and_bucket_and_lets_the_clock_go(supabase_lite: SupabaseLite) -> None:
    long_ago = datetime(2001, 2, 3, tzinfo=UTC)
    store = SupabaseStore(supabase_lite.settings())
    try:
        ana = store.as_owner(ANA)
        supabase_lite.set_clock(long_ago)
        session = ana.create_session("flights")
        put(ana.blobs, f"{ANA.id}/{session.id}/uploads/1", b"a,b")
        assert session.created_at == long_ago
        supabase_lite.reset()
        assert not ana.sessions().items
        assert list(store.blobs.keys("")) == []
        assert ana.create_session("flights").created_at > long_ago
    finally:
        supabase_lite.reset()
        store.close()
