"""Access tokens for tests, as a Supabase project signs them with a shared secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

__all__ = ["JWT_SECRET", "access_token"]

JWT_SECRET = "known-to-every-test-and-used-by-none-but-their-own-servers"
"""The same for all servers of tests, so that constants can hold tokens."""


def access_token(user_id: str, **claims: Any) -> str:
    """A token of a signed-in user; ``claims`` add to and replace its own."""
    now = datetime.now(UTC)
    own = {
        "sub": user_id,
        "aud": "authenticated",
        "role": "authenticated",
        "iat": now,
        "exp": now + timedelta(days=1),
    }
    return jwt.encode({**own, **claims}, JWT_SECRET, algorithm="HS256")
