"""Files for tests of ingest, and the check that every one of them must pass."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from workers.frames.ingest import Ingested, IngestOptions, ingest


def write(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path: Path, **options: Any) -> Ingested:
    """Ingest a file, and check what holds for every file: its code reads an equal frame."""
    read = ingest(path, path.name, options=IngestOptions(**options))
    assert isinstance(read.frame.index, pd.RangeIndex)
    assert read.report["rows"] == len(read.frame)
    assert [column["name"] for column in read.report["columns"]] == list(read.frame.columns)
    assert [column["dtype"] for column in read.report["columns"]] == [str(d) for d in read.frame.dtypes]
    pd.testing.assert_frame_equal(run(read.code, path.parent), read.frame, check_exact=True)
    return read


def run(code: str, folder: Path) -> pd.DataFrame:
    """Run code that reads a file by its name."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        names: dict[str, Any] = {}
        exec(code, names)
        return names["df"]
    finally:
        os.chdir(before)


def column(read: Ingested, name: str) -> dict[str, Any]:
    """What the report says of a column."""
    return next(column for column in read.report["columns"] if column["name"] == name)


def dtypes(read: Ingested) -> dict[str, str]:
    """pandas' names of the dtypes of what was read."""
    return {str(name): str(dtype) for name, dtype in read.frame.dtypes.items()}
