"""Who is calling: the bearer token of the embedded stack."""

from __future__ import annotations

import hmac
from typing import Protocol

from pydantic import SecretStr

from workbench.errors import Unauthorized
from workbench.store.protocol import Owner
from workbench.token import api_token

__all__ = ["Authenticator", "TokenAuthenticator", "api_token"]


class Authenticator(Protocol):
    """Tells the owner from what a request carries."""

    def owner(self, authorization: str | None) -> Owner:
        """Find the owner. Raises Unauthorized."""
        ...


class TokenAuthenticator:
    """One token, one owner: the embedded stack.

    Args:
        token: The bearer token that opens the API.
        owner: On whose behalf everything is done.
    """

    def __init__(self, token: SecretStr, owner: Owner) -> None:
        self._token = token.get_secret_value().encode()
        self._owner = owner

    def owner(self, authorization: str | None) -> Owner:
        """Find the owner.

        Args:
            authorization: The value of the ``Authorization`` header, if there is one.

        Raises:
            Unauthorized: If it is not ``Bearer`` with the right token.
        """
        scheme, _, given = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            raise Unauthorized(
                "The request carries no bearer token.",
                "Send 'Authorization: Bearer TOKEN'; `workbench status --json` shows the token.",
            )
        if not hmac.compare_digest(given.strip().encode(), self._token):
            raise Unauthorized(
                "The bearer token is not the one of this workbench.",
                "`workbench status --json` shows the token of the running stack.",
            )
        return self._owner
