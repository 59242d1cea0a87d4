"""Opening a dataset: an uploaded file becomes a source node."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from workbench.errors import FileUnreadable, UploadTooLarge
from workbench.ingest_options import IngestOptions
from workbench.transformations.base import count
from workers.frames.ingest import ingest
from workers.frames.memory import memory_given_back
from workers.jobs.nodes import make_node
from workers.running import Job, Outcome

__all__ = ["ingest_upload"]

# Of the whole task's progress, reading and typing the file is the part between these.
_FROM, _TO = 5, 80
_CHUNK = 1 << 20


def ingest_upload(job: Job) -> Outcome:
    """Read an uploaded file into a source node.

    Args:
        job: Its payload holds ``upload`` (the blob's key), ``filename`` and ``dataset``, and may hold
            ``options``, and ``sha256``, the digest of what was sent.

    Returns:
        The node, and a result with its rows and columns.

    Raises:
        IngestError: If the file cannot be opened as a table.
    """
    with memory_given_back():
        return _ingest_upload(job)


def _ingest_upload(job: Job) -> Outcome:
    filename, dataset = str(job.payload["filename"]), str(job.payload["dataset"])
    options = IngestOptions.model_validate(job.payload.get("options", {}))
    job.report(1, "reading", f"Opening {filename}")

    def on_progress(fraction: float, message: str) -> None:
        job.report(_FROM + int(fraction * (_TO - _FROM)), "reading", message)

    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        path = Path(folder) / "upload"
        _fetch(job, path)
        opened = ingest(path, filename, on_progress=on_progress, options=options)
    job.report(_TO, "writing", f"Writing {count(len(opened.frame), 'row')}")
    node = make_node(
        job,
        opened.frame,
        name=filename,
        dataset=dataset,
        source={"filename": filename, "format": opened.format, "report": opened.report, "code": opened.code},
    )
    job.report(95, "saving", "Saving")
    rows, columns = len(opened.frame), [column.model_dump() for column in node.manifest.schema_()]
    return Outcome(
        {
            "node_id": node.id,
            "dataset": dataset,
            "rows": rows,
            "columns": columns,
            "rows_affected": rows,
            "transformation": f"Opened {filename}: {count(rows, 'row')}, {count(len(columns), 'column')}",
            "warnings": list(opened.report.get("warnings", [])),
            "report": opened.report,
        },
        node,
    )


def _fetch(job: Job, path: Path) -> None:
    """Copy the upload to where the readers can seek in it, and see that it is what was sent."""
    digest, expected, size = hashlib.sha256(), job.payload.get("sha256"), 0
    try:
        upload = job.blobs.open(str(job.payload["upload"]))
    except KeyError:
        raise FileUnreadable(
            f"The upload of '{job.payload['filename']}' is no longer there.", "Open the file again."
        ) from None
    with upload as blob, path.open("wb") as file:
        while chunk := blob.read(_CHUNK):
            # The API has measured what it took in; an owner can also write to the store past it.
            size += len(chunk)
            if size > job.max_upload_bytes:
                raise UploadTooLarge.over(job.max_upload_bytes)
            file.write(chunk)
            digest.update(chunk)
            job.check()
    if expected is not None and digest.hexdigest() != expected:
        raise FileUnreadable(
            f"The upload of '{job.payload['filename']}' is not what was sent: its checksum differs.",
            "Open the file again.",
        )
