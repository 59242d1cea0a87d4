"""Compressed files, written out to a temporary one while they are read."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from workbench.errors import FileFormatMismatch, FileUnreadable, UploadTooLarge
from workbench.settings import Settings
from workers.frames.ingest.report import Progress
from workers.frames.ingest.sources import Source

__all__ = ["LARGEST_EXPANDED", "expanded"]

LARGEST_EXPANDED: int = Settings.model_fields["max_upload_bytes"].default
"""A compressed file that grows past this is refused, so that a small one cannot fill the disk."""

_CHUNK = 4 * 1024 * 1024


@contextmanager
def expanded(source: Source, progress: Progress) -> Iterator[Path]:
    """Give the path of the plain file; that of a compressed one lives as long as the context.

    Raises:
        FileUnreadable: The compressed data are damaged.
        FileFormatMismatch: An archive holds more than one file.
        UploadTooLarge: The plain file passes ``LARGEST_EXPANDED``.
    """
    if source.compression is None:
        yield source.path
        return
    with tempfile.TemporaryDirectory(prefix="workbench-ingest-") as folder:
        plain = Path(folder) / "plain"
        try:
            with _opened(source) as stream, plain.open("wb") as target:
                _copy(stream, target, progress)
        # RuntimeError is what zipfile raises for a password, or for a compression that it does not know.
        except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise FileUnreadable(
                f"'{source.filename}' cannot be decompressed: {error}.",
                "Download or save it again.",
                file=source.filename,
            ) from error
        yield plain


@contextmanager
def _opened(source: Source) -> Iterator[BinaryIO]:
    if source.compression != "zip":
        with pa.input_stream(str(source.path), compression=source.compression) as stream:
            yield stream
        return
    with zipfile.ZipFile(source.path) as archive:
        members = [name for name in archive.namelist() if not name.endswith("/")]
        if len(members) != 1:
            raise FileFormatMismatch(
                f"'{source.filename}' holds {len(members)} files, not one.",
                "Unpack it, and open the files one by one.",
                file=source.filename,
                members=members[:20],
            )
        with archive.open(members[0]) as stream:
            yield stream  # type: ignore[misc]


def _copy(stream: BinaryIO, target: BinaryIO, progress: Progress) -> None:
    written = 0
    while chunk := stream.read(_CHUNK):
        written += len(chunk)
        if written > LARGEST_EXPANDED:
            raise UploadTooLarge.over(LARGEST_EXPANDED)
        target.write(chunk)
        progress(0.0, f"decompressing ({written:,} bytes)")
