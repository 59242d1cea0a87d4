"""What the code of workers is run with: the embedded store, and a broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.valkey import Broker
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER
from workbench.store.protocol import OwnerStore
from workers.services import Services


@pytest.fixture
def settings(tmp_path: Path, valkey_server: Broker) -> Settings:
    return Settings(data_dir=tmp_path, redis_url=valkey_server.url)


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    services = Services(settings)
    yield services
    services.store.close()
    services.board.close()


@pytest.fixture
def owner(services: Services) -> OwnerStore:
    return services.store.as_owner(LOCAL_OWNER)
