"""The commands that run the stack, or one part of it."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.common import DataDir, failing_plainly, read_settings

if TYPE_CHECKING:
    from workbench.settings import Settings

__all__ = ["api", "down", "status", "up", "worker"]

Host = Annotated[
    str | None,
    typer.Option(
        help="The address to listen on. Default: WORKBENCH_HOST, else 127.0.0.1.", show_default=False
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65_535,
        show_default=False,
        help="The port to listen on; 0 takes any that is free. Default: WORKBENCH_PORT, else 8321.",
    ),
]
HostedPort = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65_535,
        show_default=False,
        envvar=["WORKBENCH_PORT", "PORT"],
        show_envvar=False,
        help="The port to listen on; 0 takes any free one. Default: WORKBENCH_PORT, else PORT, else 8321.",
    ),
]

# Downloads and uploads may end; those who only wait for a task are sent home at once.
_GRACE_SECONDS = 20


def up(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, show_default=False, help="How many tasks run at the same time."),
    ] = None,
    log_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            show_default=False,
            help="Write the log to a file (10 MB, three older ones are kept) instead of the terminal.",
        ),
    ] = None,
    while_stdin: Annotated[bool, typer.Option("--while-stdin", hidden=True)] = False,
) -> None:
    """Run the workbench in the foreground: broker, API and worker, until Ctrl-C.

    One workbench runs on a data folder. Parts that die are started again.

    **Examples:**

    `workbench up`

    `workbench up --port 0 --data-dir ./data --workers 4`
    """
    from workbench.local.output import to_file, to_stream
    from workbench.local.project import check_keys
    from workbench.local.stack import Stack

    settings = read_settings(data_dir, host=host, port=port, workers=workers)
    with failing_plainly():
        check_keys(settings)
        _refuse_project(settings)
        _refuse_in_vain(settings)
    with failing_plainly(), to_file(log_file) if log_file else nullcontext(to_stream()) as say:
        if settings.store == "supabase":
            say("", f"The store is the Supabase project {settings.supabase_url}")
        Stack(settings, say=say, while_stdin=while_stdin).run()


def down(data_dir: DataDir = None) -> None:
    """Stop the workbench that runs on the data folder, and wait until it is gone.

    Sessions and data stay. It is no error if nothing runs.

    **Example:** `workbench down`
    """
    from workbench.local.background import stop_running

    settings = read_settings(data_dir)
    with failing_plainly():
        stopped = stop_running(settings)
    if stopped is None:
        typer.echo(f"No workbench runs on {settings.data_dir}.")
    else:
        typer.echo(f"Stopped the workbench at {stopped.url} (pid {stopped.pid}).")


def status(
    data_dir: DataDir = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print it as JSON, with the token that the API wants.")
    ] = False,
) -> None:
    """Say whether the workbench runs, where, and which of its parts are alive.

    The exit status is 0 if it is ready for work, 1 if not.

    **Examples:**

    `workbench status`

    `workbench status --json`
    """
    facts = _status(read_settings(data_dir))
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    elif not facts["running"]:
        typer.echo(f"No workbench runs on {facts['data_dir']}. Start one with 'workbench up'.")
    else:
        state = "ready" if facts["ready"] else "not ready"
        typer.echo(f"The workbench at {facts['url']} (pid {facts['pid']}) is {state}.")
        for name, part in facts["parts"].items():
            typer.echo(f"  {name:<7} pid {part['pid']:<8} {'alive' if part['alive'] else 'not running'}")
    raise typer.Exit(0 if facts["ready"] else 1)


def api(
    host: Host = None,
    port: HostedPort = None,
    data_dir: DataDir = None,
    trust_proxy: Annotated[
        bool,
        typer.Option(
            "--trust-proxy",
            help="Believe the X-Forwarded-* headers of all callers: where a proxy is the only way here.",
        ),
    ] = False,
) -> None:
    """Run the API alone in the foreground, for production.

    The broker is REDIS_URL; settings come from the environment or a `.env` file.

    **Example:** `REDIS_URL=rediss://:password@broker:6380/0 workbench api --host 0.0.0.0 --trust-proxy`
    """
    from workbench.local.parts import api_command

    settings = read_settings(data_dir, host=host, port=port)
    command = api_command(settings, grace_seconds=_GRACE_SECONDS, trust_proxy=trust_proxy)
    with failing_plainly():
        _refuse_keys(settings, api=True)
        _refuse_in_vain(settings)
        _become(command, settings)


def worker(
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", "-c", min=1, show_default=False, help="How many tasks run at a time."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Run one Celery worker in the foreground, for production, or beside a running `workbench up`.

    The broker is REDIS_URL, else that of the workbench on the data folder.

    **Example:** `REDIS_URL=redis://broker:6379/0 workbench worker --concurrency 8`
    """
    from workbench.local.parts import worker_command

    settings = read_settings(data_dir, workers=concurrency)
    with failing_plainly():
        _refuse_keys(settings, worker=True)
        _refuse_in_vain(settings)
        _become(worker_command(settings), settings)


def _status(settings: Settings) -> dict[str, Any]:
    from workbench.local.runtime import is_ready, is_running, read_runtime

    runtime = read_runtime(settings) if is_running(settings) else None
    facts: dict[str, Any] = {
        "running": runtime is not None,
        "ready": False,
        "data_dir": str(settings.data_dir),
    }
    if runtime is not None:
        parts = {name: {"pid": part.pid, "alive": part.alive} for name, part in runtime.parts.items()}
        facts |= {"ready": is_ready(runtime), "url": runtime.url, "token": runtime.token}
        facts |= {"pid": runtime.pid, "version": runtime.version, "parts": parts}
    return facts


def _refuse_keys(settings: Settings, *, api: bool = False, worker: bool = False) -> None:
    """Fail now where Supabase's address or a key is missing, or of the wrong kind; nothing is sent."""
    if settings.store != "supabase":
        return
    from workbench.store.supabase.project import jwt_secret, project_url, publishable_key, secret_key

    project_url(settings)
    if api:
        publishable_key(settings)
        jwt_secret(settings)
    if worker:
        secret_key(settings)


def _refuse_project(settings: Settings) -> None:
    """Fail now where the project will never be our store; one that is away may come back."""
    from workbench.errors import StoreKeyRefused, StoreNotMigrated, StoreUnavailable
    from workbench.local.project import check_project

    try:
        check_project(settings)
    except (StoreKeyRefused, StoreNotMigrated):
        raise
    except StoreUnavailable as error:
        typer.echo(f"{error.message} {error.hint} The parts go on trying.", err=True)


def _refuse_in_vain(settings: Settings) -> None:
    """Fail now where the broker will never let us in; one that is away may be starting, and is waited for."""
    from workbench.broker.access import check_broker
    from workbench.errors import BrokerRefused, BrokerUnavailable

    try:
        check_broker(settings)
    except BrokerRefused:
        raise
    except BrokerUnavailable:
        return  # the parts say so themselves, and go on trying


def _become(command: tuple[str, ...], settings: Settings) -> None:
    """Replace this process by a part, in the data folder: a user's folder may hold names like ours."""
    from workbench.local.parts import environment
    from workbench.local.runtime import prepare_folder

    prepare_folder(settings)
    os.chdir(settings.data_dir)
    os.execve(command[0], command, environment(settings))  # noqa: S606  (no shell is what we want)
