"""Blocks: a node's columns in the blob store, as Parquet. Speaks Arrow; knows no pandas."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import StoreDamaged, UnknownColumn
from workbench.models import Manifest, ManifestColumn
from workbench.store.protocol import Blobs
from workers.frames.cache import cached, keep

__all__ = ["distinct_text", "iter_batches", "read_table", "write_table"]

_ROW_GROUP = 1_000_000
_BATCH = 65_536
# So many blocks are read or written at once: a store that is far away answers each as late as one alone.
_AT_ONCE = 4
# A dictionary pays for text that repeats; for the rest it only costs time.
_DICTIONARY_SHARE = 0.1
_DICTIONARY_SAMPLE = 10_000
_RESTORE = "Restore it from a backup, or open the file again."


def read_table(
    blobs: Blobs,
    manifest: Manifest,
    columns: Sequence[str] | None = None,
    *,
    offset: int = 0,
    limit: int | None = None,
) -> pa.Table:
    """Read columns of a node.

    Args:
        blobs: Where the blocks are.
        manifest: Which blocks hold the columns.
        columns: The columns, in the order wanted; all if not given.
        offset: The first row.
        limit: How many rows at most; all if not given.

    Returns:
        A table, its schema carrying what pandas needs to restore its dtypes.

    Raises:
        UnknownColumn: If a column is not the node's.
        StoreDamaged: If a block is missing or damaged.
    """
    wanted = _wanted(manifest, columns)
    stop = manifest.rows if limit is None else min(manifest.rows, offset + limit)
    fields = _fields(wanted)

    def read(block: str) -> pa.Table:
        with _reading(blobs, block, fields[block]) as rows:
            return rows(offset, stop)

    return _joined(dict(zip(fields, _at_once(read, fields), strict=True)), wanted)


def _fields(wanted: Sequence[ManifestColumn]) -> dict[str, list[str]]:
    """Which fields are wanted of which block, each once."""
    fields: dict[str, dict[str, None]] = {}
    for column in wanted:
        fields.setdefault(column.block, {})[column.field] = None
    return {block: list(names) for block, names in fields.items()}


_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


def _at_once(work: Callable[[_Item], _Done], items: Iterable[_Item]) -> list[_Done]:
    """Do the same to several things, some at a time; gives what came of each, in their order."""
    items = list(items)
    if len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(len(items), _AT_ONCE)) as pool:
        return list(pool.map(work, items))


def _joined(parts: Mapping[str, pa.Table], wanted: Sequence[ManifestColumn]) -> pa.Table:
    """Put the wanted columns together, of what was read of each block."""
    if len(parts) == 1:
        part = next(iter(parts.values()))
        if part.column_names == [column.name for column in wanted] == [column.field for column in wanted]:
            return part
    arrays = [parts[column.block].column(column.field) for column in wanted]
    fields = [parts[column.block].schema.field(column.field).with_name(column.name) for column in wanted]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, _metadata(parts, wanted)))


def _metadata(parts: Mapping[str, pa.Table], wanted: Sequence[ManifestColumn]) -> dict[bytes, bytes]:
    """Put together what the blocks' schemas tell pandas of the columns taken from each."""
    told = {
        (block, column["field_name"]): column
        for block, table in parts.items()
        for column in json.loads((table.schema.metadata or {}).get(b"pandas", b"{}")).get("columns", [])
    }
    columns = [
        {**told[column.block, column.field], "name": column.name, "field_name": column.name}
        for column in wanted
        if (column.block, column.field) in told
    ]
    return {b"pandas": json.dumps({"index_columns": [], "columns": columns, "column_indexes": []}).encode()}


def iter_batches(
    blobs: Blobs, manifest: Manifest, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Read columns of a node a piece at a time, for streaming.

    Args:
        blobs: Where the blocks are.
        manifest: Which blocks hold the columns.
        columns: The columns; all if not given.

    Yields:
        Batches of at most 65,536 rows; at least one, which may be empty.
    """
    if manifest.rows <= _ROW_GROUP:
        yield from _batches(read_table(blobs, manifest, columns))
        return
    wanted = _wanted(manifest, columns)
    fields = _fields(wanted)
    with ExitStack() as held:
        # Opened once, at the beginning: what may be read then may be read to its end.
        rows = {block: held.enter_context(_reading(blobs, block, fields[block])) for block in fields}
        for offset in range(0, manifest.rows, _ROW_GROUP):
            stop = min(manifest.rows, offset + _ROW_GROUP)

            def read(block: str, offset: int = offset, stop: int = stop) -> pa.Table:
                return rows[block](offset, stop)

            yield from _batches(_joined(dict(zip(fields, _at_once(read, fields), strict=True)), wanted))


def _batches(table: pa.Table) -> list[pa.RecordBatch]:
    return table.to_batches(max_chunksize=_BATCH) or [_no_rows(table.schema)]


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    # Of arrays, not of Python values: for those pyarrow would import pandas.
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)


def write_table(blobs: Blobs, prefix: str, table: pa.Table, dtypes: Mapping[str, str]) -> Manifest:
    """Write a table: all columns in one block, or one column a block if it has over a million rows.

    Args:
        blobs: Where to.
        prefix: The beginning of the blocks' keys, ``owner/session/blocks``.
        table: What to write.
        dtypes: pandas' names of the columns' dtypes.

    Returns:
        The manifest. A block's key is the digest of its content, so writing it again changes nothing.
    """
    names = table.column_names
    # What is being written is in memory beside the table: of a large one, no more than some columns.
    blocks = [[name] for name in names] if table.num_rows > _ROW_GROUP else [names]
    keys = _at_once(lambda block: _write_block(blobs, prefix, _part(table, block)), blocks)
    columns = tuple(
        ManifestColumn(name=name, dtype=dtypes[name], block=key, field=name)
        for key, block in zip(keys, blocks, strict=True)
        for name in block
    )
    return Manifest(rows=table.num_rows, columns=columns)


def _part(table: pa.Table, names: list[str]) -> pa.Table:
    """Some columns of a table, and what its schema tells pandas of these."""
    metadata = table.schema.metadata or {}
    if names == table.column_names or b"pandas" not in metadata:
        return table.select(names)
    told = json.loads(metadata[b"pandas"])
    told["columns"] = [column for column in told["columns"] if column["field_name"] in names]
    return table.select(names).replace_schema_metadata({**metadata, b"pandas": json.dumps(told).encode()})


def _write_block(blobs: Blobs, prefix: str, table: pa.Table) -> str:
    """Write a table as one block; gives its key."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=1,
        row_group_size=_ROW_GROUP,
        use_dictionary=_repetitive(table),
        write_statistics=False,
        write_page_checksum=True,
    )
    content = sink.getvalue()
    key = f"{prefix}/{hashlib.sha256(content).hexdigest()}.parquet"
    with blobs.create(key) as blob:
        blob.write(memoryview(content))
    # Of some columns Parquet gives another form: these are cached when they are read.
    if table.num_rows > _ROW_GROUP:
        schema = pq.read_schema(pa.BufferReader(content))
        if schema.equals(table.schema, check_metadata=True):
            keep(blobs, key, table)
    return key


def distinct_text(table: pa.Table, *, limit: int = 300, rows: int = 100_000) -> dict[str, tuple[str, ...]]:
    """Collect the values of the text columns that have few of them, for the planner to recognise.

    Args:
        table: The node's table.
        limit: Columns with more distinct values than this are left out.
        rows: How many rows are looked at.

    Returns:
        The distinct values by column, most frequent first.
    """
    found = {}
    for field in table.schema:
        if not _is_text(field.type):
            continue
        counts = pc.value_counts(table.column(field.name).slice(0, rows))
        if 0 < len(counts) <= limit:
            pairs = [(str(v), c) for v, c in zip(*_columns(counts), strict=True) if v is not None]
            found[field.name] = tuple(value for value, _ in sorted(pairs, key=lambda pair: -pair[1]))
    return found


def _columns(counts: Any) -> tuple[list[Any], list[Any]]:
    values, numbers = counts.flatten()
    return values.to_pylist(), numbers.to_pylist()


def _wanted(manifest: Manifest, columns: Sequence[str] | None) -> list[ManifestColumn]:
    if columns is None:
        return list(manifest.columns)
    by_name = {column.name: column for column in manifest.columns}
    for name in columns:
        if name not in by_name:
            raise UnknownColumn.among(name, by_name)
    return [by_name[name] for name in columns]


@contextmanager
def _reading(blobs: Blobs, key: str, fields: list[str]) -> Iterator[Callable[[int, int], pa.Table]]:
    """What gives the rows from one to another of a block's fields: from the cache, else from the block.

    A column that is alone in its block, as those of large tables are, goes into the cache once it was read
    whole.
    """
    table = cached(blobs, key, fields)
    if table is not None:
        yield lambda offset, stop: table.slice(offset, max(stop - offset, 0))
        return
    with _opened(blobs, key) as file:

        def read(offset: int, stop: int) -> pa.Table:
            part = _read_block(file, key, fields, offset, stop)
            if part.num_rows == file.metadata.num_rows > _ROW_GROUP:
                keep(blobs, key, part)
            return part

        yield read


@contextmanager
def _opened(blobs: Blobs, key: str) -> Iterator[pq.ParquetFile]:
    """A block, to be read a part at a time."""
    with ExitStack() as held:
        with _saying_which(key):
            stream = held.enter_context(blobs.open(key))
            file = held.enter_context(pq.ParquetFile(stream, page_checksum_verification=True))
        yield file


@contextmanager
def _saying_which(key: str) -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise StoreDamaged(f"The block '{key}' is missing from the store.", _RESTORE) from error
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreDamaged(f"The block '{key}' is damaged: {error}.", _RESTORE) from error


def _read_block(file: pq.ParquetFile, key: str, fields: list[str], offset: int, stop: int) -> pa.Table:
    with _saying_which(key):
        groups, first = _groups(file, offset, stop)
        if not groups:
            return file.schema_arrow.empty_table().select(fields)
        threads = file.metadata.num_rows > _BATCH
        table = file.read_row_groups(groups, columns=fields, use_threads=threads).select(fields)
    return table.slice(offset - first, stop - offset)


def _groups(file: pq.ParquetFile, offset: int, stop: int) -> tuple[list[int], int]:
    """The row groups that hold the rows from ``offset`` to ``stop``, and the first of their rows."""
    groups: list[int] = []
    first = start = 0
    for index in range(file.num_row_groups):
        end = start + file.metadata.row_group(index).num_rows
        if start < stop and end > offset:
            if not groups:
                first = start
            groups.append(index)
        start = end
    return groups, first


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _repetitive(table: pa.Table) -> list[str]:
    """The text columns whose values repeat, by the look of their first rows; none of a small table."""
    rows = min(table.num_rows, _DICTIONARY_SAMPLE)
    if rows < _DICTIONARY_SAMPLE:
        return []
    return [
        field.name
        for field in table.schema
        if _is_text(field.type)
        and len(pc.unique(table.column(field.name).slice(0, rows))) <= rows * _DICTIONARY_SHARE
    ]
