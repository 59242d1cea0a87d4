"""Tables as files, written while they are read: CSV, JSON Lines, Parquet and Arrow.

Arrow only, a batch at a time, so that memory does not grow with the table. Text formats are rendered column
by column and joined by Arrow; no value is touched by Python unless its type is one that Arrow cannot write.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import InvalidParameter
from workbench.formulas import FORMULA, MARK, Formulas

__all__ = ["EXPORT_FORMATS", "export_batches"]

_ROWS_OF_A_GROUP = 256 * 1024
_TO_QUOTE = r'[",\r\n]'
_TO_ESCAPE = r'[\x00-\x1f"\\]'
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"

Render = Callable[[pa.Array], pa.Array]


def export_batches(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    format: str,  # noqa: A002 - the API's word
    *,
    formulas: Formulas = "escape",
) -> Iterator[bytes]:
    """Write a table as a file, in pieces.

    Nulls and NaN are empty fields in CSV (an empty text is ``""``) and ``null`` in JSON Lines, where
    infinite numbers are ``null``, too, for JSON has none. Times are ISO 8601, with their offset where they
    have a zone. Parquet and Arrow keep every type.

    Args:
        batches: The rows; each batch is of the schema.
        schema: The columns.
        format: "csv", "jsonl", "parquet" or "arrow" (an IPC file, which is Feather 2).
        formulas: What is done in CSV with texts that a spreadsheet would run: "escape" writes ``'`` before
            them, "keep" leaves them as they are.

    Returns:
        The bytes of the file, in order.

    Raises:
        InvalidParameter: There is no such format.

    Example:
        >>> table = pa.table({"id": [1, None], "name": ["Ada", "Lovelace, A."]})
        >>> print(b"".join(export_batches(table.to_batches(), table.schema, "csv")).decode(), end="")
        id,name
        1,Ada
        ,"Lovelace, A."
    """
    if format not in EXPORT_FORMATS:
        known = ", ".join(EXPORT_FORMATS)
        raise InvalidParameter(f"There is no format '{format}'.", f"The formats are: {known}.", format=format)
    if format == "csv":
        return _csv(batches, schema, _marked if formulas == "escape" else _as_it_is)
    return _WRITERS[format](batches, schema)


def _marked(texts: pa.Array) -> pa.Array:
    """Put a mark before the texts that a spreadsheet would run."""
    running = pc.match_substring_regex(texts, FORMULA)
    if not pc.any(running).as_py():
        return texts
    return pc.if_else(running, pc.binary_join_element_wise(_scalar(MARK), texts, _scalar("")), texts)


def _as_it_is(texts: pa.Array) -> pa.Array:
    return texts


def _csv(batches: Iterable[pa.RecordBatch], schema: pa.Schema, plain: Render) -> Iterator[bytes]:
    header = _csv_text(plain(pa.array(schema.names, pa.large_string())))
    yield (",".join(header.to_pylist()) + "\n").encode()
    # A line without a character is skipped by whoever reads it, so the null of an only column is quoted.
    null = '""' if len(schema) == 1 else ""
    for batch in batches:
        if batch.num_rows:
            fields = [pc.fill_null(_csv_field(column, plain), null) for column in batch.columns]
            yield _lines(pc.binary_join_element_wise(*fields, _scalar(",")), "\n")


def _jsonl(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    for batch in batches:
        if not batch.num_rows:
            continue
        pieces: list[Any] = []
        for position, (name, column) in enumerate(zip(schema.names, batch.columns, strict=True)):
            key = json.dumps(name, ensure_ascii=False)
            pieces.append(_scalar(("{" if position == 0 else ",") + key + ":"))
            pieces.append(pc.fill_null(_json_value(column), "null"))
        yield _lines(pc.binary_join_element_wise(*pieces, _scalar("")), "}\n")


def _parquet(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, "w"), schema, compression="zstd") as writer:
        group: list[pa.RecordBatch] = []
        for batch in batches:
            group.append(batch)
            if sum(part.num_rows for part in group) >= _ROWS_OF_A_GROUP:
                writer.write_table(pa.Table.from_batches(group, schema))
                group = []
                yield sink.drain()
        if group:
            writer.write_table(pa.Table.from_batches(group, schema))
    yield sink.drain()


def _arrow(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    sink = _Sink()
    options = pa.ipc.IpcWriteOptions(unify_dictionaries=True)
    with pa.ipc.new_file(pa.PythonFile(sink, "w"), schema, options=options) as writer:
        if any(pa.types.is_dictionary(field.type) for field in schema):
            # A file holds one dictionary a column, so they must all be known before the first row.
            writer.write_table(pa.Table.from_batches(batches, schema))
            batches = ()
        for batch in batches:
            writer.write_batch(batch)
            yield sink.drain()
    yield sink.drain()


_WRITERS: dict[str, Callable[[Iterable[pa.RecordBatch], pa.Schema], Iterator[bytes]]] = {
    "jsonl": _jsonl,
    "parquet": _parquet,
    "arrow": _arrow,
}

EXPORT_FORMATS = ("csv", *_WRITERS)
"""The formats there are."""


class _Sink(io.RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def drain(self) -> bytes:
        """Take what was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def _scalar(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _lines(texts: pa.Array, end: str) -> bytes:
    """The texts one behind the other: they lie so in memory already."""
    ended = pc.binary_join_element_wise(texts, _scalar(end), _scalar(""))
    _, offsets, data = ended.buffers()
    bounds = memoryview(offsets).cast("q")
    first, last = bounds[ended.offset], bounds[ended.offset + len(ended)]
    return bytes(memoryview(data)[first:last])


def _csv_field(column: pa.Array, plain: Render) -> pa.Array:
    column = _dense(column)
    if _is_text(column.type):
        return _csv_text(plain(column.cast(pa.large_string())))
    rendered = _rendered(column)
    return rendered if rendered is not None else _csv_text(_by_python(column))


def _csv_text(texts: pa.Array) -> pa.Array:
    needs = pc.or_(pc.match_substring_regex(texts, _TO_QUOTE), pc.equal(texts, ""))
    if not pc.any(needs).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    quoted = pc.binary_join_element_wise(_scalar('"'), doubled, _scalar('"'), _scalar(""))
    return pc.if_else(needs, quoted, texts)


def _json_value(column: pa.Array) -> pa.Array:
    column = _dense(column)
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return column.cast(pa.large_string())
    if pa.types.is_floating(kind):
        finite = pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind))
        return _floats(finite)
    if _is_text(kind):
        return _json_text(column)
    rendered = _rendered(column)
    if rendered is not None:
        return _json_text(rendered)
    if pa.types.is_nested(kind):
        return _by_python(column)
    return _json_text(_by_python(column))


def _json_text(texts: pa.Array) -> pa.Array:
    texts = texts.cast(pa.large_string())
    if pc.any(pc.match_substring_regex(texts, _TO_ESCAPE)).as_py():
        if pc.any(pc.match_substring_regex(texts, _CONTROLS)).as_py():
            dumped = [None if t is None else json.dumps(t, ensure_ascii=False) for t in texts.to_pylist()]
            return pa.array(dumped, pa.large_string())
        for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
            texts = pc.replace_substring(texts, plain, escaped)
    return pc.binary_join_element_wise(_scalar('"'), texts, _scalar('"'), _scalar(""))


def _dense(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _rendered(column: pa.Array) -> pa.Array | None:
    """The column as text that needs no quotes; None for types that Arrow does not write so."""
    kind = column.type
    if pa.types.is_floating(kind):
        return _floats(pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column))
    if pa.types.is_timestamp(kind):
        return _times(column)
    if (
        pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_date(kind)
        or pa.types.is_time(kind)
        or pa.types.is_null(kind)
    ):
        return column.cast(pa.large_string())
    return None


def _floats(column: pa.Array) -> pa.Array:
    """Decimal numbers as text that shows that they are: 5.0, not 5."""
    texts = column.cast(pa.float64() if pa.types.is_float16(column.type) else column.type)
    return pc.replace_substring_regex(texts.cast(pa.large_string()), r"^(-?\d+)$", r"\1.0")


def _times(column: pa.Array) -> pa.Array:
    """Times in ISO 8601; parts of seconds where there are any."""
    texts = pc.replace_substring(column.cast(pa.large_string()), " ", "T", max_replacements=1)
    texts = pc.replace_substring_regex(texts, r"\.0+(Z|[+-]\d{4}|$)", r"\1")
    if column.type.tz is None:
        return texts
    return pc.replace_substring_regex(texts, r"([+-]\d{2})(\d{2})$", r"\1:\2")


def _by_python(column: pa.Array) -> pa.Array:
    """What Arrow does not write: nested values as JSON, others as Python shows them."""
    nested = pa.types.is_nested(column.type)
    texts = [
        None
        if value is None
        else (json.dumps(value, ensure_ascii=False, default=str) if nested else str(value))
        for value in column.to_pylist()
    ]
    return pa.array(texts, pa.large_string())
