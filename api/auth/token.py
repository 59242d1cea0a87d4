"""The bearer token of the embedded stack."""

from __future__ import annotations

import hmac

from pydantic import SecretStr

from api.auth.base import TokenSignIn, bearer_token
from workbench.errors import Unauthorized
from workbench.store.protocol import Owner

__all__ = ["TokenAuthenticator"]


class TokenAuthenticator:
    """One token, one owner: the embedded stack.

    Args:
        token: The bearer token that opens the API.
        owner: On whose behalf everything is done.
    """

    sign_in = TokenSignIn()

    def __init__(self, token: SecretStr, owner: Owner) -> None:
        self._token = token.get_secret_value().encode()
        self._owner = owner

    async def owner(self, authorization: str | None) -> Owner:
        """Find the owner.

        Args:
            authorization: The value of the ``Authorization`` header, if there is one.

        Raises:
            Unauthorized: If it is not ``Bearer`` with the right token.
        """
        given = bearer_token(
            authorization,
            "Send 'Authorization: Bearer TOKEN'; `workbench status --json` shows the token.",
        )
        if not hmac.compare_digest(given.encode(), self._token):
            raise Unauthorized(
                "The bearer token is not the one of this workbench.",
                "`workbench status --json` shows the token of the running stack.",
            )
        return self._owner
