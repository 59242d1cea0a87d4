"""What lets a request in: a fixed token, or a sign-in that renews itself.

Times are counted on this machine's monotonic clock from the moment at which tokens were asked for, so a
wrong wall clock does no harm. A machine that slept may overlook an expiry; then the API's refusal is
what renews the token.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

import httpx
from pydantic import SecretStr

from workbench.errors import SignInFailed, Unavailable, WorkbenchError, error_from_dict
from workbench.jwt_claims import unverified_claims
from workbench.signing_in.auth_server import AuthServer, Grant
from workbench.signing_in.logins import KeptLogin

__all__ = ["Bearer", "Credentials", "FixedToken", "SignedIn"]

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class Credentials(Protocol):
    """Gives the token of each request."""

    @property
    def user(self) -> str | None:
        """Who is signed in, as far as is known: an email, else an id."""
        ...

    def token(self) -> str | None:
        """The token for a request that is sent now."""
        ...

    def refused(self, token: str) -> bool:
        """Hear that the API refused a token; whether there is another one now."""
        ...

    def close(self) -> None:
        """Close what connections there are."""
        ...


class Bearer(httpx.Auth):
    """Puts the token on a request as it is sent, and sends it once more with another if it is refused.

    The second time is safe for every request: one that is refused has had no effect.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request."""
        token = self._credentials.token()
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if token and response.status_code == httpx.codes.UNAUTHORIZED and self._credentials.refused(token):
            request.headers["Authorization"] = f"Bearer {self._credentials.token()}"
            yield request


class FixedToken:
    """A token that was given, and cannot be renewed.

    Args:
        token: The token; None sends none.
    """

    def __init__(self, token: SecretStr | None) -> None:
        self._token = token or SecretStr("")

    @property
    def user(self) -> str | None:
        """Whom the token, if it is a JWT, speaks of; nothing is verified here."""
        claims = unverified_claims(self._token.get_secret_value())
        who = claims.get("email") or claims.get("sub")
        return str(who) if who else None

    def token(self) -> str | None:
        """The token."""
        return self._token.get_secret_value() or None

    def refused(self, token: str) -> bool:  # noqa: ARG002 - as the protocol has it
        """Never has another one."""
        return False

    def close(self) -> None:
        """Has nothing to close."""


@dataclass(frozen=True)
class _Held:
    """The tokens of now, and until when they will do."""

    grant: Grant
    renew_at: float
    ends_at: float

    @classmethod
    def since(cls, asked: float, grant: Grant) -> _Held:
        """Count from before the tokens were asked for.

        They are renewed when a fifth of the lifetime, and no less than a minute, is left; those that live
        for less than two minutes, after half of it.
        """
        margin = min(max(60.0, 0.2 * grant.seconds), 0.5 * grant.seconds)
        return cls(grant, asked + grant.seconds - margin, asked + grant.seconds)


class SignedIn:
    """A sign-in at a Supabase project: its access token is renewed before it expires.

    May be asked from any number of threads. One renews; the others go on with the token that still
    holds, or wait where it does not.

    Args:
        server: The project's authentication server.
        enter: Gives the first tokens.
        password: With which to sign in again once the refresh token has ended, if it is at hand.
        kept: Where the refresh token is remembered, if it is.
        clock: Seconds, rising.

    Raises:
        SignInFailed: When the server refuses.
        StoreUnavailable: When it does not answer.
    """

    def __init__(
        self,
        server: AuthServer,
        enter: Callable[[], Grant],
        *,
        password: SecretStr | None = None,
        kept: KeptLogin | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._password = password
        self._kept = kept
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0  # how often a renewal did not work: who waited for one shares its outcome
        self._pause = _FIRST_PAUSE
        self._ended: WorkbenchError | None = None
        self._passing: WorkbenchError | None = None
        asked = clock()
        self._held = _Held.since(asked, enter())

    @property
    def user(self) -> str:
        """Who is signed in: the email, else the id."""
        return self._held.grant.email or self._held.grant.user_id

    def token(self) -> str:
        """The access token, renewed if it is due.

        Raises:
            SignInFailed: When the sign-in has ended for good.
            StoreUnavailable: When the token has expired, and the server does not answer.
        """
        held, now = self._held, self._clock()
        if now >= held.ends_at:
            self._renew(held)
        elif now >= held.renew_at and self._lock.acquire(blocking=False):
            try:
                if held is self._held:
                    self._renew_early()
            finally:
                self._lock.release()
        return self._held.grant.access.get_secret_value()

    def refused(self, token: str) -> bool:
        """Renew a token that the API refused before its time, unless that has been done meanwhile."""
        held = self._held
        if held.grant.access.get_secret_value() == token:
            self._renew(held)
        return True

    def remember(self, kept: KeptLogin) -> None:
        """Remember the sign-in from now on."""
        with self._lock:
            kept.keep(self._held.grant)
            self._kept = kept

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _renew(self, held: _Held) -> None:
        """Replace tokens that will not do any more, or hear how another thread failed at it."""
        failures = self._failures
        with self._lock:
            if self._held is not held:
                return
            if self._passing is not None and self._failures != failures:
                raise _again(self._passing)
            self._exchange(attempts=3)

    def _renew_early(self) -> None:
        """Replace tokens that still hold; what does not work now is tried again, in growing intervals."""
        try:
            self._exchange(attempts=1)
        except Unavailable:
            later = self._clock() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            self._held = _Held(self._held.grant, later, self._held.ends_at)

    def _exchange(self, attempts: int) -> None:
        """Get new tokens; only ever one thread is here."""
        if self._ended is not None:
            raise _again(self._ended)
        asked = self._clock()
        try:
            grant = self._refresh(attempts)
        except Unavailable as error:
            self._passing, self._failures = _again(error), self._failures + 1
            raise
        except SignInFailed as error:
            self._ended = _again(error)
            raise
        self._held, self._pause, self._passing = _Held.since(asked, grant), _FIRST_PAUSE, None

    def _refresh(self, attempts: int) -> Grant:
        mine = self._held.grant

        def use(token: SecretStr) -> Grant:
            try:
                return self._server.refresh(token, attempts=attempts)
            except SignInFailed:
                if self._password is None:
                    raise
            return self._server.sign_in(mine.email, self._password)

        return use(mine.refresh) if self._kept is None else self._kept.exchange(mine, use)


def _again(error: WorkbenchError) -> WorkbenchError:
    """A copy of an error, so that no two threads write their traceback into one."""
    return error_from_dict(error.to_dict())
