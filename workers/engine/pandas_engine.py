"""Runs a plan with pandas, and tells what each step did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from workbench.errors import NoColumns, WorkbenchError
from workbench.models import StepReport
from workbench.transformations import Effect, Plan, Transformation
from workers.apply import apply
from workers.apply.notes import taking_notes
from workers.engine.changes import measure, warnings_of

__all__ = ["Ran", "check", "run"]

OnStep = Callable[[int, int, Transformation], None]

_NO_TABLES: Mapping[str, pd.DataFrame] = MappingProxyType({})


@dataclass(frozen=True)
class Ran:
    """What a plan made of a frame.

    Args:
        frame: The result, with a plain RangeIndex.
        steps: A report for each step.
        positions: For each row of the result, which row of the plan's table it is, from 0: where rows were
            chosen, ordered or repeated. None where all stayed in place, and where the table is new.
    """

    frame: pd.DataFrame
    steps: tuple[StepReport, ...]
    positions: np.ndarray | None = None


def _ignore(_index: int, _total: int, _step: Transformation) -> None:
    return None


def check(
    plan: Plan, empty: pd.DataFrame, others: Mapping[str, pd.DataFrame] = _NO_TABLES
) -> pd.DataFrame | None:
    """Run a plan on a frame without rows, so that its errors show before data are touched.

    Args:
        plan: The plan.
        empty: The table's columns with their dtypes, and no rows.
        others: The other datasets that the plan names, likewise.

    Returns:
        The columns that the plan's result has; None if that is for the values to decide. What comes after
        a step of which they do is not checked.

    Raises:
        WorkbenchError: What the first wrong step raises; ``details["step"]`` says which, from 1.
    """
    frame = empty
    names = {name: list(other.columns) for name, other in others.items()}
    for index, step in enumerate(plan.steps):
        known = not step.knowing(names).open_ended
        frame = _apply(step, index, frame, others, known=known).reset_index(drop=True)
        if not known:
            return None
    return frame


def run(
    plan: Plan,
    frame: pd.DataFrame,
    *,
    others: Mapping[str, pd.DataFrame] = _NO_TABLES,
    on_step: OnStep = _ignore,
) -> Ran:
    """Run a plan.

    Args:
        plan: The plan.
        frame: A frame with unique string column names and a plain RangeIndex; it is left as it is.
        others: The other datasets that the plan names, likewise.
        on_step: Called before each step with its index, the number of steps and the step; what it
            raises ends the run (so a task is cancelled between steps).

    Returns:
        The result, and a report for each step.

    Raises:
        WorkbenchError: What a step raises; ``details["step"]`` says which, from 1.
    """
    reports = []
    positions, new = None, False
    for index, step in enumerate(plan.steps):
        on_step(index, len(plan.steps), step)
        with taking_notes() as notes:
            after = _apply(step, index, frame, others)
        change = measure(step, frame, after, rows_kept=notes.rows_kept)
        warnings = (*notes.warnings, *warnings_of(step, change, frame, after))
        reports.append(step.report(change, warnings))
        if step.acts_as() is Effect.ROWS:
            taken = after.index.to_numpy()
            positions = taken if positions is None else positions[taken]
        new = new or step.acts_as() is Effect.TABLE
        frame = after.reset_index(drop=True)
    return Ran(frame, tuple(reports), None if new else positions)


def _apply(
    step: Transformation,
    index: int,
    frame: pd.DataFrame,
    others: Mapping[str, pd.DataFrame],
    *,
    known: bool = True,
) -> pd.DataFrame:
    """Apply a step; ``known`` says whether the columns that it leaves are all that it would leave."""
    try:
        # Only the deeds of such steps take a third argument.
        result = apply(step, frame, others) if step.others() else apply(step, frame)
        if known and not len(result.columns):
            raise NoColumns(
                f"'{step.describe()}' would leave a table without columns.", "Keep at least one column."
            )
    except WorkbenchError as error:
        error.details.setdefault("step", index + 1)
        raise
    return result
