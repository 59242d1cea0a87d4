"""One block: a Parquet file in the blob store, written once, and read by its fields and rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import StoreDamaged
from workbench.store.protocol import Blobs

__all__ = ["Block", "Rows", "damaged", "indices", "open_block", "rows_of", "write_block"]

Rows: TypeAlias = "range | np.ndarray"
"""Which rows of a block, in which order, counted from 0; a row may be there more than once."""

# So many rows are decoded at a time where a row group is not wanted to its end.
_BATCH = 65_536
# Where no more than this part of a row group is wanted, from its beginning, the rest is not decoded.
_PART = 0.5
# Up to so many rows in no order are sorted, so that no row group is read in which there are none.
_FEW = 65_536
_RESTORE = "Restore it from a backup, or open the file again."


class Block:
    """An open block.

    Args:
        key: Its key in the blob store.
        file: What is there.
    """

    def __init__(self, key: str, file: pq.ParquetFile) -> None:
        self.key = key
        self._file = file
        sizes = [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)]
        self._ends = np.cumsum(sizes, dtype=np.int64)
        """Of each row group, the row after its last."""

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self._file.metadata.num_rows)

    @property
    def fields(self) -> list[str]:
        """The names of its columns."""
        return list(self._file.schema_arrow.names)

    def read(self, fields: Sequence[str], rows: Rows) -> pa.Table:
        """Read some of its columns, through rows.

        Args:
            fields: The names of the columns in here.
            rows: Which rows. Only the row groups that hold them are read, and decoded no further than the
                last of them.

        Returns:
            A table of the fields, in their order, and of the rows, in theirs.

        Raises:
            StoreDamaged: If the block is damaged, or does not have a row.
        """
        fields = list(fields)
        with _saying_which(self.key):
            if not len(rows):
                return self._file.schema_arrow.empty_table().select(fields)
            first, last = _ends_of(rows)
            _require(self.key, self.rows, first, last)
            if isinstance(rows, range) and rows.step == 1:
                return self._span(fields, first, last + 1)
            return self._chosen(fields, _array(rows), first, last)

    def _span(self, fields: list[str], start: int, stop: int) -> pa.Table:
        """The rows from ``start`` to ``stop``."""
        group, end = np.searchsorted(self._ends, (start, stop - 1), side="right").tolist()
        first = int(self._ends[group - 1]) if group else 0
        if group == end and stop - first <= (self._ends[group] - first) * _PART:
            return self._beginning(fields, group, stop - first).slice(start - first)
        groups = list(range(group, end + 1))
        threads = self.rows > _BATCH
        table = self._file.read_row_groups(groups, columns=fields, use_threads=threads)
        return table.select(fields).slice(start - first, stop - start)

    def _beginning(self, fields: list[str], group: int, rows: int) -> pa.Table:
        """The first rows of a row group: what comes after them is not decoded."""
        batches, there = [], 0
        for batch in self._file.iter_batches(
            min(rows, _BATCH), row_groups=[group], columns=fields, use_threads=False
        ):
            batches.append(batch)
            there += batch.num_rows
            if there >= rows:
                break
        return pa.Table.from_batches(batches).select(fields).slice(0, rows)

    def _chosen(self, fields: list[str], rows: np.ndarray, first: int, last: int) -> pa.Table:
        if bool((rows[1:] >= rows[:-1]).all()):
            return self._ascending(fields, rows)
        if len(rows) <= _FEW:
            ordered, places = np.unique(rows, return_inverse=True)
            return self._ascending(fields, ordered).take(indices(places))
        return self._span(fields, first, last + 1).take(indices(rows - first))

    def _ascending(self, fields: list[str], rows: np.ndarray) -> pa.Table:
        """Rows in their order in the block: a row group at a time, so that no more of it is in memory."""
        pieces, begin = [], 0
        for end in np.searchsorted(rows, self._ends).tolist():
            if end > begin:
                here = rows[begin:end]
                first, last = int(here[0]), int(here[-1])
                pieces.append(self._span(fields, first, last + 1).take(indices(here - first)))
            begin = end
        return pa.concat_tables(pieces)


@contextmanager
def open_block(blobs: Blobs, key: str) -> Iterator[Block]:
    """Open a block, to be read a part at a time.

    Raises:
        StoreDamaged: If it is missing or damaged.
    """
    with ExitStack() as held:
        with _saying_which(key):
            stream = held.enter_context(blobs.open(key))
            block = Block(key, held.enter_context(pq.ParquetFile(stream, page_checksum_verification=True)))
        yield block


def write_block(
    blobs: Blobs,
    prefix: str,
    table: pa.Table,
    *,
    row_group: int,
    dictionaries: Sequence[str] = (),
    deltas: Sequence[str] = (),
) -> tuple[str, pa.Buffer]:
    """Write a table as one block.

    Args:
        blobs: Where to.
        prefix: The beginning of its key, ``owner/session/blocks``.
        table: What to write.
        row_group: How many rows a row group has.
        dictionaries: The columns whose values repeat.
        deltas: The columns of integers whose neighbours are near each other.

    Returns:
        Its key: the digest of its content, so that writing it again changes nothing; and that content.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=1,
        row_group_size=row_group,
        use_dictionary=list(dictionaries),
        column_encoding=dict.fromkeys(deltas, "DELTA_BINARY_PACKED") or None,
        write_statistics=False,
        write_page_checksum=True,
    )
    content = sink.getvalue()
    key = f"{prefix}/{hashlib.sha256(content).hexdigest()}.parquet"
    with blobs.create(key) as blob:
        blob.write(memoryview(content))
    return key, content


def rows_of(table: pa.Table, rows: Rows, key: str) -> pa.Table:
    """Give some rows of a block's columns that are in memory.

    Args:
        table: The columns, whole.
        rows: Which rows.
        key: The block, for the error.

    Raises:
        StoreDamaged: If the block does not have a row.
    """
    if not len(rows):
        return table.slice(0, 0)
    first, last = _ends_of(rows)
    _require(key, table.num_rows, first, last)
    if isinstance(rows, range) and rows.step == 1:
        return table.slice(first, len(rows))
    return table.take(indices(_array(rows)))


def _require(key: str, there: int, first: int, last: int) -> None:
    if first < 0 or last >= there:
        raise damaged(key, f"it has {there:,} rows, and row {last:,} is wanted")


def indices(rows: np.ndarray) -> pa.Array:
    """Row numbers for Arrow, of the same memory; ``pa.array`` would import pandas."""
    kind = {4: pa.uint32(), 8: pa.uint64()}[rows.dtype.itemsize]
    return pa.Array.from_buffers(kind, len(rows), [None, pa.py_buffer(np.ascontiguousarray(rows))])


def damaged(key: str, how: str) -> StoreDamaged:
    """The error of a block that is not what it should be."""
    return StoreDamaged(f"The block '{key}' is damaged: {how}.", _RESTORE)


@contextmanager
def _saying_which(key: str) -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise StoreDamaged(f"The block '{key}' is missing from the store.", _RESTORE) from error
    except (OSError, pa.ArrowInvalid) as error:
        raise damaged(key, str(error)) from error


def _ends_of(rows: Rows) -> tuple[int, int]:
    """The least and the greatest of some rows."""
    if isinstance(rows, range):
        return min(rows[0], rows[-1]), max(rows[0], rows[-1])
    return int(rows.min()), int(rows.max())


def _array(rows: Rows) -> np.ndarray:
    return np.arange(rows.start, rows.stop, rows.step) if isinstance(rows, range) else rows
