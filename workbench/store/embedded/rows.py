"""Rows as records, records as rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic_core import PydanticSerializationError

from workbench.models import NodeRecord, SessionRecord, TaskRecord
from workbench.store import refusals
from workbench.store.protocol import Page

__all__ = ["from_json", "micros", "node_json", "page", "to_json", "to_node", "to_session", "to_task"]

T = TypeVar("T", SessionRecord, NodeRecord, TaskRecord)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode
from_json = json.loads


def utc_now() -> datetime:
    """The time; what a store tells it by where it is not given another clock."""
    return datetime.now(UTC)


def micros(time: datetime) -> int:
    """A time as it is stored: microseconds since 1970, UTC.

    Example:
        >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
        1000000
    """
    return (time - _EPOCH) // _MICROSECOND


def _time(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def to_json(value: dict[str, Any] | None) -> str | None:
    """Write a value as JSON, or None as NULL.

    Raises:
        InvalidParameter: It holds what JSON cannot: NaN, infinity, objects.
    """
    if value is None:
        return None
    try:
        return _encode(value)
    except (TypeError, ValueError) as error:
        raise refusals.not_json("A value", error) from error


def node_json(node: NodeRecord) -> str:
    """Write a node as JSON.

    Raises:
        InvalidParameter: It holds what JSON cannot.
    """
    try:
        return node.model_dump_json()
    except PydanticSerializationError as error:
        raise refusals.not_json(f"The node {node.id}", error) from error


def to_node(row: sqlite3.Row) -> NodeRecord:
    """A row of ``nodes``."""
    return NodeRecord.model_validate_json(row["record"])


def to_session(row: sqlite3.Row) -> SessionRecord:
    """A row of ``sessions``."""
    return SessionRecord.model_validate(
        {
            "id": row["id"],
            "owner": row["owner"],
            "name": row["name"],
            "head": row["head"],
            "can_undo": row["head_at"] > 1,
            "can_redo": row["head_at"] < row["head_end"],
            "datasets": from_json(row["datasets"]),
            "created_at": _time(row["created_at"]),
            "updated_at": _time(row["updated_at"]),
        }
    )


def to_task(row: sqlite3.Row) -> TaskRecord:
    """A row of ``tasks``."""
    result, error = row["result"], row["error"]
    return TaskRecord.model_validate(
        {
            "id": row["id"],
            "owner": row["owner"],
            "session_id": row["session_id"],
            "kind": row["kind"],
            "queue": row["queue"],
            "payload": from_json(row["payload"]),
            "status": row["status"],
            "attempts": row["attempts"],
            "cancel_requested": bool(row["cancel_requested"]),
            "result": result and from_json(result),
            "error": error and from_json(error),
            "created_at": _time(row["created_at"]),
            "started_at": _time(row["started_at"]),
            "finished_at": _time(row["finished_at"]),
        }
    )


def page(rows: Sequence[sqlite3.Row], limit: int, read: Callable[[sqlite3.Row], T]) -> Page[T]:
    """A page of at most ``limit`` records from up to one row more, which says that there is a next page."""
    items = [read(row) for row in rows[:limit]]
    return Page(items, next=items[-1].id if len(rows) > limit else None)
