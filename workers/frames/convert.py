"""Frames to tables and back, exactly."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.errors import TypeMismatch
from workbench.models import Manifest
from workbench.store.protocol import Blobs
from workers.frames.blocks import read_table, write_table

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
_CATEGORIES = b"workbench.categories"


def frame_to_table(frame: pd.DataFrame) -> pa.Table:
    """Make a table of a frame.

    Args:
        frame: Unique string column names, a plain RangeIndex.

    Returns:
        A table whose schema carries what restores the dtypes.

    Raises:
        TypeMismatch: If a column holds values of several types.
    """
    threads = None if frame.size >= _THREADS_FROM_CELLS else 1
    try:
        return _with_categories(pa.Table.from_pandas(frame, preserve_index=False, nthreads=threads), frame)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        name = next((name for name in frame.columns if _unwritable(frame[name])), "")
        raise TypeMismatch(
            f"Column '{name}' holds values of several types, which a node cannot keep.",
            "Cast the column to text, or to the type that most of its values have.",
            column=name,
        ) from error


def _unwritable(column: pd.Series) -> bool:
    try:
        pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return True
    return False


def table_to_frame(table: pa.Table) -> pd.DataFrame:
    """Make a frame of a table; its index is a plain RangeIndex."""
    threads = table.num_rows * table.num_columns >= _THREADS_FROM_CELLS
    frame: pd.DataFrame = table.to_pandas(use_threads=threads)
    for field in table.schema:
        if (kept := (field.metadata or {}).get(_CATEGORIES)) is not None:
            frame[field.name] = frame[field.name].astype(_categories(kept))
        elif pa.types.is_list(field.type):
            # Lists went in, and pyarrow gives arrays.
            frame[field.name] = frame[field.name].map(np.ndarray.tolist, na_action="ignore").astype(object)
    return frame


def _with_categories(table: pa.Table, frame: pd.DataFrame) -> pa.Table:
    """Write the categories of categorical columns beside the data, which alone do not keep them.

    Parquet keeps only the values that occur, in the order in which they do, and text only.
    """
    for index, (name, dtype) in enumerate(frame.dtypes.items()):
        if isinstance(dtype, pd.CategoricalDtype):
            kept = pa.table({"ordered" if dtype.ordered else "unordered": pa.array(dtype.categories)})
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, kept.schema) as writer:
                writer.write_table(kept)
            field = table.schema.field(index).with_metadata({_CATEGORIES: sink.getvalue().to_pybytes()})
            table = table.set_column(index, field.with_name(str(name)), table.column(index))
    return table


def _categories(kept: bytes) -> pd.CategoricalDtype:
    table = pa.ipc.open_stream(kept).read_all()
    categories = pd.Index(table.column(0).to_pandas()).rename(None)
    return pd.CategoricalDtype(categories, ordered=table.column_names == ["ordered"])


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
