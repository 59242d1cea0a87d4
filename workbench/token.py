"""The API's bearer token, and where the embedded stack keeps it."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from pydantic import SecretStr

from workbench.errors import InternalError
from workbench.settings import Settings

__all__ = ["api_token"]

_LEAST_CHARACTERS = 16


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
