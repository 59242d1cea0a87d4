"""The command line: ``workbench run`` does the job, the others look after the stack under it."""

from __future__ import annotations

import io
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from workbench.cli import health, login, moving, run, stack, supabase

__all__ = ["app", "main", "start_worker"]

app = typer.Typer(
    name="workbench",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run", no_args_is_help=True)(run.run)
for copying in (moving.push, moving.pull):
    app.command(no_args_is_help=True)(copying)
for command in (stack.up, stack.down, stack.status, stack.api, stack.worker, login.login, login.logout):
    app.command()(command)
app.command()(health.health)
app.add_typer(supabase.app, name="supabase")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"workbench {version('notebook-workbench')}")
        raise typer.Exit


@app.callback()
def _workbench(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave."),
    ] = False,
) -> None:
    """Say in plain words what should happen to your data; keep every version, as pandas.

    **Try it:** `workbench run --sample flights "drop rows without dep_delay, then sort by distance"`
    """


def main() -> None:
    """Run the command line: the console script ``workbench``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no arrows is no reason to fail
    app()


def start_worker() -> None:
    """Run ``workbench worker``: the console script ``start-worker``."""
    alone = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False, add_completion=False)
    alone.command()(stack.worker)
    alone(prog_name="start-worker")
