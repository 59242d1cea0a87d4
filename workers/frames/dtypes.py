"""Frames to tables and back with the very dtypes that they had, whatever Arrow or Parquet would make of them.

What pandas itself writes beside the data brings most dtypes back. The others are written in a form that
Parquet keeps, with a mark in the field's metadata that says how they were:

- **categories**: all of them, in their order. Parquet keeps only those that occur, in the order in which they
  do, and as categories only text; so of other categories the values are written.
- **seconds**: times of whole seconds, which Parquet does not have, are written as milliseconds.
- **arrow**: the type of pandas' Arrow dtypes, of which others would be made.
- **objects**: Python's own objects, which would come back as what Arrow takes them for: ``1`` and ``None`` as
  ``1.0`` and ``NaN``, a list as an array.

What would not come back as it was all the same is refused.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_object_dtype

from workbench.errors import TypeMismatch

__all__ = ["exact_frame", "exact_table"]

_CATEGORIES = b"workbench.categories"
_SECONDS = b"workbench.seconds"
_ARROW = b"workbench.arrow"
_OBJECTS = b"workbench.objects"
_MARKS = (_CATEGORIES, _SECONDS, _ARROW, _OBJECTS)

# Objects of one of these types come back as they were; those of all others are compared.
_SIMPLE = (bool, int, float, str, bytes, Decimal, dt.date, dt.time)
# What comes back as something else that is equal to it: by which name it is marked, and what makes it again.
_REMADE: dict[str, Any] = {"Timestamp": pd.Timestamp, "Timedelta": pd.Timedelta, "tuple": tuple}

_UNWRITABLE = (
    pa.ArrowException,
    TypeError,
    ValueError,
    OverflowError,
)  # what pyarrow raises for such a column

_Written = tuple[pa.Field, pa.ChunkedArray]


def exact_table(frame: pd.DataFrame, *, threads: int | None = None) -> pa.Table:
    """Make a table of a frame.

    Args:
        frame: Unique string column names, a plain RangeIndex.
        threads: How many threads at most; as many as there are processors if not given.

    Returns:
        A table of which Parquet changes nothing, its schema carrying what restores the dtypes.

    Raises:
        TypeMismatch: If a column would not come back as it is.
    """
    marked = {str(name): _written(column) for name, column in frame.items()}
    names = [name for name, written in marked.items() if written is None]
    if len(names) == len(marked):
        return _plain_table(frame, threads)
    table = _plain_table(frame[names], threads)
    fields, columns = [], []
    for name, written in marked.items():
        field, column = written or (table.schema.field(name), table.column(name))
        fields.append(field.with_name(name))
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, table.schema.metadata))


def exact_frame(table: pa.Table, *, threads: bool = True) -> pd.DataFrame:
    """Make a frame of a table, with the dtypes of the frame that the table was made of.

    Args:
        table: A table that was made by ``exact_table``, some columns or rows of one, or any other.
        threads: Whether to use several threads.

    Returns:
        A frame with a plain RangeIndex.
    """
    marked = [field for field in table.schema if _is_marked(field) or _is_empty_interval(field, table)]
    if not marked:
        frame: pd.DataFrame = table.to_pandas(use_threads=threads)
        return frame
    frame = table.drop_columns([field.name for field in marked]).to_pandas(use_threads=threads)
    restored = {field.name: _restored(field, table.column(field.name)) for field in marked}
    columns = {name: restored[name] if name in restored else frame[name] for name in table.column_names}
    return pd.DataFrame(columns, copy=False)


def _is_marked(field: pa.Field) -> bool:
    return field.metadata is not None and any(mark in field.metadata for mark in _MARKS)


def _is_empty_interval(field: pa.Field, table: pa.Table) -> bool:
    """Whether pandas stumbles over a column: it cannot make intervals of zoned times where there are none."""
    return not table.num_rows and getattr(field.type, "extension_name", "") == "pandas.interval"


def _plain_table(frame: pd.DataFrame, threads: int | None) -> pa.Table:
    """What pandas writes itself.

    Raises:
        TypeMismatch: If Arrow has nothing that a column could be.
    """
    try:
        return pa.Table.from_pandas(frame, preserve_index=False, nthreads=threads)
    except _UNWRITABLE as error:
        wrong = next((column for _, column in frame.items() if not _has_arrow(column)), None)
        if wrong is None:
            raise
        raise _refused(wrong, f"is of the type {wrong.dtype}") from error


def _has_arrow(column: pd.Series) -> bool:
    try:
        pa.Table.from_pandas(column.head(0).to_frame(), preserve_index=False)
    except _UNWRITABLE:
        return False
    return True


def _refused(column: pd.Series, what: str) -> TypeMismatch:
    return TypeMismatch(
        f"Column '{column.name}' {what}, which a node cannot keep.",
        "Cast the column to text, or to the type that most of its values have.",
        column=str(column.name),
    )


def _written(column: pd.Series) -> _Written | None:
    """How a column is written so that it comes back; None where pandas brings it back by itself."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _written_categories(column)
    if isinstance(dtype, pd.ArrowDtype):
        schema = pa.schema([pa.field("", dtype.pyarrow_dtype)])
        values = _chunked(_array(column))
        mark = {_ARROW: schema.serialize().to_pybytes()}
        return _milliseconds(column, pa.field("", values.type, metadata=mark), values)
    if is_object_dtype(dtype):
        return _written_objects(column)
    if isinstance(dtype, np.dtype | pd.DatetimeTZDtype) and str(dtype).startswith("datetime64[s"):
        values = _chunked(_array(column))
        return _milliseconds(column, pa.field("", values.type, metadata={_SECONDS: b"1"}), values)
    return None


def _array(column: pd.Series) -> pa.Array | pa.ChunkedArray:
    return pa.Array.from_pandas(column)


def _chunked(values: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])


def _milliseconds(column: pd.Series, field: pa.Field, values: pa.ChunkedArray) -> _Written:
    """Write whole seconds, which Parquet does not have, as milliseconds, as it would."""
    if not (pa.types.is_timestamp(values.type) and values.type.unit == "s"):
        return field, values
    kind = pa.timestamp("ms", values.type.tz)
    try:
        return field.with_type(kind), values.cast(kind)
    except pa.ArrowInvalid as error:
        raise _refused(column, "holds times that are hundreds of millions of years away") from error


def _written_categories(column: pd.Series) -> _Written:
    categories = column.cat.categories
    order = "ordered" if column.cat.ordered else "unordered"
    try:
        kept = exact_table(pd.DataFrame({order: pd.Series(categories)}))
    except TypeMismatch as error:
        raise _refused(column, f"holds categories of the type {categories.dtype}") from error
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, kept.schema) as writer:
        writer.write_table(kept)
    values = _values_of_categories(column, kept)
    return pa.field("", values.type, metadata={_CATEGORIES: sink.getvalue().to_pybytes()}), values


def _values_of_categories(column: pd.Series, kept: pa.Table) -> pa.ChunkedArray:
    """Text as a dictionary, which Parquet knows; of all else the values."""
    codes = column.cat.codes.to_numpy()
    positions = pa.array(codes, mask=codes < 0)
    each = kept.column(0).combine_chunks()
    if isinstance(each, pa.ChunkedArray):
        each = pa.concat_arrays(each.chunks) if each.num_chunks else pa.nulls(0, each.type)
    if pa.types.is_string(each.type) or pa.types.is_large_string(each.type):
        return _chunked(
            pa.DictionaryArray.from_arrays(positions, each.cast(pa.string()), ordered=column.cat.ordered)
        )
    return _chunked(each.take(positions))


def _written_objects(column: pd.Series) -> _Written | None:
    there = column[column.notna()]
    types = set(map(type, there))
    if not types or types == {np.ndarray}:
        return None  # nothing to tell, or what comes back so by itself
    kind = next(iter(types)).__name__ if len(types) == 1 else ""
    try:
        values = _chunked(pa.array(column.to_list(), from_pandas=True))
    except UnicodeEncodeError as error:
        raise _refused(column, "holds halves of surrogate pairs, which are no characters") from error
    except _UNWRITABLE as error:
        beyond = isinstance(error, OverflowError) and types == {int}
        raise _refused(column, "holds whole numbers beyond 64 bits" if beyond else _what(types)) from error
    if len(types) > 1 or types.isdisjoint(_SIMPLE):
        again = _objects(values, kind)
        if not all(_same(one, other) for one, other in zip(there, again[again.notna()], strict=True)):
            raise _refused(column, _what(types))
    return pa.field("", values.type, metadata={_OBJECTS: kind.encode()}), values


def _what(types: set[type]) -> str:
    """Say of what types the objects of a column are."""
    names = sorted(kind.__name__ for kind in types)
    if len(names) > 1:
        return f"holds values of several types ({', '.join(names)})"
    return (
        f"holds {names[0]} objects of different forms" if names[0] == "dict" else f"holds {names[0]} objects"
    )


def _same(one: Any, other: Any) -> bool:
    """Whether two objects are equal, and of the same types all the way down."""
    if isinstance(one, np.generic):
        one = one.item()  # what numpy holds alone is what Python holds
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(_same, one.values(), other.values()))
    return bool(one == other) or (one != one and other != other)  # noqa: PLR0124 - NaN


def _objects(values: pa.ChunkedArray, kind: str) -> pd.Series:
    """Python's objects, of which Arrow tells whether they are lists, dicts, numbers and so on."""
    found = values.to_pylist()
    if (make := _REMADE.get(kind)) is not None:
        found = [None if value is None else make(value) for value in found]
    return pd.Series(found, dtype=object)


def _restored(field: pa.Field, column: pa.ChunkedArray) -> pd.Series:
    """Bring a column back that pandas does not."""
    if not _is_marked(field):
        nothing: pd.Series = pd.Series([], dtype=field.type.to_pandas_dtype())
        return nothing
    if (categories := field.metadata.get(_CATEGORIES)) is not None:
        return _restored_categories(column, pa.ipc.open_stream(categories).read_all())
    if (schema := field.metadata.get(_ARROW)) is not None:
        kind = pa.ipc.read_schema(pa.py_buffer(schema)).field(0).type
        return pd.Series(pd.arrays.ArrowExtensionArray(column.cast(kind)), copy=False)
    if (objects := field.metadata.get(_OBJECTS)) is not None:
        return _objects(column, objects.decode())
    return pd.Series(column.to_pandas().dt.as_unit("s"))


def _restored_categories(column: pa.ChunkedArray, kept: pa.Table) -> pd.Series:
    order = kept.column_names[0]
    categories = pd.Index(exact_frame(kept)[order]).rename(None)
    dtype = pd.CategoricalDtype(categories, ordered=order == "ordered")
    if pa.types.is_dictionary(column.type):
        return _renumbered(column.to_pandas(), dtype)
    # As pandas reads the categories, so it reads the values; but not nulls, as intervals of whole numbers.
    there = column.drop_null().cast(kept.schema.field(0).type)
    values = exact_frame(pa.Table.from_arrays([there], schema=kept.schema))[order].astype(dtype)
    codes = np.full(len(column), -1, dtype=values.cat.codes.dtype)
    codes[column.is_valid().to_numpy()] = values.cat.codes
    return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))


def _renumbered(column: pd.Series, dtype: pd.CategoricalDtype) -> pd.Series:
    """Give text other categories; ``astype`` would leave them where only their dtype is another one."""
    places = dtype.categories.astype(object).get_indexer(column.cat.categories.astype(object))
    codes = np.append(places, -1)[column.cat.codes.to_numpy()]
    return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
