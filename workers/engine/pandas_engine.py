"""Runs a plan with pandas, and tells what each step did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from workbench.errors import NoColumns, WorkbenchError
from workbench.models import StepReport
from workbench.transformations import Effect, Plan, Transformation
from workers.apply import apply
from workers.engine.changes import measure, warnings_of

__all__ = ["Ran", "check", "run"]

OnStep = Callable[[int, int, Transformation], None]


@dataclass(frozen=True)
class Ran:
    """What a plan made of a frame."""

    frame: pd.DataFrame
    steps: tuple[StepReport, ...]


def _ignore(_index: int, _total: int, _step: Transformation) -> None:
    return None


def check(plan: Plan, empty: pd.DataFrame) -> pd.DataFrame:
    """Run a plan on a frame without rows, so that its errors show before data are touched.

    Args:
        plan: The plan.
        empty: The table's columns with their dtypes, and no rows.

    Returns:
        The columns that the plan's result has.

    Raises:
        WorkbenchError: What the first wrong step raises; ``details["step"]`` says which, from 1.
    """
    frame = empty
    for index, step in enumerate(plan.steps):
        frame = _apply(step, index, frame)
    return frame


def run(plan: Plan, frame: pd.DataFrame, *, on_step: OnStep = _ignore) -> Ran:
    """Run a plan.

    Args:
        plan: The plan.
        frame: A frame with unique string column names and a plain RangeIndex; it is left as it is.
        on_step: Called before each step with its index, the number of steps and the step; what it
            raises ends the run (so a task is cancelled between steps).

    Returns:
        The result, and a report for each step.

    Raises:
        WorkbenchError: What a step raises; ``details["step"]`` says which, from 1.
    """
    reports = []
    for index, step in enumerate(plan.steps):
        on_step(index, len(plan.steps), step)
        before, frame = frame, _apply(step, index, frame)
        change = measure(step, before, frame)
        reports.append(step.report(change, warnings_of(step, change)))
    return Ran(frame, tuple(reports))


def _apply(step: Transformation, index: int, frame: pd.DataFrame) -> pd.DataFrame:
    try:
        result = apply(step, frame)
        if not len(result.columns):
            raise NoColumns(
                f"'{step.describe()}' would leave a table without columns.", "Keep at least one column."
            )
    except WorkbenchError as error:
        error.details.setdefault("step", index + 1)
        raise
    return result.reset_index(drop=True) if step.effect is Effect.ROWS else result
