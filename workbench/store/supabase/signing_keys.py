"""The public keys with which a project signs its users' access tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt

__all__ = ["ALGORITHMS", "JWKS_PATH", "usable_keys"]

JWKS_PATH = "/auth/v1/.well-known/jwks.json"
"""Where a project publishes them, below its URL."""

ALGORITHMS = frozenset({"ES256", "RS256", "EdDSA"})
"""Those that are verified with a public key. A secret shared with the project is never one of these keys."""

_LEAST_RSA_BITS = 2048


def usable_keys(document: Any) -> dict[str, jwt.PyJWK]:
    """Read a JWKS document.

    Args:
        document: What the project answered, as JSON.

    Returns:
        By their ids the keys that verify signatures, each bound to its one algorithm; others are left out.

    Raises:
        ValueError: If it is not a JWKS document.

    Example:
        >>> usable_keys({"keys": [{"kty": "oct", "kid": "1", "k": "c2VjcmV0"}]})
        {}
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it has no list of keys")  # noqa: TRY004 - of a document, not of an argument
    found = {}
    for entry in listed:
        key = _usable(entry) if isinstance(entry, dict) else None
        if key is not None:
            found[str(entry["kid"])] = key
    return found


def _usable(entry: Mapping[str, Any]) -> jwt.PyJWK | None:
    if not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
        return None
    # By its form, never by what it says: an octet sequence is a secret, and has no place here.
    if entry.get("kty") not in ("EC", "RSA", "OKP") or entry.get("alg") not in (None, *ALGORITHMS):
        return None
    try:
        key = jwt.PyJWK(dict(entry))
    except jwt.PyJWTError:
        return None
    return key if _strong(key) else None


def _strong(key: jwt.PyJWK) -> bool:
    if key.algorithm_name not in ALGORITHMS:
        return False
    return key.algorithm_name != "RS256" or key.key.key_size >= _LEAST_RSA_BITS
