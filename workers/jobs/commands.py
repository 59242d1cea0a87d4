"""Commands: a message or a plan becomes a node."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from workbench.errors import NodeNotFound, SessionEmpty, UnknownDataset
from workbench.explanation import Explanation
from workbench.models import NodeRecord, StepReport
from workbench.store.protocol import Inputs
from workbench.transformations import Plan, Transformation
from workers.admission import crossed_rows, least_bytes, require_memory
from workers.confined import check_node
from workers.engine import check, needs, needs_of, run
from workers.faults import passing
from workers.frames.blocks import read_table
from workers.frames.convert import frame_to_table, load_needed, table_to_frame
from workers.frames.rows import table_rows
from workers.jobs.answers import answered
from workers.jobs.nodes import fingerprint, make_node
from workers.jobs.sharing import Shares, is_rewritten, share
from workers.jobs.talking import once_more, respond
from workers.planner import Table, TableColumn, Tables, understand
from workers.planner.dialogue import Remark, Same, heard
from workers.running import Job, Outcome

__all__ = ["apply_plan", "chat"]

# Progress in percent at the beginning of each stage.
_PLANNING, _READING, _APPLYING, _WRITING, _SAVING = 2, 5, 25, 75, 95
_PREVIEW_ROWS = 10
_DRY_RUN_ROWS = 10_000
# A table up to this size shows a wrong step as soon by the run itself as by a check beforehand.
_SMALL_ROWS = 10_000
# What becomes of the head, for whoever reads a result.
_MOVED = {"asks": False, "head_moved": True}
_STAYED = {"asks": False, "head_moved": False}


@dataclass(frozen=True)
class _Made:
    """What a plan made, told once for results of every kind."""

    plan: Plan
    steps: tuple[StepReport, ...]
    rows_before: int
    rows_after: int

    def facts(self) -> dict[str, Any]:
        """The result, as the API answers it."""
        changes = [step.change for step in self.steps]
        added = _ordered(name for change in changes for name in change.columns_added)
        removed = _ordered(name for change in changes for name in change.columns_removed)
        return {
            "rows_affected": _rows_affected(self),
            "transformation": "; ".join(step.outcome for step in self.steps),
            "rows_before": self.rows_before,
            "rows_after": self.rows_after,
            "rows_removed": sum(change.rows_removed for change in changes),
            "rows_added": sum(change.rows_added for change in changes),
            "columns_added": [name for name in added if name not in removed],
            "columns_removed": [name for name in removed if name not in added],
            "columns_changed": _ordered(
                name for change in changes for name in (*change.cells_changed, *change.columns_retyped)
            ),
            "steps": [step.model_dump(mode="json") for step in self.steps],
            "plan": self.plan.to_json(),
            "description": self.plan.describe(),
            "code": self.plan.to_pandas(),
            "warnings": self._warnings(),
        }

    def _warnings(self) -> list[str]:
        """The warnings of all steps; of several, each says which it is of."""
        if len(self.steps) == 1:
            return list(self.steps[0].warnings)
        return [
            f"{step.description}: {warning[:1].lower()}{warning[1:]}"
            for step in self.steps
            for warning in step.warnings
        ]


def chat(job: Job) -> Outcome:
    """Plan a message, and apply the plan. What it makes of a question is beside the line: the head stays.

    What is said of the line itself moves the head; what is asked of the table as a whole is told at once.

    Args:
        job: Its payload holds ``message``, and may hold ``node_id`` and ``dry_run``.

    Raises:
        PlannerRefusal: If the message is not understood.
        DataError: If the data do not allow it.
    """
    job.report(_PLANNING, "planning", "Planning")
    found = _found(job)
    message = str(job.payload["message"])
    tables = _tables(found)
    remark = heard(message, tables)
    if remark is not None:
        return _explained(_remarked(job, found, message, remark), None)
    understood = understand(message, tables, now=job.task.created_at)
    outcome = _apply(job, found, understood.plan, message)
    if understood.asks:
        outcome = answered(job, outcome, understood.plan, commands_first=understood.commands_first)
    return _explained(outcome, understood.explanation)


def _remarked(job: Job, found: _Found, message: str, remark: Remark) -> Outcome:
    """Do what is said of the line, or tell what is asked of the table as a whole."""
    if not isinstance(remark, Same):
        return respond(job, remark, found.parent, found.inputs.datasets)
    steps, asks = once_more(job, remark, found.parent)
    outcome = _apply(job, found, steps, message)
    return answered(job, outcome, steps) if asks else outcome


def apply_plan(job: Job) -> Outcome:
    """Apply a plan.

    Args:
        job: Its payload holds ``plan``, and may hold ``node_id`` and ``dry_run``.

    Raises:
        InvalidPlan: If the plan is not one.
        UnknownDataset: If the session has no dataset that the plan names.
        DataError: If the data do not allow it.
    """
    job.report(_PLANNING, "planning", "Checking the plan")
    return _explained(_apply(job, _found(job), Plan.parse(job.payload["plan"]), None), None)


def _explained(outcome: Outcome, explanation: Explanation | None) -> Outcome:
    """Say in the result how the message was understood: also where its node was there before."""
    facts = None if explanation is None else explanation.model_dump(mode="json")
    return replace(outcome, result={**outcome.result, "explanation": facts})


@dataclass(frozen=True)
class _Found:
    """What the command works on, and the node among it that it applies to."""

    inputs: Inputs
    parent: NodeRecord


def _found(job: Job) -> _Found:
    inputs = job.inputs
    if inputs is None or inputs.node is None:
        if named := job.payload.get("node_id"):
            raise NodeNotFound.of(str(named))
        raise SessionEmpty("The session has no data to work on.", "Open a file first.")
    return _Found(inputs, check_node(job.task, inputs.node))


def _tables(found: _Found) -> Tables:
    others = {name: _table(name, node) for name, node in found.inputs.datasets.items()}
    # People call the rows of a table by the name of the dataset that it began as.
    origin = found.inputs.origin or next(iter(others), "table")
    return Tables(current=_table(origin, found.parent), others=others)


def _table(name: str, node: NodeRecord) -> Table:
    columns = node.manifest.columns
    return Table(name, tuple(TableColumn(c.name, c.dtype, node.values.get(c.name, ())) for c in columns))


def _apply(job: Job, found: _Found, steps: Plan, message: str | None) -> Outcome:
    parent, manifest = found.parent, found.parent.manifest
    others = _others(job, found, steps)
    names = {name: _names(node) for name, node in others.items()}
    wanted = needs(steps, _names(parent), names)
    if manifest.rows > _SMALL_ROWS:
        empty = {n: table_to_frame(read_table(job.blobs, o.manifest, limit=0)) for n, o in others.items()}
        check(steps, load_needed(job.blobs, manifest, wanted.reads, limit=0), empty)
    if job.payload.get("dry_run"):
        return _preview(job, parent, others, steps)
    made_of = [parent.fingerprint, *(node.fingerprint for node in others.values())]
    known = fingerprint(made_of, steps.to_json()) if steps.deterministic else None
    if known and (there := found.inputs.made.get(known)):
        return _reuse(parent, job.node(there), steps)
    rewritten = is_rewritten(wanted, manifest)
    reads = wanted.with_carried() if rewritten else wanted.reads
    _admit(job, parent, reads, others, steps)
    job.report(_READING, "reading", f"Reading {manifest.rows:,} rows")
    frame = load_needed(job.blobs, manifest, reads)
    passing("read")
    ran = run(steps, frame, others=_load_others(job, others, steps), on_step=partial(_on_step, job))
    passing("applied")
    job.report(_WRITING, "writing", f"Writing {len(ran.frame):,} rows")
    made = _Made(steps, ran.steps, len(frame), len(ran.frame))
    result, shares = (ran.frame, Shares()) if rewritten else share(job.blobs, manifest, wanted, frame, ran)
    node = make_node(
        job,
        result,
        name=steps.describe(),
        parent=parent,
        others=tuple(others.values()),
        shares=shares,
        # What depends on chance is a node of its own each time.
        known_as=known or fingerprint(made_of, steps.to_json(), job.task.id),
        plan=steps.to_json(),
        message=message,
        steps=ran.steps,
    )
    passing("written")
    job.report(_SAVING, "saving", "Saving")
    return Outcome({"node_id": node.id, **made.facts(), **_MOVED, "reused": False}, node)


def _admit(
    job: Job, parent: NodeRecord, reads: AbstractSet[str], others: Mapping[str, NodeRecord], steps: Plan
) -> None:
    """Refuse what can never fit into memory, before it is read."""
    least = least_bytes(parent.manifest, reads)
    for name, node in others.items():
        least += least_bytes(node.manifest, needs_of(steps, name, _names(node)))
    rows = {name: node.manifest.rows for name, node in others.items()}
    crossed = crossed_rows(steps, parent.manifest.rows, rows)
    require_memory(f"The {parent.manifest.rows:,} rows to be read", least, crossed, job.memory_bytes)


def _others(job: Job, found: _Found, steps: Plan) -> dict[str, NodeRecord]:
    """The source nodes of the other datasets that a plan names."""
    datasets = found.inputs.datasets
    for name in steps.others():
        if name not in datasets:
            raise UnknownDataset.among(name, datasets)
    return {name: check_node(job.task, datasets[name]) for name in steps.others()}


def _names(node: NodeRecord) -> list[str]:
    return [column.name for column in node.manifest.columns]


def _load_others(job: Job, others: Mapping[str, NodeRecord], steps: Plan) -> dict[str, pd.DataFrame]:
    """The other datasets, with the columns that a plan looks at."""
    return {
        name: load_needed(job.blobs, node.manifest, needs_of(steps, name, _names(node)))
        for name, node in others.items()
    }


def _on_step(job: Job, index: int, total: int, step: Transformation) -> None:
    job.report(
        _APPLYING + (_WRITING - _APPLYING) * index // total,
        "applying",
        f"Applying step {index + 1} of {total}: {step.describe()}",
    )


def _reuse(parent: NodeRecord, there: NodeRecord, steps: Plan) -> Outcome:
    made = _Made(steps, there.steps, parent.manifest.rows, there.manifest.rows)
    return Outcome({"node_id": there.id, **made.facts(), **_MOVED, "reused": True}, there)


def _preview(job: Job, parent: NodeRecord, others: Mapping[str, NodeRecord], steps: Plan) -> Outcome:
    job.report(_READING, "reading", "Reading a sample")
    frame = table_to_frame(read_table(job.blobs, parent.manifest, limit=_DRY_RUN_ROWS))
    # Of a table that is looked up in, a part would make another result.
    ran = run(steps, frame, others=_load_others(job, others, steps), on_step=partial(_on_step, job))
    shown = table_rows(frame_to_table(ran.frame.head(_PREVIEW_ROWS)))
    columns = [{"name": str(name), "dtype": str(dtype)} for name, dtype in ran.frame.dtypes.items()]
    made = _Made(steps, ran.steps, len(frame), len(ran.frame))
    return Outcome(
        {
            "dry_run": True,
            "node_id": None,
            **made.facts(),
            **_STAYED,
            "preview": {"columns": columns, "rows": shown},
            "sampled": parent.manifest.rows > _DRY_RUN_ROWS,
            "reused": False,
        }
    )


def _rows_affected(made: _Made) -> int:
    moved = abs(made.rows_before - made.rows_after)
    return moved or max((step.change.rows_affected for step in made.steps), default=0)


def _ordered(names: Any) -> list[str]:
    return list(dict.fromkeys(names))
