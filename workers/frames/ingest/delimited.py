"""CSV and TSV: every field as text first, then cast by the rules."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from workbench.errors import FileWithoutRows
from workbench.ingest_options import IngestOptions
from workers.frames.ingest.casts import Rules, decimal_mark, head_of, read_column
from workers.frames.ingest.dialect import Dialect, dialect_of, spoken
from workers.frames.ingest.encodings import Text, text_of
from workers.frames.ingest.expand import expanded
from workers.frames.ingest.overrides import cast_as, check_known
from workers.frames.ingest.pandas_code import csv_code
from workers.frames.ingest.ragged import explain, fault_of
from workers.frames.ingest.report import ColumnReading, Ingested, Progress
from workers.frames.ingest.series import series_of
from workers.frames.ingest.sources import Source

__all__ = ["read_delimited"]

_BLOCK = 1024 * 1024  # larger blocks are slower: they leave the processor's cache
_LARGEST_BLOCK = 1024**3
_POLL_SECONDS = 0.1


def read_delimited(source: Source, options: IngestOptions, progress: Progress) -> Ingested:
    """Read a CSV or TSV file.

    Args:
        source: The file.
        options: What the user says about it.
        progress: Is told the bytes read and the columns cast.

    Raises:
        FileEmpty, FileWithoutRows, FileRagged, FileEncodingUnknown, FileColumnNames, FileUnreadable: What
            is wrong with the file.
        ValueUnreadable: A value is not of the type that the user gave for its column.
    """
    with expanded(source, progress) as path:
        progress.part(0.0, 0.1)
        text = text_of(path, source.filename, encoding=options.encoding, on_progress=progress)
        dialect = dialect_of(text, source.format, options)
        progress.part(0.1, 0.5)
        columns = _read_text(text, dialect, progress)
    rules = _rules(columns, dialect, options)
    progress.part(0.5, 0.95)
    cast = _cast(columns, rules, options, progress)
    readings = [column.reading for column in cast]
    frame = pd.DataFrame({column.reading.name: column.series for column in cast}, copy=False)
    warnings = [f"Column '{reading.name}' {reading.warning}" for reading in readings if reading.warning]
    if text.encoding == "cp1252" and not options.encoding:
        warnings.append(
            "The file is not UTF-8; it was read as Windows-1252. Check names with accents in them."
        )
    report = {
        "format": source.format,
        "bytes": text.size,
        "rows": len(frame),
        "encoding": {"name": text.encoding, "why": text.why},
        "delimiter": {"character": dialect.delimiter, "name": spoken(dialect.delimiter), "why": dialect.why},
        "decimal": rules.decimal,
        "columns": [column.facts for column in cast],
        "warnings": warnings,
    }
    progress(1.0, "casting columns")
    return Ingested(frame, source.format, report, csv_code(source, text, dialect, rules, readings))


@dataclass(frozen=True)
class _Cast:
    """A column in its final form; the Arrow values that it was made of are let go, for memory's sake."""

    reading: ColumnReading
    facts: dict[str, Any]
    series: Any

    @classmethod
    def of(cls, reading: ColumnReading) -> _Cast:
        none = pa.chunked_array([], reading.values.type)
        return cls(replace(reading, values=none), reading.to_dict(), series_of(reading))


class _Counted:
    """A file that counts what was read of it, and that can be told to stop."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.done = 0
        self.stopped = False

    def read(self, size: int = -1) -> bytes:
        if self.stopped:
            raise InterruptedError("the reading was stopped")
        chunk = self._file.read(size)
        self.done += len(chunk)
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _read_text(text: Text, dialect: Dialect, progress: Progress) -> dict[str, pa.ChunkedArray]:
    """Read every field as text; empty ones are null."""
    block = _BLOCK
    while True:
        bad: list[pa_csv.InvalidRow] = []
        try:
            table = _parse(text, dialect, block, bad, progress)
            break
        except pa.ArrowInvalid as error:
            grows = "straddling object" in str(error) or "header is larger than block" in str(error)
            if grows and not bad and block < min(_LARGEST_BLOCK, 2 * text.size):
                block *= 8
                continue
            if "file is too short" in str(error):  # it ends with its header
                raise _without_rows(text, dialect) from error
            raise explain(text, dialect, error) from error
    if text.quotes and (text.quotes % 2 or _ends_inside(table)):
        fault = fault_of(text, dialect)
        if fault is not None:
            raise fault
    if table.num_rows == 0:
        raise _without_rows(text, dialect)
    return dict(zip(dialect.names, table.columns, strict=True))


def _without_rows(text: Text, dialect: Dialect) -> FileWithoutRows:
    return FileWithoutRows(
        f"'{text.filename}' has {len(dialect.names)} columns and no rows.",
        "Check how it was saved; if its first line is data, open it with header=False.",
        file=text.filename,
        columns=list(dialect.names),
    )


def _parse(
    text: Text, dialect: Dialect, block: int, bad: list[pa_csv.InvalidRow], progress: Progress
) -> pa.Table:
    def on_invalid(row: pa_csv.InvalidRow) -> str:
        if not row.text.strip():
            return "skip"
        bad.append(row)
        return "error"

    options = {
        "read_options": pa_csv.ReadOptions(
            column_names=list(dialect.names),
            skip_rows=dialect.skip_lines,
            block_size=block,
            encoding="utf-8" if text.encoding == "utf-8-sig" else text.encoding,
        ),
        "parse_options": pa_csv.ParseOptions(
            delimiter=dialect.delimiter,
            newlines_in_values=text.quotes > 0,
            invalid_row_handler=on_invalid,
        ),
        "convert_options": pa_csv.ConvertOptions(
            column_types=dict.fromkeys(dialect.names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,
        ),
    }
    with text.path.open("rb") as file, ThreadPoolExecutor(1, "read") as executor:
        counted = _Counted(file)
        reading = executor.submit(pa_csv.read_csv, counted, **options)
        try:
            while True:
                try:
                    return reading.result(timeout=_POLL_SECONDS)
                except TimeoutError:
                    progress(counted.done / text.size, "reading")
        finally:
            counted.stopped = not reading.done()


def _ends_inside(table: pa.Table) -> bool:
    """Whether the last row looks like a quote that was never closed: it has more than one line."""
    if table.num_rows == 0:
        return False
    last = table.slice(table.num_rows - 1).to_pylist()[0].values()
    return any("\n" in value or "\r" in value for value in last if value)


def _rules(columns: dict[str, pa.ChunkedArray], dialect: Dialect, options: IngestOptions) -> Rules:
    rules = Rules(options.na_values, day_first=options.day_first, thousands=options.thousands)
    if options.decimal:
        mark: str = options.decimal
    elif options.thousands in (".", ","):
        mark = "," if options.thousands == "." else "."
    elif dialect.delimiter == ",":
        mark = "."
    else:
        mark = decimal_mark([head_of(column, rules) for column in columns.values()])
    return replace(rules, decimal=mark)


def _cast(
    columns: dict[str, pa.ChunkedArray], rules: Rules, options: IngestOptions, progress: Progress
) -> list[_Cast]:
    """Read all columns by the rules, or as the user says; each text is let go once it is read."""
    check_known(options.dtypes, columns)
    names, count = list(columns), len(columns)
    found: dict[str, _Cast] = {}

    def read(name: str) -> _Cast:
        column = columns.pop(name)
        given = options.type_of(name)
        reading = cast_as(name, column, given, rules) if given else read_column(name, column, rules)
        del column
        return _Cast.of(reading)

    with ThreadPoolExecutor(min(count, os.cpu_count() or 1), "cast") as executor:
        waiting: list[Future[_Cast]] = [executor.submit(read, name) for name in names]
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                column = future.result()
                found[column.reading.name] = column
                progress(done / count, f"casting columns ({done} of {count})")
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
    return [found[name] for name in names]
