"""The commands that the grammar was not written for: what is made of each, beside what was meant.

``tests/planner/held_back/*.toml`` is in the form of ``planner_commands``, one sentence an entry. An entry may
give other plans that mean the same (``or``), or be one that must be refused or asked about (``refuse``). A
name that begins with ``*`` stands for any: that of a column which the sentence does not name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.planner_commands import FOLDER, as_plan, as_table
from workbench.transformations import Plan
from workers.planner import Tables

__all__ = ["HeldBack", "held_back"]

_FOLDER = FOLDER / "held_back"


@dataclass(frozen=True)
class HeldBack:
    """One sentence, and what it means; no plan: what may not be done.

    Args:
        family: The file that it is in.
        text: What was said.
        tables: What it may speak of.
        plans: The plans that it may mean.
    """

    family: str
    text: str
    tables: Tables
    plans: tuple[Plan, ...]

    def is_right(self, found: Plan | None) -> bool:
        """Whether it was read as it is meant; what may not be done, whether it was not read."""
        if found is None:
            return not self.plans
        steps = _as_one(found.to_json())
        return any(_same(_as_one(meant.to_json()), steps) for meant in self.plans)


def held_back() -> Iterator[HeldBack]:
    """Every sentence that was held back."""
    schemas = tomllib.loads((_FOLDER / "schemas.toml").read_text(encoding="utf-8"))
    for file in sorted(_FOLDER.glob("*.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("command", []):
            meant = [] if entry.get("refuse") else [entry["plan"], *entry.get("or", [])]
            name = entry["table"]
            yield HeldBack(
                file.stem,
                entry["say"],
                Tables(as_table(name, schemas[name])),
                tuple(as_plan(steps) for steps in meant),
            )


def _as_one(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write "in an order, the first of them" as the first in that order: the rows are the same."""
    found: list[dict[str, Any]] = []
    for step in steps:
        before = found[-1] if found else {}
        if step["kind"] == "head" and before.get("kind") == "sort" and before["nulls"] == "last":
            first = Plan.parse([{"kind": "top_n", "n": step["n"], "order_by": before["by"]}])
            found[-1:] = first.to_json()
        else:
            found.append(step)
    return found


def _same(meant: Any, found: Any) -> bool:
    match meant:
        case str() if meant.startswith("*"):
            return found is None or isinstance(found, str)
        case dict():
            names = {*meant, *(found if isinstance(found, dict) else ())}
            return isinstance(found, dict) and all(
                name in meant and _same(meant[name], found.get(name)) for name in names
            )
        case list():
            return (
                isinstance(found, list)
                and len(meant) == len(found)
                and all(_same(one, other) for one, other in zip(meant, found, strict=True))
            )
    return bool(meant == found)
