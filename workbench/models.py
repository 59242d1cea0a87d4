"""The words that the client, the API and the worker share: sessions, nodes, tasks, and what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Change",
    "Column",
    "Manifest",
    "ManifestColumn",
    "NodeRecord",
    "Progress",
    "SessionRecord",
    "StepReport",
    "TaskKind",
    "TaskRecord",
    "TaskState",
]


class _Record(BaseModel):
    """What the store holds: frozen, and strict about what it is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Record):
    """A column as everybody sees it."""

    name: str
    dtype: str = Field(description="pandas' name of the dtype", examples=["Int64", "str", "datetime64[us]"])


class ManifestColumn(Column):
    """A column as a node holds it."""

    block: str = Field(description="key of the block in the blob store")
    field: str = Field(description="name of the column inside the block")
    selection: str | None = Field(
        default=None, description="key of the block of row positions through which the column is read"
    )


class Manifest(_Record):
    """The data of a node: columns seen through rows."""

    rows: int = Field(ge=0)
    columns: tuple[ManifestColumn, ...]

    def schema_(self) -> tuple[Column, ...]:
        """The columns without where they are kept."""
        return tuple(Column(name=column.name, dtype=column.dtype) for column in self.columns)


class Change(_Record):
    """What a step did to a table, in numbers.

    Of the rows before, ``rows_kept`` are there afterwards, and ``rows_removed`` are gone; ``rows_added`` are
    new, or there once more. The rest counts, where rows stay in place or are taken along, and per column that
    was there before and after: ``cells_changed`` those whose value differs (1 and 1.0 do not), ``nulls_made``
    and ``nulls_filled`` those among them that became null, or were; ``columns_retyped`` are the columns of
    another dtype.
    """

    rows_before: int
    rows_after: int
    rows_kept: int = Field(default_factory=lambda given: min(given["rows_before"], given["rows_after"]), ge=0)
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    cells_changed: dict[str, int] = Field(default_factory=dict)
    nulls_made: dict[str, int] = Field(default_factory=dict)
    nulls_filled: dict[str, int] = Field(default_factory=dict)
    columns_retyped: tuple[str, ...] = ()

    @property
    def rows_removed(self) -> int:
        """How many rows of those before are gone."""
        return self.rows_before - self.rows_kept

    @property
    def rows_added(self) -> int:
        """How many rows there are that were not there before, or are there once more."""
        return self.rows_after - self.rows_kept

    def values_lost(self, columns: Iterable[str]) -> int:
        """How many values of some columns became null."""
        return sum(self.nulls_made.get(name, 0) for name in columns)

    @property
    def rows_affected(self) -> int:
        """One number for the effect: rows gained or lost, else the most cells changed in one column."""
        moved = abs(self.rows_before - self.rows_after)
        return moved or max(self.cells_changed.values(), default=0)


class StepReport(_Record):
    """What one step of a plan was and did."""

    kind: str
    description: str = Field(examples=["Drop rows where email is null"])
    outcome: str = Field(examples=["Dropped 150 rows where email was null"])
    code: str = Field(examples=["df = df.dropna(subset=['email']).reset_index(drop=True)"])
    change: Change
    warnings: tuple[str, ...] = ()


class NodeRecord(_Record):
    """A node: an immutable version of a dataset."""

    id: str
    session_id: str
    owner: str
    parents: tuple[str, ...] = ()
    name: str = Field(description="what made it, in a sentence; of a source node, its file")
    dataset: str | None = Field(default=None, description="of a source node: its name in the session")
    fingerprint: str
    plan: list[dict[str, Any]] | None = Field(default=None, description="None for a source node")
    message: str | None = Field(default=None, description="the chat message that was planned, if one was")
    steps: tuple[StepReport, ...] = ()
    source: dict[str, Any] | None = Field(
        default=None, description="of a source node: file name, format, ingest report, the code that reads it"
    )
    manifest: Manifest
    values: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="the distinct values of text columns that have few, for the planner"
    )
    task_id: str
    created_at: datetime


class SessionRecord(_Record):
    """A session, as the store holds it."""

    id: str
    owner: str
    name: str
    head: str | None = None
    can_undo: bool = False
    can_redo: bool = False
    datasets: dict[str, str] = Field(
        default_factory=dict, description="its source nodes' ids by dataset name, the latest of each name"
    )
    created_at: datetime
    updated_at: datetime


class TaskState(StrEnum):
    """The states of a task; they are Celery's."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    PROGRESS = "PROGRESS"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    REVOKED = "REVOKED"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in {TaskState.SUCCESS, TaskState.FAILURE, TaskState.REVOKED}


TaskKind = Literal["ingest_dataset", "process_chat_message", "apply_transformation", "test_task"]


class TaskRecord(_Record):
    """A task: the durable row of the ledger. Live progress is not here."""

    id: str
    owner: str
    session_id: str | None = None
    kind: TaskKind
    queue: str = "interactive"
    payload: dict[str, Any] = Field(default_factory=dict)
    status: TaskState = TaskState.PENDING
    attempts: int = 0
    cancel_requested: bool = False
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def outcome(self) -> str | None:
        """What came of it, in a sentence: the answer to a question, else what was done; None without one."""
        told = self.result or {}
        found = told.get("answer") or told.get("transformation")
        return None if found is None else str(found)


class Progress(_Record):
    """How far a running task is."""

    progress: int = Field(ge=0, le=100, description="percent; reaches 100 only when the effect is durable")
    message: str = Field(examples=["Applying step 2 of 3: Sort by dep_delay"])
    stage: str = Field(examples=["planning", "reading", "applying", "writing", "saving"])
