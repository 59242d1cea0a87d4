"""Submitting, listing and cancelling tasks."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from tests.contract.store.support import (
    ANA,
    BEN,
    LEASE,
    Clock,
    claim,
    claimed,
    command,
    make_node,
    new_task,
    opened,
    submit,
)
from workbench.errors import IdempotencyConflict, InvalidParameter, SessionEmpty
from workbench.models import TaskState
from workbench.store.protocol import ClaimOutcome, Store


class TasksContract:
    """A task's row is written before anything is sent."""

    def test_a_submitted_task_is_pending(self, store: Store, clock: Clock) -> None:
        session, source = opened(store)
        payload = {
            "message": "sort by “délai” 😀",
            "node_id": source.id,
            "dry_run": False,
            "deep": [1.5, None],
        }
        new = new_task(session.id, "process_chat_message", payload=payload, queue="heavy")
        submitted = store.as_owner(ANA).submit_task(new)
        task = submitted.task
        assert not submitted.repeated
        assert (task.id, task.owner, task.session_id, task.kind) == (new.id, ANA.id, session.id, new.kind)
        assert (task.queue, task.payload, task.status) == ("heavy", payload, TaskState.PENDING)
        assert (task.attempts, task.cancel_requested, task.result, task.error) == (0, False, None, None)
        assert (task.created_at, task.started_at, task.finished_at) == (clock(), None, None)
        assert task.created_at.utcoffset() == timedelta(0)
        assert store.as_owner(ANA).task(task.id) == task

    def test_a_task_may_stand_alone(self, store: Store) -> None:
        first, second = (submit(store, None, "test_task", payload={"message": "Hello"}) for _ in range(2))
        claimed(store, first)
        claimed(store, second)

    def test_tasks_are_listed_newest_first_page_by_page(self, store: Store) -> None:
        session, _ = opened(store)
        other, _ = opened(store)
        ana = store.as_owner(ANA)
        made = [submit(store, session.id) for _ in range(4)]
        elsewhere = submit(store, other.id)
        first = ana.tasks(session_id=session.id, limit=3)
        second = ana.tasks(session_id=session.id, limit=3, after=first.next)
        assert [*first.items, *second.items][:4] == made[::-1]
        assert second.next is None
        assert ana.tasks(limit=2).items == [elsewhere, made[-1]]

    def test_the_same_submission_again_is_the_same_task(self, store: Store) -> None:
        session, _ = opened(store)
        new = new_task(session.id, payload={"plan": [{"kind": "sort"}]})
        first = store.as_owner(ANA).submit_task(new)
        again = store.as_owner(ANA).submit_task(new)
        assert again.repeated
        assert again.task == first.task

    def test_a_task_id_is_used_once(self, store: Store) -> None:
        session, _ = opened(store)
        new = new_task(session.id)
        store.as_owner(ANA).submit_task(new)
        with pytest.raises(InvalidParameter):
            store.as_owner(ANA).submit_task(dataclasses.replace(new, payload={"plan": ["another"]}))
        theirs = store.as_owner(BEN).create_session("mine")
        with pytest.raises(InvalidParameter):
            store.as_owner(BEN).submit_task(
                dataclasses.replace(new, session_id=theirs.id, kind="ingest_dataset")
            )

    def test_an_idempotency_key_makes_one_task(self, store: Store) -> None:
        session, _ = opened(store)
        keyed = {"idempotency_key": "key-1", "request_hash": "of the request"}
        first = store.as_owner(ANA).submit_task(new_task(session.id, **keyed))
        again = store.as_owner(ANA).submit_task(new_task(session.id, **keyed))
        assert (first.repeated, again.repeated) == (False, True)
        assert again.task == first.task
        store.as_owner(ANA).cancel_task(first.task.id)
        late = store.as_owner(ANA).submit_task(new_task(session.id, **keyed))
        assert (late.repeated, late.task.status) == (True, TaskState.REVOKED)

    def test_an_idempotency_key_for_another_request_is_refused(self, store: Store) -> None:
        session, _ = opened(store)
        ana = store.as_owner(ANA)
        ana.submit_task(new_task(session.id, idempotency_key="key-1", request_hash="one"))
        before = ana.tasks().items
        with pytest.raises(IdempotencyConflict):
            ana.submit_task(new_task(session.id, idempotency_key="key-1", request_hash="two"))
        assert ana.tasks().items == before

    def test_idempotency_keys_are_each_owners_own(self, store: Store) -> None:
        for owner, digest in ((ANA, "one"), (BEN, "two")):
            new = new_task(None, "test_task", idempotency_key="key-1", request_hash=digest)
            assert not store.as_owner(owner).submit_task(new).repeated

    @pytest.mark.parametrize("kind", ["process_chat_message", "apply_transformation"])
    def test_a_command_needs_data(self, store: Store, kind: str) -> None:
        session = store.as_owner(ANA).create_session("empty")
        with pytest.raises(SessionEmpty):
            submit(store, session.id, kind)
        assert store.as_owner(ANA).tasks().items == []

    def test_a_command_may_wait_for_the_first_data(self, store: Store) -> None:
        session = store.as_owner(ANA).create_session("empty")
        ingest = submit(store, session.id, "ingest_dataset")
        fence = claimed(store, ingest)
        submit(store, session.id)
        store.ledger.finish_task(ingest.id, fence, TaskState.FAILURE)
        with pytest.raises(SessionEmpty):
            submit(store, session.id)

    def test_what_json_cannot_hold_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidParameter):
            submit(store, None, "test_task", payload={"bound": float("nan")})
        with pytest.raises(InvalidParameter):
            submit(store, None, "test_task", payload={"message": "\ud800"})

    def test_cancelling_a_pending_task_ends_it_and_lets_the_next_one_go(
        self, store: Store, clock: Clock
    ) -> None:
        session, _ = opened(store)
        first, second = submit(store, session.id), submit(store, session.id)
        clock.advance(2)
        ended = store.as_owner(ANA).cancel_task(first.id)
        assert (ended.task.status, ended.task.finished_at) == (TaskState.REVOKED, clock())
        assert ended.task.error is not None
        assert ended.task.error["code"] == "task_cancelled"
        assert ended.next_task == second
        assert store.as_owner(ANA).task(first.id) == ended.task
        assert claim(store, first).outcome is ClaimOutcome.ENDED
        claimed(store, second)

    def test_cancelling_a_task_in_the_middle_lets_none_go(self, store: Store) -> None:
        session, _ = opened(store)
        first, second, third = (submit(store, session.id) for _ in range(3))
        assert store.as_owner(ANA).cancel_task(second.id).next_task is None
        fence = claimed(store, first)
        assert store.ledger.finish_task(first.id, fence, TaskState.FAILURE).next_task == third

    def test_cancelling_a_running_task_tells_its_worker(self, store: Store) -> None:
        session, _ = opened(store)
        task = submit(store, session.id)
        fence = claimed(store, task)
        assert store.ledger.renew_lease(task.id, fence, lease_seconds=LEASE) is False
        for _ in range(2):
            asked = store.as_owner(ANA).cancel_task(task.id)
            assert (asked.task.status, asked.task.cancel_requested) == (TaskState.STARTED, True)
            assert asked.next_task is None
        assert store.ledger.renew_lease(task.id, fence, lease_seconds=LEASE) is True
        ended = store.ledger.finish_task(task.id, fence, TaskState.REVOKED, error={"code": "task_cancelled"})
        assert ended.task.status is TaskState.REVOKED

    def test_cancelling_comes_too_late_for_a_task_that_ended(self, store: Store) -> None:
        session, _ = opened(store)
        ended = command(store, session.id)
        assert store.as_owner(ANA).cancel_task(ended.task.id).task == ended.task

    def test_a_commit_is_quicker_than_its_cancellation(self, store: Store) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        fence = claimed(store, task)
        store.as_owner(ANA).cancel_task(task.id)
        ended = store.ledger.commit_node(task.id, fence, make_node(task, source.id), result={})
        assert ended.task.status is TaskState.SUCCESS
