"""Who sends lost tasks again, and until when."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.signals import worker_ready, worker_shutting_down
from redis import Redis

from tests.support.valkey import Broker
from tests.support.waiting import wait_until
from workbench.errors import StoreUnavailable
from workbench.ids import new_id
from workbench.models import TaskRecord
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER, open_store
from workbench.store.protocol import DueTask, NewTask, Store
from workers import signals
from workers.live import KEY_PREFIX, LiveBoard
from workers.sending import Sender
from workers.sweep import Sweep


@pytest.fixture
def settings(tmp_path: Path, valkey_server: Broker) -> Settings:
    return Settings(data_dir=tmp_path, redis_url=valkey_server.url, resend_seconds=0.01, sweep_seconds=0.02)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    yield store
    store.close()


@pytest.fixture
def lost(store: Store) -> TaskRecord:
    """A task whose message never reached the broker."""
    return store.as_owner(LOCAL_OWNER).submit_task(NewTask(new_id(), "test_task", {"message": "Hello"})).task


class Queue:
    """The messages that wait in the broker, as far as they are of one task."""

    def __init__(self, redis: Redis, task: TaskRecord) -> None:
        self._redis, self._task = redis, task
        self._key = f"{KEY_PREFIX}celery:{task.queue}"

    def messages(self) -> list[bytes]:
        waiting: list[bytes] = self._redis.lrange(self._key, 0, -1)
        return [message for message in waiting if self._task.id.encode() in message]

    def clear(self) -> None:
        for message in self.messages():
            self._redis.lrem(self._key, 0, message)


@pytest.fixture
def queue(settings: Settings, lost: TaskRecord) -> Iterator[Queue]:
    with Redis.from_url(settings.live_url) as redis:
        queue = Queue(redis, lost)
        yield queue
        queue.clear()


def sweeping() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sweep"]


class Worker:
    """What Celery's signals say of a worker, and what is set for it."""

    def __init__(self, settings: Settings) -> None:
        self.hostname = f"worker-{new_id()}"
        self.settings = settings


@pytest.fixture
def worker(settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """The main process of a worker, whose start and end the test announces."""
    known = list(worker_shutting_down.receivers)
    worker = Worker(settings)
    monkeypatch.setattr(signals, "Settings", lambda: worker.settings)
    monkeypatch.setattr(signals, "open_store", lambda _: store)
    yield worker
    worker_shutting_down.send(sender=worker.hostname)
    wait_until(lambda: not sweeping(), what="the sweep's end")
    board = LiveBoard(settings)
    wait_until(lambda: worker.hostname not in board.workers(), what="the heart's end")
    board.close()
    worker_shutting_down.receivers = known


def test_a_worker_sweeps_a_store_of_which_the_api_has_no_key(
    worker: Worker, settings: Settings, queue: Queue
) -> None:
    worker.settings = settings.model_copy(update={"store": "supabase"})

    worker_ready.send(sender=worker)

    wait_until(lambda: len(queue.messages()) > 1, what="the task's messages")
    worker_shutting_down.send(sender=worker.hostname)
    wait_until(lambda: not sweeping(), what="the sweep's end")


def test_a_worker_leaves_the_embedded_store_to_the_api(worker: Worker) -> None:
    worker_ready.send(sender=worker)

    assert sweeping() == []


def test_a_sweep_outlives_an_outage_of_the_store(
    settings: Settings, store: Store, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = store.ledger.due_tasks, [StoreUnavailable("It does not answer."), OSError("strange")]

    def failing(**named: float) -> list[DueTask]:
        if failures:
            raise failures.pop()
        return real(**named)

    monkeypatch.setattr(store.ledger, "due_tasks", failing)
    with Sender(settings) as sender, Sweep(sender, store.ledger, every_seconds=0.02):
        wait_until(queue.messages, what="the task's message")
    assert sweeping() == []
