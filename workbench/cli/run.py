"""``workbench run``: the main job in a terminal."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.common import DataDir, failing_plainly, read_settings

if TYPE_CHECKING:
    from workbench.cli.report import Report
    from workbench.client import Workbench
    from workbench.node import Node
    from workbench.settings import Settings

__all__ = ["run"]


File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        show_default=False,
        help="A CSV, TSV, Parquet, Arrow, JSON Lines or Excel file; left out with --sample.",
    ),
]
Commands = Annotated[
    list[str] | None,
    typer.Argument(metavar="COMMAND", show_default=False, help="What should happen to it, in quotes."),
]
Sample = Annotated[
    str | None,
    typer.Option(metavar="NAME", show_default=False, help="A data set that comes along, in place of FILE."),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT",
        show_default=False,
        help="Write the result; the ending says how: .csv .tsv .parquet .jsonl .arrow .feather .xlsx",
    ),
]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the workbench that was started for this running.")]


def run(
    file: File,
    commands: Commands = None,
    sample: Sample = None,
    output: Output = None,
    data_dir: DataDir = None,
    keep: Keep = False,
) -> None:
    """Open a file, do what the commands say, and show what each of them did.

    Each command is a sentence, and may hold several steps. The session stays in the data folder, with
    every version. The exit status is 0 if all went well, 1 if a command failed, 2 for wrong usage.

    **Examples:**

    `workbench run --sample flights "drop rows without dep_delay, then average dep_delay by carrier"`

    `workbench run sales.csv "remove duplicates" "sort by amount descending" -o sales.parquet`
    """
    source, said = _source([file, *(commands or ())], sample)
    _check_target(output, source)
    settings = read_settings(data_dir)

    from rich.console import Console

    from workbench.cli.report import Report
    from workbench.local.background import running_stack

    with failing_plainly(), ExitStack() as held:
        _expect_login(settings)
        with Console(stderr=True).status("Looking for a workbench, or starting one …"):
            held.enter_context(running_stack(settings.data_dir, keep=keep))
            from workbench.client import Workbench

            workbench = held.enter_context(Workbench(data_dir=settings.data_dir, progress="terminal"))
        report = Report(Console(highlight=False, soft_wrap=True))
        node = _apply(workbench, source, said, report)
        report.outcome(node)
        if output is not None:
            report.written(_export(node, output), len(node))


def _expect_login(settings: Settings) -> None:
    """Find out before a workbench is started for it whether anybody would be let in."""
    from workbench.local.runtime import find_running

    if settings.store != "supabase" or find_running(settings.data_dir) is not None:
        return
    from workbench.errors import SignInFailed
    from workbench.local.project import OTHERWISE, check_keys
    from workbench.signing_in.auth_server import Project
    from workbench.signing_in.entering import expect_login
    from workbench.store.supabase.project import project_url, publishable_key

    check_keys(settings)
    project = Project(project_url(settings), publishable_key(settings))
    try:
        expect_login(project, place=str(settings.data_dir))
    except SignInFailed as error:
        raise SignInFailed(error.message, f"{error.hint} {OTHERWISE}") from None


def _source(arguments: list[str], sample: str | None) -> tuple[Path, list[str]]:
    """Tell the file from the commands; what is missing is wrong usage."""
    from workbench.errors import WorkbenchError
    from workbench.samples import sample_path
    from workbench.sources import Source

    commands = arguments if sample is not None else arguments[1:]
    try:
        source = sample_path(sample) if sample is not None else Source.of(arguments[0]).what
    except WorkbenchError as error:
        raise typer.BadParameter(str(error)) from None
    if not commands:
        raise typer.BadParameter(f"say what should happen to {source.name}, in quotes.")
    if any(not command.strip() for command in commands):
        raise typer.BadParameter("a command is empty.")
    return source, commands


def _check_target(output: Path | None, source: Path) -> None:
    """Find out before anything runs whether the result can be written there."""
    from workbench.errors import WorkbenchError
    from workbench.exporting import export_target

    if output is None:
        return
    try:
        target = export_target(output)
    except WorkbenchError as error:
        raise typer.BadParameter(str(error), param_hint="--output") from None
    if target.exists() and target.samefile(source):
        raise typer.BadParameter("it would replace the file that is read.", param_hint="--output")


def _apply(workbench: Workbench, source: Path, commands: list[str], report: Report) -> Node:
    """Open the file, apply the commands one after the other, and give the last one's result."""
    session = workbench.open(source)
    report.opened(session.head, source)
    node = session.head
    for number, command in enumerate(commands, start=1):
        result = session.chat(command).result()
        report.done(number, command, result)
        if result.node is None:
            continue  # something was told, of which there is no table
        node = result.node
        if number < len(commands) and not result.head_moved:
            report.table(node)  # a question: its answer stands beside the line that goes on
    return node


def _export(node: Node, output: Path) -> Path:
    from workbench.errors import InvalidParameter

    try:
        return node.export(output)
    except OSError as error:
        raise InvalidParameter(
            f"'{output}' cannot be written: {error.strerror or error}.", "Give another path to --output."
        ) from error
