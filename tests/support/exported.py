"""The exported pandas of a step, run as a user would run it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import pandas as pd
from pandas.testing import assert_frame_equal

from workbench.transformations import Transformation
from workbench.transformations.fields import variable
from workers.apply import apply

__all__ = ["done", "run_code"]


def run_code(
    step: Transformation, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """Run the exported pandas of a step, on a table of its own.

    Args:
        step: The step.
        frame: What it is applied to, which stays as it is.
        others: The other datasets, by their names.
    """
    names = {"df": frame.copy(deep=True), "pd": pd}
    names |= {variable(name): other for name, other in (others or {}).items()}
    with warnings.catch_warnings():
        # What pandas has to remark about keys of numbers, it says to the user, too.
        warnings.filterwarnings("ignore", "You are merging on int and float", UserWarning)
        # Without a `from __future__` of this module, which a user's notebook does not have either.
        exec(compile(step.to_pandas(), "<exported>", "exec", dont_inherit=True), names)
    result = names["df"]
    assert isinstance(result, pd.DataFrame)
    return result


def done(step: Transformation, frame: pd.DataFrame) -> pd.DataFrame:
    """Apply a step, which leaves its input as it is, and whose exported pandas gives the same.

    Args:
        step: The step.
        frame: What it is applied to.

    Returns:
        What it makes of it.
    """
    before = frame.copy(deep=True)
    result = apply(step, frame)
    assert_frame_equal(frame, before, check_exact=True)
    assert_frame_equal(run_code(step, frame), result.reset_index(drop=True), check_exact=True)
    return result
