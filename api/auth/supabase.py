"""The access tokens of a Supabase project's users, verified here."""

from __future__ import annotations

from typing import Self

from api.auth.base import SupabaseSignIn
from workbench.settings import Settings
from workbench.store.protocol import Owner

__all__ = ["SupabaseAuthenticator"]


class SupabaseAuthenticator:
    """Tells the user from a Supabase access token.

    Args:
        settings: The project: its URL and its keys.
    """

    def __init__(self, settings: Settings) -> None:
        self.sign_in = SupabaseSignIn(url=settings.supabase_url, key=settings.supabase_publishable_key)

    async def owner(self, authorization: str | None) -> Owner:
        """Find the owner."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass
