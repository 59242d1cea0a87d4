"""Say in plain words what should happen to your data; keep every version, with the plan that made it.

::

    from workbench import Workbench

    wb = Workbench()
    session = wb.open("flights.csv")
    session.chat("remove rows where dep_delay is null").result()
    session.df
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = [
    "IngestOptions",
    "Node",
    "Plan",
    "Result",
    "Session",
    "Task",
    "Workbench",
    "WorkbenchError",
    "col",
    "errors",
]

if TYPE_CHECKING:
    from workbench import errors
    from workbench.client import Workbench
    from workbench.errors import WorkbenchError
    from workbench.ingest_options import IngestOptions
    from workbench.node import Node
    from workbench.session import Session
    from workbench.status import Result
    from workbench.task import Task
    from workbench.transformations import Plan, col

_HOMES = {
    "IngestOptions": "workbench.ingest_options",
    "Node": "workbench.node",
    "Plan": "workbench.transformations",
    "Result": "workbench.status",
    "Session": "workbench.session",
    "Task": "workbench.task",
    "Workbench": "workbench.client",
    "WorkbenchError": "workbench.errors",
    "col": "workbench.transformations",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: a worker needs no client, a client no catalogue."""
    if name == "errors":
        return importlib.import_module("workbench.errors")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted({*globals(), *__all__})
