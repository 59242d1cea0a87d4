"""The two faces and the blobs, together."""

from __future__ import annotations

from functools import cached_property

import httpx

from workbench.errors import StoreNotMigrated, Unauthorized
from workbench.settings import Settings
from workbench.store.protocol import Blobs, Ledger, Owner, OwnerStore
from workbench.store.supabase.blobs import SupabaseBlobs
from workbench.store.supabase.connection import TIMEOUT, Connection, Face
from workbench.store.supabase.failures import APPLY_MIGRATIONS
from workbench.store.supabase.ledger import SupabaseLedger
from workbench.store.supabase.owner import SupabaseOwner
from workbench.store.supabase.project import project_url, publishable_key, secret_key

__all__ = ["SCHEMA_VERSION", "SupabaseStore"]

SCHEMA_VERSION = 3
"""The version of ``supabase/migrations`` that this code works with: what ``schema_version()`` answers."""


class SupabaseStore:
    """A store in a Supabase project: see ``workbench.store.protocol.Store``.

    It may be shared by threads, and kept across a fork. The faces of users need the publishable key, the
    service's the secret one; a process that has one of them only uses what it is for.

    Args:
        settings: Say where the project is, and the keys.
        timeout: How long to wait for a connection, for the next bytes, and so on.
        retry_seconds: For how long after its beginning a failed request is sent again.

    Raises:
        StoreUnavailable: The address is none.
        StoreKeyRefused: A key is of the wrong kind; nothing was sent.
    """

    def __init__(
        self, settings: Settings, *, timeout: httpx.Timeout = TIMEOUT, retry_seconds: float = 5.0
    ) -> None:
        self._settings = settings
        self._connection = Connection(project_url(settings), timeout=timeout, retry_seconds=retry_seconds)
        if settings.supabase_publishable_key:
            publishable_key(settings)
        if settings.supabase_secret_key:
            secret_key(settings)

    @cached_property
    def ledger(self) -> Ledger:
        return SupabaseLedger(self._service)

    @cached_property
    def blobs(self) -> Blobs:
        return self._blobs(self._service)

    @property
    def orphans(self) -> None:
        """They go with their session: Storage deletes in no transaction of the database.

        So a task may begin after the last look at the rows and before an object is gone, find that object
        there, and commit a node that names it; no period of grace is longer than a call may be delayed.
        """
        return None

    def as_owner(self, owner: Owner) -> OwnerStore:
        if owner.token is None:
            raise Unauthorized("An access token is needed.", "Sign in as a user of the Supabase project.")
        face = Face(self._connection, publishable_key(self._settings), owner.token.get_secret_value())
        return SupabaseOwner(face, owner.id, self._blobs(face))

    def ping(self) -> None:
        version = 0
        for face in self._own_faces():
            version = face.call("schema_version").value()
        if version == SCHEMA_VERSION:
            return
        found = f"The Supabase project has version {version} of the workbench's tables"
        if version < SCHEMA_VERSION:
            raise StoreNotMigrated(
                f"{found}, and this workbench works with version {SCHEMA_VERSION}.",
                APPLY_MIGRATIONS,
            )
        raise StoreNotMigrated(
            f"{found}, which is later than version {SCHEMA_VERSION}, of this workbench.",
            "Upgrade the workbench here.",
        )

    def close(self) -> None:
        self._connection.close()

    @cached_property
    def _service(self) -> Face:
        return Face(self._connection, secret_key(self._settings))

    def _own_faces(self) -> list[Face]:
        """A face for each key that is set; where none is, the one that says so."""
        faces = []
        if self._settings.supabase_publishable_key:
            faces.append(Face(self._connection, publishable_key(self._settings)))
        if self._settings.supabase_secret_key or not faces:
            faces.append(self._service)
        return faces

    def _blobs(self, face: Face) -> Blobs:
        return SupabaseBlobs(face, self._settings.supabase_max_object_bytes)
