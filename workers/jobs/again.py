"""The last command again, of another column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from workbench.errors import InvalidPlan, PlannerRefusal
from workbench.transformations import Effect, Plan
from workbench.transformations.fields import listed
from workers.engine import needs

__all__ = ["of_column"]

# What holds no column's name, whatever it says.
_LITERAL = frozenset(
    {
        "kind",
        "op",
        "function",
        "method",
        "value",
        "text",
        "pattern",
        "old",
        "new",
        "labels",
        "default",
        "dataset",
    }
    | {"separator", "replacement", "format", "unit", "characters", "type", "to"}
)
_NAMES = ("name", "into")  # what a result is called, by default after its column
_HINT = "Say the whole command for that column."


def of_column(plan: Plan, before: Sequence[str], now: Sequence[str], column: str) -> Plan:
    """Say of another column what a plan says of one.

    Args:
        plan: What was done.
        before: The columns of the table that it was done to.
        now: The columns of the table that it is to be done to.
        column: The other column, one of ``now``.

    Returns:
        The plan, with names that follow from the column made anew.

    Raises:
        PlannerRefusal: If the plan is not about one column alone, or would write over another one.

    Example:
        >>> plan = Plan.parse([{"kind": "fill_nulls", "columns": ["age"], "method": "median"}])
        >>> of_column(plan, ["age", "income"], ["age", "income"], "income").describe()
        'Fill nulls in income with the median'
    """
    concerned = sorted(needs(plan, before).reads)
    if len(concerned) != 1 or plan.others():
        of = f"{listed(concerned)}" if concerned else "no column of its own"
        of = "another dataset, too" if plan.others() else of
        raise _refusal(f"The last command is about {of}, so it is not clear what to do for '{column}'.")
    (old,) = concerned
    if old == column:
        raise _refusal(f"The last command was about '{column}' already.")
    try:
        again = Plan.parse(_renamed(_without_defaults(plan), old, column))
    except InvalidPlan as error:
        raise _refusal(f"This cannot be done for '{column}': {error.message}") from error
    if taken := [name for name in _written(again, now) if name in now and name != column]:
        raise _refusal(f"This would write over {listed(taken)}.")
    if needs(again, now).reads != {column}:
        raise _refusal(f"The last command cannot be said of '{column}' alone.")
    return again


def _refusal(reason: str) -> PlannerRefusal:
    return PlannerRefusal(reason, _HINT, words=[], position=0, suggestions=[])


def _written(plan: Plan, columns: Sequence[str]) -> list[str]:
    """The columns that steps set beside those that stay: a new table writes over none."""
    there, written = list(columns), []
    for step in plan.steps:
        if step.acts_as() is Effect.TABLE:
            break
        written += step.writes(there)
        there = [*step.carries(there), *step.writes(there)]
    return written


def _without_defaults(plan: Plan) -> list[dict[str, Any]]:
    """The plan as JSON, without the names that its words would have by themselves."""
    steps = plan.to_json()
    for place in list(_places(steps)):
        trial = deepcopy(steps)
        at: Any = trial
        for key in place[:-1]:
            at = at[key]
        del at[place[-1]]
        try:
            same = Plan.parse(trial) == plan
        except InvalidPlan:
            continue
        steps = trial if same else steps
    return steps


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Where names of results stand: paths into the JSON."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        if key in _NAMES and inner is not None:
            yield (key,)
        yield from ((key, *rest) for rest in _places(inner))


def _renamed(value: Any, old: str, new: str) -> Any:
    """The JSON with one column's name for another's, but not in what is a value."""
    match value:
        case dict():
            literal = _LITERAL | ({"values"} if "op" in value else set())
            return {
                new if key == old else key: inner if key in literal else _renamed(inner, old, new)
                for key, inner in value.items()
            }
        case list():
            return [_renamed(inner, old, new) for inner in value]
        case _:
            return new if value == old else value
