"""``workbench push`` and ``workbench pull``: a session between the data folder and a Supabase project."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.common import DataDir, failing_plainly, read_settings

if TYPE_CHECKING:
    from workbench.cli.copying import CopyProgress
    from workbench.models import SessionRecord
    from workbench.settings import Settings
    from workbench.signing_in.credentials import Credentials
    from workbench.store.moving import Moved
    from workbench.store.protocol import OwnerStore

__all__ = ["Place", "pull", "push"]

_ATTEMPTS = 3  # in a row that copy nothing


class Place(enum.StrEnum):
    """Where a session can be copied to and from, besides the data folder."""

    supabase = "supabase"


SessionName = Annotated[
    str,
    typer.Argument(metavar="SESSION", show_default=False, help="Its id, or its name: the newest of a name."),
]
Email = Annotated[
    str | None,
    typer.Option(
        envvar="WORKBENCH_EMAIL",
        show_default=False,
        help="Who signs in to the project; the password comes from WORKBENCH_PASSWORD, or is asked for.",
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="WORKBENCH_ACCESS_TOKEN",
        show_default=False,
        help="An access token of the project, in place of signing in.",
    ),
]


def push(
    session: SessionName,
    to: Annotated[Place, typer.Option(help="Where to; the project is SUPABASE_URL.")] = Place.supabase,
    email: Email = None,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Copy a session from the data folder to your account on Supabase, with every version.

    The session stays here, too. What is there already is not copied again, so run it again after more
    work, or where it broke off. A session that went on by itself there keeps its head.

    **Examples:**

    `workbench push flights --to supabase`

    `WORKBENCH_PASSWORD=… workbench push flights --to supabase --email ana@example.com`
    """
    from workbench.store.moving import find_session

    settings = read_settings(data_dir)
    with failing_plainly(), _going_on_later():
        _check_is_there(settings, session)
        with _local(settings) as here:
            found = find_session(here.open(), session)  # before anybody is asked for a password
            with _remote(to, settings, email, token) as there:
                _copy(here, there, found)


def pull(
    session: SessionName,
    place: Annotated[
        Place, typer.Option("--from", help="Where from; the project is SUPABASE_URL.")
    ] = Place.supabase,
    email: Email = None,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Copy a session from your account on Supabase to the data folder, with every version.

    The session stays there, too. What is here already is not copied again, so run it again after more
    work, or where it broke off. A session that went on by itself here keeps its head.

    **Example:** `workbench pull flights --from supabase`
    """
    from workbench.local.runtime import prepare_folder
    from workbench.store.moving import find_session

    settings = read_settings(data_dir)
    with failing_plainly(), _going_on_later(), _remote(place, settings, email, token) as there:
        found = find_session(there.open(), session)
        prepare_folder(settings)
        with _local(settings) as here:
            _copy(there, here, found)


@dataclass(frozen=True)
class _Side:
    """One of the two stores, as its owner sees it.

    Args:
        name: What it is called in a sentence.
        owner: The owner's id.
        open: Gives the owner's face, with an access token that holds.
        renew: Gets another token in place of one that expired; whether there is one.
    """

    name: str
    owner: str
    open: Callable[[], OwnerStore]
    renew: Callable[[], bool] = lambda: False


@contextmanager
def _local(settings: Settings) -> Iterator[_Side]:
    """The embedded store of the data folder; a stack may be using it."""
    from workbench.store import LOCAL_OWNER
    from workbench.store.embedded import EmbeddedStore

    with closing(EmbeddedStore(settings.database, settings.blobs)) as store:
        yield _Side(f"{settings.data_dir}", LOCAL_OWNER.id, lambda: store.as_owner(LOCAL_OWNER))


@contextmanager
def _remote(place: Place, settings: Settings, email: str | None, token: str | None) -> Iterator[_Side]:
    """The Supabase project of the settings, under the user's own token."""
    from pydantic import SecretStr

    from workbench.store import open_store
    from workbench.store.protocol import Owner

    with (
        closing(_credentials(settings, email, token)) as credentials,
        closing(open_store(settings.model_copy(update={"store": "supabase"}))) as store,
    ):
        store.ping()
        used = credentials.token() or ""
        owner = _user_of(used)

        def open_face() -> OwnerStore:
            nonlocal used
            used = credentials.token() or ""
            return store.as_owner(Owner(owner, SecretStr(used)))

        yield _Side(place.capitalize(), owner, open_face, lambda: credentials.refused(used))


def _credentials(settings: Settings, email: str | None, token: str | None) -> Credentials:
    """Sign in: with a token, with what the environment or an earlier login says, or by asking."""
    from pydantic import SecretStr

    from workbench.errors import SignInFailed
    from workbench.signing_in.auth_server import Project
    from workbench.signing_in.credentials import FixedToken
    from workbench.signing_in.entering import Who, sign_in
    from workbench.store.supabase.project import project_url, publishable_key

    project = Project(project_url(settings), publishable_key(settings))  # whatever is given, it is needed
    if token:
        return FixedToken(SecretStr(token.strip()))
    place = str(settings.data_dir)
    try:
        return sign_in(project, Who.of(email=email), place=place)
    except SignInFailed as error:
        if not sys.stdin.isatty():
            raise
        typer.echo(error.message, err=True)
    email = email or typer.prompt("Email", err=True)
    password = typer.prompt("Password", hide_input=True, err=True)
    return sign_in(project, Who.of(email=email, password=password), place=place)


def _user_of(token: str) -> str:
    """The user of an access token; whether it is genuine, the project looks at."""
    from workbench.errors import Unauthorized
    from workbench.jwt_claims import unverified_claims

    user = unverified_claims(token).get("sub")
    if not user:
        raise Unauthorized(
            "That is not an access token of a user.", "Give --token the access_token of a sign-in."
        )
    return str(user)


def _check_is_there(settings: Settings, session: str) -> None:
    from workbench.errors import SessionNotFound

    if not settings.database.exists():
        raise SessionNotFound(
            f"There is no session '{session}': nothing was ever opened in {settings.data_dir}.",
            "Say with --data-dir or WORKBENCH_DATA_DIR where your sessions are.",
            id=session,
        )


def _copy(source: _Side, target: _Side, session: SessionRecord) -> None:
    """Copy the session, and say what was done."""
    from rich.console import Console

    from workbench.cli.copying import CopyProgress, say_moved

    with CopyProgress(Console(stderr=True), session.name) as progress:
        moved = _insist(source, target, session.id, progress)
    say_moved(Console(highlight=False, soft_wrap=True), moved, source.name, target.name)


def _insist(source: _Side, target: _Side, session_id: str, progress: CopyProgress) -> Moved:
    """Copy; go on with a new token where one expired, and where the session went on meanwhile."""
    from workbench.errors import SessionWentOn, TokenExpired
    from workbench.store.moving import copy_session

    fruitless = 0
    while True:
        copied = progress.copied
        try:
            return copy_session(source.open(), target.open(), session_id, owner=target.owner, watch=progress)
        except (TokenExpired, SessionWentOn) as error:
            fruitless = fruitless + 1 if progress.copied == copied else 1
            renewed = isinstance(error, SessionWentOn) or source.renew() or target.renew()
            if not renewed or fruitless == _ATTEMPTS:
                raise


@contextmanager
def _going_on_later() -> Iterator[None]:
    """What Ctrl-C means here."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("Stopped. What was copied stays: run it again to go on.", err=True)
        raise typer.Exit(130) from None
