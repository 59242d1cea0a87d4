"""The bucket, and an object in it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from urllib.parse import quote

import httpx

from workbench.errors import StoreNotMigrated, StoreUnavailable
from workbench.store.supabase.failures import APPLY_MIGRATIONS, Trouble, of_response
from workbench.store.supabase.objects import BUCKET, Objects
from workbench.supabase_check.project import Project, json_of

__all__ = ["blobs", "bucket"]

_NOBODY = "00000000-0000-0000-0000-000000000000"
"""The owner of what the check writes: no user has this id."""


def bucket(project: Project) -> str:
    """The bucket is there, is private, and takes objects as large as we make them."""
    answer = project.get(f"/storage/v1/bucket/{BUCKET}", project.service)
    if not answer.is_success:
        if Trouble.of(answer).status == httpx.codes.NOT_FOUND:
            raise StoreNotMigrated(f"The project has no bucket '{BUCKET}'.", APPLY_MIGRATIONS)
        raise of_response(answer, user=False)
    facts = json_of(answer)
    if facts.get("public") is not False:
        raise StoreUnavailable(
            f"The bucket '{BUCKET}' is public: whoever knows an object's name can read it.",
            "Make it private, in the project's dashboard under Storage.",
        )
    largest, ours = facts.get("file_size_limit"), project.settings.supabase_max_object_bytes
    if largest is not None and int(largest) < ours:
        raise StoreUnavailable(
            f"The bucket '{BUCKET}' takes objects of at most {int(largest):,} bytes, and the workbench "
            f"would write some of {ours:,}.",
            f"Set SUPABASE_MAX_OBJECT_BYTES={largest}, or raise the bucket's limit.",
        )
    return f"The bucket '{BUCKET}' is there, and is private."


def blobs(project: Project) -> str:
    """The service writes, reads and removes an object, and nobody else reads it."""
    objects = Objects(project.service)
    name, body = f"{_NOBODY}/check/{uuid.uuid4()}", _Random()
    objects.create(name, body)
    try:
        found = objects.read(name, 0, body.size, lambda content: b"".join(content.pieces()))
        if found != body.content:
            raise StoreUnavailable(
                "An object that was written is read back as something else.",
                "Look at what is between here and the project's Storage: a proxy, or a cache.",
            )
        _hidden(project, name)
    finally:
        objects.remove([name])
    return "An object was written, read and removed by the service, and hidden from everybody else."


def _hidden(project: Project, name: str) -> None:
    path = f"{BUCKET}/{quote(name)}"
    for place in (f"/storage/v1/object/{path}", f"/storage/v1/object/public/{path}"):
        if project.get(place, project.everybody).is_success:
            raise StoreUnavailable(
                f"Everybody can read the objects of the bucket '{BUCKET}'.",
                f"Make it private, and look at the policies of storage.objects. {APPLY_MIGRATIONS}",
            )


class _Random:
    """Bytes that were never there before."""

    def __init__(self) -> None:
        self.content = secrets.token_bytes(64)
        self.size = len(self.content)

    def pieces(self) -> Iterator[bytes]:
        yield self.content
