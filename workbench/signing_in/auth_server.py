"""Supabase's authentication server over HTTP: signing in, refreshing, signing out.

Secrets are unwrapped in the expression that sends them, and errors are raised after the frames in which
that happened are gone: no traceback, however verbose, can show one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import httpx
from pydantic import SecretStr

from workbench.connection import address_of, open_client
from workbench.errors import SignInFailed, StoreUnavailable

__all__ = ["AuthServer", "Grant", "Project"]

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_PAUSES = (0.2, 1.0)  # seconds before the second and third attempt
_PASSING = {408, 425, 429}  # and all that say a fault of the server's, as that of a project that sleeps
_HINTS = {
    "invalid_credentials": "Check the email and the password.",
    "invalid_grant": "Check the email and the password.",
    "email_not_confirmed": "Open the link in the confirmation email first.",
    "user_banned": "Ask whoever looks after the Supabase project.",
    "captcha_failed": "The project asks for a captcha: get a token elsewhere, Workbench(url, token=…).",
    "email_provider_disabled": "The project knows no passwords: give a token, Workbench(url, token=…).",
    "no_authorization": "The workbench's publishable key is not the project's.",
}
_ENDED = "Sign in again: with email and password, or by `workbench login`."


class Project(NamedTuple):
    """A Supabase project, and the key that everybody may know."""

    url: str
    key: str


class Grant(NamedTuple):
    """What a sign-in or a refresh gave."""

    access: SecretStr
    refresh: SecretStr
    seconds: float  # for how long the access token holds
    user_id: str
    email: str


class AuthServer:
    """The authentication server of one Supabase project.

    Args:
        project: Where it is, and its publishable (or legacy anon) key.
        http: What carries the requests; for tests.
        sleep: Waits a number of seconds; for tests.
    """

    def __init__(
        self,
        project: Project,
        *,
        http: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.project = project
        self._sleep = sleep
        address = address_of(project.url)
        if address is None:
            raise SignInFailed(
                "The workbench names no usable address of a Supabase project.",
                "Check SUPABASE_URL where the API runs.",
            )
        self._http = open_client(address, http)

    def sign_in(self, email: str, password: SecretStr) -> Grant:
        """Sign in with a password.

        Args:
            email: Whose.
            password: The password to that.

        Raises:
            SignInFailed: When the server refuses.
            StoreUnavailable: When it does not answer, or not as a project does.
        """
        body = {"email": SecretStr(email), "password": password}
        answer = self._answer("token", body, kind="password", attempts=3)
        if answer.is_error:
            raise self._refusal(
                answer, f"Signing in as '{email}' did not succeed", "Check email and password."
            )
        return self._grant(answer)

    def refresh(self, token: SecretStr, *, attempts: int = 3) -> Grant:
        """Exchange a refresh token for new tokens; the old one is used up.

        A repetition after a lost answer is safe: the server gives the successor again.

        Args:
            token: The refresh token.
            attempts: How often to ask at most, where no answer comes.

        Raises:
            SignInFailed: When it no longer holds.
            StoreUnavailable: When the server does not answer.
        """
        answer = self._answer("token", {"refresh_token": token}, kind="refresh_token", attempts=attempts)
        if answer.is_error:
            raise self._refusal(answer, "The sign-in has ended", _ENDED)
        return self._grant(answer)

    def sign_out(self, access: SecretStr) -> None:
        """End the sign-in that an access token belongs to, and no other of the user's.

        Raises:
            SignInFailed: When the server refuses.
            StoreUnavailable: When it does not answer.
        """
        answer = self._answer("logout", {}, bearer=access, attempts=3)
        if answer.is_error:
            raise self._refusal(answer, "Signing out did not succeed", "The sign-in may have ended already.")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _answer(
        self,
        path: str,
        body: Mapping[str, SecretStr],
        *,
        attempts: int,
        kind: str | None = None,
        bearer: SecretStr | None = None,
    ) -> httpx.Response:
        """Ask until an answer comes that another attempt would not change."""
        reason = ""
        for attempt in range(attempts):
            if attempt:
                self._sleep(_PAUSES[min(attempt, len(_PAUSES)) - 1])
            answer = self._post(path, body, kind, bearer)
            if isinstance(answer, httpx.Response):
                if answer.status_code not in _PASSING and not answer.is_server_error:
                    return answer
                reason = f"it answers with {answer.status_code}"
                if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    break
            else:
                reason = answer
        raise StoreUnavailable(
            f"The Supabase project at {self.project.url} cannot be asked who you are: {reason}.",
            "Try again in a moment.",
            url=self.project.url,
        )

    def _post(
        self, path: str, body: Mapping[str, SecretStr], kind: str | None, bearer: SecretStr | None
    ) -> httpx.Response | str:
        """Ask once; the answer, or in words why there is none."""
        headers = {"apikey": self.project.key}
        try:
            return self._http.post(
                f"{self.project.url}/auth/v1/{path}",
                params={"grant_type": kind} if kind else {"scope": "local"},
                json={name: value.get_secret_value() for name, value in body.items()},
                headers=headers if bearer is None else {**headers, **_bearer(bearer)},
                timeout=_TIMEOUT,
            )
        except httpx.TimeoutException:
            return "it does not answer in time"
        except httpx.ConnectError:
            return "nothing answers there"
        except httpx.RequestError:
            return "the connection broke off"

    def _grant(self, answer: httpx.Response) -> Grant:
        facts = _facts(answer)
        user = facts.get("user")
        access, refresh, seconds = (facts.get(n) for n in ("access_token", "refresh_token", "expires_in"))
        if not (access and refresh and isinstance(seconds, int | float) and isinstance(user, Mapping)):
            # Not the end of a sign-in: a network that wants to be paid answers so, too.
            raise StoreUnavailable(
                f"The answer of {self.project.url} to a sign-in cannot be read.",
                "Is SUPABASE_URL, where the API runs, the address of a Supabase project?",
                url=self.project.url,
            )
        return Grant(
            access=SecretStr(str(access)),
            refresh=SecretStr(str(refresh)),
            seconds=float(seconds),
            user_id=str(user.get("id") or ""),
            email=str(user.get("email") or ""),
        )

    def _refusal(self, answer: httpx.Response, said: str, hint: str) -> SignInFailed:
        """Say why the server refused, in its own words where it has any."""
        facts = _facts(answer)
        codes = (facts.get(name) for name in ("error_code", "code", "error"))
        code = next((code for code in codes if isinstance(code, str)), "")
        words = next((facts[n] for n in ("msg", "message", "error_description") if facts.get(n)), "")
        if "api key" in str(words).lower():
            code, hint = code or "no_authorization", _HINTS["no_authorization"]
        why = str(words)[:200].rstrip(".") or f"the server answered with {answer.status_code}"
        return SignInFailed(
            f"{said}: {why}.", _HINTS.get(code, hint), reason=code, http_status=answer.status_code
        )


def _bearer(token: SecretStr) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.get_secret_value()}"}


def _facts(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        facts = answer.json()
    except ValueError:
        return {}
    return facts if isinstance(facts, Mapping) else {}
