"""The examples and strategies of all families together.

A module of a family has ``EXAMPLES`` (steps by kind) and ``STRATEGIES`` (steps at random by kind), and may
have ``VALUES_DECIDE``: the kinds for which the values decide the dtypes of the result, or
``values_decide(step)``, where that depends on the parameters; and ``ROWS_OF_NONE``: how many rows a kind
makes of an empty table, where that is not none.
"""

from __future__ import annotations

from itertools import chain

from hypothesis import strategies as st

from tests.contract import (
    columns_examples,
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
from workbench.transformations import Transformation

__all__ = ["EXAMPLES", "ROWS_OF_NONE", "STRATEGIES", "values_decide"]

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
ROWS_OF_NONE: dict[str, int] = dict(
    chain.from_iterable(getattr(family, "ROWS_OF_NONE", {}).items() for family in _FAMILIES)
)


def values_decide(step: Transformation) -> bool:
    """Whether the values decide the dtypes of the columns that a step makes."""
    deciders = [family.values_decide for family in _FAMILIES if hasattr(family, "values_decide")]
    return step.kind in _VALUES_DECIDE or any(decide(step) for decide in deciders)
