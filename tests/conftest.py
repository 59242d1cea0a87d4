"""What tests of all packages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.supabase_lite import SupabaseLite, running_lite
from tests.support.valkey import Broker, running_broker


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Broker]:
    """A broker that all tests of a run share; a test that stops it takes one of its own."""
    with running_broker() as broker:
        yield broker


@pytest.fixture(scope="session")
def supabase_lite() -> Iterator[SupabaseLite]:
    """A Supabase that all tests of a run share; each begins with its ``reset()``."""
    with running_lite() as server:
        yield server
