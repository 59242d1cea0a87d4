"""Whether a task's data can fit into a worker's memory at all, told before anything is read.

Only what is certain is refused. The estimate is a lower bound: rows times the bytes that each row takes in
the columns that must be read, and in the row positions of a cross join; text counts with its offsets alone,
results not at all. So what is admitted may still run out of memory, and then ends as ``out_of_memory``
where the system says so in time; what is refused could never have been held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import psutil

from workbench.errors import OutOfMemory
from workbench.models import Manifest
from workbench.transformations import Effect, Plan
from workbench.transformations.combine import Join

__all__ = ["crossed_rows", "least_bytes", "machine_memory", "require_memory"]

# Where the kernel tells a container how much it may have: cgroups of version 2 and 1.
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_POSITION_BYTES = 2 * 8  # of a row of a cross join: where it is in the one table, and in the other


def least_bytes(manifest: Manifest, columns: Iterable[str]) -> int:
    """The bytes that columns of a node take in memory, at the least.

    Args:
        manifest: The node's.
        columns: The names of those that are read.
    """
    wanted = set(columns)
    return sum(manifest.rows * _width(column.dtype) for column in manifest.columns if column.name in wanted)


def crossed_rows(plan: Plan, rows: int, others: Mapping[str, int]) -> int:
    """How many rows the first cross join of a plan makes; 0 where there is none, or it cannot be known.

    Args:
        plan: The plan.
        rows: How many the table has.
        others: How many the other datasets have, by name.
    """
    for step in plan.steps:
        if isinstance(step, Join) and step.how == "cross":
            return rows * others[step.dataset]
        if step.acts_as() is not Effect.COLUMNS:  # it may leave any number of rows
            return 0
    return 0


def require_memory(what: str, least: int, crossed: int, budget: int) -> None:
    """Refuse what can never fit.

    Args:
        what: What is to be read, as the beginning of a sentence.
        least: The bytes that are read, at the least.
        crossed: The rows that a cross join makes of it.
        budget: The bytes that a worker may use; 0 for those of the machine or container.

    Raises:
        OutOfMemory: It takes more than the budget, with both numbers.
    """
    needed, budget = least + crossed * _POSITION_BYTES, budget or machine_memory()
    if needed <= budget:
        return
    made = f", and {crossed:,} rows made of them," if crossed else ""
    raise OutOfMemory(
        f"{what}{made} take at least {_shown(needed)} of memory, and a worker has {_shown(budget)}.",
        "Work on fewer rows or columns, or on a machine with more memory (see WORKBENCH_MEMORY_BYTES).",
        needed=needed,
        budget=budget,
    )


@cache
def machine_memory() -> int:
    """All that a process may hope for: of the machine or its container, with swap.

    It is not divided among the worker's children, for one of them has all of it while the others rest.
    """
    limits = [psutil.virtual_memory().total, *(limit for path in _LIMITS if (limit := _limit(path)))]
    return int(min(limits) + psutil.swap_memory().total)


def _limit(path: Path) -> int:
    try:
        text = path.read_text().strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0  # "max": none


@cache
def _width(name: str) -> int:
    """The bytes of one value, at the least; 0 for what is not known."""
    if name in {"str", "string", "object"}:
        return 4
    if name == "category":
        return 1
    try:
        dtype = pd.api.types.pandas_dtype(name)
    except TypeError:
        return 0
    if isinstance(dtype, pd.ArrowDtype):  # booleans take a bit, nested values their children's room
        return 0
    width: int = getattr(dtype, "itemsize", 0)
    return width


def _shown(size: int) -> str:
    return f"{size / 1024**3:,.1f} GiB" if size >= 1024**3 else f"{size / 1024**2:,.1f} MiB"
