"""The service's face: claiming, keeping and ending tasks, committing nodes, with the secret key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from workbench.errors import LeaseLost, NodeNotFound, SessionNotFound
from workbench.ids import is_id, new_id
from workbench.models import NodeRecord, SessionRecord, TaskRecord, TaskState
from workbench.store import refusals
from workbench.store.protocol import Claim, ClaimOutcome, Committed, DueTask, HeadMove
from workbench.store.supabase.connection import Face
from workbench.store.supabase.rows import (
    SESSION_COLUMNS,
    TASK_COLUMNS,
    known,
    node_json,
    to_committed,
    to_inputs,
    to_node,
    to_session,
    to_task,
)

__all__ = ["SupabaseLedger"]

_COMMANDS = ("process_chat_message", "apply_transformation")


class SupabaseLedger:
    """What workers and the sweep may do: see ``workbench.store.protocol.Ledger``."""

    def __init__(self, face: Face) -> None:
        self._face = face

    def claim_task(self, task_id: str, *, worker: str, lease_seconds: float, max_attempts: int) -> Claim:
        if not is_id(task_id):
            return Claim(ClaimOutcome.ENDED)
        found = self._face.call(
            "claim_task",
            p_task=task_id,
            p_claim=new_id(),  # by which a repetition knows that the claim was this very one
            p_worker=worker,
            p_lease=lease_seconds,
            p_attempts=max_attempts,
            p_cancelled=refusals.cancelled_by_owner().to_dict(),
            p_lost=refusals.worker_lost(max_attempts).to_dict(),
        ).value()
        task, following = found["task"], found["next_task"]
        return Claim(
            ClaimOutcome(found["outcome"]),
            fence=found["fence"],
            task=None if task is None else to_task(task),
            next_task=None if following is None else to_task(following),
            inputs=to_inputs(found["inputs"]),
        )

    def renew_lease(self, task_id: str, fence: int, *, lease_seconds: float) -> bool:
        lost = _lost(task_id, fence)
        answer = self._face.call("renew_lease", p_task=task_id, p_fence=fence, p_lease=lease_seconds)
        return bool(answer.value(lease_lost=lost))

    def service_session(self, session_id: str) -> SessionRecord:
        query = self._face.table("sessions").select(SESSION_COLUMNS)
        for row in self._face.rows(query.eq("id", known(session_id, SessionNotFound))):
            return to_session(row)
        raise SessionNotFound.of(session_id)

    def service_node(self, node_id: str) -> NodeRecord:
        query = self._face.table("nodes").select("record").eq("id", known(node_id, NodeNotFound))
        for row in self._face.rows(query):
            return to_node(row["record"])
        raise NodeNotFound.of(node_id)

    def commit_node(
        self,
        task_id: str,
        fence: int,
        node: NodeRecord,
        *,
        result: dict[str, Any],
        move_head: bool = True,
    ) -> Committed:
        lost = _lost(task_id, fence)
        answer = self._face.call(
            "commit_node",
            p_task=task_id,
            p_fence=fence,
            p_node=node_json(node),
            p_result=result,
            p_move_head=move_head,
        )
        foreign = partial(refusals.foreign_node, node.id, task_id)
        return to_committed(answer.value(lease_lost=lost, invalid_parameter=foreign))

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
        lost = _lost(task_id, fence)
        if steps < 1:
            raise refusals.move_without_steps(steps)
        target = node_id if move is HeadMove.CHECKOUT else None
        if move is HeadMove.CHECKOUT and target is None:
            raise refusals.checkout_needs_node()
        if target is not None:
            known(target, NodeNotFound)
        answer = self._face.call(
            "commit_move",
            p_task=task_id,
            p_fence=fence,
            p_move=move.value,
            p_node=target,
            p_steps=steps,
            p_result=result,
        )
        return to_committed(
            answer.value(
                lease_lost=lost,
                node_not_found=partial(NodeNotFound.of, str(target)),
                invalid_parameter=partial(refusals.task_without_session, task_id),
                nothing_to_undo=refusals.nothing_to_undo,
                nothing_to_redo=refusals.nothing_to_redo,
            )
        )

    def service_previous(self, task_id: str) -> TaskRecord | None:
        if not is_id(task_id):
            return None
        task = self._face.table("tasks").select("seq,session_id").eq("id", task_id)
        for row in self._face.rows(task):
            query = self._face.table("tasks").select(TASK_COLUMNS).eq("session_id", row["session_id"])
            query = query.lt("seq", row["seq"]).in_("kind", _COMMANDS)
            query = query.filter("node_id", "not.is", "null").order("seq", desc=True).limit(1)
            return next((to_task(found) for found in self._face.rows(query)), None)
        return None

    def finish_task(
        self,
        task_id: str,
        fence: int,
        status: TaskState,
        *,
        result: dict[str, Any] | None = None,
        error: dict[str, Any] | None = None,
    ) -> Committed:
        if not status.ended:
            raise refusals.status_not_final(status.value)
        lost = _lost(task_id, fence)
        answer = self._face.call(
            "finish_task",
            p_task=task_id,
            p_fence=fence,
            p_status=status.value,
            p_result=result,
            p_error=error,
        )
        return to_committed(answer.value(lease_lost=lost))

    def due_tasks(self, *, resend_seconds: float, limit: int = 100) -> list[DueTask]:
        rows = self._face.call("due_tasks", p_resend=resend_seconds, p_limit=limit).value()
        return [DueTask(row["id"], row["kind"], row["queue"]) for row in rows]

    def purge_tasks(self, *, older_than_days: float) -> int:
        return int(self._face.call("purge_tasks", p_days=older_than_days).value())


def _lost(task_id: str, fence: int) -> Callable[[], LeaseLost]:
    """How the loss of a task is told; at once for what cannot be a task.

    Raises:
        LeaseLost: The id is that of nothing.
    """
    if not is_id(task_id):
        raise refusals.lease_lost(task_id, fence)
    return partial(refusals.lease_lost, task_id, fence)
