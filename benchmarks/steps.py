"""What a command on a large table costs, from its node to a durable child, beside the same elsewhere.

Run by hand: ``python -m benchmarks.steps [--rows N] [--rounds N] [--only NAME …] [--json FILE]``, on Linux,
with what the tests need installed, and polars. Each operation is taken in turn in four ways, in a fresh
process each time, whose start is not counted: as a worker runs a task, on an embedded store in a temporary
folder; as an analyst would do it in a notebook, ``pd.read_parquet``, operation, ``to_parquet``; and with
polars and DuckDB (``benchmarks.rivals``); all with the ``fsync`` that the store does. The files are in the
page cache, and in the workbench's own cache what it put there as it opened them. Of a child there is also the
time until it has been read back whole as a pandas frame.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.rivals import in_duckdb, in_polars
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

_PRICE, _QUANTITY = {"column": "price"}, {"column": "quantity"}
OPERATIONS: dict[str, list[dict[str, Any]]] = {
    "fill one column of numbers": [{"kind": "fill_nulls", "columns": ["price"], "value": 0}],
    "upper-case the e-mail": [{"kind": "change_case", "columns": ["email"], "to": "upper"}],
    "compute a column": [
        {
            "kind": "derive",
            "column": "total",
            "expression": {"op": "multiply", "left": _PRICE, "right": _QUANTITY},
        }
    ],
    "take the month of a date": [{"kind": "date_part", "column": "ordered", "parts": ["month"]}],
    "rename a column": [{"kind": "rename", "columns": {"price": "cost"}}],
    "drop two columns": [{"kind": "drop_columns", "columns": ["email", "city"]}],
    "filter": [{"kind": "filter", "where": {"op": "gt", "left": _QUANTITY, "right": {"value": 25}}}],
    "drop nulls": [{"kind": "drop_nulls", "columns": ["price"]}],
    "drop duplicates": [{"kind": "drop_duplicates", "columns": ["customer"]}],
    "sort": [{"kind": "sort", "by": [_PRICE]}],
    "first 100 rows": [{"kind": "head", "n": 100}],
    "top 100 rows": [{"kind": "top_n", "n": 100, "order_by": [{**_PRICE, "descending": True}]}],
    "sample of 1,000 rows": [{"kind": "sample", "n": 1_000, "seed": 7}],
    "group and average": [
        {"kind": "group", "by": ["city"], "aggregations": [{"function": "mean", **_PRICE}]}
    ],
    "pivot": [
        {
            "kind": "pivot",
            "index": ["city"],
            "columns": ["channel"],
            "values": ["price"],
            "aggregate": "mean",
        }
    ],
    "join": [{"kind": "join", "dataset": "customers", "how": "left", "on": ["customer"]}],
}
AIMS = {
    **dict.fromkeys(list(OPERATIONS)[:4], 0.10),
    **dict.fromkeys(["rename a column", "drop two columns"], 0.02),
    **dict.fromkeys(["filter", "drop nulls"], 0.15),
    **dict.fromkeys(["first 100 rows", "top 100 rows", "sample of 1,000 rows"], 0.10),
    "drop duplicates": 0.5,
    "sort": 0.35,
    "group and average": 0.35,
    "join": 0.7,
}
"""What part of the notebook's time the workbench is to take."""

WAYS = ("notebook", "workbench", "polars", "duckdb")
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
            "customer": random.integers(0, min(rows, 1_000_000), rows),
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


def customers(rows: int) -> pd.DataFrame:
    """What is known of each customer that an order can have."""
    random = np.random.default_rng(8)
    number = min(rows, 1_000_000)
    return pd.DataFrame(
        {
            "customer": random.permutation(number),
            "segment": np.array(["private", "business", "public"])[random.integers(0, 3, number)],
            "limit": random.integers(0, 100, number) * 100.0,
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


@dataclass(frozen=True)
class Files:
    """What the ways read, and the file that all but the workbench write.

    Args:
        scratch: The folder that they lie in.
    """

    scratch: Path

    @property
    def orders(self) -> Path:
        """Five million rows of twelve columns."""
        return self.scratch / "orders.parquet"

    @property
    def customers(self) -> Path:
        """What orders are joined with."""
        return self.scratch / "customers.parquet"

    @property
    def result(self) -> Path:
        """What came of an operation."""
        return self.scratch / "result.parquet"


def in_pandas(operation: str, files: Files) -> None:
    """Read, change and write as an analyst would in a notebook."""
    plan = Plan.parse(OPERATIONS[operation])
    names = {"pd": pd, "df": pd.read_parquet(files.orders)}
    if plan.others():
        names["customers"] = pd.read_parquet(files.customers)
    exec(plan.to_pandas(), names)
    names["df"].to_parquet(files.result)


def in_a_file(way: str, operation: str, files: Files) -> dict[str, float]:
    """Operate on a file, into a file that lasts."""

    def work() -> None:
        match way:
            case "notebook":
                in_pandas(operation, files)
            case "polars":
                in_polars(operation, files.orders, files.customers, files.result)
            case "duckdb":
                in_duckdb(operation, files.orders, files.customers, files.result)
        with files.result.open("rb") as file:
            os.fsync(file.fileno())

    if way in {"polars", "duckdb"}:  # pandas is loaded by now, so these are, too
        importlib.import_module(way)
    return {**measured(work), "written_mb": files.result.stat().st_size / 1e6}


class Workbench:
    """A session in a store of its own, whose tasks are run as a worker runs them."""

    def __init__(self, folder: Path, broker_url: str) -> None:
        self._services = Services(Settings(data_dir=folder, redis_url=broker_url))
        self.owner = self._services.store.as_owner(LOCAL_OWNER)

    def open(self, files: Files) -> tuple[str, str]:
        """Open both files in a new session; gives the ids of this and of the orders' node."""
        session = self.owner.create_session("steps").id
        nodes = [self._open(session, path) for path in (files.orders, files.customers)]
        return session, nodes[0]

    def _open(self, session: str, path: Path) -> str:
        key = f"{LOCAL_OWNER.id}/{session}/uploads/{new_id()}"
        with self.owner.blobs.create(key) as blob:
            blob.write(path.read_bytes())
        payload = {"upload": key, "filename": path.name, "dataset": path.stem}
        node: str = self._run(session, "ingest_dataset", payload, ingest_upload)["node_id"]
        return node

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
    way, operation, scratch, *rest = arguments
    if way == "workbench":
        folder, broker_url, session, node = rest
        workbench = Workbench(Path(folder), broker_url)
        figures = workbench.apply(session, node, OPERATIONS[operation])
        workbench.close()
    else:
        figures = in_a_file(way, operation, Files(Path(scratch)))
    print("FIGURES", json.dumps(figures))


def in_a_process(*arguments: str) -> dict[str, float]:
    """Measure in a process of its own, so that its memory is that of the operation alone."""
    command = [sys.executable, "-m", "benchmarks.steps", "--child", *arguments]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    lines = [line for line in ended.stdout.splitlines() if line.startswith("FIGURES ")]
    if ended.returncode or len(lines) != 1:
        raise SystemExit(f"{' '.join(arguments[:2])} ended with {ended.returncode}:\n{ended.stderr[-3_000:]}")
    found: dict[str, float] = json.loads(lines[0].removeprefix("FIGURES "))
    return found


def measure(scratch: Path, broker_url: str, rows: int, rounds: int, operations: list[str]) -> Figures:
    """Take each operation in all ways in turn, round by round."""
    files = Files(scratch)
    table(rows).to_parquet(files.orders)
    customers(rows).to_parquet(files.customers)
    found: Figures = {operation: {way: [] for way in WAYS} for operation in operations}
    for number in range(rounds):
        # A store of its own each round: an equal plan on an equal node is not computed again.
        folder = scratch / f"data-{number}"
        workbench = Workbench(folder, broker_url)
        session, node = workbench.open(files)
        workbench.close()
        for operation, ways in found.items():
            print(f"round {number + 1}: {operation}", file=sys.stderr)
            for way, runs in ways.items():
                where = (str(folder), broker_url, session, node) if way == "workbench" else ()
                runs.append(in_a_process(way, operation, str(scratch), *where))
        shutil.rmtree(folder)
    return found


def report(found: Figures) -> dict[str, Any]:
    """Print a table; gives the medians."""
    shown = Table(
        "operation", "s notebook", "s workbench", "ratio", "aim", "and read back", "polars", "DuckDB",
        "MB written", "peak MB",
    )  # fmt: skip
    figures: dict[str, Any] = {}
    for operation, ways in found.items():
        medians = {
            way: {name: statistics.median(run[name] for run in runs) for name in runs[0]}
            for way, runs in ways.items()
        }
        notebook, workbench = medians["notebook"], medians["workbench"]
        ratios = {way: medians[way]["seconds"] / notebook["seconds"] for way in WAYS[1:]}
        back = workbench["seconds_with_reading_back"] / notebook["seconds"]
        shown.add_row(
            operation,
            f"{notebook['seconds']:.2f}",
            f"{workbench['seconds']:.3f}",
            f"{ratios['workbench']:.3f}",
            f"{AIMS[operation]:.2f}" if operation in AIMS else "",
            f"{back:.2f}",
            f"{ratios['polars']:.2f}",
            f"{ratios['duckdb']:.2f}",
            " / ".join(f"{medians[way]['written_mb']:.1f}" for way in WAYS[:2]),
            " / ".join(f"{medians[way]['peak_mb']:.0f}" for way in WAYS),
        )
        figures[operation] = {**medians, "ratios": ratios, "ratio_with_reading_back": back}
    Console(width=150).print(shown)
    return figures


def main() -> None:
    """Run the benchmark."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=OPERATIONS, default=list(OPERATIONS), metavar="NAME")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with running_broker() as broker, tempfile.TemporaryDirectory() as name:
        found = measure(Path(name), broker.url, options.rows, options.rounds, options.only)
        figures = report(found)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
