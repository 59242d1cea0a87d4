"""What goes into a store and comes out of it, besides the records themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import SecretStr

from workbench.models import NodeRecord, SessionRecord, TaskKind, TaskRecord

__all__ = [
    "Claim",
    "ClaimOutcome",
    "Committed",
    "Discarded",
    "DueTask",
    "HeadMove",
    "Inputs",
    "NewTask",
    "Owner",
    "Page",
    "SessionState",
    "Submitted",
]

T = TypeVar("T")


@dataclass(frozen=True)
class Owner:
    """A user: the id that rows carry, and the access token with which rows are read, if there is one."""

    id: str
    token: SecretStr | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a list, and the id after which the next part begins (None at the end)."""

    items: Sequence[T]
    next: str | None = None


class HeadMove(StrEnum):
    """The ways in which a user moves the head."""

    CHECKOUT = "checkout"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True)
class NewTask:
    """A task to be written, before it is sent.

    Args:
        id: The task's id; also Celery's.
        kind: Which task it is.
        payload: What the task needs to know, JSON-serialisable.
        session_id: The session whose order it takes part in; None for a task on its own.
        queue: "interactive" or "heavy".
        idempotency_key: The submitter's key, unique per owner, or None.
        request_hash: A digest of the request, to tell a repeated key from a reused one.
    """

    id: str
    kind: TaskKind
    payload: dict[str, Any]
    session_id: str | None = None
    queue: str = "interactive"
    idempotency_key: str | None = None
    request_hash: str | None = None


@dataclass(frozen=True)
class Submitted:
    """The row of a submission; ``repeated`` where the idempotency key had made it before."""

    task: TaskRecord
    repeated: bool = False


@dataclass(frozen=True)
class DueTask:
    """A task to be sent: what its message needs, and nothing that its owner wrote.

    A sweep takes the tasks of all users at once; what one of them asks for must not stop it.

    Args:
        id: The task's id.
        kind: Which task it is.
        queue: "interactive" or "heavy".
    """

    id: str
    kind: TaskKind
    queue: str


class ClaimOutcome(StrEnum):
    """What became of an attempt to claim a task."""

    CLAIMED = "claimed"
    BLOCKED = "blocked"  # an earlier task of its session has not ended
    TAKEN = "taken"  # another worker holds a live lease
    ENDED = "ended"  # nothing is left to do; also for a task that was cancelled or deleted
    EXHAUSTED = "exhausted"  # attempted too often: this call ended it as FAILURE worker_lost


@dataclass(frozen=True)
class Inputs:
    """What a command works on, as its claim found it: nothing of it changes while the task is claimed.

    Args:
        node: The node that the command applies to: the one that it names, else the head. None where the
            session has no head.
        origin: The name of the dataset that the node began as, along first parents.
        datasets: The session's source nodes by their dataset names (the latest of a name).
        made: The nodes that were made of ``node`` before: fingerprint -> id.
    """

    node: NodeRecord | None
    origin: str | None = None
    datasets: Mapping[str, NodeRecord] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """The answer to a claim.

    With fence, task and, for a command, inputs where CLAIMED. Where this very call ended the task
    (EXHAUSTED, or ENDED for one that was cancelled and whose worker was lost), with that task and the
    session's next one.
    """

    outcome: ClaimOutcome
    fence: int = 0
    task: TaskRecord | None = None
    next_task: TaskRecord | None = None
    inputs: Inputs | None = None


@dataclass(frozen=True)
class Committed:
    """A task that ended; ``next_task`` is the session's next one, to be sent now, if there is one."""

    task: TaskRecord
    node: NodeRecord | None = None
    next_task: TaskRecord | None = None


@dataclass(frozen=True)
class Discarded:
    """How many blobs were deleted, and of how many bytes in all."""

    blobs: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class SessionState:
    """A session as it is copied from one store to another: its row, and where its head has been.

    Args:
        session: The row.
        history: The nodes along which undo and redo walk, oldest first.
        position: Which of them is the head, counted from 1; 0 where there is none.
        busy: Whether tasks of the session have not ended.
    """

    session: SessionRecord
    history: tuple[str, ...] = ()
    position: int = 0
    busy: bool = False
