"""Tasks over HTTP: how far, how ended, waited for, cancelled."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api.conftest import PEOPLE, Opened, PlayedWorker
from workbench.errors import UnknownColumn
from workbench.models import TaskState
from workbench.transformations import DropNulls, Plan
from workers.live import LiveBoard, LiveStatus


@pytest.fixture
def task_id(http: httpx.Client, opened: Opened) -> str:
    answer = http.post(
        f"/sessions/{opened.session_id}/chat", json={"message": "remove rows where email is null"}
    )
    return str(answer.json()["task_id"])


def status(http: httpx.Client, task_id: str) -> dict[str, object]:
    body: dict[str, object] = http.get(f"/tasks/{task_id}").json()
    return body


def test_the_status_of_a_task_from_queue_to_success(
    http: httpx.Client, task_id: str, worker: PlayedWorker, opened: Opened
) -> None:
    assert status(http, task_id) == {
        "task_id": task_id,
        "status": "PENDING",
        "progress": 0,
        "message": "Task queued for processing",
        "stage": "queued",
    }
    worker.claim(task_id)
    assert (status(http, task_id)["status"], status(http, task_id)["progress"]) == ("STARTED", 0)
    worker.report(task_id, 50, "Applying transformation…")
    assert status(http, task_id) == {
        "task_id": task_id,
        "status": "PROGRESS",
        "progress": 50,
        "message": "Applying transformation…",
        "stage": "applying",
    }
    worker.finish(task_id, result={"transformation": "Dropped 1 row where email was null"})
    assert status(http, task_id) == {
        "task_id": task_id,
        "status": "SUCCESS",
        "progress": 100,
        "message": "Dropped 1 row where email was null",
        "stage": "done",
    }


def test_what_the_row_says_of_the_end_holds_whatever_the_live_board_says(
    http: httpx.Client, task_id: str, worker: PlayedWorker
) -> None:
    worker.claim(task_id)
    worker.report(task_id, 40, "Half way")
    worker.finish(task_id, TaskState.FAILURE, error=UnknownColumn.among("a", ["b"]).to_dict(), announce=False)
    found = status(http, task_id)
    assert (found["status"], found["progress"]) == ("FAILURE", 40)
    assert found["message"] == "There is no column 'a'."


def test_a_live_end_that_the_row_does_not_know_is_no_end(
    http: httpx.Client, task_id: str, worker: PlayedWorker, board: LiveBoard
) -> None:
    worker.claim(task_id)
    board.publish(
        LiveStatus(task_id=task_id, status=TaskState.SUCCESS, progress=100, message="Done", stage="done")
    )
    assert (status(http, task_id)["status"], status(http, task_id)["progress"]) == ("STARTED", 0)


def test_the_result_of_a_task(http: httpx.Client, task_id: str, worker: PlayedWorker, opened: Opened) -> None:
    waiting = http.get(f"/tasks/{task_id}/result")
    assert (waiting.status_code, waiting.json()["status"]) == (202, "PENDING")
    assert waiting.headers["retry-after"] == "1"
    plan = Plan(steps=(DropNulls(columns=("email",)),))
    node = worker.apply(task_id, plan, PEOPLE.filter(PEOPLE["email"].is_valid()), opened.node)
    answer = http.get(f"/tasks/{task_id}/result")
    assert answer.status_code == 200
    assert answer.json() == {
        "task_id": task_id,
        "status": "SUCCESS",
        "result": {
            "node_id": node.id,
            "rows_affected": 1,
            "transformation": "Dropped 1 row where email was null",
        },
    }


def test_the_result_of_a_failed_task_is_its_problem(
    http: httpx.Client, task_id: str, worker: PlayedWorker
) -> None:
    worker.claim(task_id)
    worker.finish(task_id, TaskState.FAILURE, error=UnknownColumn.among("emial", ["email"]).to_dict())
    answer = http.get(f"/tasks/{task_id}/result")
    assert answer.status_code == 200
    assert set(answer.json()) == {"task_id", "status", "error"}
    error = answer.json()["error"]
    assert (error["code"], error["status"], error["type"]) == (
        "unknown_column", 422, "urn:workbench:problem:unknown_column",
    )  # fmt: skip
    assert error["detail"] == "There is no column 'emial'."
    assert error["hint"] == "Did you mean 'email'?"


@pytest.mark.parametrize("path", ["/tasks/{}", "/tasks/{}/result"])
@pytest.mark.parametrize("task_id", ["00000000-0000-7000-8000-000000000000", "nonsense", "%00", "ä"])
def test_an_unknown_task_is_not_found(http: httpx.Client, path: str, task_id: str) -> None:
    answer = http.get(path.format(task_id))
    assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")
    assert answer.headers["content-type"] == "application/problem+json"


def test_tasks_are_listed_newest_first_and_by_session(
    http: httpx.Client, task_id: str, opened: Opened
) -> None:
    other = http.post("/tasks/test").json()["task_id"]
    listed = [task["task_id"] for task in http.get("/tasks").json()["items"]]
    assert listed[:2] == [other, task_id]
    of_session = http.get("/tasks", params={"session_id": opened.session_id, "limit": 1}).json()
    assert [task["task_id"] for task in of_session["items"]] == [task_id]
    rest = http.get("/tasks", params={"session_id": opened.session_id, "after": of_session["next"]}).json()
    assert [task["kind"] for task in rest["items"]] == ["ingest_dataset"]
    assert rest["next"] is None
    assert http.get("/tasks", params={"session_id": "unknown"}).json()["code"] == "session_not_found"


def test_a_waiting_task_is_cancelled_at_once_and_stays_so(
    http: httpx.Client, task_id: str, opened: Opened
) -> None:
    answer = http.delete(f"/tasks/{task_id}")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["progress"]) == ("REVOKED", 0)
    result = http.get(f"/tasks/{task_id}/result").json()
    assert (result["status"], result["error"]["code"]) == ("REVOKED", "task_cancelled")
    assert http.delete(f"/tasks/{task_id}").json()["status"] == "REVOKED"


def test_a_running_task_is_asked_to_end(
    http: httpx.Client, task_id: str, worker: PlayedWorker, owner_store: object
) -> None:
    worker.claim(task_id)
    worker.report(task_id, 30, "Reading")
    assert http.delete(f"/tasks/{task_id}").json()["status"] == "PROGRESS"
    fence = worker.fences[task_id]
    assert worker.store.ledger.renew_lease(task_id, fence, lease_seconds=30) is True
    worker.finish(task_id, TaskState.REVOKED)
    assert status(http, task_id)["status"] == "REVOKED"


def test_an_etag_spares_the_same_answer(http: httpx.Client, task_id: str, worker: PlayedWorker) -> None:
    first = http.get(f"/tasks/{task_id}")
    tag = first.headers["etag"]
    assert first.headers["retry-after"] == "1"
    same = http.get(f"/tasks/{task_id}", headers={"If-None-Match": tag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    worker.claim(task_id)
    changed = http.get(f"/tasks/{task_id}", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["status"]) == (200, "STARTED")
    worker.finish(task_id)
    ended = http.get(f"/tasks/{task_id}")
    assert "retry-after" not in ended.headers


def timed(http: httpx.Client, path: str, **request: object) -> tuple[httpx.Response, float]:
    started = time.monotonic()
    answer = http.get(path, **request)  # type: ignore[arg-type]
    return answer, time.monotonic() - started


def test_waiting_ends_with_the_task(http: httpx.Client, task_id: str, worker: PlayedWorker) -> None:
    worker.claim(task_id)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(timed, http, f"/tasks/{task_id}", params={"wait": 20})
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.3)
        worker.report(task_id, 50, "Half way")
        with pytest.raises(TimeoutError):  # progress is no end
            asked.result(timeout=0.3)
        worker.finish(task_id)
        answer, seconds = asked.result(timeout=10)
    assert answer.json()["status"] == "SUCCESS"
    assert seconds < 3, "woken by the subscription, not by looking again"


def test_waiting_with_an_etag_ends_with_any_news(
    http: httpx.Client, task_id: str, worker: PlayedWorker
) -> None:
    worker.claim(task_id)
    tag = http.get(f"/tasks/{task_id}").headers["etag"]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(
            timed, http, f"/tasks/{task_id}", params={"wait": 20}, headers={"If-None-Match": tag}
        )
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.3)
        worker.report(task_id, 50, "Half way")
        answer, seconds = asked.result(timeout=10)
    assert (answer.status_code, answer.json()["progress"]) == (200, 50)
    assert seconds < 3


def test_waiting_ends_when_its_time_is_up(http: httpx.Client, task_id: str) -> None:
    tag = http.get(f"/tasks/{task_id}").headers["etag"]
    answer, seconds = timed(http, f"/tasks/{task_id}", params={"wait": 0.3}, headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert 0.3 <= seconds < 3


@pytest.mark.parametrize("wait", ["-1", "31", "nan", "inf", "soon"])
def test_a_wait_out_of_bounds_is_refused(http: httpx.Client, task_id: str, wait: str) -> None:
    answer = http.get(f"/tasks/{task_id}", params={"wait": wait})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")
    assert answer.json()["details"]["parameters"][0]["name"] == "wait"


def test_many_may_wait_without_holding_up_others(
    http: httpx.Client, task_id: str, worker: PlayedWorker
) -> None:
    """More waiters than the server has threads; all end with the task, and others are served meanwhile."""
    worker.claim(task_id)
    number = 60
    ready = threading.Barrier(number + 1)

    def wait() -> str:
        ready.wait(timeout=20)
        return str(http.get(f"/tasks/{task_id}", params={"wait": 25}).json()["status"])

    with ThreadPoolExecutor(number) as pool:
        asked = [pool.submit(wait) for _ in range(number)]
        ready.wait(timeout=20)
        for _ in range(5):
            _, seconds = timed(http, "/sessions")
            assert seconds < 3
        worker.finish(task_id)
        assert {future.result(timeout=20) for future in asked} == {"SUCCESS"}
