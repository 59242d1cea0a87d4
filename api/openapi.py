"""What the OpenAPI document says of errors, tags and operation names."""

from __future__ import annotations

from typing import Any

from fastapi.routing import APIRoute

from api.problems import PROBLEM_JSON
from workbench.errors import (
    HostNotAllowed,
    InternalError,
    InvalidParameter,
    MalformedJson,
    RequestTooLarge,
    StoreFull,
    Unauthorized,
    Unavailable,
    WorkbenchError,
)

__all__ = ["DESCRIPTION", "OF_BODIES", "TAGS", "operation_id", "problems"]

OF_BODIES = (MalformedJson, RequestTooLarge)
"""What may be wrong with any JSON body."""

DESCRIPTION = """\
Say in plain words what should happen to a table; follow it as a task; read the result as a new,
immutable node of the session's lineage.

**A command** is a task: a submission answers 202 with a `task_id`; `GET /api/v1/tasks/{task_id}` says how
far it is, and waits for news with `?wait=SECONDS`; `GET /api/v1/tasks/{task_id}/result` says how it ended.
A session's commands apply in the order of their submission.

**Errors** are `application/problem+json` (RFC 9457) with a stable `code`, a sentence in `detail` and a
`hint`.

**Lists** answer `{items, next}`; pass `next` as `after` to read on.
"""

TAGS = [
    {"name": "sessions", "description": "One analyst's piece of work: datasets, nodes, and a head."},
    {"name": "datasets", "description": "Files become source nodes."},
    {"name": "commands", "description": "What should happen to the data, in words or as a plan; undo, redo."},
    {"name": "nodes", "description": "Immutable versions of a dataset: rows, data, profile, recipe, diff."},
    {"name": "tasks", "description": "How far a command is, and how it ended."},
    {"name": "catalogue", "description": "The transformations that there are."},
    {"name": "auth", "description": "How to sign in."},
    {"name": "health", "description": "Liveness, readiness and metrics."},
]

_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "hint"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "one sentence: what was wrong, and where"},
        "code": {"type": "string", "description": "stable; for programs"},
        "hint": {"type": "string", "description": "one sentence: what to do about it"},
        "instance": {"type": "string"},
        "details": {"type": "object", "description": "facts for programs"},
    },
}


def problems(*kinds: type[WorkbenchError]) -> dict[int | str, dict[str, Any]]:
    """Document the errors of an operation, beside those that every operation may answer.

    Args:
        kinds: The classes of its errors.
    """
    common: tuple[type[WorkbenchError], ...] = (
        Unauthorized,
        HostNotAllowed,
        InvalidParameter,
        Unavailable,
        StoreFull,
        InternalError,
    )
    by_status: dict[int, list[type[WorkbenchError]]] = {}
    for kind in kinds + common:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _documented(found) for status, found in sorted(by_status.items())}


def _documented(kinds: list[type[WorkbenchError]]) -> dict[str, Any]:
    examples = {
        kind.code: {
            "value": {
                "type": f"urn:workbench:problem:{kind.code}",
                "code": kind.code,
                "title": kind.title,
                "status": kind.status,
                "detail": (kind.__doc__ or kind.title).partition("\n")[0],
                "hint": "",
            }
        }
        for kind in kinds
    }
    return {
        "description": "; or ".join(dict.fromkeys(kind.title for kind in kinds)),
        "content": {PROBLEM_JSON: {"schema": _SCHEMA, "examples": examples}},
    }


def operation_id(route: APIRoute) -> str:
    """Name an operation by its function, so that generated clients read well."""
    return route.name
