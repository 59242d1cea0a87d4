"""Files become frames: recognised by their bytes, read by explicit rules, with a report of every decision.

``ingest`` is the door. ``sources`` finds the format; ``delimited``, ``excel``, ``json_records`` and
``columnar`` read one each; ``casts`` holds the rules by which text becomes values.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workbench.ingest_options import IngestOptions
from workers.frames.ingest.columnar import read_columnar
from workers.frames.ingest.delimited import read_delimited
from workers.frames.ingest.excel import read_excel
from workers.frames.ingest.json_records import read_json_records
from workers.frames.ingest.overrides import check_taken
from workers.frames.ingest.report import Ingested, OnProgress, Progress
from workers.frames.ingest.sources import KNOWN_ENDINGS, Source, recognise

__all__ = ["KNOWN_ENDINGS", "IngestOptions", "Ingested", "ingest"]

_DEFAULTS = IngestOptions()
_READERS: dict[str, Callable[[Source, IngestOptions, Progress], Ingested]] = {
    "csv": read_delimited,
    "tsv": read_delimited,
    "excel": read_excel,
    "json": read_json_records,
    "jsonl": read_json_records,
    "parquet": read_columnar,
    "arrow": read_columnar,
}


def _silent(_fraction: float, _message: str) -> None: ...


def ingest(
    path: Path, filename: str, *, on_progress: OnProgress = _silent, options: IngestOptions = _DEFAULTS
) -> Ingested:
    """Read a file as a frame.

    Args:
        path: Where its bytes are.
        filename: Its name; the ending says the format.
        on_progress: Is called in this thread with a fraction from 0 to 1, which never falls, and a message.
            What it raises stops the reading.
        options: What overrides the rules.

    Returns:
        The frame, with unique string column names and a plain RangeIndex; the report; and pandas that
        reads the file to an equal frame.

    Raises:
        IngestError: What is wrong with the file, by its class: FileEmpty, FileWithoutRows, FileRagged,
            FileFormatUnknown, FileFormatMismatch, FileEncodingUnknown, FileColumnNames, FileUnreadable.
        InvalidParameter, UnknownColumn, ValueUnreadable: An option does not fit the file, or says nothing of
            its format.
    """
    source = recognise(path, filename)
    check_taken(options, source)
    progress = Progress(on_progress)
    progress(0.0, "opening the file")
    read = _READERS[source.format](source, options, progress)
    progress.part(1.0, 1.0)
    progress(1.0, "the file is read")
    return read
