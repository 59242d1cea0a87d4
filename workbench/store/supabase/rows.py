"""Rows, as PostgREST and our SQL functions give them, as records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic_core import PydanticSerializationError, from_json

from workbench.errors import NotFound
from workbench.ids import is_id
from workbench.models import NodeRecord, SessionRecord, TaskRecord
from workbench.store import refusals
from workbench.store.protocol import Committed, Inputs, Page

__all__ = [
    "LARGEST_PAGE",
    "SESSION_COLUMNS",
    "TASK_COLUMNS",
    "known",
    "node_json",
    "one_more",
    "page",
    "to_committed",
    "to_inputs",
    "to_node",
    "to_session",
    "to_task",
]

T = TypeVar("T", SessionRecord, NodeRecord, TaskRecord)
Row = Mapping[str, Any]

LARGEST_PAGE = 500
"""Projects answer with 1,000 rows at most and say nothing of the others: a page stays well below."""

_SESSION = ("id", "owner", "name", "head", "can_undo", "can_redo", "datasets")
_SESSION_TIMES = ("created_at", "updated_at")
_TASK = (
    *("id", "owner", "session_id", "kind", "queue", "payload", "status", "attempts"),
    *("cancel_requested", "result", "error"),
)
_TASK_TIMES = ("created_at", "started_at", "finished_at")
SESSION_COLUMNS = ",".join((*_SESSION, *_SESSION_TIMES))
TASK_COLUMNS = ",".join((*_TASK, *_TASK_TIMES))


def known(identifier: str, missing: type[NotFound]) -> str:
    """The same id, if it can be one.

    Raises:
        NotFound: It cannot: the error of that class.
    """
    if not is_id(identifier):
        raise missing.of(identifier)
    return identifier


def node_json(node: NodeRecord) -> Any:
    """A node as a JSON value.

    Raises:
        InvalidParameter: It holds what JSON cannot.
    """
    try:
        return from_json(node.model_dump_json())
    except PydanticSerializationError as error:
        raise refusals.not_json(f"The node {node.id}", error) from error


def to_node(record: Row) -> NodeRecord:
    """The ``record`` of a row of ``nodes``."""
    return NodeRecord.model_validate(record)


def to_session(row: Row) -> SessionRecord:
    """A row of ``sessions``."""
    return SessionRecord.model_validate(_fields(row, _SESSION, _SESSION_TIMES))


def to_task(row: Row) -> TaskRecord:
    """A row of ``tasks``."""
    return TaskRecord.model_validate(_fields(row, _TASK, _TASK_TIMES))


def to_committed(answer: Row) -> Committed:
    """What the functions answer that end a task."""
    node, following = answer.get("node"), answer["next_task"]
    return Committed(
        to_task(answer["task"]),
        None if node is None else to_node(node),
        None if following is None else to_task(following),
    )


def to_inputs(found: Row | None) -> Inputs | None:
    """The ``inputs`` of a claim."""
    if found is None:
        return None
    return Inputs(
        node=None if found["node"] is None else to_node(found["node"]),
        origin=found["origin"],
        datasets={name: to_node(record) for name, record in found["datasets"].items()},
        made=found["made"],
    )


def one_more(limit: int) -> int:
    """How many rows to ask for: one more than a page has, which says that there is a next page.

    Raises:
        InvalidParameter: There would be none.
    """
    if limit < 1:
        raise refusals.page_without_items(limit)
    return min(limit, LARGEST_PAGE) + 1


def page(rows: Sequence[Row], limit: int, read: Callable[[Row], T]) -> Page[T]:
    """A page from the rows that were asked for by ``one_more``."""
    size = min(limit, LARGEST_PAGE)
    items = [read(row) for row in rows[:size]]
    return Page(items, next=items[-1].id if len(rows) > size else None)


def _fields(row: Row, names: Sequence[str], times: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in names} | {name: _time(row[name]) for name in times}


def _time(text: str | None) -> datetime | None:
    """A point in time; the database writes it in the time zone of its settings."""
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
