"""Why a text file could not be split into fields, with the line where it went wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from typing import TextIO

from workbench.errors import FileRagged, FileUnreadable, IngestError
from workers.frames.ingest.dialect import Dialect, spoken
from workers.frames.ingest.encodings import Text

__all__ = ["explain", "fault_of"]

_LONGEST_FIELD = 128 * 1024 * 1024
_END = "\0the end\0"  # a line put behind the last one: it ends up inside a value if a quote is open there


def explain(text: Text, dialect: Dialect, error: Exception) -> IngestError:
    """Turn the parser's error into one that names the line.

    Args:
        text: The file.
        dialect: How it was read.
        error: What the parser said.
    """
    return fault_of(text, dialect) or FileUnreadable(
        f"'{text.filename}' cannot be split into fields: {error}", "Check its quotes.", file=text.filename
    )


def fault_of(text: Text, dialect: Dialect) -> IngestError | None:
    """Find the first line with another number of fields than the header, or a quote that is never closed.

    Reads line by line, which is slow: for files that are known or suspected to be wrong.
    """
    expected = len(dialect.names)
    limit = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with text.path.open(encoding=text.encoding, newline="") as file:
            for line, record in _numbered(file, dialect):
                if record[-1].endswith(_END) and record != [_END]:
                    return _unclosed(text, line)
                if record != [_END] and len(record) != expected and any(field.strip() for field in record):
                    return _ragged(text, dialect, line, len(record))
    finally:
        csv.field_size_limit(limit)
    return None


def _numbered(file: TextIO, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The records behind the header, each with the number of the line in which it begins."""
    for _ in range(dialect.skip_lines):
        file.readline()
    reader = csv.reader(chain(file, [_END]), delimiter=dialect.delimiter)
    while True:
        line = dialect.skip_lines + reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        if record:
            yield line, record


def _unclosed(text: Text, line: int) -> FileUnreadable:
    return FileUnreadable(
        f"In '{text.filename}' a quote that is opened in the record of line {line:,} is never closed.",
        "Close it, or double it if it is a part of the value.",
        file=text.filename,
        line=line,
    )


def _ragged(text: Text, dialect: Dialect, line: int, found: int) -> FileRagged:
    expected = len(dialect.names)
    fields = "field" if found == 1 else "fields"
    return FileRagged(
        f"Line {line:,} of '{text.filename}' has {found} {fields}, but the header has {expected}.",
        f"Put values that contain a {spoken(dialect.delimiter)} into quotes, mend the line, or say "
        "delimiter=… or skip_rows=… if the file is laid out differently.",
        file=text.filename,
        line=line,
        expected=expected,
        found=found,
        delimiter=dialect.delimiter,
    )
