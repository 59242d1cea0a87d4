"""Answers: what a question's small table says, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.models import NodeRecord
from workbench.notebook.table import cell_text
from workbench.transformations import Effect, Group, Plan, Transformation, ValueCounts
from workbench.transformations.fields import count, shown
from workers.frames.blocks import read_table
from workers.frames.rows import table_rows
from workers.running import Job, Outcome

__all__ = ["answer", "answered"]

_SHOWN_ROWS = 10
_ALL_ROWS, _FIRST_ROWS = 5, 3  # so many are said in full; of more, the first ones
_MOST_COLUMNS = 4  # of a table that is said row by row
_MOST_FACTS = 6  # values of a few wide rows
_LONGEST = 60  # characters of a value in a sentence
_HUGE = 1e15  # from here on a float does not know its last digits
_ASIDE = (
    "The table stays as it is: what was said before the question holds for its answer alone. "
    'Say "go on with that" to keep it.'
)


def answered(job: Job, outcome: Outcome, plan: Plan, *, commands_first: bool = False) -> Outcome:
    """Make the answer to a question of what came of its plan; the head stays.

    Args:
        job: Reads the blocks of the node.
        outcome: What the plan made.
        plan: The question.
        commands_first: Whether commands stand before it, which hold for the answer alone.
    """
    facts: dict[str, Any] = {**outcome.result, "asks": True, "head_moved": False}
    if commands_first:
        facts["warnings"] = [*facts["warnings"], _ASIDE]
    total = facts["rows_after"]
    preview = facts.get("preview") if outcome.node is None else _first_rows(job, outcome.node)
    if preview is not None and not facts.get("sampled"):
        names = [column["name"] for column in preview["columns"]]
        facts["answer"] = answer(plan, names, preview["rows"], total, facts["rows_before"])
        if len(names) * len(preview["rows"]) > 1:  # one value stands in the sentence
            facts["preview"] = {**preview, "total": total}
    return replace(outcome, result=facts, move_head=False)


def _first_rows(job: Job, node: NodeRecord) -> dict[str, Any]:
    columns = [{"name": column.name, "dtype": column.dtype} for column in node.manifest.columns]
    return {
        "columns": columns,
        "rows": table_rows(read_table(job.blobs, node.manifest, limit=_SHOWN_ROWS)),
    }


def answer(plan: Plan, names: Sequence[str], rows: Sequence[Sequence[Any]], total: int, before: int) -> str:
    """Say what a table says that answers a question.

    Args:
        plan: What made it.
        names: Its columns.
        rows: Its first rows, as JSON has them.
        total: How many rows it has.
        before: How many rows the table has that was asked about.

    Returns:
        A sentence with the value, where there is one; the rows, where they are few and narrow; else how
        many there are.

    Example:
        >>> counted = Plan.parse([{"kind": "value_counts", "columns": ["carrier"]}])
        >>> answer(counted, ["carrier", "count"], [["UA", 58665], ["AA", 32729]], 2, 91394)
        'UA (58,665), AA (32,729).'
    """
    made = next((step for step in reversed(plan.steps) if step.acts_as() is Effect.TABLE), None)
    if not rows:
        return "No rows."
    if isinstance(made, Group) and not made.by and len(rows) == 1:
        return _summary(made, dict(zip(names, rows[0], strict=True)))
    measures = _measures(made)
    if len(names) <= _MOST_COLUMNS:
        return _listed(names, rows, total, measures)
    many = f"{total:,} of {count(before, 'row')}" if made is None and total < before else count(total, "row")
    if total > _FIRST_ROWS:
        return f"{many}."
    told = "; ".join(_told(plan, names, row, measures, most=_MOST_FACTS // total) for row in rows)
    return f"{many}: {told}."


def _measures(made: Transformation | None) -> frozenset[str]:
    """The columns that hold what was counted or computed, and not what it was counted of."""
    match made:
        case Group():
            return frozenset(aggregation.name for aggregation in made.aggregations)
        case ValueCounts():
            return frozenset({made.name})
        case _:
            return frozenset()


def _summary(made: Group, row: Mapping[str, Any]) -> str:
    """Say what was computed of the whole table."""
    there = [aggregation for aggregation in made.aggregations if aggregation.name in row]
    if [aggregation.column for aggregation in there] == [None]:
        return f"{count(row[there[0].name], 'row')}."
    told = []
    for aggregation in there:
        what = aggregation.describe().replace("mean of", "average of", 1)
        value = row[aggregation.name]
        told.append(
            f"there is no {what}, for want of values" if value is None else f"the {what} is {_number(value)}"
        )
    sentence = ", ".join(told[:-1]) + (" and " if told[1:] else "") + told[-1] if told else "1 row"
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _listed(names: Sequence[str], rows: Sequence[Sequence[Any]], total: int, measures: frozenset[str]) -> str:
    most = total if total <= _ALL_ROWS else _FIRST_ROWS
    said = []
    for row in rows[:most]:
        first, *others = (_said(name, value, measures) for name, value in zip(names, row, strict=True))
        said.append(f"{first} ({', '.join(others)})" if others else first)
    more = f" and {total - most:,} more" if total > most else ""
    return f"{', '.join(said)}{more}."


def _told(
    plan: Plan, names: Sequence[str], row: Sequence[Any], measures: frozenset[str], *, most: int
) -> str:
    """Say some of what a wide row holds: first the columns that the question is about."""
    about = {name for step in plan.steps for name in step.reads(names)}
    facts = sorted(zip(names, row, strict=True), key=lambda fact: fact[0] not in about)
    return ", ".join(f"{shown(name)} {_said(name, value, measures)}" for name, value in facts[:most])


def _said(name: str, value: Any, measures: frozenset[str]) -> str:
    text = _number(value) if name in measures else cell_text(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _number(value: Any) -> str:
    """Write what was computed: with separators, and no more digits than are read.

    Example:
        >>> _number(58665), _number(12.639070257), _number(1234567.891), _number(2.0), _number("Paris")
        ('58,665', '12.6391', '1,234,567.89', '2', 'Paris')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return cell_text(value)
    if isinstance(value, int) or (value.is_integer() and abs(value) < _HUGE):
        return f"{int(value):,}"
    return f"{value:,.2f}" if 1_000 <= abs(value) < _HUGE else f"{value:.6g}"
