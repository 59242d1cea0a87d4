"""JSON Lines, and JSON that is a list of records.

JSON has types, so they are kept: only text that is an ISO 8601 time throughout becomes times. Values of
several kinds in one column, objects, lists, and whole numbers beyond 64 bits become the JSON that they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from math import isnan
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import FileUnreadable, FileWithoutRows
from workbench.ingest_options import IngestOptions
from workers.frames.ingest.dialect import check_names
from workers.frames.ingest.encodings import Text, text_of
from workers.frames.ingest.numbers import Found
from workers.frames.ingest.objects import Typed, fits_decimal, reading_from
from workers.frames.ingest.pandas_code import json_code
from workers.frames.ingest.report import ColumnReading, Ingested, Progress
from workers.frames.ingest.series import frame_of
from workers.frames.ingest.sources import Source
from workers.frames.ingest.times import iso_times

__all__ = ["read_json_records"]

_CHUNK = 20_000
_KINDS = {bool: "bool", int: "int", float: "float", str: "str"}
_ARROW = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "str": pa.string()}
_NOUNS = {
    "bool": "booleans",
    "int": "numbers",
    "float": "numbers",
    "str": "text",
    "nested": "objects or lists",
    "big": "whole numbers beyond 64 bits",
}
_INT64 = 2**63
_SURROGATE = r"\ud"  # how an escape of a half, or of a pair of them, begins

Record = dict[str, Any]


def read_json_records(source: Source, options: IngestOptions, progress: Progress) -> Ingested:
    """Read a JSON Lines file, or a JSON file that holds a list of objects.

    Raises:
        FileEmpty, FileWithoutRows, FileEncodingUnknown, FileColumnNames, FileUnreadable: What is wrong with
            the file; a line that is not a JSON object is named.
    """
    progress.part(0.0, 0.1)
    text = text_of(source.path, source.filename, encoding=options.encoding, on_progress=progress)
    progress.part(0.1, 0.8)
    records = _records(text, source, progress)
    columns = _Columns()
    while chunk := list(islice(records, _CHUNK)):
        columns.add(chunk)
    if columns.rows == 0:
        raise FileWithoutRows(
            f"'{source.filename}' holds no records.", "Check how it was saved.", file=source.filename
        )
    check_names(columns.names, source.filename)
    progress.part(0.8, 1.0)
    readings = []
    for done, name in enumerate(columns.names, start=1):
        readings.append(_reading(name, columns.finish(name)))
        progress(done / len(columns.names), f"casting columns ({done} of {len(columns.names)})")
    frame = frame_of(readings)
    warnings = [f"Column '{reading.name}' {reading.warning}" for reading in readings if reading.warning]
    report = {
        "format": source.format,
        "bytes": text.size,
        "rows": len(frame),
        "encoding": {"name": text.encoding, "why": text.why},
        "columns": [reading.to_dict() for reading in readings],
        "warnings": warnings,
    }
    lines = source.format == "jsonl" or not _is_list(text)
    return Ingested(frame, source.format, report, json_code(source, text, readings, lines=lines))


def _is_list(text: Text) -> bool:
    return text.head(4096).lstrip().startswith("[")


def _records(text: Text, source: Source, progress: Progress) -> Iterator[Record]:
    if source.format == "json" and _is_list(text):
        yield from _list_of_records(text)
        return
    done = 0
    with text.path.open(encoding=text.encoding) as file:
        for number, line in enumerate(file, start=1):
            done += len(line)
            if number % 5_000 == 0:
                progress(done / text.size, f"reading ({number:,} lines)")
            if line.strip():
                yield _record(line, number, text)


def _decoded(content: str) -> Any:
    """Decode JSON.

    Raises:
        ValueError: It is none, or its texts are none, or it is nested too deeply for us.
    """
    try:
        value = json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _SURROGATE in content.lower():  # else the costly check is not needed
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("it holds half of a surrogate pair, which is no character") from None
    return value


def _record(line: str, number: int, text: Text) -> Record:
    try:
        record = _decoded(line)
    except ValueError as error:
        raise FileUnreadable(
            f"Line {number:,} of '{text.filename}' is not JSON: {error}.",
            "Each line must be one whole JSON object.",
            file=text.filename,
            line=number,
        ) from error
    if not isinstance(record, dict):
        raise FileUnreadable(
            f"Line {number:,} of '{text.filename}' is JSON, but not an object.",
            'Each line must be an object such as {"id": 1, "name": "Ada"}.',
            file=text.filename,
            line=number,
        )
    return record


def _list_of_records(text: Text) -> Iterator[Record]:
    try:
        records = _decoded(text.path.read_text(encoding=text.encoding))
    except ValueError as error:
        raise FileUnreadable(
            f"'{text.filename}' is not JSON: {error}.", "Download or save it again.", file=text.filename
        ) from error
    for position, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise FileUnreadable(
                f"Item {position:,} of '{text.filename}' is not an object.",
                'The file must be a list of objects such as [{"id": 1, "name": "Ada"}].',
                file=text.filename,
                item=position,
            )
        yield record


class _Columns:
    """Columns that grow by chunks; a chunk of one kind is held in Arrow, a mixed one as JSON text."""

    def __init__(self) -> None:
        self.rows = 0
        self._chunks: dict[str, list[pa.Array]] = {}
        self._kinds: dict[str, set[str]] = {}

    @property
    def names(self) -> list[str]:
        return list(self._chunks)

    def add(self, records: list[Record]) -> None:
        for record in records:
            for name in record:
                if name not in self._chunks:
                    self._chunks[name] = [pa.nulls(self.rows)] if self.rows else []
                    self._kinds[name] = set()
        for name, chunks in self._chunks.items():
            values = [_value(record.get(name)) for record in records]
            kinds = {_kind(value) for value in values if value is not None}
            chunks.append(_array(values, kinds))
            self._kinds[name] |= kinds
        self.rows += len(records)

    def finish(self, name: str) -> Typed:
        """Give a column the one type that holds all its kinds, and let its chunks go."""
        chunks, kinds = self._chunks[name], self._kinds[name]
        if kinds == {"int", "float"} and all(_exact(chunk) for chunk in chunks):
            return Typed(_joined([chunk.cast(pa.float64()) for chunk in chunks], pa.float64()), "float64")
        if len(kinds) == 1 and (only := next(iter(kinds))) in _ARROW:
            dtype = {"int": "int64", "float": "float64"}.get(only, only)
            return Typed(_joined([chunk.cast(_ARROW[only]) for chunk in chunks], _ARROW[only]), dtype)
        values = _joined([_as_json(chunk) for chunk in chunks], pa.string())
        return Typed(values, "str", tuple(sorted({_NOUNS[kind] for kind in kinds})))


def _value(value: Any) -> Any:
    return None if isinstance(value, float) and isnan(value) else value


def _kind(value: Any) -> str:
    kind = _KINDS.get(type(value), "nested")
    return "big" if kind == "int" and not -_INT64 <= value < _INT64 else kind


def _array(values: list[Any], kinds: set[str]) -> pa.Array:
    if not kinds:
        return pa.nulls(len(values))
    if len(kinds) == 1 and (only := next(iter(kinds))) in _ARROW:
        return pa.array(values, _ARROW[only], from_pandas=True)
    return pa.array([None if value is None else _text(value) for value in values], pa.large_string())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _exact(chunk: pa.Array) -> bool:
    if pa.types.is_large_string(chunk.type):
        whole = chunk.filter(pc.match_substring_regex(chunk, "^-?[0-9]+$"))
        return fits_decimal(whole.cast(pa.int64()))
    return not pa.types.is_int64(chunk.type) or fits_decimal(chunk)


def _as_json(chunk: pa.Array) -> pa.Array:
    if pa.types.is_floating(chunk.type):
        return pa.array([None if value is None else _text(value) for value in chunk.to_pylist()], pa.string())
    return chunk.cast(pa.string())


def _joined(chunks: list[pa.Array], kind: pa.DataType) -> pa.ChunkedArray:
    return pa.chunked_array(chunks, kind)


def _reading(name: str, typed: Typed) -> ColumnReading:
    head = typed.values.slice(0, 1_000).drop_null() if typed.dtype == "str" and not typed.mixed else []
    if len(head):
        found = iso_times(typed.values, head[0].as_py())
        if isinstance(found, Found):
            nulls = found.values.null_count
            return ColumnReading(
                name, found.dtype, found.values, found.why, nulls, date_format=found.date_format
            )
    return reading_from(name, typed)
