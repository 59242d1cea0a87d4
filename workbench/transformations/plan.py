"""A plan: transformations in order, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.errors import InvalidPlan, nearest
from workbench.transformations.base import Transformation, registry

__all__ = ["Plan"]

if TYPE_CHECKING:
    Step = Transformation
else:
    # The package's __init__ imports every family before this module, so the registry is complete.
    Step = Annotated[Union[tuple(registry.values())], Field(discriminator="kind")]  # noqa: UP007


class Plan(BaseModel):
    """Transformations, applied one after the other.

    Example:
        >>> plan = Plan.parse([{"kind": "drop_nulls", "columns": ["email"]}])
        >>> plan.describe()
        'Drop rows where email is null'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[Step, ...] = Field(min_length=1)

    @classmethod
    def parse(cls, steps: Sequence[Mapping[str, Any]]) -> Plan:
        """Read a plan from its JSON form, a list of objects each with its ``kind``.

        Raises:
            InvalidPlan: With the step, the parameter, and what was wrong with it.
        """
        try:
            return cls.model_validate({"steps": list(steps)})
        except ValidationError as error:
            raise _explained(error, steps) from None

    def to_json(self) -> list[dict[str, Any]]:
        """Write the plan as ``parse`` reads it."""
        return [step.model_dump(mode="json", exclude_defaults=False) for step in self.steps]

    def describe(self) -> str:
        """Say what the plan does."""
        return "; then ".join(
            text if index == 0 else text[:1].lower() + text[1:]
            for index, text in enumerate(step.describe() for step in self.steps)
        )

    def to_pandas(self) -> str:
        """Write the plan as lines of pandas over ``df``."""
        return "\n".join(step.to_pandas() for step in self.steps)

    @property
    def deterministic(self) -> bool:
        """Whether the same input always gives the same output."""
        return all(step.deterministic for step in self.steps)

    def others(self) -> tuple[str, ...]:
        """The datasets of the session, by name, that it takes values from besides the table; each once."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.others()))


def _explained(error: ValidationError, steps: Sequence[Mapping[str, Any]]) -> InvalidPlan:
    if not steps:
        return InvalidPlan("The plan has no steps.", "Give at least one transformation.")
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    location = list(first["loc"])
    index = location[1] if len(location) > 1 and isinstance(location[1], int) else 0
    step = steps[index]
    kind = step.get("kind") if isinstance(step, Mapping) else None
    if not isinstance(kind, str):
        return InvalidPlan(
            f"Step {index + 1} does not say its kind.",
            "A step is an object with a 'kind', such as 'drop_nulls'.",
            step=index + 1,
        )
    if kind not in registry:
        near = nearest(kind, registry)
        return InvalidPlan(
            f"Step {index + 1} is of an unknown kind '{kind[:80]}'.",
            f"Did you mean {' or '.join(near)}?" if near else "GET /api/v1/transformations lists the kinds.",
            step=index + 1,
        )
    # Of a field with several types, the location also names the one that was tried.
    path = [str(part) for part in location[3:] if not set(str(part)) & set("[(")]
    where = ".".join(path) or "its parameters"
    what = first["msg"].removeprefix("Value error, ")
    return InvalidPlan(
        f"Step {index + 1} ({kind}): {where}: {what}.",
        f"GET /api/v1/transformations shows the schema of '{kind}'.",
        step=index + 1,
        parameter=where,
    )
