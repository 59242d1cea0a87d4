"""What many who look on cost those who work: 200 pollers while 20 sessions submit.

Run by hand: ``python -m benchmarks.load [--minutes N] [--pollers N] [--sessions N]``. It starts a stack of
its own in a temporary folder. Each session is an analyst who opens a small table and submits one command
after the other, without pauses; the pollers ask for the status of the sessions' tasks every second. All of
them are one process on the same machine: what is measured is the API, the worker and the clients together.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.stack import RunningStack, running_stack
from workbench.ids import new_id

_TABLE = b"n,name\n" + b"".join(b"%d,row %d\n" % (number, number % 7) for number in range(1_000))
_ENDED = {"SUCCESS", "FAILURE", "REVOKED"}
_SAMPLE_SECONDS = 5.0
_POLL_SECONDS = 1.0  # a widget that sees no news asks as often
_MIB = 1024**2


@dataclass
class Load:
    """What is going on, and what was measured: seconds by kind of request, answers that were no success."""

    until: float
    current: dict[str, str] = field(default_factory=dict)  # session -> its latest task
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"status": [], "submission": []})
    errors: Counter[str] = field(default_factory=Counter)
    memory: dict[str, list[float]] = field(default_factory=dict)
    done: int = 0

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.until

    async def request(
        self, http: httpx.AsyncClient, kind: str, method: str, path: str, **options: Any
    ) -> Any:
        """Send a request and note how it went; None where it went wrong."""
        started = time.perf_counter()
        try:
            answer = await http.request(method, path, **options)
        except httpx.HTTPError as error:
            self.errors[f"{kind}: {type(error).__name__}"] += 1
            return None
        if kind in self.seconds:
            self.seconds[kind].append(time.perf_counter() - started)
        if answer.is_error:
            self.errors[f"{kind}: {answer.status_code}"] += 1
            return None
        return answer.json()


async def _ended(load: Load, http: httpx.AsyncClient, task_id: str) -> str:
    while True:
        status = await load.request(http, "wait", "GET", f"/tasks/{task_id}", params={"wait": 10})
        if status is not None and status["status"] in _ENDED:
            return str(status["status"])


async def _analyst(load: Load, http: httpx.AsyncClient) -> None:
    """Submit one command after the other."""
    session = (await http.post("/sessions", json={"name": "load"})).json()["id"]
    upload = await http.post(f"/sessions/{session}/datasets", files={"file": ("rows.csv", _TABLE)})
    load.current[session] = upload.json()["task_id"]
    await _ended(load, http, load.current[session])
    for number in itertools.count():
        if load.over:
            return
        # A dry run: it is planned and run, and leaves the head where it is.
        plan = [{"kind": "head", "n": 1 + number % 900}, {"kind": "sort", "by": [{"column": "name"}]}]
        accepted = await load.request(
            http,
            "submission",
            "POST",
            f"/sessions/{session}/transformations",
            json={"plan": plan, "dry_run": True},
            headers={"Idempotency-Key": new_id()},
        )
        if accepted is not None:
            load.current[session] = accepted["task_id"]
            if await _ended(load, http, accepted["task_id"]) == "SUCCESS":
                load.done += 1
            else:
                load.errors["task"] += 1


async def _poller(load: Load, http: httpx.AsyncClient, number: int) -> None:
    """Ask how far a session's latest task is, every second."""
    while not load.over:
        if load.current:
            sessions = list(load.current)
            task_id = load.current[sessions[number % len(sessions)]]
            await load.request(http, "status", "GET", f"/tasks/{task_id}")
        await asyncio.sleep(_POLL_SECONDS)


async def _memory(load: Load, stack: RunningStack) -> None:
    """Look at the memory of each part, with its children, every few seconds."""
    while not load.over:
        for name in ("broker", "api", "worker"):
            part = stack.part(name)
            family = [part, *part.children(recursive=True)]
            load.memory.setdefault(name, []).append(sum(one.memory_info().rss for one in family) / _MIB)
        await asyncio.sleep(_SAMPLE_SECONDS)


async def _run(stack: RunningStack, minutes: float, pollers: int, sessions: int) -> Load:
    load = Load(time.monotonic() + minutes * 60)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    headers = {"Authorization": f"Bearer {stack.token}"}
    async with (
        httpx.AsyncClient(base_url=f"{stack.url}/api/v1", headers=headers, timeout=60, limits=limits) as http,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(_memory(load, stack))
        for _ in range(sessions):
            group.create_task(_analyst(load, http))
        for number in range(pollers):
            group.create_task(_poller(load, http, number))
    return load


def _report(load: Load, minutes: float) -> None:
    print(f"commands: {load.done:,} done in {minutes:g} min; errors: {dict(load.errors) or 0}")
    for kind, seconds in load.seconds.items():
        cuts = statistics.quantiles(seconds, n=100)
        print(
            f"{kind}: {len(seconds):,} requests, p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms,"
            f" slowest {max(seconds) * 1000:.0f} ms"
        )
    for name, samples in load.memory.items():
        quarter = max(1, len(samples) // 4)
        second, last = samples[quarter : 2 * quarter], samples[-quarter:]
        print(
            f"{name}: {samples[0]:.0f} MiB at first, {statistics.mean(second or last):.0f} in the second"
            f" quarter, {statistics.mean(last):.0f} in the last, {max(samples):.0f} at most"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--pollers", type=int, default=200)
    parser.add_argument("--sessions", type=int, default=20)
    options = parser.parse_args()
    with running_stack() as stack:
        load = asyncio.run(_run(stack, options.minutes, options.pollers, options.sessions))
    _report(load, options.minutes)


if __name__ == "__main__":
    main()
