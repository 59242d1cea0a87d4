"""Named points on the way of a command, at which a test may end, stop or deceive the process that is there.

Nothing happens there unless ``WORKBENCH_FAULTS`` names a folder with a file that is called as the point. What
is in the file is done as often as it says, once if it says nothing:

- ``kill``: the process ends at once, as when the machine fails;
- ``freeze``: it stands still until somebody lets it go on (SIGCONT);
- ``lose``: the store seems not to have answered, though it has.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Literal

from workbench.errors import StoreUnavailable

__all__ = ["POINTS", "Point", "passing"]

Point = Literal["submitted", "claimed", "read", "applied", "written", "committing", "committed", "announced"]
POINTS: tuple[Point, ...] = (
    "submitted",  # the task's row is there, its message is not (in the API)
    "claimed",  # the task is this worker's
    "read",  # its data are read
    "applied",  # its plan is done
    "written",  # its blocks are written
    "committing",  # the commit is about to be made
    "committed",  # it is made, and nobody knows
    "announced",  # those who wait know it, and the session's next task is sent
)


def passing(point: Point) -> None:
    """Say that a point is reached.

    Args:
        point: Which one.

    Raises:
        StoreUnavailable: If a test wants the store's answer to be lost.
    """
    folder = os.environ.get("WORKBENCH_FAULTS")
    if folder and (fault := _take(Path(folder) / point)):
        _do(fault)


def _take(file: Path) -> str | None:
    """What is to be done; it is done once less after that."""
    try:
        fault, _, times = file.read_text().partition(" ")
        if int(times or 1) > 1:
            file.write_text(f"{fault} {int(times) - 1}")
        else:
            file.unlink()
    except FileNotFoundError:
        return None
    return fault


def _do(fault: str) -> None:
    match fault:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "freeze":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "lose":
            raise StoreUnavailable("The answer of the store was lost.")
        case _:
            raise ValueError(f"no such fault: {fault}")
