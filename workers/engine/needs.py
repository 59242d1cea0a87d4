"""Which columns of a table a plan needs, and which it leaves as they are, by its words alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from workbench.transformations import Effect, Plan

__all__ = ["Needs", "needs", "needs_of"]

_NONE: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True)
class Needs:
    """What a plan needs of a table, and what it leaves as it is.

    Args:
        reads: The columns whose values it looks at, or sets, which are compared with what they were.
        carried: The table's columns that are in the result as they were, by their names in the result; where
            rows do not stay in place, only those of the chosen rows are.
        writes: The columns whose values the plan sets or adds, by their names in the result.
        in_place: Whether all rows stay where they are.
    """

    reads: frozenset[str]
    carried: Mapping[str, str]
    writes: frozenset[str]
    in_place: bool

    def with_carried(self) -> frozenset[str]:
        """The columns that must be read to write the result whole."""
        return self.reads | frozenset(self.carried.values())


def needs_of(plan: Plan, dataset: str, columns: Sequence[str]) -> frozenset[str]:
    """The columns that a plan looks at in another dataset.

    Args:
        plan: The plan.
        dataset: One of those that it names.
        columns: The names of that dataset's columns.
    """
    return frozenset(name for step in plan.steps for name in step.reads_of(dataset, columns))


def needs(plan: Plan, columns: Sequence[str], others: Mapping[str, Sequence[str]] = _NONE) -> Needs:
    """Follow a table's columns through a plan.

    Args:
        plan: The plan. What it names and the table does not have is passed over: the deeds refuse it.
        columns: The names of the table's columns.
        others: The names of the columns of the other datasets that the plan names.

    Example:
        >>> plan = Plan.parse(
        ...     [
        ...         {"kind": "rename", "columns": {"age": "years"}},
        ...         {"kind": "fill_nulls", "columns": ["years"], "value": 0},
        ...     ]
        ... )
        >>> found = needs(plan, ["name", "age"])
        >>> sorted(found.reads), found.carried, sorted(found.writes)
        (['age'], {'name': 'name'}, ['years'])
    """
    origins = {name: name for name in columns}  # of the columns that hold what one of the table's holds
    there = list(columns)
    reads: set[str] = set()
    for step in (step.knowing(others) for step in plan.steps):
        written = step.writes(there)
        reads.update(origins[name] for name in (*step.reads(there), *written) if name in origins)
        carried = {after: before for after, before in step.carries(there).items() if before in there}
        origins = {after: origins[before] for after, before in carried.items() if before in origins}
        there = [*carried, *(name for name in written if name not in carried)]
    return Needs(
        reads=frozenset(reads),
        carried=origins,
        writes=frozenset(there) - frozenset(origins),
        in_place=all(step.acts_as() is Effect.COLUMNS for step in plan.steps),
    )
