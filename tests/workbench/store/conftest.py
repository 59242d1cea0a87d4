"""A Supabase project that answers as a test has said, and a store on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.scripted_server import ScriptedServer, running_scripted
from workbench.settings import Settings
from workbench.store.supabase.store import SupabaseStore


@pytest.fixture
def project() -> Iterator[ScriptedServer]:
    with running_scripted() as server:
        yield server


@pytest.fixture
def project_settings(project: ScriptedServer) -> Settings:
    return Settings(
        supabase_url=f"{project.url}/",
        supabase_publishable_key="sb_publishable_1",
        supabase_secret_key="sb_secret_1",
    )


@pytest.fixture
def project_store(project_settings: Settings) -> Iterator[SupabaseStore]:
    store = SupabaseStore(project_settings)
    yield store
    store.close()
