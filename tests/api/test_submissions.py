"""Commands over HTTP: accepted, repeated, refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.conftest import Opened, PlayedWorker
from workbench.models import TaskState
from workbench.store.protocol import OwnerStore


def chat(
    http: httpx.Client, session_id: str, message: Any = "remove rows where email is null", **more: Any
) -> httpx.Response:
    headers = more.pop("headers", {})
    return http.post(f"/sessions/{session_id}/chat", json={"message": message, **more}, headers=headers)


def test_a_chat_message_is_accepted_as_the_contract_says(
    http: httpx.Client, opened: Opened, owner_store: OwnerStore
) -> None:
    answer = chat(http, opened.session_id)
    task_id = answer.json()["task_id"]
    assert answer.status_code == 202
    assert answer.json() == {
        "task_id": task_id, "status": "PENDING", "message": "Task queued for processing",
    }  # fmt: skip
    assert answer.headers["location"] == f"/api/v1/tasks/{task_id}"
    assert answer.headers["operation-location"] == f"{http.base_url}tasks/{task_id}"
    assert answer.headers["retry-after"] == "1"
    task = owner_store.task(task_id)
    assert (task.kind, task.status, task.queue) == ("process_chat_message", TaskState.PENDING, "interactive")
    assert task.payload == {
        "message": "remove rows where email is null", "node_id": None, "dry_run": False,
    }  # fmt: skip


def test_a_chat_message_may_name_a_node_and_ask_for_a_dry_run(
    http: httpx.Client, opened: Opened, owner_store: OwnerStore
) -> None:
    answer = chat(http, opened.session_id, node_id=opened.node.id, dry_run=True)
    payload = owner_store.task(answer.json()["task_id"]).payload
    assert (payload["node_id"], payload["dry_run"]) == (opened.node.id, True)


def test_a_plan_is_accepted_and_kept_in_its_full_form(
    http: httpx.Client, opened: Opened, owner_store: OwnerStore
) -> None:
    plan = [{"kind": "drop_nulls", "columns": ["email"]}]
    answer = http.post(f"/sessions/{opened.session_id}/transformations", json={"plan": plan})
    assert answer.status_code == 202
    task = owner_store.task(answer.json()["task_id"])
    assert task.kind == "apply_transformation"
    assert task.payload["plan"] == [
        {"kind": "drop_nulls", "columns": ["email"], "how": "any", "min_non_null": None}
    ]


@pytest.mark.parametrize(
    ("message", "code", "status"),
    [
        ("", "message_empty", 422),
        (" \n\t", "message_empty", 422),
        ("x" * 4001, "message_too_long", 422),
        ("a\0b", "invalid_parameter", 422),
        (None, "invalid_parameter", 422),
        (7, "invalid_parameter", 422),
    ],
)
def test_a_message_that_is_none_is_refused(
    http: httpx.Client, opened: Opened, message: Any, code: str, status: int
) -> None:
    answer = chat(http, opened.session_id, message)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["hint"]
    assert [task["kind"] for task in http.get("/tasks").json()["items"]] == ["ingest_dataset"]


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ([], "no steps"),
        ([{"kind": "drop_nuls"}], "unknown kind 'drop_nuls'"),
        ([{"kind": "drop_nulls", "columns": []}], "columns"),
        ([{"kind": "drop_nulls"}] * 101, "101 steps"),
    ],
)
def test_a_plan_that_is_none_is_refused_before_anything_is_queued(
    http: httpx.Client, opened: Opened, plan: list[dict[str, Any]], says: str
) -> None:
    answer = http.post(f"/sessions/{opened.session_id}/transformations", json={"plan": plan})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_plan")
    assert says in answer.json()["detail"]
    assert len(http.get("/tasks").json()["items"]) == 1


def test_a_command_needs_data_and_a_session_and_a_node_of_it(http: httpx.Client, opened: Opened) -> None:
    empty = http.post("/sessions", json={"name": "Empty"}).json()["id"]
    assert chat(http, empty).json()["code"] == "session_empty"
    assert chat(http, empty).status_code == 409
    assert chat(http, "unknown").json()["code"] == "session_not_found"
    elsewhere = chat(http, empty, node_id=opened.node.id)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "node_not_found")


def test_the_same_key_gives_the_same_task_and_another_request_with_it_is_refused(
    http: httpx.Client, opened: Opened
) -> None:
    headers = {"Idempotency-Key": "one"}
    first = chat(http, opened.session_id, headers=headers)
    again = chat(http, opened.session_id, headers=headers)
    assert again.status_code == 202
    assert again.json() == first.json()
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (
        None,
        "true",
    )
    other = chat(http, opened.session_id, "sort by age", headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
    assert len(http.get("/tasks").json()["items"]) == 2  # the upload's, and this one


def test_undo_and_redo_move_the_head(http: httpx.Client, opened: Opened, worker: PlayedWorker) -> None:
    from workbench.transformations import DropNulls, Plan

    path = f"/sessions/{opened.session_id}"
    assert http.post(f"{path}/undo").json()["code"] == "nothing_to_undo"
    task_id = chat(http, opened.session_id).json()["task_id"]
    busy = http.post(f"{path}/undo")
    assert (busy.status_code, busy.json()["code"]) == (409, "session_busy")

    from tests.api.conftest import PEOPLE

    node = worker.apply(task_id, Plan(steps=(DropNulls(columns=("email",)),)), PEOPLE.slice(2), opened.node)
    assert http.get(path).json()["head"] == node.id
    undone = http.post(f"{path}/undo").json()
    assert (undone["head"], undone["can_undo"], undone["can_redo"]) == (opened.node.id, False, True)
    assert http.post(f"{path}/redo").json()["head"] == node.id
    assert http.post(f"{path}/redo").json()["code"] == "nothing_to_redo"
    assert http.patch(path, json={"head": opened.node.id}).json()["head"] == opened.node.id


def test_an_undo_that_is_repeated_with_its_key_moves_the_head_once(
    http: httpx.Client, opened: Opened, worker: PlayedWorker
) -> None:
    from tests.api.conftest import PEOPLE
    from workbench.transformations import DropNulls, Head, Plan

    path = f"/sessions/{opened.session_id}"
    task_id = chat(http, opened.session_id).json()["task_id"]
    first = worker.apply(task_id, Plan(steps=(DropNulls(columns=("email",)),)), PEOPLE.slice(2), opened.node)
    task_id = chat(http, opened.session_id, "first row").json()["task_id"]
    second = worker.apply(task_id, Plan(steps=(Head(n=1),)), PEOPLE.slice(0, 1), first)

    once, again = (http.post(f"{path}/undo", headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert once.json() == again.json()
    assert once.json()["head"] == first.id
    moved = [http.post(f"{path}/redo", headers={"Idempotency-Key": "one"}).json()["head"] for _ in range(2)]
    assert moved == [second.id] * 2  # of another request it is another key
    assert http.post(f"{path}/undo").json()["head"] == first.id
    assert http.post(f"{path}/undo").json()["head"] == opened.node.id


def test_the_test_task_says_that_it_was_submitted(http: httpx.Client, owner_store: OwnerStore) -> None:
    answer = http.post("/tasks/test", params={"message": "Hello"})
    body = answer.json()
    assert answer.status_code == 202
    assert body["status"] == "PENDING"
    assert body["message"].startswith("Test task submitted")
    assert answer.headers["location"] == f"/api/v1/tasks/{body['task_id']}"
    assert owner_store.task(body["task_id"]).payload == {"message": "Hello"}


def test_one_task_too_many_is_refused_with_the_numbers_and_what_was_submitted_is_not(
    http: httpx.Client, opened: Opened
) -> None:
    headers = {"Idempotency-Key": "first"}
    first = chat(http, opened.session_id, headers=headers)
    for _ in range(199):
        assert chat(http, opened.session_id).status_code == 202
    upload = {"files": {"file": ("more.csv", b"a,b")}}
    for answer in (
        chat(http, opened.session_id),
        http.post(f"/sessions/{opened.session_id}/datasets", **upload),
    ):
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tasks")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "1"
        assert "200 tasks" in answer.json()["detail"]
        assert "cancel" in answer.json()["hint"]
        assert answer.json()["details"] == {"limit": 200}
    assert chat(http, opened.session_id, headers=headers).json() == first.json()
    assert http.delete(f"/tasks/{first.json()['task_id']}").status_code == 200
    assert chat(http, opened.session_id).status_code == 202
