"""What the API takes and answers, as the OpenAPI document shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from workbench.explanation import Explanation, IgnoredWords, ReadWords
from workbench.models import Column, NodeRecord, SessionRecord, StepReport, TaskKind, TaskRecord, TaskState

__all__ = [
    "ChatMessage",
    "ColumnProfile",
    "Diff",
    "DiffSide",
    "Health",
    "Listing",
    "NewSession",
    "Node",
    "PlanSubmission",
    "Profile",
    "Ready",
    "Retyped",
    "Rows",
    "Session",
    "SessionChange",
    "TaskAccepted",
    "TaskResult",
    "TaskStatus",
    "TaskSummary",
    "TransformationWord",
]

T = TypeVar("T")

_ID = "0198f2a4-6c1e-7d53-9b0e-3f1f5f3f9a10"
_EXPLANATION = Explanation(
    words=(
        ReadWords(text="Remove rows where", start=0, end=17, role="command", became="drop_nulls"),
        ReadWords(text="E-mail", start=18, end=24, role="column", became="email"),
        ReadWords(text="is null", start=25, end=32, role="command", became="drop_nulls"),
    ),
    ignored=(IgnoredWords(text="please", start=34, end=40),),
).model_dump(mode="json")
_NODE_ID = "0198f2a5-01aa-7b11-8c3d-2a6a54a3c9d2"

Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", strict=True
    ),
]


class _Request(BaseModel):
    """A body: unknown fields are mistakes, and said to be."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class NewSession(_Request):
    """A session to be made."""

    name: Name = Field(default="Untitled session", examples=["Delays of 2013"])


class SessionChange(_Request):
    """What to change of a session: its name, its head, or both."""

    name: Name | None = Field(default=None, examples=["Delays by carrier"])
    head: str | None = Field(default=None, description="the node to make the head", examples=[_NODE_ID])


class ChatMessage(_Request):
    """A command in plain words."""

    message: str = Field(description="what should happen", examples=["remove rows where email is null"])
    node_id: str | None = Field(
        default=None, description="the node to work on; the head if not given", examples=[None]
    )
    dry_run: bool = Field(
        default=False, description="only say what would happen: plan, code and a preview on a sample"
    )


class PlanSubmission(_Request):
    """A command as an explicit plan."""

    plan: list[dict[str, Any]] = Field(
        description="transformations in order, each with its `kind`; see `GET /api/v1/transformations`",
        examples=[[{"kind": "drop_nulls", "columns": ["email"]}]],
    )
    node_id: str | None = Field(
        default=None, description="the node to work on; the head if not given", examples=[None]
    )
    dry_run: bool = Field(
        default=False, description="only say what would happen: plan, code and a preview on a sample"
    )


class Listing(_Answer, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None = Field(description="the `after` of the next part; null at the end", examples=[None])


class Session(_Answer):
    """A session."""

    id: str = Field(examples=[_ID])
    name: str = Field(examples=["Delays of 2013"])
    head: str | None = Field(description="the node that the next command applies to", examples=[_NODE_ID])
    can_undo: bool
    can_redo: bool
    datasets: dict[str, str] = Field(
        description="ids of the source nodes by dataset name", examples=[{"flights": _NODE_ID}]
    )
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, record: SessionRecord) -> Self:
        """Show a session."""
        return cls(**{name: getattr(record, name) for name in cls.model_fields})


class Node(_Answer):
    """A node: an immutable version of a dataset."""

    id: str = Field(examples=[_NODE_ID])
    session_id: str = Field(examples=[_ID])
    parents: list[str] = Field(description="none for a source node, two for a join")
    name: str = Field(description="what made it", examples=["Drop rows where email is null"])
    dataset: str | None = Field(description="of a source node: its name in the session", examples=[None])
    rows: int = Field(examples=[850])
    columns: list[Column]
    message: str | None = Field(examples=["remove rows where email is null"])
    plan: list[dict[str, Any]] | None = Field(examples=[[{"kind": "drop_nulls", "columns": ["email"]}]])
    steps: list[StepReport] = Field(description="what each step of the plan was and did")
    code: str = Field(description="the pandas that makes it from its parent, or that reads its file")
    source: dict[str, Any] | None = Field(description="of a source node: its file, and what was kept of it")
    created_at: datetime

    @classmethod
    def of(cls, record: NodeRecord) -> Self:
        """Show a node."""
        from workbench.recipe import code_of

        return cls(
            id=record.id,
            session_id=record.session_id,
            parents=list(record.parents),
            name=record.name,
            dataset=record.dataset,
            rows=record.manifest.rows,
            columns=list(record.manifest.schema_()),
            message=record.message,
            plan=record.plan,
            steps=list(record.steps),
            code=code_of(record),
            source=record.source,
            created_at=record.created_at,
        )


class Rows(_Answer):
    """A page of a node's rows."""

    columns: list[Column]
    rows: list[list[Any]] = Field(
        description="a list a row; null for nulls and NaN, ISO 8601 for times, decimals as text",
        examples=[[["ann@example.org", 31], ["bob@example.org", None]]],
    )
    offset: int
    total: int = Field(description="how many rows the node has")


class ColumnProfile(Column):
    """What a column holds."""

    nulls: int
    distinct: int
    min: Any = Field(default=None, description="of numbers, times and text")
    max: Any = Field(default=None, description="of numbers, times and text")
    mean: float | None = Field(default=None, description="of numbers")
    std: float | None = Field(default=None, description="of numbers: the sample's standard deviation")
    top: list[tuple[Any, int]] = Field(description="the most frequent values, with how often they occur")


class Profile(_Answer):
    """What the columns of a node hold."""

    rows: int
    columns: list[ColumnProfile]


class Retyped(_Answer):
    """A column whose dtype differs."""

    name: str
    before: str
    after: str


class DiffSide(_Answer):
    """One of the two nodes of a difference."""

    node_id: str
    rows: int
    steps: list[StepReport] = Field(description="the steps from the common ancestor to the node")


class Diff(_Answer):
    """How a node differs from another."""

    node: DiffSide
    other: DiffSide
    ancestor: str | None = Field(description="the last node that both come from, along first parents")
    columns_added: list[str] = Field(description="columns of `other` that `node` does not have")
    columns_removed: list[str] = Field(description="columns of `node` that `other` does not have")
    columns_retyped: list[Retyped]


class TaskAccepted(_Answer):
    """A task was queued."""

    task_id: str = Field(examples=[_ID])
    status: TaskState = Field(default=TaskState.PENDING, examples=["PENDING"])
    message: str = Field(default="Task queued for processing", examples=["Task queued for processing"])


class TaskStatus(_Answer):
    """How far a task is."""

    task_id: str = Field(examples=[_ID])
    status: TaskState = Field(examples=["PROGRESS"])
    progress: int = Field(ge=0, le=100, description="percent; 100 only on SUCCESS", examples=[50])
    message: str = Field(examples=["Applying step 1 of 1: Drop rows where email is null"])
    stage: str = Field(
        description="queued, starting, planning, reading, applying, writing, saving or done",
        examples=["applying"],
    )


class TaskResult(_Answer):
    """How a task ended: with `result` on SUCCESS, else with `error`, which is a problem.

    Of a question the result has `asks` and, in a sentence, the `answer`; with `head_moved` it says whether
    the next command applies to what came out.
    """

    task_id: str = Field(examples=[_ID])
    status: TaskState = Field(examples=["SUCCESS"])
    result: dict[str, Any] | None = Field(
        default=None,
        description="what the command did; of a chat message, `explanation` says how it was understood: "
        "which `words` became what, what was `assumed`, what was `ignored`; null for an explicit plan",
        examples=[
            {
                "node_id": _NODE_ID,
                "rows_affected": 150,
                "transformation": "Dropped 150 rows where email was null",
                "asks": False,
                "head_moved": True,
                "explanation": _EXPLANATION,
            }
        ],
    )
    error: dict[str, Any] | None = Field(default=None, examples=[None])


class TaskSummary(_Answer):
    """A task in a list."""

    task_id: str = Field(examples=[_ID])
    session_id: str | None
    title: str = Field(description="what was asked for", examples=["remove rows where email is null"])
    kind: TaskKind
    status: TaskState
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, record: TaskRecord) -> Self:
        """Show a task in a list."""
        facts = {name: getattr(record, name) for name in cls.model_fields if name not in {"task_id", "title"}}
        return cls(task_id=record.id, title=_title(record), **facts)


def _title(task: TaskRecord) -> str:
    """Say what was asked for."""
    match task.kind:
        case "ingest_dataset":
            return f"open {task.payload.get('dataset', '')}".strip()
        case "apply_transformation":
            return ", ".join(str(step.get("kind")) for step in task.payload.get("plan", ()))
        case _:
            return str(task.payload.get("message", ""))


class TransformationWord(_Answer):
    """A transformation of the catalogue."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    kind: str = Field(examples=["drop_nulls"])
    family: str = Field(examples=["rows"])
    title: str = Field(examples=["DropNulls"])
    summary: str = Field(examples=["Drop the rows that have nulls, in any or in all of some columns."])
    description: str
    example: str = Field(description="a message that means it", examples=["remove rows where email is null"])
    plan: list[dict[str, Any]] = Field(description="the step that the example means")
    code: str = Field(description="that step as pandas")
    effect: str = Field(description="columns, rows or table", examples=["rows"])
    scope: str = Field(description="row or table", examples=["row"])
    parameters: dict[str, Any] = Field(alias="schema", description="the JSON schema of the parameters")


class Health(_Answer):
    """The process is alive."""

    status: str = "ok"
    version: str = Field(examples=["0.1.0"])


class Ready(_Answer):
    """Everything that a command needs is there."""

    status: str = "ready"
    store: str = "ok"
    broker: str = "ok"
    workers: int = Field(description="how many workers are alive", examples=[1])
