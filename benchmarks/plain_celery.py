"""The commands of ``benchmarks.chaos`` through Celery alone: what its own acknowledgements promise.

A task reads its session's table, changes it and puts it in the place of the old one; it is acknowledged late
and rejected where its worker is lost, and Redis gives back what was not acknowledged for ten seconds. Each
command is waited for before the next is sent, as nothing else keeps their order; one whose result does not
come in a minute counts as lost.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pandas as pd
import psutil
from celery import Celery
from celery.exceptions import TimeoutError as NoResult
from celery.exceptions import WorkerLostError
from kombu.exceptions import OperationalError
from redis import RedisError

from benchmarks.chaos_analyst import expected, table
from tests.support.valkey import Broker, running_broker

__all__ = ["app", "run"]

_CHAIN = 10
_PATIENCE = 60.0
_PAUSE = (1.0, 4.0)

app = Celery("plain", broker=os.environ.get("PLAIN_URL"), backend=os.environ.get("PLAIN_RESULTS"))
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": 10},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
)


@app.task(name="plain.change")
def change(folder: str, step: int) -> None:
    """Make ``n = 3 n + step`` of a session's table, and note that it was done."""
    path = Path(folder) / "table.parquet"
    frame = pd.read_parquet(path)
    frame["n"] = frame["n"] * 3 + step
    unfinished = path.with_suffix(f".{os.getpid()}")
    frame.to_parquet(unfinished)
    unfinished.rename(path)
    with (Path(folder) / "done").open("a") as file:
        file.write(f"{step}\n")


class _Worker:
    """A worker that is started again whenever it ends."""

    def __init__(self, broker: Broker, log: Path) -> None:
        self._broker = broker
        self._log = log
        self._stop = threading.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.process: psutil.Process

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.kill()
        self._thread.join()

    def kill(self) -> None:
        with suppress(psutil.NoSuchProcess):
            for process in [*self.process.children(recursive=True), self.process]:
                process.kill()

    def _run(self) -> None:
        urls = {"PLAIN_URL": self._broker.url, "PLAIN_RESULTS": self._broker.url}
        command = [sys.executable, "-m", "celery", "-A", "benchmarks.plain_celery", "worker", "-c", "2"]
        while not self._stop.is_set():
            with self._log.open("ab") as log:
                process = subprocess.Popen(
                    command, env={**os.environ, **urls}, stdout=log, stderr=subprocess.STDOUT
                )
            self.process = psutil.Process(process.pid)
            self._started.set()
            process.wait()


def run(*, seconds: float, sessions: int, seed: int) -> dict[str, Any]:
    """Send chains of commands for a while, and disrupt worker and broker.

    Returns:
        How many were submitted, lost and done more than once, and in how many sessions the data are wrong.
    """
    with tempfile.TemporaryDirectory() as name, running_broker() as broker:
        app.conf.update(broker_url=broker.url, result_backend=broker.url)
        folder, done = Path(name), threading.Event()
        with _Worker(broker, folder / "worker.log") as worker:
            chaos = threading.Thread(target=_disrupt, args=(worker, broker, random.Random(seed), done))
            chaos.start()
            until = time.monotonic() + seconds
            with ThreadPoolExecutor(sessions) as pool:
                found = list(pool.map(lambda number: _work(folder / str(number), until), range(sessions)))
            done.set()
            chaos.join()
    return {name: sum(one[name] for one in found) for name in found[0]}


def _disrupt(worker: _Worker, broker: Broker, chance: random.Random, done: threading.Event) -> None:
    while not done.wait(chance.uniform(*_PAUSE)):
        with suppress(psutil.NoSuchProcess, IndexError):
            match chance.choice(["child", "child", "worker", "broker"]):
                case "child":
                    chance.choice(worker.process.children()).kill()
                case "worker":
                    worker.kill()
                case "broker":
                    broker.stop()
                    broker.start()


def _work(folder: Path, until: float) -> dict[str, int]:
    counts = {"submitted": 0, "lost": 0, "duplicated": 0, "wrong": 0, "sessions": 0}
    while time.monotonic() < until:
        session = folder / str(counts["sessions"])
        session.mkdir(parents=True)
        table(1_000).to_parquet(session / "table.parquet")
        counts["sessions"] += 1
        steps: list[int | str] = []
        for step in range(_CHAIN):
            try:
                result = change.apply_async(args=[str(session), step])
            except OperationalError:
                continue  # refused, and known to be
            counts["submitted"] += 1
            steps.append(step)
            try:
                result.get(timeout=_PATIENCE)
            except (NoResult, OperationalError, OSError, RedisError, WorkerLostError):
                counts["lost"] += 1
        done = (session / "done").read_text().split() if (session / "done").exists() else []
        counts["duplicated"] += len(done) - len(set(done))
        counts["wrong"] += not pd.read_parquet(session / "table.parquet").equals(expected(1_000, steps))
    return counts
