"""How often a command asks the store, which may be far away: real API, real worker code, calls counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.api_server import running_api
from tests.support.counting_store import counting
from tests.support.waiting import wait_until
from workbench.settings import Settings
from workbench.store.protocol import Store
from workers.jobs import chat, ingest_upload
from workers.running import Job, Outcome, perform
from workers.services import Services

CSV = b"email,age\nann@example.org,31\n,40\ncy@example.org,28\n"


@pytest.fixture
def counted(store: Store) -> tuple[Any, list[str]]:
    return counting(store)


@pytest.fixture
def url(settings: Settings, counted: tuple[Any, list[str]]) -> Iterator[str]:
    with running_api(settings, counted[0]) as url:
        yield url


@pytest.fixture
def services(settings: Settings, counted: tuple[Any, list[str]]) -> Iterator[Services]:
    services = Services(settings)
    services.__dict__["store"] = counted[0]
    yield services
    services.board.close()


@pytest.fixture
def say(http: httpx.Client, services: Services, calls: list[str]) -> Callable[[str, str], dict[str, Any]]:
    """Have a message carried out while somebody waits for it, as the notebook does; gives the result."""

    def say(session_id: str, message: str) -> dict[str, Any]:
        task_id = http.post(f"/sessions/{session_id}/chat", json={"message": message}).json()["task_id"]
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(http.get, f"/tasks/{task_id}", params={"wait": 30})
            wait_until(lambda: "owner.task" in calls, what="the first look at the task")
            assert perform(services, task_id, chat) == "claimed"
            assert waiting.result(30).json()["status"] == "SUCCESS"
        result: dict[str, Any] = http.get(f"/tasks/{task_id}/result").json()["result"]
        return result

    return say


@pytest.fixture
def calls(counted: tuple[Any, list[str]]) -> list[str]:
    return counted[1]


@pytest.fixture
def session_id(http: httpx.Client, services: Services) -> str:
    made: str = http.post("/sessions", json={"name": "Counted"}).json()["id"]
    answer = http.post(f"/sessions/{made}/datasets", files={"file": ("people.csv", CSV)})
    assert perform(services, answer.json()["task_id"], ingest_upload) == "claimed"
    return made


def test_a_command_is_eight_calls_of_the_store(
    session_id: str, calls: list[str], say: Callable[[str, str], dict[str, Any]]
) -> None:
    say(session_id, "sort by age descending")  # by now everything is loaded, and connected
    calls.clear()

    result = say(session_id, "remove rows where email is null")

    assert result["rows_affected"] == 1
    # A lease is renewed as time passes, which no command asks for.
    assert Counter(call for call in calls if call != "ledger.renew_lease") == {
        "owner.submit_task": 1,
        "ledger.claim_task": 1,
        "blobs.open": 1,
        "blobs.create": 1,
        "ledger.commit_node": 1,
        "owner.task": 3,  # when the wait begins, when it ends, and for the result
    }


def test_a_command_whose_node_is_there_reads_and_writes_no_block(
    http: httpx.Client,
    session_id: str,
    calls: list[str],
    say: Callable[[str, str], dict[str, Any]],
) -> None:
    first = say(session_id, "sort by age descending")
    assert http.post(f"/sessions/{session_id}/undo").status_code == 200
    calls.clear()

    again = say(session_id, "sort by age descending")

    assert (again["node_id"], again["reused"]) == (first["node_id"], True)
    assert [call for call in calls if call.startswith("blobs.")] == []
    assert calls.count("ledger.service_node") == 1


def published(services: Services, task_id: str) -> int | None:
    live = services.board.read(task_id)
    return live.progress if live is not None else None


def test_progress_is_heard_without_asking_the_store(
    http: httpx.Client, session_id: str, services: Services, calls: list[str]
) -> None:
    task_id = http.post(f"/sessions/{session_id}/chat", json={"message": "sort by age"}).json()["task_id"]
    calls.clear()
    waiting: list[Future[httpx.Response]] = []

    with ThreadPoolExecutor(1) as pool:

        def body(job: Job) -> Outcome:
            waiting.append(pool.submit(http.get, f"/tasks/{task_id}", params={"wait": 30}))
            wait_until(lambda: calls.count("owner.task") == 1, what="the look at the beginning")
            for percent in range(1, 60, 5):
                job.report(percent, "applying", f"at {percent} %")
                wait_until(lambda p=percent: published(services, task_id) == p, what="the progress")
            return chat(job)

        assert perform(services, task_id, body) == "claimed"
        assert waiting[0].result(30).json()["status"] == "SUCCESS"

    assert calls.count("owner.task") == 2


def test_progress_is_answered_as_it_is_heard(http: httpx.Client, session_id: str, services: Services) -> None:
    task_id = http.post(f"/sessions/{session_id}/chat", json={"message": "sort by age"}).json()["task_id"]
    seen: list[tuple[int, str]] = []

    def body(job: Job) -> Outcome:
        etag = http.get(f"/tasks/{task_id}").headers["ETag"]
        for percent in (61, 72, 83):
            job.report(percent, "applying", f"at {percent} %")
            while not seen or seen[-1][0] < percent:
                answer = http.get(f"/tasks/{task_id}", params={"wait": 30}, headers={"If-None-Match": etag})
                etag, told = answer.headers["ETag"], answer.json()
                seen.append((told["progress"], told["message"]))
        return chat(job)

    assert perform(services, task_id, body) == "claimed"

    assert [told for told in seen if told[0]] == [(61, "at 61 %"), (72, "at 72 %"), (83, "at 83 %")]
