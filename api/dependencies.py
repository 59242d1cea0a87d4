"""What operations ask for: the caller's face of the store, and the parts of this process.

All are coroutines, so that none costs a thread of its own.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.parts import Parts
from workbench.store.protocol import Blobs, Owner, OwnerStore

__all__ = [
    "After",
    "Caller",
    "CallerBlobs",
    "CallerStore",
    "Idempotency",
    "IdempotencyOf",
    "PartsOf",
    "request_hash",
]

_REQUESTS = uuid.UUID("6f1f1c1e-6b1d-4c1f-9a53-0d5a3f0f7c55")

# Only says in the OpenAPI document how to authenticate; the authenticator decides.
_bearer = HTTPBearer(
    auto_error=False,
    description="The token of the running stack, from `runtime.json`, or a Supabase user's access token; "
    "`GET /api/v1/auth` says which.",
)


async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]


async def _caller(
    request: Request, parts: PartsOf, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Owner:
    return await parts.authenticator.owner(request.headers.get("authorization"))


Caller = Annotated[Owner, Depends(_caller)]


async def _store(parts: PartsOf, caller: Caller) -> OwnerStore:
    return parts.store.as_owner(caller)


CallerStore = Annotated[OwnerStore, Depends(_store)]


async def _blobs(parts: PartsOf, store: CallerStore, caller: Caller) -> Callable[[], Blobs]:
    def with_cache() -> Blobs:
        from workers.frames.cache import CachedBlobs

        return CachedBlobs(store.blobs, parts.columns, f"{caller.id}/")

    return with_cache


CallerBlobs = Annotated[Callable[[], Blobs], Depends(_blobs)]
"""Gives the caller's blobs with the cache of their columns; to be called in a thread, as it imports Arrow."""


@dataclass(frozen=True)
class Idempotency:
    """A submitter's key, and a digest of what came with it.

    Args:
        key: The value of ``Idempotency-Key``, or None.
        request_hash: A digest of method, path and body; None without a key.
    """

    key: str | None
    request_hash: str | None

    @property
    def request(self) -> str | None:
        """An id of the request, the same whenever it is repeated; None without a key."""
        if self.key is None:
            return None
        return str(uuid.uuid5(_REQUESTS, f"{self.key} {self.request_hash}"))


def request_hash(request: Request, body: bytes) -> str:
    """Digest what makes two requests the same request."""
    parts = (request.method.encode(), request.url.path.encode(), body)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Makes a request repeatable: the same key with the same submission gives the same task, "
        "and the same undo or redo moves the head once.",
        examples=["0198f2a4-6c1e-7d53-9b0e-3f1f5f3f9a10"],
    ),
]


async def _idempotency(request: Request, key: IdempotencyKey = None) -> Idempotency:
    if key is None:
        return Idempotency(None, None)
    # The body of a JSON request has been read by now; it is not read twice.
    return Idempotency(key, request_hash(request, await request.body()))


IdempotencyOf = Annotated[Idempotency, Depends(_idempotency)]

After = Annotated[
    str | None, Query(max_length=100, description="the `next` of the part before", examples=[None])
]
