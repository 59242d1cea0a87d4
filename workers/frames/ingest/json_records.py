"""JSON Lines, and JSON that holds records.

What is in an object inside of a record becomes a column of its own, named by the path to it, with dots. JSON
has types, so they are kept: only text that is an ISO 8601 time throughout becomes times. Values of several
kinds in one column, lists, and whole numbers beyond 64 bits become the JSON that they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import isnan
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import FileColumnNames, FileUnreadable, FileWithoutRows
from workbench.ingest_options import IngestOptions
from workers.frames.ingest.dialect import check_names, check_width
from workers.frames.ingest.encodings import Text, text_of
from workers.frames.ingest.expand import expanded
from workers.frames.ingest.json_shapes import flat, shape_of
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


@dataclass(frozen=True)
class _Found:
    """Records, and how they are found again.

    Args:
        records: The records, to be gone through once.
        code: Python that takes them from the file: from ``file`` for lines, else from ``content``.
        lines: Whether each line is a record.
        left_out: Keys beside the records, which belong to none.
    """

    records: Iterator[Record]
    code: str = ""
    lines: bool = True
    left_out: tuple[str, ...] = ()


def read_json_records(source: Source, options: IngestOptions, progress: Progress) -> Ingested:
    """Read a JSON Lines file, or a JSON file that holds records.

    Raises:
        FileEmpty, FileWithoutRows, FileEncodingUnknown, FileColumnNames, FileUnreadable: What is wrong with
            the file; a line that is not a JSON object is named.
    """
    with expanded(source, progress) as path:
        progress.part(0.0, 0.1)
        text = text_of(path, source.filename, encoding=options.encoding, on_progress=progress)
        progress.part(0.1, 0.8)
        found = _found(text, source, progress)
        columns = _Columns(source.filename)
        while chunk := list(islice(found.records, _CHUNK)):
            columns.add(chunk)
    if columns.rows == 0:
        raise FileWithoutRows(
            f"'{source.filename}' holds no records.", "Check how it was saved.", file=source.filename
        )
    dropped = columns.without_value()
    names = [name for name in columns.names if name not in dropped]
    check_names(names, source.filename)
    progress.part(0.8, 1.0)
    readings = []
    for done, name in enumerate(names, start=1):
        readings.append(_reading(name, columns.finish(name)))
        progress(done / len(names), f"casting columns ({done} of {len(names)})")
    frame = frame_of(readings)
    report = {
        "format": source.format,
        "bytes": text.size,
        "rows": len(frame),
        "encoding": {"name": text.encoding, "why": text.why},
        "columns": [reading.to_dict() for reading in readings],
        "warnings": [*_of_left_out(found), *_of_columns(readings)],
    }
    code = json_code(
        source, text, readings, lines=found.lines, records=found.code, nested=columns.nested, dropped=dropped
    )
    return Ingested(frame, source.format, report, code)


def _of_columns(readings: list[ColumnReading]) -> list[str]:
    return [f"Column '{reading.name}' {reading.warning}" for reading in readings if reading.warning]


def _of_left_out(found: _Found) -> list[str]:
    if not found.left_out:
        return []
    names = ", ".join(f"'{name}'" for name in found.left_out[:5]) + (", …" if found.left_out[5:] else "")
    return [f"What stands beside the records was left out: {names}."]


def _found(text: Text, source: Source, progress: Progress) -> _Found:
    if source.format == "jsonl" or not _is_one_value(text):
        return _Found(_lines(text, progress))
    try:
        shape = shape_of(_decoded(text.path.read_text(encoding=text.encoding)))
    except ValueError as error:
        raise FileUnreadable(
            f"'{text.filename}' is not JSON: {error}.", "Download or save it again.", file=text.filename
        ) from error
    return _Found(_checked(shape.records, text), shape.code, False, shape.left_out)


def _is_one_value(text: Text) -> bool:
    """Whether a JSON file is one value, and not one a line."""
    with text.path.open(encoding=text.encoding) as file:
        first = next((line.strip() for line in file if line.strip()), "")
        one_line = not any(line.strip() for line in file)
    return one_line or not (first.startswith("{") and first.endswith("}"))


def _lines(text: Text, progress: Progress) -> Iterator[Record]:
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


def _checked(records: list[Any], text: Text) -> Iterator[Record]:
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

    def __init__(self, filename: str) -> None:
        self.rows = 0
        self.nested = False
        self._filename = filename
        self._names: dict[tuple[str, ...], str] = {}
        self._chunks: dict[str, list[pa.Array]] = {}
        self._kinds: dict[str, set[str]] = {}

    @property
    def names(self) -> list[str]:
        return list(self._chunks)

    def add(self, records: list[Record]) -> None:
        rows = [self._named(flat(record)) for record in records]
        for name, chunks in self._chunks.items():
            values = [_value(row.get(name)) for row in rows]
            kinds = {_kind(value) for value in values if value is not None}
            chunks.append(_array(values, kinds))
            self._kinds[name] |= kinds
        self.rows += len(records)

    def _named(self, row: dict[tuple[str, ...], Any]) -> Record:
        """A row by the names of its columns; those that are new are begun."""
        for path in row:
            if path not in self._names:
                self._begin(path)
        return {self._names[path]: value for path, value in row.items()}

    def _begin(self, path: tuple[str, ...]) -> None:
        name = ".".join(path)
        if name in self._chunks:
            raise FileColumnNames(
                f"In '{self._filename}' two different keys would become the column '{name}': one has dots in "
                "its name, and the other is inside of an object.",
                "Rename one of the keys.",
                file=self._filename,
                duplicates=[name],
            )
        self._names[path] = name
        check_width(len(self._names), self._filename)  # now: each costs room in every row
        self.nested = self.nested or len(path) > 1
        self._chunks[name] = [pa.nulls(self.rows)] if self.rows else []
        self._kinds[name] = set()

    def without_value(self) -> list[str]:
        """The columns that are only there because some objects are null, where others are not."""
        inside = {path[:depth] for path in self._names for depth in range(1, len(path))}
        return [name for path, name in self._names.items() if path in inside and not self._kinds[name]]

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
