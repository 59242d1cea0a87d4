"""Signing in: what the API wants, and where it comes from.

The embedded stack wants its token, which the data folder has. With Supabase the API wants the access
token of a user, and says at which project to get one. Who that is, is said, in this order, by

1. the arguments: ``token``, or ``email`` and ``password``;
2. the environment, or a ``.env`` file: ``WORKBENCH_EMAIL`` and ``WORKBENCH_PASSWORD``;
3. a login that is remembered.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

import httpx
from pydantic import SecretStr

from workbench.connection import address_of, normalized
from workbench.errors import InvalidParameter, SignInFailed, Unauthorized, WorkbenchError
from workbench.signing_in.auth_server import AuthServer, Project
from workbench.signing_in.credentials import FixedToken, SignedIn
from workbench.signing_in.logins import KeptLogin, Login, Logins
from workbench.transport import Transport

__all__ = ["Who", "enter", "expect_login", "find_project", "sign_in", "sign_out"]

_log = logging.getLogger(__name__)

_HOW = (
    "Give Workbench(…, email=…, password=…), set WORKBENCH_EMAIL and WORKBENCH_PASSWORD, or sign in once "
    "with `workbench login`."
)


class Who(NamedTuple):
    """Who wants to enter, as far as the caller says."""

    token: SecretStr | None = None
    email: str | None = None
    password: SecretStr | None = None
    remember: bool = False

    @classmethod
    def of(
        cls,
        token: str | None = None,
        email: str | None = None,
        password: str | None = None,
        *,
        remember: bool = False,
    ) -> Who:
        """Take what was given; nothing is raised while secrets are in plain sight."""
        return cls(_hidden((token or "").strip()), (email or "").strip() or None, _hidden(password), remember)

    def check(self) -> Who:
        """See whether it fits together.

        Raises:
            InvalidParameter: When it does not.
        """
        if self.token and (self.email or self.password or self.remember):
            raise InvalidParameter(
                "A token says already who you are.", "Give either a token, or email and password."
            )
        if self.password and not self.email:
            raise InvalidParameter("There is a password, but no email.", "Give both: email=…, password=….")
        if self.password and not _is_unicode(self.password):
            raise InvalidParameter(
                "The password holds characters that are not valid Unicode.", "Type it again."
            )
        return self

    @property
    def signs_in(self) -> bool:
        """Whether the caller says that somebody signs in."""
        return self.email is not None or self.remember


def enter(transport: Transport, who: Who, *, place: str, http: httpx.BaseTransport | None = None) -> None:
    """Make sure that the API lets requests in: with the token at hand, or by signing in.

    Args:
        transport: The requests' way to the API; it is given credentials unless the token of its endpoint,
            which is that of the data folder, fits.
        who: What the caller says.
        place: Under which the workbench's login is remembered.
        http: What carries the requests; for tests.

    Raises:
        Unauthorized: When the API refuses the token.
        SignInFailed: When nobody can be signed in.
        ApiUnavailable: When nothing answers.
    """
    refused: WorkbenchError | None = None
    if who.token is not None:
        transport.credentials = FixedToken(who.token)
        return _knock(transport)
    if transport.endpoint.token and not who.signs_in:
        try:
            return _knock(transport)
        except Unauthorized as error:
            refused = error
    project = find_project(transport)
    if project is not None:
        transport.credentials = sign_in(project, who, place=place, http=http)
    elif who.signs_in:
        raise InvalidParameter(
            f"The workbench at {transport.url} has no users who could sign in.",
            "Leave email, password and remember away; it wants the token of `workbench status --json`.",
        )
    elif refused is not None:
        raise refused
    return _knock(transport)


def _knock(transport: Transport) -> None:
    transport.read("/sessions", {"limit": 1})


def find_project(transport: Transport) -> Project | None:
    """Ask the API where its users sign in; None where it wants a token of its own.

    Raises:
        SignInFailed: When it names a project to which no password should be sent.
    """
    facts = transport.read("/auth")
    if facts["kind"] == "token":
        return None
    url = str(facts["url"])
    address = address_of(url)
    if address is None or (address.scheme == "http" and transport.url.startswith("https:")):
        raise SignInFailed(
            f"The workbench at {transport.url} names no safe place to sign in: '{url[:200]}'.",
            "Its SUPABASE_URL must begin with https://.",
        )
    return Project(url, str(facts["key"]))


def sign_in(
    project: Project,
    who: Who,
    *,
    place: str,
    logins: Logins | None = None,
    http: httpx.BaseTransport | None = None,
) -> SignedIn:
    """Sign in at a project.

    Args:
        project: Where.
        who: What the caller says; what is missing comes from the environment or a remembered login.
        place: Under which the workbench's login is remembered.
        logins: The remembered logins; by default the user's.
        http: What carries the requests; for tests.

    Raises:
        SignInFailed: When nobody can be signed in.
        StoreUnavailable: When the project does not answer.
    """
    logins = logins or Logins()
    who = _completed(who)
    project = project._replace(url=normalized(project.url))
    kept = KeptLogin(logins, place, project)
    server = AuthServer(project, http=http)
    try:
        if who.email is not None and who.password is not None:
            email, password = who.email, who.password
            signed = SignedIn(server, lambda: server.sign_in(email, password), password=password)
            if who.remember:
                signed.remember(kept)
            return signed
        _check_remembered(logins.find(place), project, who.email)
        return SignedIn(server, lambda: kept.exchange(None, server.refresh), kept=kept)
    except BaseException:
        server.close()
        raise


def expect_login(project: Project, *, place: str, logins: Logins | None = None) -> None:
    """See whether somebody could sign in without being asked anything; nothing is sent.

    Args:
        project: Where.
        place: Under which the workbench's login is remembered.
        logins: The remembered logins; by default the user's.

    Raises:
        SignInFailed: When neither the environment nor a remembered login says who.
    """
    who = _completed(Who())
    if who.email is None or who.password is None:
        project = project._replace(url=normalized(project.url))
        _check_remembered((logins or Logins()).find(place), project, who.email)


def sign_out(
    place: str, *, logins: Logins | None = None, http: httpx.BaseTransport | None = None
) -> str | None:
    """End a login that is remembered, and forget it, also where the project cannot be told.

    Args:
        place: Under which it is remembered.
        logins: The remembered logins; by default the user's.
        http: What carries the requests; for tests.

    Returns:
        Whose it was; None if none is remembered.

    Raises:
        StoreUnavailable: When the project does not answer; the login is forgotten all the same.
    """
    logins = logins or Logins()
    login = logins.find(place)
    if login is None:
        return None
    project = Project(login.project, login.key)
    server = AuthServer(project, http=http)
    try:
        server.sign_out(KeptLogin(logins, place, project).exchange(None, server.refresh).access)
    except SignInFailed:
        _log.debug("the sign-in had ended already", exc_info=True)
    finally:
        server.close()
        logins.forget(place)
    return login.email or login.user_id


def _hidden(text: str | None) -> SecretStr | None:
    return SecretStr(text) if text else None


def _is_unicode(secret: SecretStr) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in secret.get_secret_value())


def _completed(who: Who) -> Who:
    """Add what the environment says of the same user."""
    if who.email is not None and who.password is not None:
        return who
    email, password = _of_environment()
    if who.email is None:
        return who._replace(email=email, password=password)
    if who.password is None and (email is None or email.casefold() == who.email.casefold()):
        return who._replace(password=password)
    return who


def _of_environment() -> tuple[str | None, SecretStr | None]:
    """Email and password as all settings are read: from the environment, else from a ``.env`` file."""
    from pydantic_settings import BaseSettings, SettingsConfigDict  # a third of what importing us costs

    class Given(BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix="WORKBENCH_", env_file=".env", extra="ignore", env_ignore_empty=True
        )

        email: str | None = None
        password: SecretStr | None = None

    given = Given()
    return given.email, given.password


def _check_remembered(login: Login | None, project: Project, email: str | None) -> None:
    """See whether the remembered login is the one that is wanted."""
    if login is not None and login.project == project.url:
        if email is None or email.casefold() == login.email.casefold():
            return
        raise SignInFailed(
            f"There is no password for '{email}'; the login that is remembered is '{login.email}'.", _HOW
        )
    if email is not None:
        raise SignInFailed(f"There is no password for '{email}'.", _HOW)
    raise SignInFailed(f"Nobody is signed in to {project.url}.", _HOW)
