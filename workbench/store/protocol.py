"""What a store is: rows (sessions, nodes, tasks) and blobs, behind two protocols.

A store has two faces. The **owner's** face is what the API uses on behalf of one user: everything it
returns belongs to that user, and what belongs to somebody else is as if it were not there. The
**ledger** is what workers and the sweep use; it is bound to the service, not to a user.

Each method is one transaction, and none spans another: a second implementation can make every one of
them a single SQL function or a single PostgREST request. Methods that change something may be
repeated: the same call again has the same effect and the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol

from workbench.models import NodeRecord, SessionRecord, TaskRecord, TaskState
from workbench.store.values import (
    Claim,
    ClaimOutcome,
    Committed,
    Discarded,
    DueTask,
    HeadMove,
    Inputs,
    NewTask,
    Owner,
    Page,
    SessionState,
    Submitted,
)

__all__ = [
    "Blobs",
    "Claim",
    "ClaimOutcome",
    "Committed",
    "Discarded",
    "DueTask",
    "HeadMove",
    "Inputs",
    "Ledger",
    "NewTask",
    "Orphans",
    "Owner",
    "OwnerStore",
    "Page",
    "SessionState",
    "Store",
    "Submitted",
]


class OwnerStore(Protocol):
    """What one user may do. Unknown ids and other users' ids raise the same ``NotFound``.

    So does an ``after`` that is not the id of something in the list. A ``limit`` below 1, and text or
    values that cannot be stored (lone surrogates, NaN), raise InvalidParameter.
    """

    @property
    def blobs(self) -> Blobs:
        """The owner's blobs: those under ``owner/``; every other key is as if it were not there."""
        ...

    def create_session(self, name: str) -> SessionRecord:
        """Make an empty session."""
        ...

    def session(self, session_id: str) -> SessionRecord:
        """Read a session. Raises SessionNotFound."""
        ...

    def sessions(self, *, limit: int = 50, after: str | None = None) -> Page[SessionRecord]:
        """List the sessions, newest first."""
        ...

    def rename_session(self, session_id: str, name: str) -> SessionRecord:
        """Give a session another name. Raises SessionNotFound."""
        ...

    def delete_session(self, session_id: str) -> None:
        """Delete a session with its nodes and tasks; its unfinished tasks find nothing to claim.

        The blobs under the session's prefix are the caller's to delete, afterwards.
        Raises SessionNotFound.
        """
        ...

    def move_head(
        self, session_id: str, move: HeadMove, node_id: str | None = None, *, request: str | None = None
    ) -> SessionRecord:
        """Move the head.

        CHECKOUT goes to ``node_id``, and does nothing where the head is there already; UNDO goes back to
        where the head was before its last move; REDO takes back the last UNDO since the head was last
        moved otherwise. A ``request``, which is an id, that was the last to move the head so does nothing.
        Raises SessionNotFound, NodeNotFound (also for a node of another session), NothingToUndo,
        NothingToRedo, and SessionBusy while tasks of the session have not ended.
        """
        ...

    def node(self, node_id: str) -> NodeRecord:
        """Read a node. Raises NodeNotFound."""
        ...

    def nodes(self, session_id: str, *, limit: int = 200, after: str | None = None) -> Page[NodeRecord]:
        """List a session's nodes, oldest first. Raises SessionNotFound."""
        ...

    def path(self, node_id: str) -> list[NodeRecord]:
        """The nodes from the source to this one along first parents, this one last. Raises NodeNotFound."""
        ...

    def submit_task(self, new: NewTask) -> Submitted:
        """Write a task's row, PENDING; its place in the session's order is the order of these calls.

        With an idempotency key that this owner used before: the earlier row, ``repeated``, if the
        request hash is equal, else IdempotencyConflict. The same for a task's id that is there with the
        same session, kind and payload, else InvalidParameter. Raises SessionNotFound; SessionEmpty for a
        command on a session that has no head and no unfinished ``ingest_dataset``; NodeNotFound for a
        ``payload["node_id"]`` that is not of the session; TooManyTasks where the session or the owner has
        as many open tasks already as ``workbench.store.limits`` says.
        """
        ...

    def task(self, task_id: str) -> TaskRecord:
        """Read a task. Raises TaskNotFound."""
        ...

    def tasks(
        self, *, session_id: str | None = None, limit: int = 50, after: str | None = None
    ) -> Page[TaskRecord]:
        """List tasks, newest first."""
        ...

    def cancel_task(self, task_id: str) -> Committed:
        """Ask for a task to end.

        A PENDING task becomes REVOKED at once (``next_task`` is then the session's next one); a
        running one carries ``cancel_requested`` until the worker sees it; an ended one stays as it is.
        Raises TaskNotFound.
        """
        ...

    def session_state(self, session_id: str) -> SessionState:
        """Read a session and where its head has been, as of one moment. Raises SessionNotFound."""
        ...

    def import_session(
        self, state: SessionState, nodes: Sequence[NodeRecord] = (), *, before: SessionState | None
    ) -> SessionState:
        """Take in a session that was made elsewhere, or a part of it: nodes, then datasets and head.

        Makes the session where it is not there, adds those of the nodes that are not there, in the order
        given, and gives the session the datasets, history and position of ``state``, and its
        ``updated_at``; its name only where it is made. ``before`` is the state that the caller saw, None
        where there was no session. Returns the state that there is now; tasks stay what they are.

        Raises SessionWentOn where the session is neither as ``before`` nor as ``state`` says, and where a
        node is there already under another id; SessionTaken where an id is another owner's or session's;
        SessionBusy where the head would move while tasks of the session have not ended; InvalidParameter
        for what is not the owner's: a node of another owner or session, with a block or selection whose
        key is not ``owner/session/blocks/name``, or with parents (as a history or a dataset with nodes)
        that are not there.
        """
        ...


class Ledger(Protocol):
    """What workers and the sweep may do. A ``fence`` that is not the task's current one raises LeaseLost."""

    def claim_task(self, task_id: str, *, worker: str, lease_seconds: float, max_attempts: int) -> Claim:
        """Take a task, if it is to be taken: counts the attempt, gives the fence, begins the lease.

        A task is BLOCKED while an earlier one of its session has not ended. A task whose lease ran out
        may be claimed again, with a higher fence. One with ``max_attempts`` attempts behind it ends here,
        and so does one that was cancelled.
        """
        ...

    def renew_lease(self, task_id: str, fence: int, *, lease_seconds: float) -> bool:
        """Keep a task. Returns whether its cancellation was asked for. Raises LeaseLost.

        A lease that ran out is renewed too, if nobody else has claimed the task meanwhile; a task that
        this fence has ended stays as it is.
        """
        ...

    def service_session(self, session_id: str) -> SessionRecord:
        """Read a session for a task of its. Raises SessionNotFound."""
        ...

    def service_node(self, node_id: str) -> NodeRecord:
        """Read a node for a task of its session. Raises NodeNotFound."""
        ...

    def commit_node(
        self,
        task_id: str,
        fence: int,
        node: NodeRecord,
        *,
        result: dict[str, Any],
        move_head: bool = True,
    ) -> Committed:
        """End a task as SUCCESS with its node, in one transaction: node, head, task.

        A node whose fingerprint the session has already is not written again: that one becomes the
        task's node, and ``result["node_id"]`` names it. The first source node of a session moves the
        head, later ones do not. Repeating the call of a task that this very fence has ended returns
        the same; any other fence raises LeaseLost.
        """
        ...

    def commit_move(
        self,
        task_id: str,
        fence: int,
        move: HeadMove,
        *,
        result: dict[str, Any],
        node_id: str | None = None,
        steps: int = 1,
    ) -> Committed:
        """End a task as SUCCESS with a move of its session's head, in one transaction.

        CHECKOUT goes to ``node_id``; UNDO and REDO walk so many ``steps`` along where the head has been, or
        not at all. ``result["node_id"]`` then names the head. Repeatable as commit_node is. Raises
        NothingToUndo, NothingToRedo, and NodeNotFound for a node that is not of the session; the task goes
        on then.
        """
        ...

    def service_previous(self, task_id: str) -> TaskRecord | None:
        """The last command of a task's session, before that task, that has a node, or None."""
        ...

    def finish_task(
        self,
        task_id: str,
        fence: int,
        status: TaskState,
        *,
        result: dict[str, Any] | None = None,
        error: dict[str, Any] | None = None,
    ) -> Committed:
        """End a task without a node. Repeatable as commit_node is."""
        ...

    def due_tasks(self, *, resend_seconds: float, limit: int = 100) -> list[DueTask]:
        """Take the tasks that should be sent (again), first of their session's unfinished only.

        These are tasks never claimed within ``resend_seconds`` of their submission or last sending, and
        tasks whose lease ran out. Taking them counts as sending: another caller does not get them.
        """
        ...

    def purge_tasks(self, *, older_than_days: float) -> int:
        """Delete ended tasks of a certain age. Returns how many."""
        ...


class Blobs(Protocol):
    """Immutable objects under keys of the form ``owner/session/kind/name``."""

    def create(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Write a blob; it exists, whole and durable, once the context has ended, and not at all on an error.

        Writing a key that exists already is a success and changes nothing.
        """
        ...

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Read a blob: a seekable stream. Raises StoreUnavailable, or KeyError where there is none."""
        ...

    def size(self, key: str) -> int:
        """How many bytes a blob has. Raises KeyError where there is none."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in any order."""
        ...

    def delete(self, key: str) -> None:
        """Remove a blob; one that is not there is a success."""
        ...

    def delete_prefix(self, prefix: str) -> None:
        """Remove all blobs whose keys begin with ``prefix``, which ends with a slash: a folder of them.

        None that is there is a success too. Raises InvalidParameter for any other prefix.
        """
        ...


class Orphans(Protocol):
    """Blocks that no node names: a task wrote them that ended, or was killed, before its commit.

    A block's key is the digest of its content. So a task that runs may be about to name one that an earlier
    task left behind, having found it there when it went to write it. Which is why only the store itself can
    discard them: it has to keep tasks from beginning for as long as it does.
    """

    def next_session(self, after: str | None) -> str | None:
        """The session made before another one; the newest for None, or one that is gone; None at the end."""
        ...

    def discard(self, session_id: str, *, older_than_seconds: float, limit: int = 100) -> Discarded:
        """Delete blocks of a session that no node names, and that were last written so long ago.

        To write a blob that is there already counts as writing it. A session of which a task has not ended
        is left as it is, one that is not there too, and so is every blob that is no block under its digest.

        Args:
            session_id: The session.
            older_than_seconds: How old, by the store's clock.
            limit: How many at the most; that many are deleted where there are more.
        """
        ...


class Store(Protocol):
    """Rows and blobs."""

    @property
    def ledger(self) -> Ledger:
        """The service's face."""
        ...

    @property
    def blobs(self) -> Blobs:
        """All blobs: the service's face of them."""
        ...

    @property
    def orphans(self) -> Orphans | None:
        """What dead tasks left behind; None where it cannot be told from what is about to be used."""
        ...

    def as_owner(self, owner: Owner) -> OwnerStore:
        """The face of one user."""
        ...

    def ping(self) -> None:
        """Return if the store answers and is migrated. Raises StoreUnavailable."""
        ...

    def close(self) -> None:
        """Give back what is held open."""
        ...
