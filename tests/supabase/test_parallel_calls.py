"""Calls that meet, on real connections of their own: what is true of one caller is true of many."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.at_once import Refused, at_once, refusable
from tests.support.database_calls import (
    CANCELLED,
    claim,
    claimed,
    command,
    commit,
    new_node,
    opened,
    submit,
)
from tests.support.postgres import Caller, Database
from workbench.ids import new_id

ROUNDS = 40

Task = dict[str, Any]


@pytest.fixture
def owner(database: Database) -> Caller:
    return database.user()


@pytest.fixture
def owners(database: Database, owner: Caller) -> list[Caller]:
    """The same user, on connections of their own."""
    return [database.user(owner.id) for _ in range(6)]


@pytest.fixture
def workers(database: Database) -> list[Caller]:
    return [database.service() for _ in range(4)]


def finish(worker: Caller, task_id: str, fence: int, status: str = "FAILURE") -> Any:
    return worker.call(
        "finish_task", p_task=task_id, p_fence=fence, p_status=status, p_result=None, p_error=None
    )


def move(owner: Caller, session: str, how: str, node: str | None = None, request: str | None = None) -> Any:
    return owner.call("move_head", p_session=session, p_move=how, p_node=node, p_request=request or new_id())


def head(owner: Caller, session: str) -> tuple[Any, ...]:
    [row] = owner.rows("select head::text, head_at, head_end from public.sessions where id = %s", session)
    return tuple(row)


def count(database: Database, table: str, session: str) -> int:
    return database.admin.count(f"select 1 from public.{table} where session_id = %s", session)


def ran_in_order(database: Database) -> None:
    """Of no session did a task begin before an earlier one had ended."""
    overlapping = database.admin.rows(
        "select later.id from public.tasks as earlier join public.tasks as later using (session_id)"
        " where earlier.seq < later.seq and later.started_at < coalesce(earlier.finished_at, 'infinity')"
    )
    assert overlapping == []


def test_of_two_claims_one_wins(owner: Caller, workers: list[Caller]) -> None:
    for _ in range(ROUNDS):
        task = submit(owner, None, "test_task")
        answers = at_once([partial(claim, worker, task["id"]) for worker in workers])
        assert sorted(answer["outcome"] for answer in answers) == ["claimed", "taken", "taken", "taken"]
        [won] = [answer for answer in answers if answer["outcome"] == "claimed"]
        assert (won["fence"], won["task"]["attempts"]) == (1, 1)


def test_a_claim_that_is_repeated_while_it_runs_is_one(owner: Caller, workers: list[Caller]) -> None:
    for _ in range(ROUNDS):
        task = submit(owner, None, "test_task")
        answers = at_once([partial(claim, worker, task["id"], p_claim=task["id"]) for worker in workers])
        assert {(answer["outcome"], answer["fence"]) for answer in answers} == {("claimed", 1)}
        assert {answer["task"]["attempts"] for answer in answers} == {1}


def test_of_two_claims_of_a_free_task_one_wins(owner: Caller, workers: list[Caller]) -> None:
    """Its worker was lost; the attempt counts once, and the last one is not made twice."""
    for _ in range(ROUNDS):
        task = submit(owner, None, "test_task")
        claimed(workers[0], task["id"], p_lease=0.0)
        answers = at_once([partial(claim, worker, task["id"]) for worker in workers[:2]])
        assert sorted(answer["outcome"] for answer in answers) == ["claimed", "taken"]
        given_up = submit(owner, None, "test_task")
        claimed(workers[0], given_up["id"], p_lease=0.0)
        answers = at_once([partial(claim, worker, given_up["id"], p_attempts=1) for worker in workers[:2]])
        assert sorted(answer["outcome"] for answer in answers) == ["ended", "exhausted"]


def test_many_commits_of_one_claim_make_one_node(
    database: Database, owner: Caller, workers: list[Caller]
) -> None:
    session, source = opened(owner, workers[0])
    for number in range(ROUNDS):
        task = submit(owner, session)
        fence = claimed(workers[0], task["id"])
        answers = at_once(
            [partial(commit, worker, task, fence, new_node(task, source)) for worker in workers]
        )
        assert all(answer == answers[0] for answer in answers)
        assert count(database, "nodes", session) == number + 2
        assert head(owner, session) == (answers[0]["node"]["id"], number + 2, number + 2)


def test_a_late_worker_and_its_successor_make_one_node(
    database: Database, owner: Caller, workers: list[Caller]
) -> None:
    session, source = opened(owner, workers[0])
    for number in range(ROUNDS):
        task = submit(owner, session)
        fences = [claimed(workers[0], task["id"], p_lease=0.0), claimed(workers[1], task["id"])]
        late, successor = at_once(
            [
                partial(commit, worker, task, fence, new_node(task, source))
                for worker, fence in zip(workers[:2], fences, strict=True)
            ]
        )
        assert late == Refused("lease_lost")
        assert successor["task"]["status"] == "SUCCESS"
        assert count(database, "nodes", session) == number + 2


def test_a_late_commit_and_a_new_claim_agree(
    database: Database, owner: Caller, workers: list[Caller]
) -> None:
    """Either the commit came in time, and there is nothing to claim, or its lease is lost."""
    session, source = opened(owner, workers[0])
    for number in range(ROUNDS):
        task = submit(owner, session)
        fence = claimed(workers[0], task["id"], p_lease=0.0)
        node = new_node(task, source)
        ended, answer = at_once(
            [partial(commit, workers[0], task, fence, node), partial(claim, workers[1], task["id"])]
        )
        if ended == Refused("lease_lost"):
            assert (answer["outcome"], answer["fence"]) == ("claimed", fence + 1)
            commit(workers[1], task, answer["fence"], node)
        else:
            assert answer["outcome"] == "ended"
        assert count(database, "nodes", session) == number + 2


def test_a_commit_and_a_failure_with_one_fence_are_one_end(owner: Caller, workers: list[Caller]) -> None:
    session, source = opened(owner, workers[0])
    for _ in range(ROUNDS):
        task = submit(owner, session)
        fence = claimed(workers[0], task["id"])
        answers = at_once(
            [
                partial(commit, workers[0], task, fence, new_node(task, source)),
                partial(finish, workers[1], task["id"], fence),
            ]
        )
        assert answers[0] == answers[1]


def test_submissions_get_an_order_that_claims_respect(
    database: Database, owner: Caller, owners: list[Caller], workers: list[Caller]
) -> None:
    """Workers take whatever they can see while it is submitted, and never the later before the earlier."""
    session, _ = opened(owner, workers[0])
    made: list[list[str]] = [[] for _ in owners]

    def submit_some(who: Caller, mine: list[str]) -> None:
        mine.extend(submit(who, session)["id"] for _ in range(15))

    def work(worker: Caller) -> None:
        for _ in range(100):
            seen = worker.rows("select id::text from public.tasks where status = 'PENDING' order by seq desc")
            for (task_id,) in seen:
                answer = claim(worker, task_id)
                if answer["outcome"] == "claimed":
                    finish(worker, task_id, answer["fence"])

    at_once(
        [partial(submit_some, who, mine) for who, mine in zip(owners, made, strict=True)]
        + [partial(work, worker) for worker in workers[:2]]
    )
    for mine in made:  # of each submitter in the order of its calls
        order = owner.rows("select id::text from public.tasks where id::text = any(%s) order by seq", mine)
        assert [task_id for (task_id,) in order] == mine
    begun = database.admin.count("select 1 from public.tasks where attempts > 0 and session_id = %s", session)
    assert begun > 1
    ran_in_order(database)


@pytest.mark.parametrize("alone", [False, True])
def test_of_many_equal_submissions_one_makes_a_task(
    database: Database, owner: Caller, owners: list[Caller], workers: list[Caller], alone: bool
) -> None:
    session = None if alone else opened(owner, workers[0])[0]
    for number in range(ROUNDS):
        fields = {"p_key": f"key {number}", "p_hash": "hash", "p_kind": "test_task"}
        answers = at_once(
            [partial(_submitted, who, session, **{**fields, "p_id": new_id()}) for who in owners]
        )
        assert len({answer["task"]["id"] for answer in answers}) == 1
        assert [answer["repeated"] for answer in answers].count(False) == 1


@pytest.mark.parametrize("alone", [False, True])
def test_a_submission_that_is_repeated_while_it_runs_is_one(
    database: Database, owner: Caller, owners: list[Caller], workers: list[Caller], alone: bool
) -> None:
    """As a client does that gave up waiting for the answer: the same id, and no key."""
    session = None if alone else opened(owner, workers[0])[0]
    for _ in range(ROUNDS):
        fields = {"p_id": new_id(), "p_kind": "test_task"}
        answers = at_once([partial(_submitted, who, session, **fields) for who in owners])
        assert [answer["repeated"] for answer in answers].count(False) == 1
        assert all(answer["task"] == answers[0]["task"] for answer in answers)


def test_a_session_that_is_made_twice_at_once_is_one(owners: list[Caller]) -> None:
    for _ in range(ROUNDS):
        session = new_id()
        answers = at_once([partial(who.call, "create_session", p_id=session, p_name="x") for who in owners])
        assert all(answer == answers[0] and answer["id"] == session for answer in answers)


def _submitted(owner: Caller, session: str | None, **fields: Any) -> Any:
    given = {"p_payload": {"message": "x"}, "p_queue": "interactive", "p_key": None, "p_hash": None}
    return owner.call("submit_task", p_session=session, **{**given, **fields})


def test_two_sweeps_share_what_is_due(database: Database, owner: Caller, workers: list[Caller]) -> None:
    for _ in range(ROUNDS // 4):
        tasks = {submit(owner, None, "test_task")["id"] for _ in range(30)}
        database.admin.count("update public.tasks set sent_at = now() - interval '2 hours'")
        database.admin.count(
            "update public.tasks set status = 'SUCCESS', finished_at = now() where id::text <> all(%s)",
            list(tasks),
        )

        def sweep(worker: Caller) -> list[str]:
            taken: list[str] = []
            while some := worker.call("due_tasks", p_resend=3600.0, p_limit=4):
                taken += [task["id"] for task in some]
            return taken

        taken = at_once([partial(sweep, worker) for worker in workers])
        # What one sweep held when another came by is left to the one that holds it.
        assert sorted(task for some in taken for task in some) == sorted(tasks)


def test_a_session_that_is_deleted_during_a_commit_leaves_nothing(
    database: Database, owner: Caller, owners: list[Caller], workers: list[Caller]
) -> None:
    for _ in range(ROUNDS):
        session, source = opened(owner, workers[0])
        task, waiting = submit(owner, session), submit(owner, session)
        fence = claimed(workers[0], task["id"])
        delete: Callable[[], Any] = partial(owners[0].call, "delete_session", p_id=session)
        ended, deleted, answer, late, again = at_once(
            [
                partial(commit, workers[0], task, fence, new_node(task, source)),
                delete,
                partial(claim, workers[1], waiting["id"]),
                partial(submit, owners[1], session),
                partial(owners[2].call, "delete_session", p_id=session),
            ]
        )
        assert ended == Refused("lease_lost") or ended["task"]["status"] == "SUCCESS"
        assert answer["outcome"] in {"ended", "blocked", "claimed"}
        assert late == Refused("session_not_found") or late["status"] == "PENDING"
        assert sorted(map(str, (deleted, again))) == ["session_not_found", "{'deleted': True}"]
        for table in ("nodes", "head_history", "tasks"):
            assert count(database, table, session) == 0


def test_the_head_is_moved_before_a_submission_or_not_at_all(
    owner: Caller, owners: list[Caller], workers: list[Caller]
) -> None:
    session, _ = opened(owner, workers[0])
    last = command(owner, workers[0], session)["id"]
    for _ in range(ROUNDS):
        how = "undo" if head(owner, session)[1] > 1 else "redo"
        before = head(owner, session)
        moved, task = at_once([partial(move, owners[0], session, how), partial(submit, owners[1], session)])
        answer = claim(workers[0], task["id"])
        found = answer["inputs"]["node"]["id"]
        assert found == (before[0] if moved == Refused("session_busy") else moved["head"])
        finish(workers[0], task["id"], answer["fence"])
    assert last in {node for (node,) in owner.rows("select id::text from public.nodes")}


def test_a_move_that_is_repeated_while_it_runs_is_one(
    owner: Caller, owners: list[Caller], workers: list[Caller]
) -> None:
    session, _ = opened(owner, workers[0])
    for _ in range(4):
        command(owner, workers[0], session)
    for _ in range(ROUNDS // 4):
        for how, step in (*(("undo", -1),) * 4, *(("redo", 1),) * 4):
            before, request = head(owner, session), new_id()
            answers = at_once([partial(move, who, session, how, request=request) for who in owners])
            assert all(answer == answers[0] for answer in answers)
            assert head(owner, session)[1] == before[1] + step


def test_a_cancellation_and_a_claim_agree(owner: Caller, workers: list[Caller]) -> None:
    for _ in range(ROUNDS):
        task = submit(owner, None, "test_task")
        cancelled, answer = at_once(
            [
                partial(owner.call, "cancel_task", p_task=task["id"], p_error=CANCELLED),
                partial(claim, workers[0], task["id"]),
            ]
        )
        if answer["outcome"] == "claimed":
            assert cancelled["task"]["cancel_requested"]
            assert workers[0].call("renew_lease", p_task=task["id"], p_fence=answer["fence"], p_lease=9.0)
        else:
            assert (answer["outcome"], cancelled["task"]["status"]) == ("ended", "REVOKED")


def test_a_name_and_a_node_do_not_undo_each_other(
    owner: Caller, owners: list[Caller], workers: list[Caller]
) -> None:
    session, source = opened(owner, workers[0])
    for number in range(ROUNDS):
        task = submit(owner, session)
        node = new_node(task, source, dataset=f"set {number}")
        fence = claimed(workers[0], task["id"])
        at_once(
            [
                partial(commit, workers[0], task, fence, node),
                partial(owners[0].call, "rename_session", p_id=session, p_name=f"name {number}"),
            ]
        )
        [(name, datasets)] = owner.rows("select name, datasets from public.sessions where id = %s", session)
        assert name == f"name {number}"
        assert len(datasets) == number + 2
        assert head(owner, session)[0] == node["id"]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_meets_whatever(
    database: Database, owner: Caller, owners: list[Caller], workers: list[Caller], seed: int
) -> None:
    """Everybody does anything to three sessions: nobody waits in a circle, and the rules hold."""
    sessions = [opened(owner, workers[0])[0] for _ in range(3)]

    def use(who: Caller, choice: random.Random) -> None:
        for _ in range(40):
            session = choice.choice(sessions)
            tasks = who.rows("select id::text from public.tasks where finished_at is null")
            calls: list[Callable[[], Any]] = [
                partial(submit, who, session),
                partial(submit, who, session, p_key=choice.choice("abc"), p_hash="hash"),
                partial(move, who, session, choice.choice(["undo", "redo"])),
                partial(who.call, "rename_session", p_id=session, p_name="name"),
            ]
            if tasks:
                task_id = choice.choice(tasks)[0]
                calls.append(partial(who.call, "cancel_task", p_task=task_id, p_error=CANCELLED))
            refusable(choice.choice(calls))

    def work(worker: Caller, choice: random.Random) -> None:
        for _ in range(40):
            for task in worker.call("due_tasks", p_resend=0.0, p_limit=2):
                answer = claim(worker, task["id"], p_lease=choice.choice([0.0, 60.0]))
                if answer["outcome"] == "claimed":
                    node = new_node(task, answer["inputs"]["node"]["id"])
                    refusable(partial(commit, worker, task, answer["fence"], node))

    at_once(
        [partial(use, who, random.Random(seed * 100 + n)) for n, who in enumerate(owners)]
        + [partial(work, worker, random.Random(seed * 100 + 50 + n)) for n, worker in enumerate(workers)]
    )
    ran_in_order(database)
    for session in sessions:
        history = database.admin.rows(
            "select position, node_id::text from public.head_history where session_id = %s order by 1",
            session,
        )
        node, place, end = head(owner, session)
        assert [position for position, _ in history] == list(range(1, end + 1))
        assert dict(history)[place] == node
