"""Frames to tables and back, exactly."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd
import pyarrow as pa

from workbench.models import Manifest
from workbench.store.protocol import Blobs
from workers.frames.blocks import read_table, write_table
from workers.frames.dtypes import exact_frame, exact_table

__all__ = [
    "dtype_names",
    "frame_to_table",
    "load_frame",
    "load_needed",
    "store_frame",
    "table_to_frame",
    "with_stand_ins",
]

# Below this, handing work to threads costs more than it saves.
_THREADS_FROM_CELLS = 500_000


def frame_to_table(frame: pd.DataFrame) -> pa.Table:
    """Make a table of a frame.

    Args:
        frame: Unique string column names, a plain RangeIndex.

    Returns:
        A table whose schema carries what restores the dtypes.

    Raises:
        TypeMismatch: If a column would not come back as it is.
    """
    return exact_table(frame, threads=None if frame.size >= _THREADS_FROM_CELLS else 1)


def table_to_frame(table: pa.Table) -> pd.DataFrame:
    """Make a frame of a table; its index is a plain RangeIndex."""
    return exact_frame(table, threads=table.num_rows * table.num_columns >= _THREADS_FROM_CELLS)


def dtype_names(frame: pd.DataFrame) -> dict[str, str]:
    """Name the columns' dtypes as pandas does."""
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def load_frame(blobs: Blobs, manifest: Manifest, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a node, or some of its columns, as a frame."""
    return table_to_frame(read_table(blobs, manifest, columns))


def load_needed(
    blobs: Blobs, manifest: Manifest, needed: Collection[str], *, limit: int | None = None
) -> pd.DataFrame:
    """Read some columns of a node, with stand-ins in the places of the others.

    Args:
        blobs: Where the blocks are; it is not asked if nothing is needed.
        manifest: Which blocks hold the columns.
        needed: The columns whose values are looked at.
        limit: How many rows at most; all if not given.

    Returns:
        A frame of all the node's columns, in their order.
    """
    names = [column.name for column in manifest.columns]
    wanted = [name for name in names if name in needed]
    if wanted:
        frame = table_to_frame(read_table(blobs, manifest, wanted, limit=limit))
    else:
        rows = manifest.rows if limit is None else min(manifest.rows, limit)
        frame = pd.DataFrame(index=pd.RangeIndex(rows))
    return with_stand_ins(frame, names)


def with_stand_ins(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Put a stand-in in the place of each column that a frame lacks.

    A stand-in has a name, a place and a length; it holds nothing, takes no memory, and costs nothing to copy.

    Args:
        frame: Some of the columns.
        names: All of them, in their order.
    """
    if len(frame.columns) == len(names):
        return frame
    nothing = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.nulls(len(frame))])))
    columns = {name: frame[name] if name in frame.columns else nothing for name in names}
    return pd.DataFrame(columns, copy=False)


def store_frame(blobs: Blobs, prefix: str, frame: pd.DataFrame) -> Manifest:
    """Write a frame under ``prefix`` and return its manifest."""
    return write_table(blobs, prefix, frame_to_table(frame), dtype_names(frame))
