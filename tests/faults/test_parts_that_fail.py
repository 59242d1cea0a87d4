"""Parts of the stack that are killed, stopped and restarted, and messages that come more than once."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import psutil

from tests.support.failing import QUICK, SORTED, Faults, Work, group, let_go_on
from tests.support.stack import running_stack
from tests.support.waiting import wait_until
from workbench.settings import Settings
from workbench.store.protocol import DueTask
from workers.sending import Sender


def test_a_broker_that_comes_back_empty(work: Work, faults: Faults) -> None:
    faults.plant("read", "freeze")
    first = work.submit("fill missing a with 0")
    wait_until(lambda: faults.left() == [], what="the first command's reading")
    others = [work.submit(f"rename b to b{number}, then rename b{number} to b") for number in range(3)]
    broker = work.stack.part("broker")
    [written] = work.stack.data_dir.rglob("appendonlydir")
    shutil.rmtree(written)
    broker.kill()
    wait_until(lambda: work.stack.pid_of("broker") != broker.pid, seconds=35, what="another broker")
    let_go_on(work.stack)

    for task in (first, *others):
        work.succeeded(task)

    assert len(work.caller.nodes(work.session)) == 5


def test_a_broker_that_stands_still(work: Work) -> None:
    broker = work.stack.part("broker")
    broker.suspend()
    try:
        tasks = [work.submit("fill missing a with 0"), work.submit("sort by a")]
    finally:
        broker.resume()

    for task in tasks:
        work.succeeded(task)

    work.check(SORTED)


def test_messages_that_come_many_times(work: Work) -> None:
    task = work.submit("fill missing a with 0")
    record = work.http.get("/tasks", params={"session_id": work.session}).json()["items"][0]
    assert record["task_id"] == task
    with Sender(Settings(data_dir=work.stack.data_dir)) as sender:
        for _ in range(20):
            sender.send(DueTask(task, "process_chat_message", "interactive"))

    work.succeeded(task)

    work.go_on()


def test_a_machine_that_fails_and_is_started_again(tmp_path: Path) -> None:
    folder = tmp_path / "faults"
    folder.mkdir()
    faults = Faults(folder)
    with running_stack(tmp_path, WORKBENCH_FAULTS=str(folder), **QUICK) as stack, stack.http() as http:
        work = Work(stack, http)
        faults.plant("committing", "freeze")
        tasks = [work.submit("fill missing a with 0"), work.submit("sort by a")]
        wait_until(lambda: faults.left() == [], what="the point")
        for process in group(psutil.Process(stack.pid)):
            process.send_signal(signal.SIGKILL)

    with running_stack(tmp_path, **QUICK) as stack, stack.http() as http:
        work.stack, work.http, work.caller.http = stack, http, http
        for task in tasks:
            work.succeeded(task)
        work.check(SORTED)
