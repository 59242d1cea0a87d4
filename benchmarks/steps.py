"""What a command on a large table costs, from its node to a durable child, beside the same in a notebook.

Run by hand: ``python -m benchmarks.steps [--rows N] [--rounds N] [--json FILE]``, on Linux, with what the
tests need installed. Each operation is taken in turn in two ways, in a fresh process each time, whose start
is not counted: as a worker runs a task, on an embedded store in a temporary folder; and as an analyst would
do it, ``pd.read_parquet``, operation, ``to_parquet``, with the ``fsync`` that the store does, too. The
files are in the page cache. Of a child there is also the time until it has been read back whole as a pandas
frame.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from tests.support.valkey import running_broker
from workbench.ids import new_id
from workbench.models import TaskKind, TaskRecord
from workbench.settings import Settings
from workbench.store import LOCAL_OWNER
from workbench.store.protocol import NewTask
from workbench.transformations import Plan
from workers.frames.convert import load_frame
from workers.jobs import apply_plan, ingest_upload
from workers.running import Body, perform
from workers.services import Services

OPERATIONS: dict[str, list[dict[str, Any]]] = {
    "fill one column of numbers": [{"kind": "fill_nulls", "columns": ["price"], "value": 0}],
    "upper-case the e-mail": [{"kind": "change_case", "columns": ["email"], "to": "upper"}],
    "rename a column": [{"kind": "rename", "columns": {"price": "cost"}}],
    "drop two columns": [{"kind": "drop_columns", "columns": ["email", "city"]}],
    "filter": [
        {"kind": "filter", "where": {"op": "gt", "left": {"column": "quantity"}, "right": {"value": 25}}}
    ],
    "drop nulls": [{"kind": "drop_nulls", "columns": ["price"]}],
    "drop duplicates": [{"kind": "drop_duplicates", "columns": ["customer"]}],
    "sort": [{"kind": "sort", "by": [{"column": "price"}]}],
    "first 100 rows": [{"kind": "head", "n": 100}],
    "sample of 1,000 rows": [{"kind": "sample", "n": 1_000, "seed": 7}],
    "group and average": [
        {"kind": "group", "by": ["city"], "aggregations": [{"function": "mean", "column": "price"}]}
    ],
}
Figures = dict[str, dict[str, list[dict[str, float]]]]
"""What each run measured, by operation and by way."""


def table(rows: int) -> pd.DataFrame:
    """Twelve columns as of orders: numbers, text that repeats and text that does not, times, a flag."""
    random = np.random.default_rng(7)

    def one_of(*values: str) -> np.ndarray[Any, Any]:
        return np.array(values)[random.integers(0, len(values), rows)]

    emails = pd.Series([f"user{number}@example.com" for number in random.integers(0, 2 * rows, rows)])
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "customer": random.integers(0, 1_000_000, rows),
            "quantity": random.integers(1, 100, rows),
            "price": pd.Series(random.normal(100, 30, rows).round(2)).mask(random.random(rows) < 0.05),
            "discount": random.random(rows).round(3),
            "weight": random.gamma(2, 3, rows).round(3),
            "city": one_of("Berlin", "Paris", "Zürich", "Oslo", "Wien"),
            "channel": one_of("web", "shop", "phone"),
            "status": one_of("open", "paid", "sent", "cancelled"),
            "email": emails.mask(random.random(rows) < 0.05),
            "ordered": pd.Timestamp("2013-01-01")
            + pd.to_timedelta(random.integers(0, 10**8, rows), unit="s").as_unit("us"),
            "gift": random.random(rows) < 0.1,
        }
    )


def measured(work: Callable[[], object]) -> dict[str, float]:
    """Time something; gives the seconds, and the most memory that this process has had, in MB."""
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    # Not getrusage: what that tells includes the process that this one was forked from.
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return {"seconds": seconds, "peak_mb": int(peak) / 1_000}


def in_a_notebook(steps: list[dict[str, Any]], source: Path, result: Path) -> dict[str, float]:
    """Read, change and write as an analyst would."""
    code = Plan.parse(steps).to_pandas()

    def work() -> None:
        names = {"pd": pd, "df": pd.read_parquet(source)}
        exec(code, names)
        names["df"].to_parquet(result)
        with result.open("rb") as file:
            os.fsync(file.fileno())

    return {**measured(work), "written_mb": result.stat().st_size / 1e6}


class Workbench:
    """A session in a store of its own, whose tasks are run as a worker runs them."""

    def __init__(self, folder: Path, broker_url: str) -> None:
        self._services = Services(Settings(data_dir=folder, redis_url=broker_url))
        self.owner = self._services.store.as_owner(LOCAL_OWNER)

    def open(self, path: Path) -> tuple[str, str]:
        """Open a file in a new session; gives the ids of this and of the node."""
        session = self.owner.create_session("steps").id
        key = f"{LOCAL_OWNER.id}/{session}/uploads/{new_id()}"
        with self.owner.blobs.create(key) as blob:
            blob.write(path.read_bytes())
        payload = {"upload": key, "filename": path.name, "dataset": "orders"}
        return session, self._run(session, "ingest_dataset", payload, ingest_upload)["node_id"]

    def apply(self, session: str, node: str, steps: list[dict[str, Any]]) -> dict[str, float]:
        """Apply a plan to a node."""
        before = self._written()
        results: list[dict[str, Any]] = []
        payload = {"plan": steps, "node_id": node}
        figures = measured(
            lambda: results.append(self._run(session, "apply_transformation", payload, apply_plan))
        )
        child = self.owner.node(results[0]["node_id"])
        read = measured(lambda: load_frame(self.owner.blobs, child.manifest))
        return {
            **figures,
            "written_mb": (self._written() - before) / 1e6,
            "seconds_with_reading_back": figures["seconds"] + read["seconds"],
        }

    def close(self) -> None:
        """Let go of the store and the broker."""
        self._services.store.close()
        self._services.board.close()

    def _run(self, session: str, kind: TaskKind, payload: dict[str, Any], body: Body) -> dict[str, Any]:
        task = self.owner.submit_task(NewTask(new_id(), kind, payload, session)).task
        perform(self._services, task.id, body)
        ended: TaskRecord = self.owner.task(task.id)
        if ended.result is None:
            raise SystemExit(f"a task failed: {ended.error}")
        return ended.result

    def _written(self) -> int:
        return sum(self.owner.blobs.size(key) for key in self.owner.blobs.keys(f"{LOCAL_OWNER.id}/"))


def child(arguments: list[str]) -> None:
    """What one measuring process does; it prints what it measured."""
    way, operation, source, folder, *rest = arguments
    if way == "notebook":
        figures = in_a_notebook(OPERATIONS[operation], Path(source), Path(folder) / "result.parquet")
    else:
        broker_url, session, node = rest
        workbench = Workbench(Path(folder), broker_url)
        figures = workbench.apply(session, node, OPERATIONS[operation])
        workbench.close()
    print("FIGURES", json.dumps(figures))


def in_a_process(*arguments: str) -> dict[str, float]:
    """Measure in a process of its own, so that its memory is that of the operation alone."""
    command = [sys.executable, "-m", "benchmarks.steps", "--child", *arguments]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    [line] = [line for line in lines if line.startswith("FIGURES ")]
    found: dict[str, float] = json.loads(line.removeprefix("FIGURES "))
    return found


def measure(scratch: Path, broker_url: str, rows: int, rounds: int) -> Figures:
    """Take each operation in both ways in turn, round by round."""
    source = scratch / "orders.parquet"
    table(rows).to_parquet(source)
    found: Figures = {operation: {"notebook": [], "workbench": []} for operation in OPERATIONS}
    for number in range(rounds):
        # A store of its own each round: an equal plan on an equal node is not computed again.
        folder = scratch / f"data-{number}"
        workbench = Workbench(folder, broker_url)
        session, node = workbench.open(source)
        workbench.close()
        for operation, ways in found.items():
            ways["notebook"].append(in_a_process("notebook", operation, str(source), str(scratch)))
            where = (str(source), str(folder), broker_url, session, node)
            ways["workbench"].append(in_a_process("workbench", operation, *where))
    return found


def report(found: Figures) -> dict[str, Any]:
    """Print a table; gives the medians."""
    columns = ("s notebook", "s workbench", "ratio", "and read back", "MB written", "peak MB")
    shown = Table("operation", *columns)
    figures: dict[str, Any] = {}
    for operation, ways in found.items():
        medians = {
            way: {name: statistics.median(run[name] for run in runs) for name in runs[0]}
            for way, runs in ways.items()
        }
        notebook, workbench = medians["notebook"], medians["workbench"]
        ratio = workbench["seconds"] / notebook["seconds"]
        back = workbench["seconds_with_reading_back"] / notebook["seconds"]
        shown.add_row(
            operation,
            f"{notebook['seconds']:.2f}",
            f"{workbench['seconds']:.3f}",
            f"{ratio:.3f}",
            f"{back:.2f}",
            f"{notebook['written_mb']:.1f} / {workbench['written_mb']:.1f}",
            f"{notebook['peak_mb']:.0f} / {workbench['peak_mb']:.0f}",
        )
        figures[operation] = {**medians, "ratio": ratio, "ratio_with_reading_back": back}
    Console(width=120).print(shown)
    return figures


def main() -> None:
    """Run the benchmark."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with running_broker() as broker, tempfile.TemporaryDirectory() as name:
        figures = report(measure(Path(name), broker.url, options.rows, options.rounds))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
