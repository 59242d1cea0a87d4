"""An analyst who goes on working while the stack is disrupted, and looks at the end whether all is right."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pandas as pd

from tests.support.stack import RunningStack
from workbench.ids import new_id

__all__ = ["Analyst", "Ended", "expected", "table"]

_ENDED = ("SUCCESS", "FAILURE", "REVOKED")
_CHAIN = 10
_PATIENCE = 60.0  # seconds: what has not ended so long after the last disruption is lost


@dataclass(frozen=True)
class Ended:
    """A command that has ended, and when it was submitted and ended, in seconds since 1970."""

    status: str
    submitted_at: float
    at: float


@dataclass
class _Chain:
    """A session, and the commands that were submitted for it."""

    session: str
    rows: int
    tasks: list[str] = field(default_factory=list)
    steps: list[int | str] = field(default_factory=list)


def table(rows: int) -> pd.DataFrame:
    """What an analyst opens."""
    return pd.DataFrame({"n": range(rows), "name": [f"row {number % 7}" for number in range(rows)]})


def expected(rows: int, steps: list[int | str]) -> pd.DataFrame:
    """What pandas makes of a chain: a number is that of ``n = 3 n + i``, a text a column to sort by."""
    frame = table(rows)
    for step in steps:
        if isinstance(step, int):
            frame["n"] = frame["n"] * 3 + step
        else:
            frame = frame.sort_values(step, kind="stable", ignore_index=True)
    return frame


def _plan(step: int) -> list[dict[str, Any]]:
    tripled = {"op": "multiply", "left": {"column": "n"}, "right": {"value": 3}}
    added = {"op": "add", "left": tripled, "right": {"value": step}}
    return [{"kind": "derive", "column": "n", "expression": added}]


class Analyst:
    """One analyst, with a session for each chain of commands.

    Args:
        stack: Where they work.
        chance: Decides what they do.

    Attributes:
        ended: The commands that ended.
        submitted: How many were accepted.
        sessions: How many chains there were.
        lost: How many commands did not end.
        duplicated: How many nodes there are beyond those of the commands that succeeded.
        wrong: How many sessions hold other data than they should.
    """

    def __init__(self, stack: RunningStack, chance: random.Random) -> None:
        self._stack = stack
        self._chance = chance
        self._chains: list[_Chain] = []
        self.ended: list[Ended] = []
        self.submitted = self.sessions = self.lost = self.duplicated = self.wrong = 0

    def work(self, until: float) -> None:
        """Begin new chains until then."""
        with self._stack.http() as http:
            while time.monotonic() < until:
                self._begin(http, until)

    def finish(self) -> None:
        """Wait for all that is under way, and look whether it is right; nothing is disrupted any more."""
        begun = time.monotonic()
        with self._stack.http() as http:
            for chain in self._chains:
                self._finish(http, chain, begun + _PATIENCE)

    def _begin(self, http: httpx.Client, until: float) -> None:
        rows = self._chance.randrange(5, 2_000)
        content = table(rows).to_csv(index=False).encode()
        session = self._insist(lambda: http.post("/sessions", json={"name": "chaos"}))["id"]
        files = {"file": ("t.csv", content)}
        key = {"Idempotency-Key": new_id()}
        self._insist(lambda: http.post(f"/sessions/{session}/datasets", files=files, headers=key))
        chain = _Chain(session, rows)
        self._chains.append(chain)
        self.sessions += 1
        for number in range(_CHAIN):
            step: int | str = number if self._chance.random() < 0.8 else self._chance.choice(["n", "name"])
            self._submit(http, chain, step)
        # Every other chain is waited for, so that the stack is not only busy with what was before.
        if self._chance.random() < 0.5:
            while time.monotonic() < until and not self._has_ended(http, chain.tasks[-1]):
                pass

    def _submit(self, http: httpx.Client, chain: _Chain, step: int | str) -> None:
        path, body = (
            ("transformations", {"plan": _plan(step)})
            if isinstance(step, int)
            else ("chat", {"message": f"sort by {step}"})
        )
        key = {"Idempotency-Key": new_id()}
        answer = self._insist(lambda: http.post(f"/sessions/{chain.session}/{path}", json=body, headers=key))
        chain.tasks.append(answer["task_id"])
        chain.steps.append(step)
        self.submitted += 1

    def _finish(self, http: httpx.Client, chain: _Chain, until: float) -> None:
        while time.monotonic() < until and not all(self._has_ended(http, task) for task in chain.tasks):
            pass
        found = self._insist(lambda: http.get("/tasks", params={"session_id": chain.session, "limit": 100}))
        records = {record["task_id"]: record for record in found["items"]}
        missing = set(chain.tasks) - {task for task, record in records.items() if record["status"] in _ENDED}
        self.lost += len(missing)
        self.ended += [
            Ended(record["status"], _seconds(record["created_at"]), _seconds(record["finished_at"]))
            for task, record in records.items()
            if task in chain.tasks and task not in missing
        ]
        succeeded = sum(records[task]["status"] == "SUCCESS" for task in set(chain.tasks) - missing)
        nodes = self._insist(lambda: http.get(f"/sessions/{chain.session}/nodes", params={"limit": 100}))
        self.duplicated += len(nodes["items"]) - 1 - succeeded
        head = self._insist(lambda: http.get(f"/sessions/{chain.session}"))["head"]
        data = http.get(f"/nodes/{head}/data", params={"format": "parquet"}).raise_for_status()
        there = pd.read_parquet(io.BytesIO(data.content))
        self.wrong += not there.equals(expected(chain.rows, chain.steps).astype(there.dtypes))

    def _has_ended(self, http: httpx.Client, task: str) -> bool:
        found = self._insist(lambda: http.get(f"/tasks/{task}", params={"wait": 2}))
        return found["status"] in _ENDED

    @staticmethod
    def _insist(call: Callable[[], httpx.Response]) -> dict[str, Any]:
        """Make a call, and again until it is answered: as the client does, only for longer."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = call()
                if answer.status_code < 500:
                    found: dict[str, Any] = answer.raise_for_status().json()
                    return found
            except httpx.TransportError:
                pass
            if time.monotonic() > until:
                raise SystemExit("the API did not come back")
            time.sleep(0.1)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
