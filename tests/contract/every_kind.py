"""The examples and strategies of all families together.

A module of a family has ``EXAMPLES`` (steps by kind) and ``STRATEGIES`` (steps at random by kind), and may
have ``VALUES_DECIDE``: the kinds for which the values decide the dtypes of the result, or
``values_decide(step)``, where that depends on the parameters; and ``ROWS_OF_NONE``: how many rows a kind
makes of an empty table, where that is not none, or what says so of a step.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from tests.contract import (
    columns_examples,
    combine_examples,
    date_examples,
    derive_examples,
    encode_examples,
    examples,
    rows_examples,
    shape_examples,
    text_examples,
    values_examples,
    window_examples,
)
from tests.support import exported
from workbench.transformations import Transformation
from workers.apply import apply

__all__ = ["EXAMPLES", "ROWS_OF_NONE", "STRATEGIES", "applied", "rows_of_none", "run_code", "values_decide"]

_FAMILIES = (
    examples,
    derive_examples,
    rows_examples,
    values_examples,
    text_examples,
    date_examples,
    shape_examples,
    window_examples,
    columns_examples,
    encode_examples,
    combine_examples,
)

EXAMPLES: dict[str, list[Transformation]] = dict(
    chain.from_iterable(family.EXAMPLES.items() for family in _FAMILIES)
)
STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = dict(
    chain.from_iterable(family.STRATEGIES.items() for family in _FAMILIES)
)
_VALUES_DECIDE: set[str] = set(
    chain.from_iterable(getattr(family, "VALUES_DECIDE", ()) for family in _FAMILIES)
)
ROWS_OF_NONE: dict[str, int | Callable[[Any], int]] = dict(
    chain.from_iterable(getattr(family, "ROWS_OF_NONE", {}).items() for family in _FAMILIES)
)


def values_decide(step: Transformation) -> bool:
    """Whether the values decide the dtypes of the columns that a step makes."""
    deciders = [family.values_decide for family in _FAMILIES if hasattr(family, "values_decide")]
    return step.kind in _VALUES_DECIDE or any(decide(step) for decide in deciders)


def rows_of_none(step: Transformation) -> int:
    """How many rows a step makes of an empty table."""
    rows = ROWS_OF_NONE.get(step.kind, 0)
    return rows if isinstance(rows, int) else rows(step)


def applied(step: Transformation, frame: pd.DataFrame) -> pd.DataFrame:
    """Apply a step, with the other datasets if it names some."""
    return apply(step, frame, combine_examples.others()) if step.others() else apply(step, frame)


def run_code(step: Transformation, frame: pd.DataFrame) -> pd.DataFrame:
    """Run the exported pandas of a step, with the other datasets if it names some."""
    return exported.run_code(step, frame, combine_examples.others())
