"""What the settings must say of a project, checked before anything is sent to it."""

from __future__ import annotations

import httpx

from workbench.errors import StoreKeyRefused, StoreUnavailable
from workbench.settings import Settings
from workbench.store.supabase.keys import KeyKind, kind_of_key

__all__ = ["jwt_secret", "project_url", "publishable_key", "secret_key", "token_issuer"]

_WHERE = "The project's dashboard shows it under Settings, API keys."
_DASHBOARDS = {"supabase.com", "www.supabase.com", "app.supabase.com"}
_APIS = ("/rest/v1", "/auth/v1", "/storage/v1")  # of a project, whose address ends before them
_LEAST_SECRET_BYTES = 32  # what HS256 asks for; a shorter one could be guessed


def project_url(settings: Settings) -> str:
    """The project's address, without a slash at its end.

    Raises:
        StoreUnavailable: If it is not set, or not an address.

    Example:
        >>> project_url(Settings(supabase_url="https://abc.supabase.co/"))
        'https://abc.supabase.co'
    """
    given = settings.supabase_url.strip().rstrip("/")
    if not given:
        raise StoreUnavailable(
            "SUPABASE_URL is not set.", "Set it to the project's address, https://PROJECT.supabase.co."
        )
    try:
        url = httpx.URL(given)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if (
        url.scheme not in {"http", "https"}
        or not url.host
        or url.userinfo
        or url.query
        or url.fragment
        or url.host in _DASHBOARDS
        or url.path.endswith(_APIS)
    ):
        raise StoreUnavailable(
            "SUPABASE_URL is not the address of a project.", "It looks like https://PROJECT.supabase.co."
        )
    return given


def publishable_key(settings: Settings) -> str:
    """The key that everybody may know: it is handed out to clients.

    Raises:
        StoreKeyRefused: If it is not set, or of another kind.
    """
    key = settings.supabase_publishable_key.strip()
    if kind_of_key(key) is KeyKind.SECRET:
        raise StoreKeyRefused(
            "SUPABASE_PUBLISHABLE_KEY holds a secret key, and the publishable key is told to everybody.",
            "Set it to sb_publishable_…, or the anon key; make a new secret key if others saw this one.",
        )
    return _key_of_kind(
        KeyKind.PUBLISHABLE, key, "SUPABASE_PUBLISHABLE_KEY", "sb_publishable_…, or the anon key"
    )


def secret_key(settings: Settings) -> str:
    """The key with which workers act.

    Raises:
        StoreKeyRefused: If it is not set, or of another kind.
    """
    given = settings.supabase_secret_key
    key = given.get_secret_value().strip() if given is not None else ""
    if kind_of_key(key) is KeyKind.PUBLISHABLE:
        raise StoreKeyRefused(
            "SUPABASE_SECRET_KEY holds a publishable key, and workers could do nothing with it.",
            f"Set it to sb_secret_…, or the service_role key. {_WHERE}",
        )
    return _key_of_kind(KeyKind.SECRET, key, "SUPABASE_SECRET_KEY", "sb_secret_…, or the service_role key")


def _key_of_kind(kind: KeyKind, key: str, name: str, form: str) -> str:
    """Give a key back if it is set, and one of a project; ``form`` says what it looks like."""
    if not key:
        raise StoreKeyRefused(f"{name} is not set.", f"Set it to {form}. {_WHERE}")
    if kind_of_key(key) is not kind:
        raise StoreKeyRefused(
            f"{name} is not a key of a Supabase project.", f"It looks like {form}. {_WHERE}"
        )
    return key


def token_issuer(settings: Settings) -> str:
    """Who must have issued an access token; empty where that is not looked at.

    Example:
        >>> token_issuer(Settings(supabase_url="https://abc.supabase.co"))
        'https://abc.supabase.co/auth/v1'
    """
    if settings.supabase_jwt_issuer is not None:
        return settings.supabase_jwt_issuer.strip()
    return f"{project_url(settings)}/auth/v1"


def jwt_secret(settings: Settings) -> bytes | None:
    """The secret of a project that signs access tokens with HS256; None where none is set.

    Raises:
        StoreKeyRefused: If it is too short to be one.
    """
    given = settings.supabase_jwt_secret
    secret = given.get_secret_value().strip().encode() if given is not None else b""
    if 0 < len(secret) < _LEAST_SECRET_BYTES:
        raise StoreKeyRefused(
            f"SUPABASE_JWT_SECRET is shorter than {_LEAST_SECRET_BYTES} bytes.",
            "Set it to the secret that the project's dashboard shows under Settings, JWT keys; or leave it "
            "out if the project signs with ES256 or RS256.",
        )
    return secret or None
