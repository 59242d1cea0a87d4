"""Many threads and several processes at once."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TypeVar

from tests.contract.store.support import (
    ANA,
    RESEND,
    Clock,
    claim,
    claimed,
    make_node,
    new_task,
    opened,
    submit,
)
from workbench.errors import LeaseLost
from workbench.models import TaskState
from workbench.store.protocol import ClaimOutcome, Store

T = TypeVar("T")
OpenAgain = Callable[[], Store]

THREADS = 8
PROCESSES = 2
_gate: threading.Barrier


def at_once(call: Callable[[int], T], times: int = THREADS) -> list[T]:
    """Run a call in that many threads, all let go together."""
    gate = threading.Barrier(times)

    def run(number: int) -> T:
        gate.wait(timeout=30)
        return call(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def in_processes(call: Callable[..., T], open_again: OpenAgain, *arguments: object) -> list[T]:
    """Run a module's function in several processes; each opens the store for itself."""
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, context, initializer=_meet_at, initargs=(gate,)) as pool:
        running = [pool.submit(call, open_again, *arguments) for _ in range(PROCESSES)]
        return [future.result(timeout=120) for future in running]


def _meet_at(gate: threading.Barrier) -> None:
    global _gate  # noqa: PLW0603  how a pool's processes are given what cannot be sent later
    _gate = gate


def claim_all(open_again: OpenAgain, task_ids: list[str]) -> list[str]:
    store = open_again()
    try:
        _gate.wait(timeout=60)
        answers = [
            (task_id, store.ledger.claim_task(task_id, worker="w", lease_seconds=600, max_attempts=3))
            for task_id in task_ids
        ]
    finally:
        store.close()
    return [task_id for task_id, answer in answers if answer.outcome is ClaimOutcome.CLAIMED]


def submit_many(open_again: OpenAgain, session_id: str, count: int) -> list[str]:
    store = open_again()
    try:
        owner = store.as_owner(ANA)
        _gate.wait(timeout=60)
        return [owner.submit_task(new_task(session_id, "ingest_dataset")).task.id for _ in range(count)]
    finally:
        store.close()


class RacesContract:
    """What is true of one caller is true of many."""

    def test_of_many_claims_one_wins(self, store: Store) -> None:
        for _ in range(5):
            task = submit(store, None, "test_task")
            answers = at_once(lambda number, task=task: claim(store, task, f"worker-{number}"))
            assert Counter(answer.outcome for answer in answers) == {
                ClaimOutcome.CLAIMED: 1,
                ClaimOutcome.TAKEN: THREADS - 1,
            }
            assert store.as_owner(ANA).task(task.id).attempts == 1

    def test_of_claims_in_many_processes_one_wins(self, store: Store, open_again: OpenAgain) -> None:
        tasks = [submit(store, None, "test_task").id for _ in range(40)]
        won = in_processes(claim_all, open_again, tasks)
        assert sorted(task for some in won for task in some) == sorted(tasks)

    def test_submissions_from_many_processes_have_one_order(
        self, store: Store, open_again: OpenAgain
    ) -> None:
        session = store.as_owner(ANA).create_session("crowded")
        made = in_processes(submit_many, open_again, session.id, 20)
        order = [task.id for task in store.as_owner(ANA).tasks(session_id=session.id, limit=200).items][::-1]
        assert len(order) == 20 * PROCESSES
        assert [[task for task in order if task in set(mine)] for mine in made] == made
        self._runs_in(store, order)

    def test_submissions_from_many_threads_have_one_order(self, store: Store) -> None:
        session, _ = opened(store)
        made = at_once(lambda _: [submit(store, session.id).id for _ in range(5)])
        listed = store.as_owner(ANA).tasks(session_id=session.id, limit=200).items
        order = [task.id for task in listed if not task.status.ended][::-1]
        assert [[task for task in order if task in set(mine)] for mine in made] == made
        self._runs_in(store, order)

    @staticmethod
    def _runs_in(store: Store, order: list[str]) -> None:
        for task_id, following in zip(order, [*order[1:], None], strict=True):
            fence = claimed(store, store.as_owner(ANA).task(task_id))
            ended = store.ledger.finish_task(task_id, fence, TaskState.FAILURE)
            assert (ended.next_task and ended.next_task.id) == following

    def test_of_many_equal_submissions_one_makes_a_task(self, store: Store) -> None:
        session, _ = opened(store)
        before = len(store.as_owner(ANA).tasks().items)
        new = {"idempotency_key": "key", "request_hash": "hash"}
        answers = at_once(lambda _: store.as_owner(ANA).submit_task(new_task(session.id, **new)))
        assert len({answer.task.id for answer in answers}) == 1
        assert [answer.repeated for answer in answers].count(False) == 1
        assert len(store.as_owner(ANA).tasks().items) == before + 1

    def test_many_commits_of_one_claim_make_one_node(self, store: Store) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        fence = claimed(store, task)
        answers = at_once(
            lambda _: store.ledger.commit_node(task.id, fence, make_node(task, source.id), result={})
        )
        assert len({answer.node.id for answer in answers}) == 1
        assert all(answer.task == answers[0].task for answer in answers)
        assert len(store.as_owner(ANA).nodes(session.id).items) == 2
        undone = store.as_owner(ANA).session(session.id)
        assert (undone.head, undone.can_undo) == (answers[0].node.id, True)

    def test_a_late_worker_and_its_successor_make_one_node(self, store: Store, clock: Clock) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        fences = [claimed(store, task)]
        clock.advance(3600)
        fences.append(claimed(store, task))

        def commit(number: int) -> str | None:
            try:
                node = make_node(task, source.id)
                return store.ledger.commit_node(task.id, fences[number], node, result={}).node.id
            except LeaseLost:
                return None

        late, successor = at_once(commit, 2)
        assert late is None
        assert [node.id for node in store.as_owner(ANA).nodes(session.id).items] == [source.id, successor]

    def test_a_due_task_is_handed_out_once(self, store: Store, clock: Clock) -> None:
        tasks = [submit(store, None, "test_task").id for _ in range(30)]
        clock.advance(RESEND)
        taken = at_once(lambda _: store.ledger.due_tasks(resend_seconds=RESEND, limit=10))
        assert sorted(task.id for some in taken for task in some) == sorted(tasks)

    def test_a_cancellation_and_a_claim_agree(self, store: Store) -> None:
        for _ in range(5):
            task = submit(store, None, "test_task")
            calls = [
                lambda task=task: store.as_owner(ANA).cancel_task(task.id),
                lambda task=task: claim(store, task),
            ]
            cancelled, answer = at_once(lambda number, calls=calls: calls[number](), 2)
            if answer.outcome is ClaimOutcome.CLAIMED:
                assert cancelled.task.cancel_requested
            else:
                assert (answer.outcome, cancelled.task.status) == (ClaimOutcome.ENDED, TaskState.REVOKED)
