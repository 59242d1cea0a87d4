"""The keys with which a project signs, as it publishes them: read when needed, and kept for a while."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Self

import httpx
import structlog
from jwt import PyJWK

from workbench.errors import StoreUnavailable
from workbench.store.supabase.signing_keys import JWKS_PATH, usable_keys

__all__ = ["SigningKeys"]

# The keys are asked for anew after this long, so that one that was withdrawn is not trusted for longer.
_FRESH_SECONDS = 300.0
# While the project does not answer, they are kept for as long as an access token lives by default.
_KEPT_SECONDS = 3600.0
# Whoever sends tokens with made-up key ids makes us ask no more often than this allows.
_BURST, _SECONDS_BETWEEN = 3, 5.0
_TIMEOUT_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class SigningKeys:
    """The published keys of one project.

    To be used in one event loop, and closed by leaving the context. Requests that need the keys at the
    same time share one fetch.

    Args:
        project: The project's address.
        publishable_key: Goes with each request, as it does everywhere.
    """

    def __init__(self, project: str, publishable_key: str) -> None:
        self._url = f"{project}{JWKS_PATH}"
        self._http = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, headers={"apikey": publishable_key})
        self._keys: dict[str, PyJWK] = {}
        self._read_at: float | None = None
        self._failure: str | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._allowance = _Allowance(_BURST, _SECONDS_BETWEEN)

    async def find(self, key_id: str) -> PyJWK | None:
        """Find a key, asking the project where the id is new or the keys are old.

        Args:
            key_id: The ``kid`` of a token.

        Returns:
            The key; None if the project has none of this id.

        Raises:
            StoreUnavailable: If that cannot be told, because the project does not tell its keys.
        """
        if self._older_than(_FRESH_SECONDS) or key_id not in self._keys:
            await self._refresh()
        found = None if self._older_than(_KEPT_SECONDS) else self._keys.get(key_id)
        if found is None and self._failure is not None:
            raise StoreUnavailable(
                f"The keys that verify access tokens cannot be read: {self._failure}.",
                "Try again in a moment; `workbench supabase check` tells what is wrong.",
            )
        return found

    def _older_than(self, seconds: float) -> bool:
        return self._read_at is None or monotonic() - self._read_at > seconds

    async def _refresh(self) -> None:
        """Read the keys, or wait for a reading under way; nothing where it was done too often lately."""
        if self._fetching is None:
            if not self._allowance.take():
                return
            self._fetching = asyncio.create_task(self._fetch(), name="signing keys")
            self._fetching.add_done_callback(self._fetched)
        await asyncio.shield(self._fetching)  # a caller who goes away leaves it to the others

    def _fetched(self, _: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _fetch(self) -> None:
        try:
            answer = await self._http.get(self._url)
            answer.raise_for_status()
            self._keys = usable_keys(answer.json())
        except httpx.HTTPStatusError as error:
            self._failed(f"the project answered with status {error.response.status_code}")
        except httpx.TimeoutException:
            self._failed(f"the project did not answer within {_TIMEOUT_SECONDS:g} s")
        except httpx.HTTPError as error:
            self._failed(f"the project cannot be reached ({type(error).__name__})")
        except ValueError:
            self._failed("what the project answered is no set of keys")
        else:
            self._read_at, self._failure = monotonic(), None

    def _failed(self, reason: str) -> None:
        self._failure = reason
        _log.warning("signing keys not read", reason=reason, kept=len(self._keys))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)
        await self._http.aclose()


class _Allowance:
    """So many at once, and one more each few seconds."""

    def __init__(self, burst: int, seconds_between: float) -> None:
        self._burst, self._seconds_between = burst, seconds_between
        self._left, self._since = float(burst), monotonic()

    def take(self) -> bool:
        """Take one, if there is one."""
        now = monotonic()
        self._left = min(self._burst, self._left + (now - self._since) / self._seconds_between)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
