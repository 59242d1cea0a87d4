"""What rows cost that are seen through a selection, beside the same rows written out.

Run by hand: ``python -m benchmarks.selections [--rows N] [--rounds N]``. A table of twelve columns, each in a
block of its own where there are over a million rows, is seen through different choices of its rows: how long
it takes to write the selection or the rows, to read all columns back, and to read a page of 50 rows from the
middle. The blocks are files in a temporary folder, in the page cache, and each is written with ``fsync``.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.steps import table
from workbench.models import Manifest
from workbench.settings import Settings
from workbench.store import open_store
from workbench.store.protocol import Blobs
from workers.frames.blocks import read_table, write_table
from workers.frames.convert import dtype_names, store_frame
from workers.frames.selections import smallest, write_selection

_PREFIX = "local/session/blocks"
_PAGE = 50


def choices(rows: int) -> dict[str, np.ndarray]:
    """The rows that are chosen."""
    random = np.random.default_rng(1)
    shares = {f"{share:.2%} of the rows": share for share in (0.0002, 0.01, 0.1, 0.75)}
    return {
        "the first 1,000": np.arange(min(rows, 1_000)),
        **{name: np.flatnonzero(random.random(rows) < share) for name, share in shares.items()},
        "all, in another order": random.permutation(rows),
    }


def timed(work: Callable[[], Any], rounds: int) -> float:
    """The median of the milliseconds that something takes."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1_000)
    return statistics.median(taken)


def seen_through(manifest: Manifest, selection: str, rows: int) -> Manifest:
    """A node of chosen rows."""
    columns = tuple(column.model_copy(update={"selection": selection}) for column in manifest.columns)
    return Manifest(rows=rows, columns=columns)


def measure(blobs: Blobs, rows: int, rounds: int) -> Table:
    """Measure each choice in both ways."""
    frame = table(rows)
    dtypes = dtype_names(frame)
    manifest = store_frame(blobs, _PREFIX, frame)
    del frame
    shown = Table("ms: selection / written out", "kB", "write", "read back", "a page")
    for name, positions in choices(rows).items():
        chosen = smallest(positions)
        key = write_selection(blobs, _PREFIX, chosen)
        through = seen_through(manifest, key, len(chosen))
        values = read_table(blobs, through)
        plain = write_table(blobs, _PREFIX, values, dtypes)
        size = sum(blobs.size(block) for block in {column.block for column in plain.columns})
        pair = [
            (blobs.size(key) / 1e3, size / 1e3),
            (
                timed(lambda chosen=chosen: write_selection(blobs, _PREFIX, chosen), rounds),
                timed(lambda values=values: write_table(blobs, _PREFIX, values, dtypes), rounds),
            ),
        ]
        del values
        nodes = (through, plain)
        pair.append(tuple(timed(lambda node=node: read_table(blobs, node), rounds) for node in nodes))
        middle = len(chosen) // 2
        pair.append(
            tuple(
                timed(partial(read_table, blobs, node, offset=middle, limit=_PAGE), rounds) for node in nodes
            )
        )
        shown.add_row(name, *(f"{one:,.1f} / {other:,.1f}" for one, other in pair))
    return shown


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Settings(data_dir=Path(folder)))
        Console(width=120).print(measure(store.blobs, options.rows, options.rounds))
        store.close()


if __name__ == "__main__":
    main()
