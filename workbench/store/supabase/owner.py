"""One user's face: what row-level security lets the user's token see, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from postgrest import SyncSelectRequestBuilder

from workbench.errors import NodeNotFound, NotFound, SessionNotFound, TaskNotFound
from workbench.ids import is_id, new_id
from workbench.models import NodeRecord, SessionRecord, TaskRecord
from workbench.store import refusals
from workbench.store.protocol import Blobs, Committed, HeadMove, NewTask, Page, SessionState, Submitted
from workbench.store.supabase import importing
from workbench.store.supabase.connection import Face
from workbench.store.supabase.rows import (
    SESSION_COLUMNS,
    TASK_COLUMNS,
    known,
    one_more,
    page,
    to_committed,
    to_node,
    to_session,
    to_task,
)

__all__ = ["SupabaseOwner"]


class SupabaseOwner:
    """What one user may do: see ``workbench.store.protocol.OwnerStore``."""

    def __init__(self, face: Face, owner: str, blobs: Blobs) -> None:
        self._face = face
        self._owner = owner
        self._blobs = blobs

    @property
    def blobs(self) -> Blobs:
        return self._blobs

    def create_session(self, name: str) -> SessionRecord:
        return to_session(self._face.call("create_session", p_id=new_id(), p_name=name).value())

    def session(self, session_id: str) -> SessionRecord:
        query = self._face.table("sessions").select(SESSION_COLUMNS)
        return to_session(self._one(query, session_id, SessionNotFound))

    def sessions(self, *, limit: int = 50, after: str | None = None) -> Page[SessionRecord]:
        query = self._face.table("sessions").select(SESSION_COLUMNS).order("seq", desc=True)
        query = query.limit(one_more(limit))
        if after is not None:
            query = query.lt("seq", self._place("sessions", after, SessionNotFound))
        return page(self._face.rows(query), limit, to_session)

    def rename_session(self, session_id: str, name: str) -> SessionRecord:
        answer = self._face.call("rename_session", p_id=known(session_id, SessionNotFound), p_name=name)
        return to_session(answer.value(session_not_found=partial(SessionNotFound.of, session_id)))

    def delete_session(self, session_id: str) -> None:
        answer = self._face.call("delete_session", p_id=known(session_id, SessionNotFound))
        if answer.again and answer.refused == SessionNotFound.code:
            return  # the answer of the attempt that deleted it was lost
        answer.value(session_not_found=partial(SessionNotFound.of, session_id))

    def move_head(
        self, session_id: str, move: HeadMove, node_id: str | None = None, *, request: str | None = None
    ) -> SessionRecord:
        known(session_id, SessionNotFound)
        target = node_id if move is HeadMove.CHECKOUT else None
        if target is not None and not is_id(target):
            self._check_session(session_id)
            raise NodeNotFound.of(target)
        answer = self._face.call(
            "move_head", p_session=session_id, p_move=move.value, p_node=target, p_request=request or new_id()
        )
        return to_session(
            answer.value(
                session_not_found=partial(SessionNotFound.of, session_id),
                node_not_found=partial(NodeNotFound.of, str(target)),
                invalid_parameter=refusals.checkout_needs_node,
                session_busy=refusals.session_busy,
                nothing_to_undo=refusals.nothing_to_undo,
                nothing_to_redo=refusals.nothing_to_redo,
            )
        )

    def node(self, node_id: str) -> NodeRecord:
        query = self._face.table("nodes").select("record")
        return to_node(self._one(query, node_id, NodeNotFound)["record"])

    def nodes(self, session_id: str, *, limit: int = 200, after: str | None = None) -> Page[NodeRecord]:
        query = self._face.table("nodes").select("record").order("seq").limit(one_more(limit))
        query = query.eq("session_id", known(session_id, SessionNotFound))
        if after is not None:
            query = query.gt("seq", self._place("nodes", after, NodeNotFound, session_id))
        rows = self._face.rows(query)
        if not rows:
            self._check_session(session_id)
        return page(rows, limit, lambda row: to_node(row["record"]))

    def path(self, node_id: str) -> list[NodeRecord]:
        records = self._face.call("node_path", p_node=known(node_id, NodeNotFound)).value()
        if not records:
            raise NodeNotFound.of(node_id)
        return [to_node(record) for record in records]

    def submit_task(self, new: NewTask) -> Submitted:
        answer = self._face.call(
            "submit_task",
            p_id=new.id,
            p_kind=new.kind,
            p_payload=new.payload,
            p_session=None if new.session_id is None else known(new.session_id, SessionNotFound),
            p_queue=new.queue,
            p_key=new.idempotency_key,
            p_hash=new.request_hash,
        )
        id_taken = {"invalid_parameter": partial(refusals.task_id_taken, new.id)}
        written = answer.value(
            session_not_found=partial(SessionNotFound.of, str(new.session_id)),
            node_not_found=partial(NodeNotFound.of, str(new.payload.get("node_id"))),
            session_empty=partial(refusals.session_empty, str(new.session_id)),
            idempotency_conflict=partial(refusals.idempotency_conflict, new.idempotency_key),
            too_many_tasks=(
                refusals.too_many_tasks_of_session if "session" in answer.message else refusals.too_many_tasks
            ),
            **(id_taken if "taken" in answer.message else {}),
        )
        task = to_task(written["task"])
        # What an earlier attempt of this very call has written is no repetition: it is still to be sent.
        made_here = answer.again and task.id == new.id
        return Submitted(task, repeated=written["repeated"] and not made_here)

    def task(self, task_id: str) -> TaskRecord:
        query = self._face.table("tasks").select(TASK_COLUMNS)
        return to_task(self._one(query, task_id, TaskNotFound))

    def tasks(
        self, *, session_id: str | None = None, limit: int = 50, after: str | None = None
    ) -> Page[TaskRecord]:
        query = self._face.table("tasks").select(TASK_COLUMNS).order("seq", desc=True).limit(one_more(limit))
        if session_id is not None:
            query = query.eq("session_id", known(session_id, SessionNotFound))
        if after is not None:
            query = query.lt("seq", self._place("tasks", after, TaskNotFound, session_id))
        rows = self._face.rows(query)
        if session_id is not None and not rows:
            self._check_session(session_id)
        return page(rows, limit, to_task)

    def cancel_task(self, task_id: str) -> Committed:
        answer = self._face.call(
            "cancel_task",
            p_task=known(task_id, TaskNotFound),
            p_error=refusals.cancelled_while_pending().to_dict(),
        )
        return to_committed(answer.value(task_not_found=partial(TaskNotFound.of, task_id)))

    def session_state(self, session_id: str) -> SessionState:
        return importing.read_state(self._face, session_id)

    def import_session(
        self, state: SessionState, nodes: Sequence[NodeRecord] = (), *, before: SessionState | None
    ) -> SessionState:
        return importing.take_in(self._face, self._owner, state, nodes, before)

    def _one(
        self, query: SyncSelectRequestBuilder, identifier: str, missing: type[NotFound]
    ) -> dict[str, Any]:
        for row in self._face.rows(query.eq("id", known(identifier, missing))):
            return row
        raise missing.of(identifier)

    def _check_session(self, session_id: str) -> None:
        self._one(self._face.table("sessions").select("id"), session_id, SessionNotFound)

    def _place(self, table: str, after: str, missing: type[NotFound], session_id: str | None = None) -> int:
        """Where a page of a list begins: behind the row with the id ``after``."""
        query = self._face.table(table).select("seq")
        if session_id is not None:
            query = query.eq("session_id", session_id)
        try:
            place: int = self._one(query, after, missing)["seq"]
        except missing:
            if session_id is not None:
                self._check_session(session_id)  # what is wrong about the session comes first
            raise
        return place
