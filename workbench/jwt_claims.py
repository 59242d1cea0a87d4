"""What a JWT says of itself. Nothing is verified here, so nothing may be granted by it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["unverified_claims"]


def unverified_claims(token: str) -> Mapping[str, Any]:
    """Read the claims of a JWT, without a library that the client would have to load.

    Args:
        token: What may be one.

    Returns:
        The claims; none of what is no JWT.

    Example:
        >>> unverified_claims("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbmEifQ.")
        {'sub': 'ana'}
        >>> unverified_claims("sb_secret_abc")
        {}
    """
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):  # RecursionError: brackets without end
        return {}
    return claims if isinstance(claims, dict) else {}
