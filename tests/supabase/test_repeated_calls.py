"""A call whose answer was lost is made again: the same effect, the same answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.at_once import Refused, refusable
from tests.support.database_calls import (
    CANCELLED,
    LOST,
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


@pytest.fixture
def owner(database: Database) -> Caller:
    return database.user()


@pytest.fixture
def worker(database: Database) -> Caller:
    return database.service()


def _without(answer: dict[str, Any], *changing: str) -> dict[str, Any]:
    """An answer without what tells when it was given."""
    hidden = {"sent_at", "lease_until", *changing}
    return {
        key: _without(value, *changing) if isinstance(value, dict) else value
        for key, value in answer.items()
        if key not in hidden
    }


def test_a_session_is_made_once(owner: Caller) -> None:
    session = new_id()
    first = owner.call("create_session", p_id=session, p_name="one")
    assert owner.call("create_session", p_id=session, p_name="two") == first


def test_a_session_is_deleted_once(owner: Caller) -> None:
    session = owner.call("create_session", p_id=new_id(), p_name="one")["id"]
    answers = [refusable(lambda: owner.call("delete_session", p_id=session)) for _ in range(2)]
    assert answers == [{"deleted": True}, Refused("session_not_found")]


def test_the_head_is_moved_once_a_request(owner: Caller, worker: Caller) -> None:
    session, source = opened(owner, worker)
    command(owner, worker, session)
    command(owner, worker, session)
    request = new_id()
    move = {"p_session": session, "p_node": None, "p_request": request}
    first = owner.call("move_head", p_move="undo", **move)
    submit(owner, session)  # what has begun meanwhile does not make the repetition a refusal
    assert owner.call("move_head", p_move="undo", **move) == first
    assert first["can_redo"]
    assert first["head"] != source


def test_a_claim_is_made_once(owner: Caller, worker: Caller) -> None:
    session, _ = opened(owner, worker)
    task = submit(owner, session)["id"]
    claim_id = new_id()
    first, again = (claim(worker, task, p_claim=claim_id) for _ in range(2))
    assert first["outcome"] == "claimed"
    assert first["inputs"]["node"] is not None
    assert _without(again) == _without(first)
    assert again["task"]["lease_until"] >= first["task"]["lease_until"]


def test_a_claim_that_another_one_followed_is_not_repeated(owner: Caller, worker: Caller) -> None:
    task = submit(owner, None, "test_task")["id"]
    stale = new_id()
    claimed(worker, task, p_claim=stale, p_lease=0.0)
    claimed(worker, task)
    assert claim(worker, task, p_claim=stale)["outcome"] == "taken"


def test_a_claim_of_what_its_worker_has_ended_since_finds_the_end(owner: Caller, worker: Caller) -> None:
    task = submit(owner, None, "test_task")["id"]
    claim_id = new_id()
    fence = claimed(worker, task, p_claim=claim_id)
    worker.call("finish_task", p_task=task, p_fence=fence, p_status="FAILURE", p_result=None, p_error=None)
    answer = claim(worker, task, p_claim=claim_id)
    assert (answer["outcome"], answer["task"]) == ("ended", None)


@pytest.mark.parametrize("end", ["exhausted", "cancelled"])
def test_a_claim_that_ends_a_task_says_so_again(owner: Caller, worker: Caller, end: str) -> None:
    session, _ = opened(owner, worker)
    task, following = submit(owner, session), submit(owner, session)
    stale = claimed(worker, task["id"], p_lease=0.0)
    if end == "cancelled":
        owner.call("cancel_task", p_task=task["id"], p_error=CANCELLED)
    claim_id = new_id()
    first, again = (claim(worker, task["id"], p_claim=claim_id, p_attempts=1) for _ in range(2))
    assert _without(first) == _without(again)
    assert first["next_task"]["id"] == following["id"]
    outcome, status, error = {
        "exhausted": ("exhausted", "FAILURE", LOST),
        "cancelled": ("ended", "REVOKED", CANCELLED),
    }[end]
    assert (first["outcome"], first["fence"], first["inputs"]) == (outcome, 0, None)
    assert (first["task"]["status"], first["task"]["error"]) == (status, error)
    late = refusable(lambda: commit(worker, task, stale, new_node(task)))
    assert late == Refused("lease_lost")


def test_a_cancellation_hands_out_the_next_task_each_time(owner: Caller, worker: Caller) -> None:
    session, _ = opened(owner, worker)
    task, following = submit(owner, session)["id"], submit(owner, session)["id"]
    answers = [owner.call("cancel_task", p_task=task, p_error=CANCELLED) for _ in range(2)]
    assert _without(answers[0]) == _without(answers[1])
    assert answers[0]["next_task"]["id"] == following
    claimed(worker, following)
    assert owner.call("cancel_task", p_task=task, p_error=CANCELLED)["next_task"] is None


def test_a_commit_is_made_once(owner: Caller, worker: Caller) -> None:
    session, source = opened(owner, worker)
    task, following = submit(owner, session), submit(owner, session)
    fence = claimed(worker, task["id"])
    node = new_node(task, source)
    first, again = (commit(worker, task, fence, node) for _ in range(2))
    assert _without(first) == _without(again)
    assert first["next_task"]["id"] == following["id"]
    assert owner.count("select 1 from public.head_history where session_id = %s", session) == 2


@pytest.mark.parametrize("fence", [0, -1, None, 2])
def test_no_other_fence_ends_a_task(owner: Caller, worker: Caller, fence: int | None) -> None:
    session, source = opened(owner, worker)
    task = submit(owner, session)
    for held in (False, True):
        if held:
            claimed(worker, task["id"])
        for call in (
            lambda: commit(worker, task, fence, new_node(task, source)),  # type: ignore[arg-type]
            lambda: worker.call("renew_lease", p_task=task["id"], p_fence=fence, p_lease=9.0),
            lambda: worker.call(
                "finish_task",
                p_task=task["id"],
                p_fence=fence,
                p_status="FAILURE",
                p_result=None,
                p_error=None,
            ),
        ):
            assert refusable(call) == Refused("lease_lost")


@pytest.mark.parametrize("wrong", ["session_id", "owner"])
def test_a_node_is_of_its_tasks_session(owner: Caller, worker: Caller, wrong: str) -> None:
    session, source = opened(owner, worker)
    task = submit(owner, session)
    fence = claimed(worker, task["id"])
    node = new_node(task, source) | {wrong: new_id()}
    assert refusable(lambda: commit(worker, task, fence, node)) == Refused("invalid_parameter")
    alone = submit(owner, None, "test_task")
    fence = claimed(worker, alone["id"])
    assert refusable(lambda: commit(worker, alone, fence, new_node(alone))) == Refused("invalid_parameter")


def test_documents_are_kept_as_they_were_given(database: Database, owner: Caller, worker: Caller) -> None:
    """Also numbers that are larger or finer than a float, and the order of the members."""
    session, source = opened(owner, worker)
    payload = (
        '{"z": 1.0, "a": [12345678901234567890, 1e400, 0.10],  "ü": "\\ue000 😀", "deep": {"y": {}, "x": []}}'
    )
    task = owner.rows(
        "select public.submit_task(%s, 'apply_transformation', %s::json, %s, 'heavy', null, null)",
        new_id(),
        payload,
        session,
    )[0][0]["task"]
    kept = database.admin.rows("select payload::text from public.tasks where id = %s", task["id"])
    assert kept == [(payload,)]
    fence = claimed(worker, task["id"])
    node = new_node(task, source)
    record = (
        f'{{"id": "{node["id"]}", "session_id": "{session}", "owner": "{owner.id}",  "parents": ["{source}"],'
    )
    record += '"fingerprint": "f", "z": 1.0, "a": 1e400}'
    result = f'{{"rows": 1.0, "node_id": "{new_id()}", "code": "é\\n", "n": 12345678901234567890}}'
    worker.rows(
        "select public.commit_node(%s, %s, %s::json, %s::json, true)", task["id"], fence, record, result
    )
    assert database.admin.rows("select record::text from public.nodes where id = %s", node["id"]) == [
        (record,)
    ]
    [(kept_result,)] = database.admin.rows("select result::text from public.tasks where id = %s", task["id"])
    assert kept_result == (
        f'{{ "rows" : 1.0, "node_id" : "{node["id"]}", "code" : "é\\n", "n" : 12345678901234567890 }}'
    )


def test_the_keys_of_blobs_come_in_pages_by_any_prefix(database: Database, owner: Caller) -> None:
    kept = [f"{owner.id}/s/blocks/{name}" for name in ("A", "B_", "B_1", "Ba", "_", "a", "aZ", "b%")]
    for key in [*kept, f"{owner.id}/t/uploads/x"]:
        owner.count("insert into storage.objects (bucket_id, name) values ('workbench', %s)", key)

    def keys(prefix: str, after: str | None = None, limit: int = 100) -> list[str]:
        found: list[str] = owner.call("blob_keys", p_prefix=prefix, p_after=after, p_limit=limit)
        return found

    prefix = f"{owner.id}/s/"
    assert keys(prefix) == kept == sorted(kept)
    assert keys(prefix, kept[2], 3) == kept[3:6]
    assert keys(prefix, kept[-1]) == []
    assert keys(f"{prefix}blocks/B_") == kept[1:3]  # an underscore is itself, not any character
    assert keys(f"{prefix}blocks/%") == []
    assert keys("") == [*kept, f"{owner.id}/t/uploads/x"]
