"""Parts of a stack that fail, and what must hold after each failure."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import psutil

from tests.support.caller import Caller
from tests.support.stack import RunningStack
from tests.support.waiting import wait_until
from workbench.ids import new_id
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER, open_store
from workers.faults import Point

__all__ = ["QUICK", "RECOVERY_SECONDS", "SORTED", "Faults", "Work", "group", "let_go_on"]

RECOVERY_SECONDS = 35.0
"""What is promised: by then, what was submitted has ended, once all parts are up again."""

TABLE = pd.DataFrame({"a": [3.0, None, 1.0, 2.0], "b": ["x", "y", "z", "w"]})
SORTED = TABLE.fillna({"a": 0.0}).sort_values("a", ignore_index=True)
# Short, so that a lost worker is found soon; still long beside what a task on this table takes.
QUICK = {"WORKBENCH_LEASE_SECONDS": "2", "WORKBENCH_SWEEP_SECONDS": "0.2", "WORKBENCH_RESEND_SECONDS": "1"}


class Faults:
    """A folder of faults that the stack looks into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def plant(self, point: Point, fault: str) -> None:
        """Let a fault happen at a point, the next time that it is passed."""
        (self.folder / point).write_text(fault)

    def left(self) -> list[str]:
        """The points whose faults have not happened."""
        return sorted(path.name for path in self.folder.iterdir())


class Work:
    """A session of a small table on a stack, and what must hold of it whatever failed."""

    def __init__(self, stack: RunningStack, http: httpx.Client) -> None:
        self.stack = stack
        self.http = http
        self.caller = Caller(http)
        self.session = self.caller.opened("t.csv", TABLE.to_csv(index=False).encode())
        self.made: list[str] = []

    def submit(self, message: str) -> str:
        """Submit a command as the client does, which repeats what was not answered; gives the task."""
        key = new_id()
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                answer = self.http.post(
                    f"/sessions/{self.session}/chat",
                    json={"message": message},
                    headers={"Idempotency-Key": key},
                )
                answer.raise_for_status()
                return str(answer.json()["task_id"])
            except (httpx.TransportError, httpx.HTTPStatusError):
                assert time.monotonic() < deadline

    def ended(self, task: str) -> dict[str, Any]:
        """Wait for a task's end, and see that it came in time."""
        begun = time.monotonic()
        while True:
            try:
                ended = self.caller.ended(task)
            except httpx.TransportError:
                assert time.monotonic() - begun < RECOVERY_SECONDS
                continue
            assert time.monotonic() - begun < RECOVERY_SECONDS
            return ended

    def succeeded(self, task: str) -> str:
        """Wait for a task that must succeed; gives its node."""
        ended = self.ended(task)
        assert ended["status"] == "SUCCESS", ended
        node = str(ended["result"]["node_id"])
        self.made.append(node)
        return node

    def go_on(self) -> None:
        """Give the session, whose nulls are filled, another command, and see that all is as it must be."""
        self.succeeded(self.submit("sort by a"))
        self.check(SORTED)

    def check(self, expected: pd.DataFrame) -> None:
        """See that each command made one node, that the head is the last, and that no block is left over."""
        nodes = self.caller.nodes(self.session)
        assert sorted(node["id"] for node in nodes[1:]) == sorted(self.made)
        assert self.http.get(f"/sessions/{self.session}").json()["head"] == self.made[-1]
        shown = self.http.get(f"/nodes/{self.made[-1]}/rows").json()
        found = pd.DataFrame(shown["rows"], columns=[column["name"] for column in shown["columns"]])
        pd.testing.assert_frame_equal(found, expected)
        tasks = self.http.get("/tasks", params={"session_id": self.session}).json()["items"]
        assert {task["status"] for task in tasks} <= {"SUCCESS", "FAILURE"}
        self._check_blocks()

    def _check_blocks(self) -> None:
        store = open_store(Settings(data_dir=self.stack.data_dir))
        try:
            assert store.orphans is not None
            store.orphans.discard(self.session, older_than_seconds=0)
            owner = store.as_owner(LOCAL_OWNER)
            named = {
                key
                for node in owner.nodes(self.session, limit=100).items
                for column in node.manifest.columns
                for key in (column.block, column.selection)
                if key
            }
            assert set(owner.blobs.keys(f"{LOCAL_OWNER.id}/{self.session}/")) == named
        finally:
            store.close()


def group(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that it has started."""
    return [*process.children(recursive=True), process]


def let_go_on(stack: RunningStack) -> None:
    """Let the one process of the worker go on that stands still."""
    processes = group(stack.part("worker"))
    [frozen] = [process for process in processes if process.status() == psutil.STATUS_STOPPED]
    frozen.resume()
    wait_until(lambda: frozen.status() != psutil.STATUS_STOPPED, what="the end of its stand-still")
