"""The two faces and the blobs, together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from workbench.store.embedded.blobs import FolderBlobs
from workbench.store.embedded.database import Database
from workbench.store.embedded.ledger import EmbeddedLedger
from workbench.store.embedded.orphans import EmbeddedOrphans
from workbench.store.embedded.owner import EmbeddedOwner
from workbench.store.embedded.rows import utc_now
from workbench.store.protocol import Blobs, Ledger, Orphans, Owner, OwnerStore

__all__ = ["EmbeddedStore"]


class EmbeddedStore:
    """A store in a SQLite file and a folder: see ``workbench.store.protocol.Store``.

    It may be shared by threads, opened by several processes, and kept across a fork.

    Args:
        database: The SQLite file; made, with its folder, where it is not there.
        blobs: The folder of the blobs; likewise.
        clock: Tells the time, with a time zone.
        wait_seconds: How long to wait for other processes that write.

    Raises:
        StoreUnavailable: Something cannot be opened, or is of a later version.
    """

    def __init__(
        self,
        database: Path,
        blobs: Path,
        *,
        clock: Callable[[], datetime] = utc_now,
        wait_seconds: float = 30.0,
    ) -> None:
        self._clock = clock
        self._database = Database(database, wait_seconds=wait_seconds)
        self._ledger = EmbeddedLedger(self._database, clock)
        self._blobs = FolderBlobs(blobs, clock)

    @property
    def ledger(self) -> Ledger:
        return self._ledger

    @property
    def blobs(self) -> Blobs:
        return self._blobs

    @property
    def orphans(self) -> Orphans:
        return EmbeddedOrphans(self._database, self._blobs, self._clock)

    def as_owner(self, owner: Owner) -> OwnerStore:
        return EmbeddedOwner(self._database, owner.id, self._clock, self._blobs)

    def ping(self) -> None:
        self._database.ping()

    def close(self) -> None:
        self._database.close()
