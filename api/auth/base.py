"""What an authenticator is, and what it tells those who have no token yet."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from workbench.errors import Unauthorized
from workbench.store.protocol import Owner

__all__ = ["Authenticator", "SignIn", "SupabaseSignIn", "TokenSignIn", "bearer_token"]


class TokenSignIn(BaseModel):
    """The API wants the one token of its stack, which `workbench status --json` shows."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["token"] = "token"


class SupabaseSignIn(BaseModel):
    """The API wants the access token of a user of a Supabase project."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["supabase"] = "supabase"
    url: str = Field(description="the project, where users sign in", examples=["https://PROJECT.supabase.co"])
    key: str = Field(description="the project's publishable key", examples=["sb_publishable_…"])


SignIn = TokenSignIn | SupabaseSignIn


class Authenticator(Protocol):
    """Tells the owner from what a request carries."""

    @property
    def sign_in(self) -> SignIn:
        """How one gets a token; this is told to everybody."""
        ...

    async def owner(self, authorization: str | None) -> Owner:
        """Find the owner. Raises Unauthorized; StoreUnavailable where that cannot be told now."""
        ...


def bearer_token(authorization: str | None, hint: str) -> str:
    """Take the token out of an ``Authorization`` header.

    Args:
        authorization: The header's value, if there is one.
        hint: What to say where there is no token.

    Raises:
        Unauthorized: If it is not ``Bearer`` with a token.

    Example:
        >>> bearer_token("bearer abc", "")
        'abc'
    """
    scheme, _, given = (authorization or "").partition(" ")
    token = given.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("The request carries no bearer token.", hint)
    return token
