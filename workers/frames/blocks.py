"""Blocks: a node's columns in the blob store, as Parquet. Speaks Arrow; knows no pandas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import UnknownColumn
from workbench.models import Manifest, ManifestColumn
from workbench.store.protocol import Blobs
from workers.frames.block_files import Rows, open_block, rows_of, write_block
from workers.frames.cache import cached, keep
from workers.frames.selections import compose, read_selection

__all__ = ["distinct_text", "iter_batches", "read_seen", "read_table", "see", "write_table"]

_ROW_GROUP = 1_000_000
_BATCH = 65_536
# So many blocks are read or written at once: a store that is far away answers each as late as one alone.
_AT_ONCE = 4
# A dictionary pays for text that repeats; for the rest it only costs time.
_DICTIONARY_SHARE = 0.1
_DICTIONARY_SAMPLE = 10_000

_Place: TypeAlias = tuple[str, str | None]
"""A block, and the selection through which it is read; None for all of its rows."""


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
    stop = manifest.rows if limit is None else min(manifest.rows, offset + limit)
    wanted = _wanted(manifest, columns)
    rows = range(min(offset, stop), stop)
    return _read(blobs, wanted, _seen(blobs, manifest.rows, [one.selection for one in wanted], rows))


def see(blobs: Blobs, manifest: Manifest, columns: Iterable[str], rows: Rows) -> dict[str | None, Rows]:
    """Look through a node's selections: which rows of their blocks some of its rows are.

    Args:
        blobs: Where the selections are; each is read once.
        manifest: Which of them the columns are read through.
        columns: The columns.
        rows: Rows of the node, in any order.

    Returns:
        The rows of the blocks for each selection, and for None if a column is read without one.

    Raises:
        StoreDamaged: If a selection is missing or damaged.
    """
    return _seen(blobs, manifest.rows, [column.selection for column in _wanted(manifest, columns)], rows)


def read_seen(
    blobs: Blobs, manifest: Manifest, columns: Sequence[str], seen: Mapping[str | None, Rows]
) -> pa.Table:
    """Read columns of a node at the rows of their blocks that ``see`` gave: otherwise as ``read_table``."""
    return _read(blobs, _wanted(manifest, columns), seen)


def _read(blobs: Blobs, wanted: Sequence[ManifestColumn], seen: Mapping[str | None, Rows]) -> pa.Table:
    fields = _fields(wanted)

    def read(place: _Place) -> pa.Table:
        with _reading(blobs, place[0], fields[place], seen[place[1]]) as rows_of:
            return rows_of(seen[place[1]])

    return _joined(dict(zip(fields, _at_once(read, fields), strict=True)), wanted)


@contextmanager
def _reading(blobs: Blobs, key: str, fields: list[str], rows: Rows) -> Iterator[Callable[[Rows], pa.Table]]:
    """What gives the wanted rows of a block's fields, or any of them: from the cache, else from the block.

    A column that is alone in its block, as those of large tables are, goes into the cache once it was read
    whole. All columns of all nodes are read through this.
    """
    # Of a short run of rows the block decodes little more, in less time than the cache checks a column.
    short = isinstance(rows, range) and rows.step == 1 and len(rows) <= _BATCH
    table = cached(blobs, key, fields, only_checked=short)
    if table is not None:
        yield lambda rows: rows_of(table, rows, key)
        return
    with open_block(blobs, key) as block:

        def read(rows: Rows) -> pa.Table:
            part = block.read(fields, rows)
            if isinstance(rows, range) and rows == range(block.rows) and block.rows > _ROW_GROUP:
                keep(blobs, key, part)
            return part

        yield read


def _place(column: ManifestColumn) -> _Place:
    return column.block, column.selection


def _fields(wanted: Sequence[ManifestColumn]) -> dict[_Place, list[str]]:
    """Which fields are wanted of which block, each once."""
    fields: dict[_Place, dict[str, None]] = {}
    for column in wanted:
        fields.setdefault(_place(column), {})[column.field] = None
    return {place: list(names) for place, names in fields.items()}


def _seen(blobs: Blobs, total: int, selections: Iterable[str | None], rows: Rows) -> dict[str | None, Rows]:
    """What ``see`` gives, of a node with so many rows."""
    distinct = list(dict.fromkeys(selections))

    def through(selection: str | None) -> Rows:
        if selection is None or not len(rows):
            return rows
        if isinstance(rows, range):
            return read_selection(blobs, selection, total, rows)
        return compose(read_selection(blobs, selection, total, range(total)), rows)

    return dict(zip(distinct, _at_once(through, distinct), strict=True))


_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


def _at_once(work: Callable[[_Item], _Done], items: Iterable[_Item]) -> list[_Done]:
    """Do the same to several things, some at a time; gives what came of each, in their order."""
    items = list(items)
    if len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(len(items), _AT_ONCE)) as pool:
        return list(pool.map(work, items))


def _joined(parts: Mapping[_Place, pa.Table], wanted: Sequence[ManifestColumn]) -> pa.Table:
    """Put the wanted columns together, of what was read of each block."""
    if len(parts) == 1:
        part = next(iter(parts.values()))
        if part.column_names == [column.name for column in wanted] == [column.field for column in wanted]:
            return part
    arrays = [parts[_place(column)].column(column.field) for column in wanted]
    fields = [parts[_place(column)].schema.field(column.field).with_name(column.name) for column in wanted]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, _metadata(parts, wanted)))


def _metadata(parts: Mapping[_Place, pa.Table], wanted: Sequence[ManifestColumn]) -> dict[bytes, bytes]:
    """Put together what the blocks' schemas tell pandas of the columns taken from each."""
    told = {
        (place, column["field_name"]): column
        for place, table in parts.items()
        for column in json.loads((table.schema.metadata or {}).get(b"pandas", b"{}")).get("columns", [])
    }
    columns = [
        {**told[_place(column), column.field], "name": column.name, "field_name": column.name}
        for column in wanted
        if (_place(column), column.field) in told
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
        seen = _seen(blobs, manifest.rows, [one.selection for one in wanted], range(manifest.rows))
        rows_of = {
            place: held.enter_context(_reading(blobs, place[0], fields[place], seen[place[1]]))
            for place in fields
        }
        for offset in range(0, manifest.rows, _ROW_GROUP):
            portion = range(offset, min(manifest.rows, offset + _ROW_GROUP))

            def read(place: _Place, portion: range = portion) -> pa.Table:
                return rows_of[place](compose(seen[place[1]], portion))

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

    def write(names: list[str]) -> str:
        part = _part(table, names)
        key, content = write_block(blobs, prefix, part, row_group=_ROW_GROUP, dictionaries=_repetitive(part))
        # Of some columns Parquet gives another form: these are cached when they are read.
        if part.num_rows > _ROW_GROUP:
            kept = pq.read_schema(pa.BufferReader(content))
            if kept.equals(part.schema, check_metadata=True):
                keep(blobs, key, part)
        return key

    keys = _at_once(write, blocks)
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


def _wanted(manifest: Manifest, columns: Iterable[str] | None) -> list[ManifestColumn]:
    if columns is None:
        return list(manifest.columns)
    by_name = {column.name: column for column in manifest.columns}
    wanted = []
    for name in columns:
        if name not in by_name:
            raise UnknownColumn.among(name, by_name)
        wanted.append(by_name[name])
    return wanted


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
