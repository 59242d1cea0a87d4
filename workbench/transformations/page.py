"""Writes the documentation of the catalogue: ``python -m workbench.transformations.page > FILE``."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from typing import Any, get_args

from workbench.transformations import conditions
from workbench.transformations.catalogue import catalogue, families
from workbench.transformations.expressions import OPERATORS

__all__ = ["page"]

_INTRODUCTION = """\
# Transformations

Everything that a command can do to a table. A chat message is turned into a plan, which is a list of these
steps; `session.apply(...)` and `POST /api/v1/sessions/{id}/transformations` take the same plan, as objects
and as JSON. Each entry shows a message, the step that it means, and that step as pandas, where `df` is the
table.

This page is written by `python -m workbench.transformations.page`.
"""

_CONDITIONS = """\
## Conditions and expressions

`where` takes a condition, `expression` an expression: small trees, written as JSON or with `col`:

```python
from workbench.transformations import Filter, col

Filter(where=(col("price") * col("quantity") > 100) & ~col("city").isin(["Paris", "Rome"]))
```

An expression is `{"column": name}`, `{"value": value}`, `{"timestamp": ISO 8601}`, or arithmetic:
`{"op", "left", "right"}` with {arithmetic}. A timestamp without an offset is local to the zone of the column
that it meets. A comparison with a null is false, and true for `ne`.

| condition | |
| --- | --- |
"""

_EFFECTS = {
    "columns": "Rows stay in place.",
    "rows": "Rows are chosen, ordered or repeated.",
    "table": "The table is new.",
}


def page() -> str:
    """Write the page, as Markdown."""
    parts = [_INTRODUCTION]
    for family, says in families().items():
        parts.append(f"## {says.splitlines()[0].rstrip('.')}\n")
        parts += [_section(entry) for entry in catalogue() if entry["family"] == family]
    return "\n".join([*parts, _conditions()])


def _section(entry: dict[str, Any]) -> str:
    (step,) = entry["plan"]
    return "\n".join(
        [
            f"### {entry['kind']}\n",
            f"`{entry['title']}` · {entry['description']} {_EFFECTS[entry['effect']]}\n",
            f"> {entry['example']}\n",
            f"```json\n{_json(step)}\n```\n",
            f"```python\n{entry['code']}\n```\n",
            "| parameter | type | default | |",
            "| --- | --- | --- | --- |",
            *_parameters(entry["schema"], entry["schema"].get("$defs", {})),
            "",
        ]
    )


def _parameters(schema: dict[str, Any], known: dict[str, Any], within: str = "") -> Iterator[str]:
    for name, field in schema["properties"].items():
        if name == "kind":
            continue
        default = _default(field, name in schema.get("required", []))
        yield f"| `{within}{name}` | {_type(field)} | {default} | {field.get('description', '')} |"
        part = field.get("items", {}).get("$ref", "").rpartition("/")[2]
        if part:
            yield from _parameters(known[part], known, f"{within}{name}[].")


def _json(step: dict[str, Any]) -> str:
    line = json.dumps(step)
    return line if len(line) <= _WIDTH else json.dumps(step, indent=2)


_WIDTH = 110


def _default(field: dict[str, Any], required: bool) -> str:
    if required:
        return "required"
    return f"`{json.dumps(field['default'])}`" if field.get("default") is not None else ""


_PLAIN = {"string": "text", "integer": "whole number", "object": "object, text by text"}


def _type(field: dict[str, Any]) -> str:
    """Write a JSON schema in a few words."""
    match field:
        case {"$ref": str(ref)}:
            return {"SortKey": "sort key"}.get(name := ref.rpartition("/")[2], name.lower())
        case {"enum": list(values)}:
            return ", ".join(f"`{value}`" for value in values)
        case {"oneOf": list(options)}:
            return "condition" if {"$ref": "#/$defs/Compare"} in options else "expression"
        case {"anyOf": list(options)}:
            return " or ".join(_type(option) for option in options if option != {"type": "null"})
        case {"type": "array", "items": dict(items)}:
            return f"list of {_type(items)}"
        case _:
            plain = str(field["type"])
            return _PLAIN.get(plain, plain)


def _conditions() -> str:
    arithmetic = ", ".join(f"`{op}`" for op in OPERATORS)
    rows = [_condition(kind) for kind in conditions.KINDS]
    return _CONDITIONS.replace("{arithmetic}", arithmetic) + "\n".join(rows) + "\n"


def _condition(kind: type[conditions.Condition]) -> str:
    ops = ", ".join(f"`{op}`" for op in get_args(kind.model_fields["op"].annotation))
    fields = ", ".join(f"`{name}`" for name in kind.model_fields if name != "op")
    return f"| {ops}: {fields} | {(inspect.getdoc(kind) or '').splitlines()[0]} |"


if __name__ == "__main__":
    sys.stdout.write(page())
