"""``workbench supabase``: whether a project is ready."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.common import DataDir, read_settings

if TYPE_CHECKING:
    from workbench.supabase_check import Report

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look after a Supabase project that is the store.")

_COLOURS = {"ok": "green", "failed": "red", "skipped": "yellow"}


@app.callback()
def _supabase() -> None:
    """Look after a Supabase project that is the store."""


@app.command()
def check(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for programs.")] = False,
) -> None:
    """Say whether the Supabase project is ready for the workbench, and what to do where it is not.

    The project is that of SUPABASE_URL, with SUPABASE_PUBLISHABLE_KEY and, for workers,
    SUPABASE_SECRET_KEY. Nothing is changed there: one small object is written and removed again.

    The exit status is 0 if nothing is wrong, 1 otherwise. Where the secret key is not set, what only
    workers need is passed over.

    **Examples:**

    `workbench supabase check`

    `workbench supabase check --json`
    """
    settings = read_settings(data_dir)
    from workbench.supabase_check import check_project

    report = check_project(settings)
    if as_json:
        typer.echo(json.dumps(report.to_dict(), indent=2))
    else:
        _show(report)
    raise typer.Exit(0 if report.ready else 1)


def _show(report: Report) -> None:
    width = max(len(finding.check) for finding in report.findings)
    for finding in report.findings:
        verdict = typer.style(f"{finding.verdict:<7}", fg=_COLOURS[finding.verdict])
        said = f"{finding.message} {finding.hint}".strip()
        typer.echo(f"{verdict}  {finding.check:<{width}}  {said}")
    if report.ready_for_workers:
        typer.echo("The project is ready.")
    elif report.ready:
        typer.echo("The project is ready for the API. For workers, set SUPABASE_SECRET_KEY and check again.")
    else:
        typer.echo("The project is not ready.")
