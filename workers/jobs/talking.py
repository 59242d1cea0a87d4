"""What is said of the conversation, done: the head moved along the line, and what there is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import NothingToUndo, PlannerRefusal
from workbench.models import NodeRecord
from workbench.store.protocol import HeadMove
from workbench.transformations import Plan
from workbench.transformations.fields import count, shown
from workers.jobs.again import of_column
from workers.planner.dialogue import About, GoBack, GoOn, Redo, Remark, Same, Undo
from workers.running import Job, Move, Outcome

__all__ = ["once_more", "respond"]

_MOST_COLUMNS = 60  # that are named in an answer
_FEW = 3


def once_more(job: Job, remark: Same, node: NodeRecord) -> tuple[Plan, bool]:
    """Understand "do the same for income" as the last command, of that column.

    Returns:
        The plan, and whether the last command asked, and so this one does.

    Raises:
        PlannerRefusal: If there is no last command, or it was not about one column, or no question where
            another one is asked.
    """
    previous = job.previous()
    if previous is None or previous.result is None:
        raise _refusal("There is no command to do again.", "Say what should happen.")
    asks = bool(previous.result.get("asks"))
    if remark.asked and not asks:
        raise _refusal(
            f"It is not clear what is asked about '{remark.column}': the last command was no question.",
            f"Say 'do the same for {remark.column}' to do that again.",
        )
    made = job.node(previous.result["node_id"])
    before = job.node(made.parents[0])
    plan = of_column(Plan.parse(previous.result["plan"]), _names(before), _names(node), remark.column)
    return plan, asks


def respond(job: Job, remark: Remark, node: NodeRecord, datasets: Mapping[str, NodeRecord]) -> Outcome:
    """Do what a remark asks for.

    Args:
        job: Knows the session's earlier commands and nodes.
        remark: What was said.
        node: The table at hand.
        datasets: The session's datasets.

    Raises:
        PlannerRefusal: If there is nothing that it can speak of.
        NothingToUndo: If the line begins here.
    """
    if isinstance(remark, About):
        return _told(_about(remark.topic, node, datasets), node)
    if job.payload.get("node_id"):
        raise _refusal(
            "The head is moved from where it is, not from a node that is named.", "Leave out the node."
        )
    match remark:
        case Undo():
            return _moved(job, _undone(node, remark.steps), Move(HeadMove.UNDO, remark.steps))
        case Redo():
            again = "Redone" if remark.steps == 1 else f"Redone, {count(remark.steps, 'step')}"
            return _moved(job, again, Move(HeadMove.REDO, remark.steps))
        case GoBack():
            return _back(job, remark, node)
        case GoOn():
            return _on(job, node)
    raise AssertionError(f"nothing is done about {remark}")


def _refusal(reason: str, hint: str) -> PlannerRefusal:
    return PlannerRefusal(reason, hint, words=[], position=0, suggestions=[])


def _names(node: NodeRecord) -> list[str]:
    return [column.name for column in node.manifest.columns]


def _undone(head: NodeRecord, steps: int) -> str:
    if steps > 1:
        return f"Undone, {count(steps, 'step')}"
    return f"Undone: {head.name}" if head.plan else f"Went back from {shown(head.name)}"


def _moved(
    job: Job, sentence: str, move: Move, head: NodeRecord | None = None, to: NodeRecord | None = None
) -> Outcome:
    dry_run = bool(job.payload.get("dry_run"))
    facts: dict[str, Any] = {
        "node_id": to.id if to is not None and not dry_run else None,
        "rows_affected": 0,
        "transformation": sentence,
        "description": sentence,
        "asks": False,
        "head_moved": not dry_run,
        "warnings": [],
        "steps": [],
        "plan": [],
        "code": "",
    }
    if head is not None and to is not None:
        facts |= {"rows_before": head.manifest.rows, "rows_after": to.manifest.rows}
    return Outcome({**facts, "dry_run": True}) if dry_run else Outcome(facts, move=move)


def _back(job: Job, remark: GoBack, head: NodeRecord) -> Outcome:
    """Go back along the line of the head: to its source, or to one side of a step."""
    line = [head]
    while line[-1].parents:
        line.append(job.node(line[-1].parents[0]))
    if not remark.kinds:
        to, sentence = (
            line[-1],
            f"Went back to {shown(line[-1].dataset or line[-1].name)}, before the first command",
        )
    elif remark.last:
        _check_alone(head, remark)
        to, sentence = line[1], f"Undone: {head.name}"
    else:
        at = _step(line, remark)
        to = line[at] if remark.after else line[at + 1]
        sentence = f"Went back to {'after' if remark.after else 'before'}: {line[at].name}"
    if to.id == head.id:
        raise NothingToUndo("The head is there already.", "Check out a node to go elsewhere.")
    return _moved(job, sentence, Move(HeadMove.CHECKOUT, node_id=to.id), head, to)


def _check_alone(head: NodeRecord, remark: GoBack) -> None:
    """Refuse to take back a step that is not all that the last command did."""
    plan = head.plan or []
    if len(plan) == 1 and plan[0]["kind"] in remark.kinds:
        return
    called = remark.called.removeprefix("last ")
    raise _refusal(
        f"The last command is not the {called} alone: {head.name}.",
        f"'undo that' takes back all of it; 'go back to before the last {called}' goes back further.",
    )


def _step(line: list[NodeRecord], remark: GoBack) -> int:
    """Where on the line the step is that is spoken of: the one of its kind, or the last one, if so said."""
    found = [
        at for at, node in enumerate(line) if any(step["kind"] in remark.kinds for step in node.plan or ())
    ]
    if not found:
        raise _refusal(
            f"No step on the way to this table is a '{remark.called}'.",
            "session.nodes shows the steps there are.",
        )
    if len(found) > 1 and not remark.called.startswith("last "):
        names = "; ".join(line[at].name for at in reversed(found))
        raise _refusal(
            f"{len(found)} steps on the way to this table may be meant: {names}.",
            f"Say 'before the last {remark.called}', or check out a node.",
        )
    return found[0]


def _on(job: Job, head: NodeRecord) -> Outcome:
    """Make the last answer the head."""
    previous = job.previous()
    if previous is None or previous.result is None or not previous.result.get("asks"):
        raise _refusal(
            "There is no answer to go on with: the last command moved the table already.",
            "Ask something first, as in: how many rows per city?",
        )
    to = job.node(previous.result["node_id"])
    return _moved(job, f"Going on with: {to.name}", Move(HeadMove.CHECKOUT, node_id=to.id), head, to)


def _told(answer: str, node: NodeRecord) -> Outcome:
    return Outcome(
        {
            "node_id": None,
            "rows_affected": 0,
            "transformation": answer,
            "answer": answer,
            "asks": True,
            "head_moved": False,
            "rows": node.manifest.rows,
            "columns": [{"name": column.name, "dtype": column.dtype} for column in node.manifest.columns],
            "warnings": [],
        }
    )


def _about(topic: str, node: NodeRecord, datasets: Mapping[str, NodeRecord]) -> str:
    columns = node.manifest.columns
    match topic:
        case "rows":
            return f"{count(node.manifest.rows, 'row')}."
        case "width":
            return f"{count(len(columns), 'column')}."
        case "shape":
            return f"{_size(node)}."
        case "columns" | "types":
            named = [f"{shown(column.name)} ({column.dtype})" for column in columns[:_MOST_COLUMNS]]
            more = f" and {len(columns) - _MOST_COLUMNS} more" if len(columns) > _MOST_COLUMNS else ""
            return f"{count(len(columns), 'column')}: {', '.join(named)}{more}."
        case "datasets":
            sizes = ", ".join(f"{shown(name)} ({_size(dataset)})" for name, dataset in datasets.items())
            return f"{count(len(datasets), 'dataset')}: {sizes}."
        case _:
            return _help(node)


def _size(node: NodeRecord) -> str:
    return f"{count(node.manifest.rows, 'row')} × {count(len(node.manifest.columns), 'column')}"


def _help(node: NodeRecord) -> str:
    names = ", ".join(shown(name) for name in _names(node)[:_FEW])
    first = shown(_names(node)[0]) if _names(node) else "a column"
    return (
        f"Say what should happen to the table ('drop rows without {first}, then sort by {first}'), or ask "
        f"about it ('how many rows are there per {first}?'): an answer leaves the table as it is until you "
        "say 'go on with that'. "
        "'undo', 'undo the last two', 'redo' and 'go back to the start' move along what was done; "
        f"'show me the columns' lists {names} and the others. "
        "What each transformation does is in docs/transformations.md."
    )
