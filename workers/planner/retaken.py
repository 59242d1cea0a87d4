"""Steps taken back for others: what a message says afterwards of how a result is called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from workbench.transformations import CaseWhen, Derive, Duplicate, Transformation

if TYPE_CHECKING:
    from workers.planner.scope import Scope

__all__ = ["Retaken", "renamed", "settled"]


@dataclass(frozen=True)
class Retaken:
    """Steps in the place of the last ones.

    Attributes:
        count: How many steps are taken back.
        steps: What stands in their place.
    """

    count: int
    steps: tuple[Transformation, ...]


def settled(steps: Iterable[Transformation | Retaken]) -> tuple[Transformation, ...]:
    """The steps that are left when what was taken back is."""
    left: list[Transformation] = []
    for step in steps:
        if isinstance(step, Retaken):
            del left[max(0, len(left) - step.count) :]
            left.extend(step.steps)
        else:
            left.append(step)
    return tuple(left)


def renamed(scope: Scope, name: str) -> Retaken | None:
    """The last step, so that the column it makes is called as it is said; None if it makes no column.

    A step that changes a column where it stands is told to do so in a copy of that name, and so are the
    steps before it that change the same column.
    """
    step, before = scope.step, scope.earlier
    if step is None or before is None:
        return None
    field = _field(step)
    if field is not None:
        return _with_name(step, field, name, before)
    column = _changed(step)
    if column is None or name in scope.names:
        return None
    steps = [step]
    while before.earlier is not None and before.step is not None and _changed(before.step) == column:
        steps.insert(0, before.step)
        before = before.earlier
    copies = [each.model_copy(update={"columns": (name,)}) for each in steps]
    return Retaken(len(steps), (Duplicate(column=column, name=name), *copies))


def _field(step: Transformation) -> str | None:
    """Where a step says how the column is called that it makes."""
    if isinstance(step, Derive | CaseWhen):
        return "column"
    if step.effect != "columns":
        return None
    return next((field for field in ("into", "name") if field in type(step).model_fields), None)


def _with_name(step: Transformation, field: str, name: str, before: Scope) -> Retaken | None:
    said = getattr(step, field)
    several = isinstance(said, tuple)
    if several and len(said) > 1:
        return None
    if said in (name, (name,)):
        return Retaken(0, ())
    if not _by_default(step, field, before):
        return None  # it has been given another name before
    return Retaken(1, (step.model_copy(update={field: (name,) if several else name}),))


def _by_default(step: Transformation, field: str, before: Scope) -> bool:
    """Whether a name was not said, but is that of the column, or made up of it and of what is computed."""
    said: Any = getattr(step, field)
    if isinstance(step, Derive):
        return _of_function(step) or (said in before.names and said in step.expression.columns())
    if isinstance(step, CaseWhen):
        return False
    column = getattr(step, "column", None)
    if said in (None, (), column) or (isinstance(said, str) and said.startswith(f"{column}_")):
        return True
    try:
        again = type(step).model_validate(step.model_dump(exclude={field}))
    except ValidationError:
        return False
    return bool(getattr(again, field) == said)


def _of_function(step: Derive) -> bool:
    names = step.expression.columns()
    function = getattr(step.expression, "function", None)
    return len(names) == 1 and step.column == f"{function}_{names[0]}"


def _changed(step: Transformation) -> str | None:
    """The one column that a step changes where it stands."""
    columns = getattr(step, "columns", None)
    if step.effect != "columns" or not isinstance(columns, tuple) or len(columns) != 1:
        return None
    in_place = list(step.writes(columns)) == list(columns)
    return columns[0] if in_place else None
