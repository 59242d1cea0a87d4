"""The two families of a project's keys, and which kind one is."""

from __future__ import annotations

from enum import StrEnum

from workbench.jwt_claims import unverified_claims

__all__ = ["KeyKind", "kind_of_key"]


class KeyKind(StrEnum):
    """What a key of a project is for."""

    PUBLISHABLE = "publishable"  # for everybody; rows are guarded by row-level security
    SECRET = "secret"  # noqa: S105 - for servers; passes by row-level security
    UNKNOWN = "unknown"


_LEGACY = {"anon": KeyKind.PUBLISHABLE, "service_role": KeyKind.SECRET}


def kind_of_key(key: str) -> KeyKind:
    """Tell what a project's key is for: from its prefix, or from the role of a legacy key.

    Args:
        key: ``sb_publishable_…``, ``sb_secret_…``, or a legacy key, which is a JWT. Its signature is not
            looked at.

    Returns:
        The kind; UNKNOWN for anything else, also for a user's access token.

    Example:
        >>> kind_of_key("sb_secret_abc").value, kind_of_key("abc").value
        ('secret', 'unknown')
    """
    for kind in (KeyKind.PUBLISHABLE, KeyKind.SECRET):
        if key.startswith(f"sb_{kind}_"):
            return kind
    return _LEGACY.get(str(unverified_claims(key).get("role", "")), KeyKind.UNKNOWN)
