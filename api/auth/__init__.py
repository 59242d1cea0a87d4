"""Who is calling: the bearer token of the embedded stack, or the access token of a Supabase user."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.auth.base import Authenticator, SignIn, SupabaseSignIn, TokenSignIn
from api.auth.token import TokenAuthenticator
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER
from workbench.token import api_token

__all__ = [
    "Authenticator",
    "SignIn",
    "SupabaseSignIn",
    "TokenAuthenticator",
    "TokenSignIn",
    "api_token",
    "open_authenticator",
]


@asynccontextmanager
async def open_authenticator(settings: Settings) -> AsyncIterator[Authenticator]:
    """Open the authenticator that belongs to the store of the settings.

    Args:
        settings: Say which store, and what it needs.

    Yields:
        The authenticator.

    Raises:
        StoreKeyRefused: The keys of the Supabase project are missing, or of the wrong kind.
    """
    if settings.store == "embedded":
        yield TokenAuthenticator(api_token(settings), LOCAL_OWNER)
        return
    from api.auth.supabase import SupabaseAuthenticator

    async with SupabaseAuthenticator(settings) as authenticator:
        yield authenticator
