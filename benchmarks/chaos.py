"""Whether anything is lost or done twice while parts of the stack are killed at random.

Run by hand: ``python -m benchmarks.chaos [--minutes N] [--sessions N] [--seed N] [--json FILE]``. It starts a
stack of its own in a temporary folder. Analysts (threads) open a small table and submit chains of commands,
without waiting for one before they submit the next, and repeat what is not answered, as the client does.
Meanwhile a process is killed, stopped for a while or told to end every few seconds: a worker's child, the
whole worker, the broker, the API. Each command makes ``n = 3 n + i`` of a column, so that the numbers at the
end tell the order, and whether one was left out or done twice; they are compared with pandas'.

Then the same commands go through plain Celery (``benchmarks.plain_celery``), with ``acks_late``, each waited
for before the next, while its worker and its broker are killed in the same way; ``--no-baseline`` leaves it
out.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.chaos_analyst import Analyst, Ended
from tests.support.stack import RunningStack, running_stack

__all__ = ["Report", "run"]

_PAUSE = (1.0, 4.0)  # seconds between two disruptions
_STANDSTILL = 3.0
_DISRUPTIONS = (
    "kill a child",
    "kill a child",
    "stop a child",
    "kill the worker",
    "end the worker",
    "kill the broker",
    "kill the API",
    "end the API",
)
_STANDARD_LEASE = 30.0


@dataclass
class Report:
    """What came of it.

    Attributes:
        submitted: Commands that were accepted.
        succeeded: Those that ended as SUCCESS.
        failed: Those that ended otherwise, although all of them can be done.
        lost: Those that had not ended a minute after the last disruption.
        duplicated: Nodes beyond one for each command that succeeded.
        wrong: Sessions whose data are not what pandas makes of their commands.
        disruptions: How often what was done to which part.
        recovery: Seconds from each disruption to the first success of what was submitted after it.
        waits: Seconds from each submission to its end.
    """

    submitted: int = 0
    succeeded: int = 0
    failed: int = 0
    lost: int = 0
    duplicated: int = 0
    wrong: int = 0
    sessions: int = 0
    disruptions: dict[str, int] = field(default_factory=dict)
    recovery: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """The report in figures."""
        facts = asdict(self)
        for name in ("recovery", "waits"):
            seconds = facts.pop(name)
            facts[f"{name}_p50"] = round(statistics.median(seconds), 2) if seconds else None
            facts[f"{name}_max"] = round(max(seconds), 2) if seconds else None
        return facts


class Disruptor:
    """Does something to a part of the stack every few seconds.

    Args:
        stack: The stack.
        seed: Decides what, and when.
    """

    def __init__(self, stack: RunningStack, seed: int) -> None:
        self._stack = stack
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disruptor")
        self.done: list[tuple[float, str]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._random.uniform(*_PAUSE)):
            what = self._random.choice(_DISRUPTIONS)
            with suppress(psutil.NoSuchProcess, IndexError, AssertionError):  # it is being restarted just now
                self._do(what)
                self.done.append((time.time(), what))

    def _do(self, what: str) -> None:
        worker = self._stack.part("worker")
        match what:
            case "kill a child":
                self._random.choice(worker.children()).kill()
            case "stop a child":
                child = self._random.choice(worker.children())
                child.suspend()
                self._stop.wait(_STANDSTILL)
                child.resume()
            case "kill the worker":
                for process in [*worker.children(recursive=True), worker]:
                    process.kill()
            case "end the worker":
                worker.terminate()
            case "kill the broker":
                self._stack.part("broker").kill()
            case "kill the API":
                self._stack.part("api").kill()
            case "end the API":
                self._stack.part("api").terminate()


def run(*, seconds: float, sessions: int, seed: int, lease_seconds: float = _STANDARD_LEASE) -> Report:
    """Let analysts work for a while on a stack that is disrupted.

    Args:
        seconds: For how long they begin new chains.
        sessions: How many analysts there are.
        seed: What is done to the stack, and the analysts' commands, follow from it.
        lease_seconds: How long a silent worker keeps a task.

    Returns:
        The report; ``lost``, ``duplicated``, ``failed`` and ``wrong`` are to be 0.
    """
    report, ended = Report(), list[Ended]()
    with running_stack(WORKBENCH_LEASE_SECONDS=str(lease_seconds)) as stack:
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(sessions) as pool, Disruptor(stack, seed) as disruptor:
            analysts = [Analyst(stack, random.Random(f"{seed} {number}")) for number in range(sessions)]
            list(pool.map(lambda analyst: analyst.work(until), analysts))
        for analyst in analysts:
            analyst.finish()
            ended += analyst.ended
            report.sessions += analyst.sessions
            report.submitted += analyst.submitted
            report.lost += analyst.lost
            report.duplicated += analyst.duplicated
            report.wrong += analyst.wrong
    report.succeeded = sum(one.status == "SUCCESS" for one in ended)
    report.failed = len(ended) - report.succeeded
    report.waits = [one.at - one.submitted_at for one in ended]
    for at, what in disruptor.done:
        report.disruptions[what] = report.disruptions.get(what, 0) + 1
        after = [one.at - at for one in ended if one.submitted_at >= at and one.status == "SUCCESS"]
        report.recovery += [min(after)] if after else []
    return report


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--sessions", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lease-seconds", type=float, default=_STANDARD_LEASE)
    parser.add_argument("--no-baseline", action="store_true")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    seconds = options.minutes * 60
    found = {
        "workbench": run(
            seconds=seconds,
            sessions=options.sessions,
            seed=options.seed,
            lease_seconds=options.lease_seconds,
        ).summary()
    }
    if not options.no_baseline:
        from benchmarks import plain_celery

        found["plain Celery"] = plain_celery.run(
            seconds=seconds, sessions=options.sessions, seed=options.seed
        )
    shown = Table("", *found)
    for name in found["workbench"]:
        shown.add_row(name, *(str(facts.get(name, "")) for facts in found.values()))
    Console(width=150).print(shown)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
