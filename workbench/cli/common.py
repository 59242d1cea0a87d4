"""What all commands share: options, errors as two lines on stderr, exit statuses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from workbench.settings import Settings

__all__ = ["DataDir", "failing_plainly", "read_settings"]

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="FOLDER",
        file_okay=False,
        show_default=False,
        help="Where sessions and data are kept. Default: WORKBENCH_DATA_DIR, else your user data folder.",
    ),
]


@contextlib.contextmanager
def failing_plainly() -> Iterator[None]:
    """Turn an error of the workbench into its sentence, code and hint on stderr, and exit status 1."""
    from workbench.errors import WorkbenchError
    from workbench.printable import printable

    try:
        yield
    except WorkbenchError as error:
        typer.secho(printable(f"error: {error.message} [{error.code}]"), fg="red", err=True)
        if error.hint:
            typer.echo(printable(error.hint), err=True)
        raise typer.Exit(1) from None


def read_settings(data_dir: Path | None = None, **given: object) -> Settings:
    """Read the settings; one that cannot be read is wrong usage.

    Args:
        data_dir: The data folder, if one was given.
        **given: Other settings of the command line; None means not given.
    """
    from pydantic import ValidationError

    from workbench.local.runtime import settings_for

    try:
        return settings_for(data_dir, **given)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise typer.BadParameter(f"the settings cannot be used: {wrong}") from None
