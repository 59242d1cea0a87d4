"""Selections: the rows through which a node reads columns of older blocks. Knows no pandas.

A selection is a block of its own, and tells by its columns what it is: a single row of ``start``, ``stop``
and ``step`` is a range, as Python has it; else ``position`` holds a row number for each row, in 32 bits, or
64 where a block has more rows than these count. How many rows it has is in there, too, and must be what the
node says. It is relative to the rows of the block that it is read with, never to another selection.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.store.protocol import Blobs
from workers.frames.block_files import Block, Rows, damaged, indices, open_block, write_block

__all__ = ["compose", "read_selection", "smallest", "write_selection"]

_RANGE = ["start", "stop", "step"]
_POSITION = "position"
# A page is decoded from the beginning of its row group on: this takes a millisecond at most.
_ROW_GROUP = 262_144
_PAST_32_BITS = 1 << 32


def smallest(positions: np.ndarray) -> Rows:
    """Write row numbers in as little memory as they can be: as a range, or in 32 bits, or in 64.

    Args:
        positions: Row numbers from 0.

    Example:
        >>> smallest(np.array([9, 7, 5]))
        range(9, 3, -2)
    """
    if not len(positions):
        return range(0)
    if len(positions) == 1:
        return range(int(positions[0]), int(positions[0]) + 1)
    first, step = int(positions[0]), int(positions[1]) - int(positions[0])
    if step and int(positions[-1]) == first + step * (len(positions) - 1):
        even = range(first, first + step * len(positions), step)
        if np.array_equal(positions, np.arange(even.start, even.stop, even.step)):
            return even
    wide = int(positions.max()) >= _PAST_32_BITS
    return positions.astype(np.uint64 if wide else np.uint32, copy=False)


def compose(rows: Rows, chosen: Rows) -> Rows:
    """Choose from rows that are chosen already.

    Args:
        rows: Rows of a block.
        chosen: Which of them, by their places among them, from 0.

    Returns:
        Rows of the block.

    Example:
        >>> compose(range(10, 20, 2), range(1, 3))
        range(12, 16, 2)
    """
    if not len(chosen):
        return range(0)
    if isinstance(chosen, range):
        found = rows[_slice(chosen)]
        return found if isinstance(found, range) else smallest(found)
    if isinstance(rows, range):
        # Signed, as a step back takes away.
        return smallest(rows.start + rows.step * chosen.astype(np.int64))
    return smallest(rows[chosen])


def _slice(chosen: range) -> slice:
    # Down to the first row there is no number to stop at: -1 is the last row.
    return slice(chosen.start, chosen.stop if chosen.stop >= 0 else None, chosen.step)


def write_selection(blobs: Blobs, prefix: str, rows: Rows) -> str:
    """Write a selection.

    Args:
        blobs: Where to.
        prefix: The beginning of its key, ``owner/session/blocks``.
        rows: What it selects.

    Returns:
        Its key: equal selections are one block.
    """
    if isinstance(rows, range):
        numbers = np.array([rows.start, rows.stop, rows.step], dtype=np.int64)
        columns = [indices(numbers[at : at + 1]).view(pa.int64()) for at in range(3)]
        key, _ = write_block(blobs, prefix, pa.table(columns, names=_RANGE), row_group=_ROW_GROUP)
        return key
    table = pa.table([indices(rows)], names=[_POSITION])
    key, _ = write_block(blobs, prefix, table, row_group=_ROW_GROUP, deltas=[_POSITION])
    return key


def read_selection(blobs: Blobs, key: str, total: int, page: range) -> Rows:
    """Read a page of a selection.

    Args:
        blobs: Where it is.
        key: Which it is.
        total: How many rows it must have.
        page: Which of them.

    Returns:
        Rows of the blocks that are read through it.

    Raises:
        StoreDamaged: If it is missing or damaged.
    """
    with open_block(blobs, key) as block:
        if block.fields == [_POSITION]:
            if block.rows != total:
                raise damaged(key, f"it selects {block.rows:,} rows of {total:,}")
            found = block.read([_POSITION], page).column(0).combine_chunks()
            return smallest(_numbers(found, key))
        return compose(_range(block, total), page)


def _range(block: Block, total: int) -> range:
    if block.fields != _RANGE or block.rows != 1:
        raise damaged(block.key, "it is no selection")
    start, stop, step = (column[0].as_py() for column in block.read(_RANGE, range(1)).columns)
    rows = range(start, stop, step) if step else range(0)
    if len(rows) != total:
        raise damaged(block.key, f"it selects {len(rows):,} rows of {total:,}")
    return rows


def _numbers(found: pa.Array, key: str) -> np.ndarray:
    """Arrow's integers, of the same memory."""
    if found.type not in (pa.uint32(), pa.uint64()) or found.null_count:
        raise damaged(key, "it is no selection")
    numbers = np.frombuffer(found.buffers()[1] or b"", dtype=f"u{found.type.bit_width // 8}")
    return numbers[found.offset : found.offset + len(found)]
