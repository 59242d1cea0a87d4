"""The embedded store passes the suite of sessions that move."""

from __future__ import annotations

from tests.contract.store.importing import ImportingContract
from tests.contract.store.moving import MovingContract
from tests.contract.test_embedded_store import EmbeddedFixtures


class TestMovingBetweenFolders(EmbeddedFixtures, MovingContract, ImportingContract):
    pass
