"""What others write to the broker is dropped; the worker that found it goes on with its work."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.support.stack import RunningStack
from workbench.ids import new_id
from workbench.settings import Settings
from workers.config import celery_config

TASK = "workers.tasks.test_task"


def message(**changed: Any) -> dict[str, Any]:
    """A message as Celery sends it, of a task that is in no store, with some of its parts changed."""
    task_id = new_id()
    body = json.dumps([[task_id], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])
    properties = {
        "correlation_id": task_id,
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": "interactive"},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": new_id(),
    }
    return {
        "body": base64.b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": headers(id=task_id),
        "properties": properties,
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }


def headers(**changed: Any) -> dict[str, Any]:
    task_id = new_id()
    usual = {"lang": "py", "task": TASK, "id": task_id, "root_id": task_id, "retries": 0, "eta": None}
    return {**usual, **changed}


class WritesAFile:
    """Pickled, it writes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.write_text, (self.path, "unpickled")


NOISE: dict[str, bytes] = {
    "bytes": b"\x00\xff noise",
    "text": b"hello",
    "nothing": b"",
    "half-a-message": json.dumps(message()).encode()[:200],
    "list": b"[1, 2]",
    "number": b"5",
    "null": b"null",
    "object": b"{}",
    "kombus-own-notation": b'{"__type__": "datetime", "__value__": 7}',
    "very-deep": b"[" * 20_000 + b"]" * 20_000,
    **{
        name: json.dumps(changed).encode()
        for name, changed in {
            "no-properties": {k: v for k, v in message().items() if k != "properties"},
            "properties-a-list": message(properties=[1]),
            "no-delivery-tag": message(properties={"delivery_info": {}}),
            "body-not-base64": message(body="!!!"),
            "body-a-number": message(body=5),
            "body-not-json": message(body=base64.b64encode(b"not json").decode()),
            "body-an-object": message(body=base64.b64encode(b"{}").decode()),
            "body-for-callbacks": message(
                body=base64.b64encode(
                    b'[["x"], {}, {"callbacks": [{"task": "a"}], "chain": [2], "chord": 3}]'
                ).decode()
            ),
            "no-headers": message(headers=None),
            "headers-a-list": message(headers=[1]),
            "another-task": message(headers=headers(task="os.system")),
            "task-a-list": message(headers=headers(task=[5])),
            "id-a-list": message(headers=headers(id=[1])),
            "id-a-path": message(headers=headers(id="../../etc/passwd")),
            "eta-unreadable": message(headers=headers(eta="yesterday-ish")),
            "expired": message(headers=headers(expires="x")),
            "time-limit-of-text": message(headers=headers(timelimit=["a", "b"])),
            "unknown-compression": message(headers=headers(compression="nope")),
            "stamps": message(headers=headers(stamps=5, stamped_headers=7)),
            "yaml": message(content_type="application/x-yaml"),
            "unknown-encoding": message(content_encoding="nope"),
            "priority-of-text": message(properties={**message()["properties"], "priority": "high"}),
        }.items()
    },
}


@pytest.fixture(scope="module")
def queue(stack: RunningStack) -> Iterator[tuple[Redis, str]]:
    prefix = celery_config(Settings())["broker_transport_options"]["global_keyprefix"]
    with Redis(unix_socket_path=str(stack.data_dir / "valkey.sock")) as redis:
        yield redis, f"{prefix}interactive"


def assert_goes_on(stack: RunningStack, queue: tuple[Redis, str], noise: bytes) -> None:
    """Put the noise before a task, and see the task run in the worker that was there before."""
    worker = stack.part("worker").pid
    redis, key = queue
    redis.lpush(key, noise)
    with stack.http() as http:
        task = http.post("/tasks/test", params={"message": "after the noise"}).json()["task_id"]
        assert http.get(f"/tasks/{task}", params={"wait": 30}).json()["status"] == "SUCCESS"
    assert stack.part("worker").pid == worker
    assert redis.llen(key) == 0


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE.keys())
def test_what_is_no_message_of_ours_does_not_stop_the_worker(stack, queue, noise) -> None:
    assert_goes_on(stack, queue, noise)


@pytest.mark.parametrize("encoding", ["binary", "utf-8"])
def test_a_pickled_message_is_not_unpickled(stack, queue, tmp_path, encoding) -> None:
    trace = tmp_path / "trace"
    body = base64.b64encode(pickle.dumps([[WritesAFile(trace)], {}, {}])).decode()
    pickled = message(body=body, content_type="application/x-python-serialize", content_encoding=encoding)

    assert_goes_on(stack, queue, json.dumps(pickled).encode())

    assert not trace.exists()
