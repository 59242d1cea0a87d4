"""Who is calling: the bearer token of the embedded stack, and where it is kept."""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from workbench.errors import InternalError, Unauthorized
from workbench.settings import Settings
from workbench.store.protocol import Owner

__all__ = ["Authenticator", "TokenAuthenticator", "api_token"]

_LEAST_CHARACTERS = 16


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


def api_token(settings: Settings) -> SecretStr:
    """Find the API's token: the one set, else the one of the data folder, made on first use.

    Args:
        settings: With ``token``, or a ``data_dir`` that is made if it is not there.

    Returns:
        The token. Two processes that start at the same time get the same one.

    Raises:
        InternalError: If the data folder's token file holds no usable token.
    """
    if settings.token is not None:
        return settings.token
    path = settings.data_dir / "token"
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(32))
    token = path.read_text().strip()
    if len(token) < _LEAST_CHARACTERS:
        raise InternalError(
            f"The file '{path}' holds no usable token.", "Delete it; the next start makes a new one."
        )
    return SecretStr(token)


def _write_once(path: Path, text: str) -> None:
    """Write a private file, whole from its first moment, unless somebody else was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".token-")  # mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()
