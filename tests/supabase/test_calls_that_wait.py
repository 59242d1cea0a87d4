"""One call finds another one's transaction open: it waits, and then goes by what the other has done.

Where ``test_parallel_calls`` lets calls meet by chance, here the first has done its work and not committed
when the second begins.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.at_once import Refused, refusable
from tests.support.database_calls import CANCELLED, claim, claimed, command, commit, new_node, opened, submit
from tests.support.postgres import Caller, Database
from tests.support.waiting import wait_until
from workbench.ids import new_id

Call = Callable[[], Any]


@dataclass
class Pair:
    """Two connections of a user and two of the service, and a session with a command that runs."""

    database: Database

    def __post_init__(self) -> None:
        self.owner = self.database.user()
        self.again = self.database.user(self.owner.id)
        self.worker, self.other = self.database.service(), self.database.service()
        self.session, self.source = opened(self.owner, self.worker)

    def running(self) -> tuple[dict[str, Any], int]:
        """A command of the session, claimed."""
        task = submit(self.owner, self.session)
        return task, claimed(self.worker, task["id"])

    def one_after_the_other(self, first: tuple[Caller, Call], second: tuple[Caller, Call]) -> tuple[Any, Any]:
        """Make the first call, begin the second, and let the first commit once the second waits for it."""
        (holder, hold), (waiter, wait) = first, second
        with ThreadPoolExecutor(1) as pool:
            with holder.transaction():
                held = hold()
                waiting: Future[Any] = pool.submit(refusable, wait)
                wait_until(lambda: self._waits(waiter) or waiting.done(), what="the second call")
                assert not waiting.done(), f"it did not wait: {waiting.result()}"
            return held, waiting.result(timeout=30)

    def _waits(self, caller: Caller) -> bool:
        query = "select 1 from pg_stat_activity where pid = %s and wait_event_type = 'Lock'"
        return self.database.admin.count(query, caller.pid) == 1

    def rename(self, who: Caller, name: str) -> Any:
        return who.call("rename_session", p_id=self.session, p_name=name)

    def delete(self, who: Caller) -> Any:
        return who.call("delete_session", p_id=self.session)

    def undo(self, who: Caller) -> Any:
        return who.call("move_head", p_session=self.session, p_move="undo", p_node=None, p_request=new_id())

    def cancel(self, who: Caller, task_id: str) -> Any:
        return who.call("cancel_task", p_task=task_id, p_error=CANCELLED)


@pytest.fixture
def pair(database: Database) -> Pair:
    return Pair(database)


def test_submissions_to_a_session_follow_each_other(pair: Pair) -> None:
    first, second = pair.one_after_the_other(
        (pair.owner, lambda: submit(pair.owner, pair.session)),
        (pair.again, lambda: submit(pair.again, pair.session)),
    )
    assert first["seq"] < second["seq"]
    assert claim(pair.worker, second["id"])["outcome"] == "blocked"


def test_sessions_do_not_wait_for_each_other(pair: Pair) -> None:
    elsewhere, _ = opened(pair.owner, pair.worker)
    with pair.owner.transaction():
        submit(pair.owner, pair.session)
        task = submit(pair.again, elsewhere)
        command_ended = commit(pair.worker, task, claimed(pair.worker, task["id"]), new_node(task))
    assert command_ended["task"]["status"] == "SUCCESS"


def test_equal_submissions_are_one(pair: Pair) -> None:
    def submit_keyed(who: Caller) -> Any:
        return submit(who, None, "test_task", p_key="key", p_hash="hash")

    first, second = pair.one_after_the_other(
        (pair.owner, lambda: submit_keyed(pair.owner)), (pair.again, lambda: submit_keyed(pair.again))
    )
    assert first["id"] == second["id"]


def test_a_move_of_the_head_comes_too_late_for_a_submission(pair: Pair) -> None:
    command(pair.owner, pair.worker, pair.session)
    _, moved = pair.one_after_the_other(
        (pair.owner, lambda: submit(pair.owner, pair.session)), (pair.again, lambda: pair.undo(pair.again))
    )
    assert moved == Refused("session_busy")


def test_a_submission_applies_to_the_head_that_a_move_leaves(pair: Pair) -> None:
    command(pair.owner, pair.worker, pair.session)
    moved, task = pair.one_after_the_other(
        (pair.owner, lambda: pair.undo(pair.owner)), (pair.again, lambda: submit(pair.again, pair.session))
    )
    assert moved["head"] == pair.source
    assert claim(pair.worker, task["id"])["inputs"]["node"]["id"] == pair.source


def test_the_second_claim_finds_the_task_taken(pair: Pair) -> None:
    task = submit(pair.owner, None, "test_task")
    first, second = pair.one_after_the_other(
        (pair.worker, lambda: claim(pair.worker, task["id"])),
        (pair.other, lambda: claim(pair.other, task["id"])),
    )
    assert (first["outcome"], second["outcome"]) == ("claimed", "taken")


def test_a_commit_waits_for_another_with_its_fence_and_answers_the_same(pair: Pair) -> None:
    task, fence = pair.running()
    first, second = pair.one_after_the_other(
        (pair.worker, lambda: commit(pair.worker, task, fence, new_node(task, pair.source))),
        (pair.other, lambda: commit(pair.other, task, fence, new_node(task, pair.source))),
    )
    assert first == second


def test_a_commit_finds_its_lease_lost_to_a_claim(pair: Pair) -> None:
    task = submit(pair.owner, pair.session)
    stale = claimed(pair.worker, task["id"], p_lease=0.0)
    answer, late = pair.one_after_the_other(
        (pair.other, lambda: claim(pair.other, task["id"])),
        (pair.worker, lambda: commit(pair.worker, task, stale, new_node(task, pair.source))),
    )
    assert (answer["outcome"], late) == ("claimed", Refused("lease_lost"))


def test_a_deletion_waits_for_a_commit_and_takes_it_along(pair: Pair) -> None:
    task, fence = pair.running()
    ended, deleted = pair.one_after_the_other(
        (pair.worker, lambda: commit(pair.worker, task, fence, new_node(task, pair.source))),
        (pair.owner, lambda: pair.delete(pair.owner)),
    )
    assert (ended["task"]["status"], deleted) == ("SUCCESS", {"deleted": True})
    assert pair.database.admin.count("select 1 from public.nodes") == 0


def test_a_commit_finds_its_task_deleted(pair: Pair) -> None:
    task, fence = pair.running()
    _, late = pair.one_after_the_other(
        (pair.owner, lambda: pair.delete(pair.owner)),
        (pair.worker, lambda: commit(pair.worker, task, fence, new_node(task, pair.source))),
    )
    assert late == Refused("lease_lost")
    assert pair.database.admin.count("select 1 from public.nodes") == 0


@pytest.mark.parametrize("late", ["submit", "rename", "undo", "delete"])
def test_what_comes_after_a_deletion_finds_no_session(pair: Pair, late: str) -> None:
    calls: dict[str, Call] = {
        "submit": lambda: submit(pair.again, pair.session),
        "rename": lambda: pair.rename(pair.again, "name"),
        "undo": lambda: pair.undo(pair.again),
        "delete": lambda: pair.delete(pair.again),
    }
    _, answer = pair.one_after_the_other(
        (pair.owner, lambda: pair.delete(pair.owner)), (pair.again, calls[late])
    )
    assert answer == Refused("session_not_found")


def test_a_claim_finds_its_task_deleted(pair: Pair) -> None:
    task = submit(pair.owner, pair.session)
    _, answer = pair.one_after_the_other(
        (pair.owner, lambda: pair.delete(pair.owner)), (pair.worker, lambda: claim(pair.worker, task["id"]))
    )
    assert answer["outcome"] == "ended"


def test_a_cancellation_tells_the_worker_that_claimed_meanwhile(pair: Pair) -> None:
    task = submit(pair.owner, pair.session)
    answer, cancelled = pair.one_after_the_other(
        (pair.worker, lambda: claim(pair.worker, task["id"])),
        (pair.owner, lambda: pair.cancel(pair.owner, task["id"])),
    )
    assert cancelled["task"]["cancel_requested"]
    assert pair.worker.call("renew_lease", p_task=task["id"], p_fence=answer["fence"], p_lease=9.0)


def test_a_claim_finds_the_task_cancelled_meanwhile(pair: Pair) -> None:
    task = submit(pair.owner, pair.session)
    cancelled, answer = pair.one_after_the_other(
        (pair.owner, lambda: pair.cancel(pair.owner, task["id"])),
        (pair.worker, lambda: claim(pair.worker, task["id"])),
    )
    assert (cancelled["task"]["status"], answer["outcome"]) == ("REVOKED", "ended")


def test_a_new_name_and_a_commit_are_both_kept(pair: Pair) -> None:
    task, fence = pair.running()
    node = new_node(task, pair.source)
    pair.one_after_the_other(
        (pair.owner, lambda: pair.rename(pair.owner, "another")),
        (pair.worker, lambda: commit(pair.worker, task, fence, node)),
    )
    assert pair.owner.rows("select name, head::text from public.sessions") == [("another", node["id"])]


def test_a_sweep_does_not_wait_for_another(pair: Pair) -> None:
    tasks = [submit(pair.owner, None, "test_task")["id"] for _ in range(5)]
    with pair.worker.transaction():
        first = pair.worker.call("due_tasks", p_resend=0.0, p_limit=3)
        second = pair.other.call("due_tasks", p_resend=0.0, p_limit=9)
    assert [task["id"] for task in first] == tasks[:3]
    assert [task["id"] for task in second] == tasks[3:]


def test_nobody_can_hold_up_what_is_anothers(pair: Pair) -> None:
    """Another user's calls neither wait for the owner's nor make them wait."""
    task, _ = pair.running()
    stranger = pair.database.user()
    with pair.owner.transaction():
        pair.rename(pair.owner, "held")
        refused = [
            refusable(call)
            for call in (
                lambda: pair.rename(stranger, "mine"),
                lambda: pair.delete(stranger),
                lambda: pair.undo(stranger),
                lambda: submit(stranger, pair.session),
                lambda: pair.cancel(stranger, task["id"]),
                lambda: stranger.call("create_session", p_id=new_id(), p_name="mine")["name"],
            )
        ]
    assert refused == [*["session_not_found"] * 4, "task_not_found", "mine"]
