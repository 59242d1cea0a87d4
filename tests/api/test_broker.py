"""What becomes of commands and of those who wait while the broker is away, and of tasks that were lost."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from redis import Redis

from api.live import LiveUpdates
from tests.api.conftest import TOKEN, PlayedWorker
from tests.support.api_server import running_api
from tests.support.valkey import Broker, running_broker
from tests.support.waiting import wait_until
from workbench.errors import StoreUnavailable
from workbench.models import TaskState
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER, open_store
from workbench.store.protocol import NewTask, Store
from workers.live import LiveBoard


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker of the test's own, to be stopped and started."""
    with running_broker() as broker:
        yield broker


@pytest.fixture
def settings(tmp_path: Path, broker: Broker) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        redis_url=broker.url,
        token=TOKEN,
        sweep_seconds=0.2,
        resend_seconds=0.5,
    )


def queued(settings: Settings) -> list[str]:
    """The ids of the tasks whose messages wait for a worker."""
    with Redis.from_url(settings.live_url) as redis:
        keys = redis.keys("*interactive")
        messages = [
            message for key in keys if redis.type(key) == b"list" for message in redis.lrange(key, 0, -1)
        ]
    return [json.loads(message)["headers"]["id"] for message in messages]


def test_a_submission_is_sent_at_once(http: httpx.Client, settings: Settings) -> None:
    task_id = http.post("/tasks/test").json()["task_id"]
    assert queued(settings) == [task_id]


def test_a_submission_without_a_broker_is_taken_and_sent_later(
    http: httpx.Client, settings: Settings, broker: Broker
) -> None:
    broker.stop()
    started = time.monotonic()
    answer = http.post("/tasks/test")
    assert answer.status_code == 202
    assert time.monotonic() - started < 5
    task_id = answer.json()["task_id"]
    assert http.get(f"/tasks/{task_id}").json()["status"] == "PENDING"
    broker.start()
    wait_until(lambda: task_id in queued(settings), what="the task's message")


def test_tasks_that_were_never_sent_are_sent_at_the_start(settings: Settings) -> None:
    store = open_store(settings)
    store.as_owner(LOCAL_OWNER).submit_task(NewTask("lost", "test_task", {"message": "Hello"}))
    store.close()
    time_passes = settings.model_copy(update={"resend_seconds": 0.001})
    with running_api(time_passes):
        wait_until(lambda: queued(settings) and queued(settings)[0] == "lost", what="the task's message")


def test_the_sweep_outlives_a_store_that_fails(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = 0
    real = store.ledger.due_tasks

    def failing(**arguments: float) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise StoreUnavailable("The store is away.")
        if calls == 2:
            raise RuntimeError("something else")
        return real(**arguments)

    monkeypatch.setattr(store.ledger, "due_tasks", failing)
    with running_api(settings, store):
        wait_until(lambda: calls >= 4, what="sweeps after the failed ones")
    logged = [record.levelno for record in caplog.records if record.name == "workers.sweep"]
    assert logged[:2] == [logging.WARNING, logging.ERROR]


def test_waiting_goes_on_while_the_broker_is_away(
    http: httpx.Client,
    broker: Broker,
    worker: PlayedWorker,
    caplog: pytest.LogCaptureFixture,
) -> None:
    task_id = http.post("/tasks/test").json()["task_id"]
    broker.stop()
    wait_until(
        lambda: [record for record in caplog.records if "no live updates" in str(record.msg)],
        what="the warning",
    )
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(http.get, f"/tasks/{task_id}", params={"wait": 25})
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.3)
        worker.claim(task_id)
        worker.finish(task_id, TaskState.SUCCESS, result={"message": "Hello"})
        started = time.monotonic()
        assert asked.result(timeout=20).json()["status"] == "SUCCESS"
        assert time.monotonic() - started < 10


def test_waking_works_again_after_the_broker_is_back(
    http: httpx.Client, broker: Broker, worker: PlayedWorker, caplog: pytest.LogCaptureFixture
) -> None:
    def connected() -> int:
        records = caplog.get_records("setup") + caplog.get_records("call")
        return sum("live updates connected" in str(record.msg) for record in records)

    wait_until(lambda: connected() == 1, what="the first connection")
    broker.stop()
    broker.start()
    wait_until(lambda: connected() == 2, what="the second connection")
    task_id = http.post("/tasks/test").json()["task_id"]
    worker.claim(task_id)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(http.get, f"/tasks/{task_id}", params={"wait": 25})
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.3)
        started = time.monotonic()
        worker.finish(task_id)
        assert asked.result(timeout=20).json()["status"] == "SUCCESS"
        assert time.monotonic() - started < 3


async def _closed_while_waiting() -> float:
    live = LiveUpdates("unix:///nowhere.sock")
    with live.watch("a") as news:
        waiting = asyncio.create_task(live.wait(news, 30))
        await asyncio.sleep(0)
        live.close()
        started = asyncio.get_running_loop().time()
        await asyncio.wait_for(waiting, 5)
        await live.wait(news, 30)
        return asyncio.get_running_loop().time() - started


def test_closing_sends_those_who_wait_home() -> None:
    assert asyncio.run(_closed_while_waiting()) < 0.5


def test_a_broken_live_status_does_not_hide_the_row(
    http: httpx.Client, settings: Settings, board: LiveBoard
) -> None:
    task_id = http.post("/tasks/test").json()["task_id"]
    with Redis.from_url(settings.live_url) as redis:
        redis.publish("workbench:live", "not JSON")
    assert http.get(f"/tasks/{task_id}").json()["status"] == "PENDING"
