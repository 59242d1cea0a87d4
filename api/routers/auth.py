"""How to sign in: the one thing besides health that is told without a token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.auth import SupabaseSignIn, TokenSignIn
from api.dependencies import PartsOf

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


@router.get("")
async def get_auth(
    parts: PartsOf,
) -> Annotated[TokenSignIn | SupabaseSignIn, Field(discriminator="kind")]:
    """Say how to get the bearer token that every other operation wants; this one wants none.

    `token`: it is the one of the stack, which `workbench status --json` shows. `supabase`: it is the access
    token of a user of the project at `url`, got with the publishable `key` from `url`/auth/v1/token.
    """
    return parts.authenticator.sign_in
