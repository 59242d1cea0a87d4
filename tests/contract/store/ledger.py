"""The ledger: claims, leases and fences, and the one point at which a task takes effect."""

from __future__ import annotations

import pytest

from tests.contract.store.support import (
    ANA,
    ATTEMPTS,
    LEASE,
    RESEND,
    Clock,
    add_dataset,
    claim,
    claimed,
    command,
    make_node,
    opened,
    submit,
)
from workbench.errors import InvalidParameter, LeaseLost, TaskNotFound, error_from_dict
from workbench.ids import new_id
from workbench.models import TaskRecord, TaskState
from workbench.store.protocol import ClaimOutcome, DueTask, Store


def due(store: Store, limit: int = 100) -> list[str]:
    return [task.id for task in store.ledger.due_tasks(resend_seconds=RESEND, limit=limit)]


class LedgerContract:
    """Celery delivers at most once, the ledger makes it at least once, the fence makes it exactly once."""

    def test_a_claim_begins_a_task(self, store: Store, clock: Clock) -> None:
        session, _ = opened(store)
        task = submit(store, session.id, payload={"plan": [1]})
        clock.advance(1)
        answer = claim(store, task)
        assert (answer.outcome, answer.next_task) == (ClaimOutcome.CLAIMED, None)
        assert answer.fence >= 1
        expected = {"status": TaskState.STARTED, "attempts": 1, "started_at": clock()}
        assert answer.task == task.model_copy(update=expected)
        assert store.as_owner(ANA).task(task.id) == answer.task

    def test_a_task_is_one_workers_while_its_lease_lasts(self, store: Store, clock: Clock) -> None:
        task = submit(store, None, "test_task")
        fence = claimed(store, task)
        clock.advance(LEASE - 1)
        assert claim(store, task, "worker-2").outcome is ClaimOutcome.TAKEN
        store.ledger.renew_lease(task.id, fence, lease_seconds=LEASE)
        clock.advance(LEASE - 1)
        assert claim(store, task, "worker-2").outcome is ClaimOutcome.TAKEN
        clock.advance(2)
        taken_over = claim(store, task, "worker-2")
        assert taken_over.outcome is ClaimOutcome.CLAIMED
        assert taken_over.fence > fence
        assert taken_over.task is not None
        assert taken_over.task.attempts == 2
        assert taken_over.task.started_at == task.created_at  # when the first attempt began

    def test_a_lease_that_ran_out_may_be_renewed_by_its_holder(self, store: Store, clock: Clock) -> None:
        task = submit(store, None, "test_task")
        fence = claimed(store, task)
        clock.advance(LEASE * 2)
        store.ledger.renew_lease(task.id, fence, lease_seconds=LEASE)
        assert claim(store, task, "worker-2").outcome is ClaimOutcome.TAKEN

    def test_a_stale_fence_can_do_nothing(self, store: Store, clock: Clock) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        stale = claimed(store, task)
        clock.advance(LEASE + 1)
        fence = claimed(store, task)
        for wrong in (stale, fence + 1, 0):
            self._is_lost(store, task, wrong, source.id)
        ended = store.ledger.commit_node(task.id, fence, make_node(task, source.id), result={})
        for wrong in (stale, fence + 1):
            self._is_lost(store, task, wrong, source.id)
        assert store.as_owner(ANA).task(task.id) == ended.task
        assert len(store.as_owner(ANA).nodes(session.id).items) == 2

    def test_a_task_that_nobody_claimed_can_not_be_ended(self, store: Store) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        self._is_lost(store, task, 0, source.id)
        self._is_lost(store, task, 1, source.id)

    @staticmethod
    def _is_lost(store: Store, task: TaskRecord, fence: int, parent: str) -> None:
        with pytest.raises(LeaseLost):
            store.ledger.renew_lease(task.id, fence, lease_seconds=LEASE)
        with pytest.raises(LeaseLost):
            store.ledger.finish_task(task.id, fence, TaskState.FAILURE)
        with pytest.raises(LeaseLost):
            store.ledger.commit_node(task.id, fence, make_node(task, parent), result={})

    def test_a_sessions_tasks_run_in_their_order(self, store: Store) -> None:
        session, source = opened(store)
        other, _ = opened(store)
        first, second, third = (submit(store, session.id) for _ in range(3))
        elsewhere = submit(store, other.id)
        assert claim(store, second).outcome is ClaimOutcome.BLOCKED
        fence = claimed(store, first)
        assert claim(store, second).outcome is ClaimOutcome.BLOCKED
        claimed(store, elsewhere)
        ended = store.ledger.commit_node(first.id, fence, make_node(first, source.id), result={})
        assert ended.next_task == second
        assert claim(store, third).outcome is ClaimOutcome.BLOCKED
        fence = claimed(store, second)
        assert store.ledger.finish_task(second.id, fence, TaskState.FAILURE).next_task == third
        fence = claimed(store, third)
        assert store.ledger.finish_task(third.id, fence, TaskState.SUCCESS).next_task is None

    def test_a_blocked_attempt_does_not_count(self, store: Store) -> None:
        session, _ = opened(store)
        submit(store, session.id)
        second = submit(store, session.id)
        for _ in range(ATTEMPTS + 1):
            claim(store, second)
        assert store.as_owner(ANA).task(second.id) == second

    def test_an_ended_task_is_not_claimed(self, store: Store) -> None:
        session, _ = opened(store)
        ended = command(store, session.id)
        answer = claim(store, ended.task)
        assert (answer.outcome, answer.fence) == (ClaimOutcome.ENDED, 0)
        assert store.as_owner(ANA).task(ended.task.id) == ended.task

    def test_an_unknown_task_is_as_one_that_ended(self, store: Store) -> None:
        answer = store.ledger.claim_task(new_id(), worker="w", lease_seconds=LEASE, max_attempts=ATTEMPTS)
        assert answer.outcome is ClaimOutcome.ENDED

    def test_the_work_on_a_deleted_session_is_void(self, store: Store) -> None:
        session, source = opened(store)
        running, waiting = submit(store, session.id), submit(store, session.id)
        fence = claimed(store, running)
        store.as_owner(ANA).delete_session(session.id)
        assert claim(store, waiting).outcome is ClaimOutcome.ENDED
        self._is_lost(store, running, fence, source.id)
        assert due(store) == []

    def test_a_task_whose_workers_are_lost_is_given_up(self, store: Store, clock: Clock) -> None:
        session, source = opened(store)
        task, following = submit(store, session.id), submit(store, session.id)
        for _ in range(ATTEMPTS):
            fence = claimed(store, task)
            clock.advance(LEASE + 1)
        answer = claim(store, task)
        assert (answer.outcome, answer.next_task) == (ClaimOutcome.EXHAUSTED, following)
        given_up = store.as_owner(ANA).task(task.id)
        assert answer.task == given_up
        assert (given_up.status, given_up.attempts, given_up.finished_at) == (
            TaskState.FAILURE,
            ATTEMPTS,
            clock(),
        )
        assert given_up.error is not None
        assert error_from_dict(given_up.error).code == "worker_lost"
        assert error_from_dict(given_up.error).hint
        self._is_lost(store, task, fence, source.id)
        assert claim(store, task).outcome is ClaimOutcome.ENDED
        claimed(store, following)

    def test_a_cancelled_task_whose_worker_is_lost_is_not_run_again(self, store: Store, clock: Clock) -> None:
        session, source = opened(store)
        task, following = submit(store, session.id), submit(store, session.id)
        fence = claimed(store, task)
        store.as_owner(ANA).cancel_task(task.id)
        clock.advance(LEASE + 1)
        assert due(store) == [task.id]
        answer = claim(store, task)
        assert (answer.outcome, answer.next_task) == (ClaimOutcome.ENDED, following)
        assert answer.task is not None
        assert answer.task == store.as_owner(ANA).task(task.id)
        assert (answer.task.status, answer.task.finished_at) == (TaskState.REVOKED, clock())
        self._is_lost(store, task, fence, source.id)

    def test_a_commit_takes_effect_as_one(self, store: Store, clock: Clock) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        fence = claimed(store, task)
        clock.advance(4)
        node = make_node(task, source.id)
        ended = store.ledger.commit_node(task.id, fence, node, result={"rows_affected": 150, "ratio": 0.1})
        assert ended.node == node
        assert (ended.task.status, ended.task.finished_at) == (TaskState.SUCCESS, clock())
        assert ended.task.result == {"rows_affected": 150, "ratio": 0.1, "node_id": node.id}
        assert store.as_owner(ANA).task(task.id) == ended.task
        assert store.as_owner(ANA).session(session.id).head == node.id

    @pytest.mark.parametrize("flaw", ["result", "session", "owner"])
    def test_a_commit_that_fails_leaves_nothing(self, store: Store, flaw: str) -> None:
        session, source = opened(store)
        other, _ = opened(store)
        task = submit(store, session.id)
        fence = claimed(store, task)
        result = {"ratio": float("nan")} if flaw == "result" else {}
        wrong = {"session": {"session_id": other.id}, "owner": {"owner": "ben"}}.get(flaw, {})
        node = make_node(task, source.id).model_copy(update=wrong)
        with pytest.raises(InvalidParameter):
            store.ledger.commit_node(task.id, fence, node, result=result)
        assert store.as_owner(ANA).session(session.id) == session
        assert store.as_owner(ANA).task(task.id).status is TaskState.STARTED
        assert store.as_owner(ANA).nodes(session.id).items == [source]
        store.ledger.commit_node(task.id, fence, make_node(task, source.id), result={})

    def test_a_repeated_commit_answers_the_same(self, store: Store) -> None:
        session, source = opened(store)
        task, following = submit(store, session.id), submit(store, session.id)
        fence = claimed(store, task)
        node = make_node(task, source.id)
        answers = [store.ledger.commit_node(task.id, fence, node, result={"a": 1}) for _ in range(2)]
        assert answers[0] == answers[1]
        assert answers[0].next_task == following
        # The worker did not learn that its commit went through, and reports a failure: the commit stands.
        assert store.ledger.finish_task(task.id, fence, TaskState.FAILURE) == answers[0]
        assert store.ledger.renew_lease(task.id, fence, lease_seconds=LEASE) is False
        assert store.as_owner(ANA).task(task.id) == answers[0].task
        assert len(store.as_owner(ANA).nodes(session.id).items) == 2
        claimed(store, following)
        assert store.ledger.commit_node(task.id, fence, node, result={"a": 1}).next_task is None

    @pytest.mark.parametrize("status", [TaskState.SUCCESS, TaskState.FAILURE, TaskState.REVOKED])
    def test_finishing_ends_a_task_without_a_node(
        self, store: Store, clock: Clock, status: TaskState
    ) -> None:
        task = submit(store, None, "test_task")
        fence = claimed(store, task)
        clock.advance(1)
        given = (
            {"result": {"worker": "w"}}
            if status is TaskState.SUCCESS
            else {"error": {"code": "x", "n": None}}
        )
        answers = [store.ledger.finish_task(task.id, fence, status, **given) for _ in range(2)]
        ended = answers[0].task
        assert answers[0] == answers[1]
        assert (ended.status, ended.finished_at) == (status, clock())
        assert {"result": ended.result, "error": ended.error} == {"result": None, "error": None, **given}
        assert store.as_owner(ANA).task(task.id) == ended
        # A repetition answers what was, whatever it says.
        assert store.ledger.finish_task(task.id, fence, TaskState.FAILURE, error={"late": 1}) == answers[0]

    def test_a_task_ends_in_a_final_state_only(self, store: Store) -> None:
        task = submit(store, None, "test_task")
        fence = claimed(store, task)
        with pytest.raises(InvalidParameter):
            store.ledger.finish_task(task.id, fence, TaskState.PROGRESS)

    def test_a_task_that_nobody_claims_is_due_again_and_again(self, store: Store, clock: Clock) -> None:
        task = submit(store, None, "test_task")
        for _ in range(2):
            clock.advance(RESEND - 1)
            assert due(store) == []
            clock.advance(1)
            assert store.ledger.due_tasks(resend_seconds=RESEND) == [DueTask(task.id, task.kind, task.queue)]
            assert due(store) == []

    def test_a_task_whose_worker_fell_silent_is_due_at_once(self, store: Store, clock: Clock) -> None:
        task = submit(store, None, "test_task")
        claimed(store, task)
        clock.advance(LEASE - 0.001)
        assert due(store) == []
        clock.advance(0.001)
        assert due(store) == [task.id]
        assert due(store) == []
        clock.advance(RESEND)
        assert due(store) == [task.id]
        claimed(store, task)
        clock.advance(RESEND)
        assert due(store) == []

    def test_a_worker_that_comes_back_keeps_a_task_that_was_due(self, store: Store, clock: Clock) -> None:
        task = submit(store, None, "test_task")
        fence = claimed(store, task)
        clock.advance(LEASE)
        assert due(store) == [task.id]
        store.ledger.renew_lease(task.id, fence, lease_seconds=LEASE)
        assert claim(store, task, "worker-2").outcome is ClaimOutcome.TAKEN
        clock.advance(RESEND)
        assert due(store) == []

    def test_a_blocked_task_is_never_due(self, store: Store, clock: Clock) -> None:
        session, source = opened(store)
        first, second, _third = (submit(store, session.id) for _ in range(3))
        clock.advance(RESEND)
        assert due(store) == [first.id]
        fence = claimed(store, first)
        clock.advance(RESEND)
        assert due(store) == []
        store.ledger.commit_node(first.id, fence, make_node(first, source.id), result={})
        assert due(store) == []  # it was given to the worker as next_task just now
        clock.advance(RESEND)
        assert due(store) == [second.id]

    def test_due_tasks_come_in_order_and_bounded(self, store: Store, clock: Clock) -> None:
        tasks = [submit(store, None, "test_task").id for _ in range(5)]
        clock.advance(RESEND)
        assert due(store, limit=3) == tasks[:3]
        assert due(store, limit=3) == tasks[3:]

    def test_purging_removes_what_ended_long_ago(self, store: Store, clock: Clock) -> None:
        session, _source = opened(store)
        old = command(store, session.id)
        clock.advance(2 * 86_400)
        young = command(store, session.id)
        waiting = submit(store, session.id)
        clock.advance(86_400)
        assert store.ledger.purge_tasks(older_than_days=1.5) == 2  # the ingest, and the old one
        assert store.ledger.purge_tasks(older_than_days=1.5) == 0
        ana = store.as_owner(ANA)
        assert [task.id for task in ana.tasks().items] == [waiting.id, young.task.id]
        with pytest.raises(TaskNotFound):
            ana.task(old.task.id)
        assert ana.node(old.node.id) == old.node
        assert ana.session(session.id).head == young.node.id

    def test_a_second_dataset_does_not_disturb_a_question(self, store: Store) -> None:
        session, source = opened(store)
        command(store, session.id, move_head=False)
        add_dataset(store, session.id, "airlines")
        assert store.as_owner(ANA).session(session.id).head == source.id
