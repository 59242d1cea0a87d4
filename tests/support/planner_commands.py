"""The planner's commands: their tables, what they say, and the plans they mean, read from TOML.

A plan is written as its JSON form, with conditions and expressions abbreviated:

- condition: ``["price", ">", 10]``, ``["email", "null"]``, ``["and", c, c]``, ``["not", c]``,
  ``["city", "in", ["a", "b"]]``, ``["price", "between", 1, 5]``, ``["name", "contains", "x"]``
  (``contains~``: in any case);
- expression: a column's name, a number, or ``["*", left, right]``;
- value: a number, a text, or ``"@2013-01-01"`` for a point in time; a replacement without ``new`` is by null.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench.transformations import Plan
from workers.planner import Table, TableColumn, Tables

FOLDER = Path(__file__).parent.parent / "planner"
_ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
_COMPARISONS = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


@dataclass(frozen=True)
class Command:
    """One way to say one thing."""

    file: str
    table: str
    text: str
    plan: Plan
    read: bool  # False: not read yet; then it must be refused, never misread
    whole: bool = False  # what it means depends on which columns there are, and where


@dataclass(frozen=True)
class Refusal:
    """One thing to say that must not be read, and what is known of its error."""

    table: str
    text: str
    facts: dict[str, Any]


@cache
def tables(name: str) -> Tables:
    """The table of that name in ``schemas.toml``, and the other datasets there, for every command."""
    schemas = _schemas()
    others = {other: as_table(other, columns) for other, columns in schemas["others"].items()}
    return Tables(as_table(name, schemas[name]), others)


@cache
def _schemas() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "schemas.toml").read_text(encoding="utf-8"))


def as_table(name: str, schema: dict[str, Any]) -> Table:
    """A table of a ``schemas.toml``."""
    columns = []
    for column, facts in schema.items():
        dtype, *values = facts if isinstance(facts, list) else [facts]
        columns.append(TableColumn(column, dtype, tuple(values)))
    return Table(name, tuple(columns))


@cache
def commands() -> tuple[Command, ...]:
    """Every command of ``commands/*.toml``."""
    return tuple(_commands())


def _commands() -> Iterator[Command]:
    for file in sorted((FOLDER / "commands").glob("*.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("command", []):
            plan = as_plan(entry["plan"])
            for text in entry["say"]:
                yield Command(file.stem, entry["table"], text, plan, True, entry.get("whole", False))
            for text in entry.get("not_yet", []):
                yield Command(file.stem, entry["table"], text, plan, read=False)


def refusals() -> tuple[Refusal, ...]:
    """Everything that must not be read."""
    return tuple(
        Refusal(entry["table"], text, entry)
        for file in sorted(FOLDER.glob("*.toml"))
        for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("refusal", [])
        for text in entry["say"]
    )


def as_plan(steps: list[dict[str, Any]]) -> Plan:
    """The plan that is written in short."""
    return Plan.parse([_step(step) for step in steps])


def _step(step: dict[str, Any]) -> dict[str, Any]:
    step = dict(step)
    if "where" in step:
        step["where"] = _condition(step["where"])
    if step["kind"] == "replace":
        step["values"] = [{"new": None, **value} for value in step["values"]]
    if "cases" in step:
        step["cases"] = [{**case, "where": _condition(case["where"])} for case in step["cases"]]
    if "expression" in step:
        step["expression"] = _expression(step["expression"])
    return step


def _condition(short: list[Any] | dict[str, Any]) -> dict[str, Any]:
    match short:
        case dict():
            return short
        case [("and" | "or") as op, *parts]:
            return {"op": op, "conditions": [_condition(part) for part in parts]}
        case ["not", list() as part]:
            return {"op": "not", "condition": _condition(part)}
        case [column, "null"]:
            return {"op": "is_null", "column": column}
        case [column, "not null"]:
            return _condition(["not", [column, "null"]])
        case [column, "in", values]:
            return {"op": "in", "column": column, "values": [_value(value) for value in values]}
        case [operand, "between", low, high]:
            return {
                "op": "between",
                "operand": _expression(operand),
                "low": _operand(low),
                "high": _operand(high),
            }
        case [column, op, text] if op.rstrip("~") in {"contains", "startswith", "endswith"}:
            return {"op": op.rstrip("~"), "column": column, "text": text, "case": not op.endswith("~")}
        case [left, op, right]:
            return {"op": _COMPARISONS[op], "left": _expression(left), "right": _operand(right)}
    raise ValueError(f"not a condition: {short}")


def _value(value: Any) -> Any:
    return {"timestamp": value[1:]} if isinstance(value, str) and value.startswith("@") else value


def _operand(short: Any) -> dict[str, Any]:
    """The right side of a comparison: a value, or an expression in a list."""
    if isinstance(short, list):
        return {"column": short[1]} if short[0] == "column" else _expression(short)
    value = _value(short)
    return value if isinstance(value, dict) else {"value": value}


def _expression(short: Any) -> dict[str, Any]:
    match short:
        case [op, left, right]:
            return {"op": _ARITHMETIC[op], "left": _expression(left), "right": _expression(right)}
        case str():
            return {"column": short}
        case dict():
            return short
        case _:
            return {"value": short}
