"""The access tokens of a Supabase project's users, verified here, without asking the project each time."""

from __future__ import annotations

import time
from typing import Any, Self

import jwt
from pydantic import SecretStr

from api.auth.base import SupabaseSignIn, bearer_token
from api.auth.signing_keys import SigningKeys
from workbench.errors import TokenExpired, Unauthorized
from workbench.ids import is_id
from workbench.settings import Settings
from workbench.store.protocol import Owner
from workbench.store.supabase.keys import KeyKind, kind_of_key
from workbench.store.supabase.project import jwt_secret, project_url, publishable_key, token_issuer
from workbench.store.supabase.signing_keys import ALGORITHMS

__all__ = ["SupabaseAuthenticator"]

_ROLE = "authenticated"
_SHARED = "HS256"
# Clocks differ a little. What PostgREST allows is allowed here too, but for the expiry: a request that
# begins in time can then still read on for half a minute.
_LEEWAY_SECONDS = 30

_SIGN_IN = "Sign in to the project, and send 'Authorization: Bearer TOKEN'; GET /api/v1/auth says where."
_SIGN_IN_AGAIN = "Sign in again; GET /api/v1/auth says where."


class SupabaseAuthenticator:
    """Tells the user from a Supabase access token.

    A token is accepted if it is signed by a key that the project publishes (ES256, RS256, EdDSA), or with
    the configured secret (HS256), by the project's issuer, for a signed-in user, and has not expired. Use
    it as a context.

    Args:
        settings: The project: its URL, its publishable key and, if it signs with HS256, its secret.

    Raises:
        StoreUnavailable: If the URL is missing or wrong.
        StoreKeyRefused: If the publishable key is missing, or is none, or the secret is too short to be one.
    """

    def __init__(self, settings: Settings) -> None:
        project, key = project_url(settings), publishable_key(settings)
        self.sign_in = SupabaseSignIn(url=project, key=key)
        self._issuer = token_issuer(settings) or None
        self._secret = jwt_secret(settings)
        self._keys = SigningKeys(project, key)

    async def owner(self, authorization: str | None) -> Owner:
        """Find the user.

        Args:
            authorization: The value of the ``Authorization`` header, if there is one.

        Returns:
            The user, with the token, under which rows and blobs are read.

        Raises:
            Unauthorized: If the token is none of this project's users.
            TokenExpired: If it was one.
            StoreUnavailable: If that cannot be told, because the project's keys cannot be read.
        """
        token = bearer_token(authorization, _SIGN_IN)
        if kind_of_key(token) is not KeyKind.UNKNOWN:
            raise Unauthorized(
                "The bearer token is a key of the project, not the access token of a user.", _SIGN_IN
            )
        key, algorithm = await self._key(token)
        return Owner(_user(self._claims(token, key, algorithm)), SecretStr(token))

    async def _key(self, token: str) -> tuple[jwt.PyJWK | bytes, str]:
        """Find what verifies a token, and the one algorithm with which it may."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise Unauthorized("The bearer token is not an access token.", _SIGN_IN) from None
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm == _SHARED and self._secret is not None:
            return self._secret, _SHARED
        if algorithm not in list(ALGORITHMS):  # whatever it is: it need not be hashable
            raise _strange_algorithm(algorithm)
        key = await self._keys.find(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise Unauthorized(
                "The access token is signed with a key that is not the project's.", _SIGN_IN_AGAIN
            )
        return key, key.algorithm_name  # the key's own; what the token says must be the same

    def _claims(self, token: str, key: jwt.PyJWK | bytes, algorithm: str) -> dict[str, Any]:
        required = ["exp", "aud", "sub", *(["iss"] if self._issuer else [])]
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=_ROLE,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": required, "enforce_minimum_key_length": True},
            )
        except jwt.ExpiredSignatureError:
            raise _expired() from None
        except jwt.PyJWTError as error:
            raise _refused(error) from None
        if int(claims["exp"]) <= time.time():
            raise _expired()
        return claims

    async def __aenter__(self) -> Self:
        await self._keys.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._keys.__aexit__(*error)


def _strange_algorithm(algorithm: object) -> Unauthorized:
    if algorithm == _SHARED:
        return Unauthorized(
            "The access token is signed with HS256, and the API knows no secret to verify it with.",
            "Whoever runs the API can set SUPABASE_JWT_SECRET if the project signs like this; otherwise "
            "sign in again.",
        )
    return Unauthorized("The access token is not signed in a way that the API accepts.", _SIGN_IN_AGAIN)


def _refused(error: jwt.PyJWTError) -> Unauthorized:
    match error:
        case jwt.InvalidSignatureError():
            reason = "The access token's signature does not fit."
        case jwt.InvalidIssuerError():
            reason = "The access token was issued by somebody else than this project."
        case jwt.InvalidAudienceError():
            reason = "The access token is not meant for signed-in users."
        case jwt.ImmatureSignatureError():
            return Unauthorized(
                "The access token is not valid yet.",
                "Check the clocks of the API's machine and of the one that issues tokens.",
            )
        case jwt.MissingRequiredClaimError():
            reason = f"The access token does not say '{error.claim}'."
        case _:
            reason = "The bearer token is not a valid access token."
    return Unauthorized(reason, _SIGN_IN_AGAIN)


def _expired() -> TokenExpired:
    return TokenExpired(
        "The access token has expired.", "Refresh it, or sign in again; the Python client does it by itself."
    )


def _user(claims: dict[str, Any]) -> str:
    """The user whom verified claims name."""
    if claims.get("role") != _ROLE:
        raise Unauthorized("The access token is not one of a signed-in user.", _SIGN_IN_AGAIN)
    user = str(claims["sub"])
    if not is_id(user):
        raise Unauthorized("The access token names no user.", _SIGN_IN_AGAIN)
    return user
