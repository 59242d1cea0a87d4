"""The Celery tasks, in a real worker on a real broker: what becomes of messages, good and bad."""

import os
import subprocess
import sys

import pytest
from celery import Celery

from tests.support.waiting import wait_until
from workbench.ids import new_id
from workbench.models import TaskState
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER, open_store
from workbench.store.protocol import NewTask
from workers.config import celery_config
from workers.live import LiveBoard
from workers.sending import Sender


@pytest.fixture(scope="module")
def settings(tmp_path_factory, valkey_server):
    return Settings(data_dir=tmp_path_factory.mktemp("worker"), redis_url=valkey_server.url)


@pytest.fixture(scope="module")
def store(settings):
    store = open_store(settings)
    yield store
    store.close()


@pytest.fixture(scope="module")
def worker(settings, store):
    """``celery -A workers.celery_app worker``, as one would start it by hand."""
    board = LiveBoard(settings)
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "workers.celery_app", "worker", "--loglevel=info", "-c", "1"],
        env={**os.environ, "WORKBENCH_DATA_DIR": str(settings.data_dir), "REDIS_URL": settings.redis_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(board.workers, seconds=60, what="the worker's heartbeat")
    yield process
    process.terminate()
    process.wait(30)
    wait_until(lambda: not board.workers(), seconds=20, what="the end of the heartbeat")
    board.close()


@pytest.fixture
def sender(settings, worker):
    with Sender(settings) as sender:
        yield sender


@pytest.fixture
def owner(store):
    return store.as_owner(LOCAL_OWNER)


def submitted(owner, message="Hello"):
    return owner.submit_task(NewTask(new_id(), "test_task", {"message": message})).task


def ended(owner, task):
    return wait_until(
        lambda: found if (found := owner.task(task.id)).status.ended else None, what="the task's end"
    )


def test_a_task_that_is_sent_is_done(owner, sender):
    task = submitted(owner, "Hello")

    sender.send(task)

    assert ended(owner, task).result["message"] == "Hello"


def test_what_to_do_stands_in_the_row_whatever_the_message_is_called(owner, sender, settings):
    task = submitted(owner, "Hello")
    stranger = Celery("stranger", set_as_current=False)
    stranger.conf.update(celery_config(settings))
    stranger.send_task("workers.tasks.process_chat_message", ["x"], task_id=task.id, queue="interactive")
    stranger.close()

    assert ended(owner, task).result["message"] == "Hello"


def test_nobody_at_the_broker_can_have_a_task_passed_over(owner, sender, settings):
    """Celery's own revocations would keep a task from running for as long as its worker lives."""
    task, before = submitted(owner), submitted(owner)
    stranger = Celery("stranger", set_as_current=False)
    stranger.conf.update(celery_config(settings))
    stranger.control.revoke(task.id)
    stranger.close()
    sender.send(before)
    ended(owner, before)  # by now the worker has heard of it, had it listened

    sender.send(task)

    assert ended(owner, task).status is TaskState.SUCCESS


def test_a_task_that_is_sent_ten_times_is_done_once(owner, sender):
    task, after = submitted(owner), submitted(owner)

    for _ in range(10):
        sender.send(task)
    sender.send(after)  # one child takes them in turn: when this one is done, so are all before it

    ended(owner, after)
    assert owner.task(task.id).attempts == 1


def test_a_task_whose_message_was_lost_is_sent_by_the_sweep(owner, sender, store, settings):
    task = submitted(owner)
    eager = Sender(settings.model_copy(update={"resend_seconds": 0.0}))

    assert eager.sweep(store.ledger) == 1

    assert ended(owner, task).status is TaskState.SUCCESS
    assert eager.sweep(store.ledger) == 0
    eager.close()


@pytest.mark.parametrize(
    ("name", "serializer"),
    [("workers.tasks.test_task", "pickle"), ("workers.tasks.unknown", "json")],
    ids=["pickled", "unknown task"],
)
def test_a_foreign_message_does_not_stop_the_worker(owner, sender, settings, worker, name, serializer):
    stranger = Celery("stranger", set_as_current=False)
    stranger.conf.update(celery_config(settings))
    stranger.send_task(name, args=[new_id()], queue="interactive", serializer=serializer)
    stranger.close()
    task = submitted(owner)

    sender.send(task)

    assert ended(owner, task).status is TaskState.SUCCESS
    assert worker.poll() is None
