"""``workbench login`` and ``workbench logout``: a sign-in that is remembered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.common import DataDir, failing_plainly, read_settings

if TYPE_CHECKING:
    from workbench.settings import Settings
    from workbench.signing_in.auth_server import Project

__all__ = ["login", "logout"]

Url = Annotated[
    str | None,
    typer.Argument(
        metavar="[URL]",
        show_default=False,
        help="The API's address; left out for the workbench of this machine.",
    ),
]


def login(
    url: Url = None,
    email: Annotated[
        str | None,
        typer.Option(
            envvar="WORKBENCH_EMAIL", show_default=False, help="Who signs in; asked for if not given."
        ),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Sign in to a workbench with Supabase, and remember it, so that `Workbench()` needs no password.

    The password is not kept; a token with which to go on is, in a file that only you can read.

    **Examples:**

    `workbench login --email ana@example.com`

    `workbench login https://workbench.example.com --email ana@example.com --password-stdin < secret.txt`
    """
    if password_stdin and not email:
        raise typer.BadParameter("give it with --password-stdin.", param_hint="--email")
    from workbench.errors import InvalidParameter
    from workbench.signing_in.entering import Who, sign_in
    from workbench.signing_in.logins import Logins

    place, settings = _place(url, data_dir)
    with failing_plainly():
        project = _asked(place) if settings is None else _of_this_machine(settings)
        if project is None:
            raise InvalidParameter(
                f"The workbench at {place} has no users who could sign in.", "It finds its token by itself."
            )
        email = email or typer.prompt("Email", err=True)
        password = _first_line() if password_stdin else typer.prompt("Password", hide_input=True, err=True)
        if not password:
            raise typer.BadParameter("the password is empty.")
        who = Who.of(email=email, password=password, remember=True).check()
        signed = sign_in(project, who, place=place)
        signed.close()
    typer.echo(f"Signed in to {project.url} as {signed.user}.")
    typer.echo(f"Remembered in {Logins().path}, until `workbench logout`.")


def logout(url: Url = None, data_dir: DataDir = None) -> None:
    """End the sign-in that is remembered for a workbench, and forget it.

    It is no error if none is. Programs that use it are signed out within the hour.

    **Example:** `workbench logout`
    """
    from workbench.signing_in.entering import sign_out

    place, _ = _place(url, data_dir)
    with failing_plainly():
        who = sign_out(place)
    typer.echo(f"No login is remembered for {place}." if who is None else f"Forgot the login of {who}.")


def _asked(url: str) -> Project | None:
    """Ask an API."""
    from workbench.signing_in.entering import find_project
    from workbench.transport import Endpoint, Transport

    transport = Transport(Endpoint(url))
    try:
        return find_project(transport)
    finally:
        transport.close()


def _of_this_machine(settings: Settings) -> Project | None:
    """Ask the workbench that runs on the data folder; the settings, if none does."""
    from workbench.local.runtime import find_running
    from workbench.signing_in.auth_server import Project

    runtime = find_running(settings.data_dir)
    if runtime is not None:
        return _asked(runtime.url)
    if settings.store != "supabase":
        return None
    from workbench.store.supabase.project import project_url, publishable_key

    return Project(project_url(settings), publishable_key(settings))


def _place(url: str | None, data_dir: Path | None) -> tuple[str, Settings | None]:
    """Under which name a workbench's login is remembered; the settings of one of this machine."""
    if url is not None:
        from workbench.connection import normalized

        return normalized(url), None
    settings = read_settings(data_dir)
    return str(settings.data_dir), settings


def _first_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")
