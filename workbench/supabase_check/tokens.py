"""What verifies the access tokens of users."""

from __future__ import annotations

from typing import Any

from workbench.errors import StoreKeyRefused, StoreUnavailable
from workbench.store.supabase.project import jwt_secret, token_issuer
from workbench.store.supabase.signing_keys import JWKS_PATH, usable_keys
from workbench.supabase_check.project import Project

__all__ = ["issuer", "signing_keys"]

_DISCOVERY_PATH = "/auth/v1/.well-known/openid-configuration"
_SECRET = "SUPABASE_JWT_SECRET, for tokens signed with HS256"  # noqa: S105 - words, not a secret


def signing_keys(project: Project) -> str:
    """There is something to verify access tokens with: published keys, a secret, or both."""
    secret = jwt_secret(project.settings)
    algorithms = _published(project, needed=secret is None)
    if algorithms:
        found = f"Access tokens are verified with the project's published keys ({', '.join(algorithms)})"
        return f"{found}, and with {_SECRET}." if secret else f"{found}."
    if secret:
        return f"Access tokens are verified with {_SECRET}; the project publishes no keys."
    raise StoreKeyRefused(
        "The project publishes no keys, and SUPABASE_JWT_SECRET is not set: no access token can be verified.",
        "Make ES256 or RS256 signing keys in the dashboard under Settings, JWT keys; or set "
        "SUPABASE_JWT_SECRET to the secret that is shown there.",
    )


def _published(project: Project, *, needed: bool) -> list[str]:
    """The algorithms of the published keys. Older projects publish none, not even an empty list."""
    answer = project.get(JWKS_PATH)
    if not answer.is_success:
        if not needed:
            return []
        raise StoreUnavailable(
            f"The project's signing keys cannot be read: it answered with {answer.status_code}.",
            "Update the project's Auth service; or set SUPABASE_JWT_SECRET if the project signs with HS256.",
        )
    try:
        keys = usable_keys(answer.json())
    except ValueError:
        raise StoreUnavailable(
            "What the project publishes as its signing keys is no set of keys.", "Check SUPABASE_URL."
        ) from None
    return sorted({key.algorithm_name for key in keys.values()})


def issuer(project: Project) -> str:
    """Access tokens are issued by whom we expect, as far as the project tells."""
    expected = token_issuer(project.settings)
    if not expected:
        return "Who issued an access token is not looked at: SUPABASE_JWT_ISSUER is empty."
    told = _told(project)
    if told and told != expected:
        raise StoreKeyRefused(
            f"The project issues access tokens as '{told}', and '{expected}' is expected.",
            f"Set SUPABASE_JWT_ISSUER={told}",
        )
    return f"Access tokens must be issued by {expected}."


def _told(project: Project) -> str:
    """Who issues access tokens, as the project says; empty where it does not."""
    answer = project.get(_DISCOVERY_PATH)
    try:
        facts: Any = answer.json() if answer.is_success else None
    except ValueError:
        facts = None
    return str(facts.get("issuer") or "") if isinstance(facts, dict) else ""
