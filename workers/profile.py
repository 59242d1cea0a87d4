"""Profiles: what the columns of a node hold. Speaks Arrow; knows no pandas.

Few columns are read at a time, so that a large table costs no more memory than some of its columns.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.models import Manifest
from workbench.store.protocol import Blobs
from workers.frames.blocks import read_table
from workers.frames.rows import table_rows

__all__ = ["Profiled", "profile_column", "profile_columns"]

_TOP = 5
# Read together; of a large table that is one column, of a small one many, as each reading has its price.
_CELLS = 1 << 20


@dataclass(frozen=True)
class Profiled:
    """What a column holds.

    Args:
        name: The column.
        dtype: pandas' name of its dtype.
        nulls: How many values are null; NaN counts as null.
        distinct: How many different values there are, nulls aside.
        min: The least value, of what can be ordered.
        max: The greatest value.
        mean: Of numbers and booleans.
        std: Of numbers: the standard deviation of the sample, as pandas has it.
        top: The most frequent values with their counts, most frequent first.
    """

    name: str
    dtype: str
    nulls: int
    distinct: int
    min: Any
    max: Any
    mean: float | None
    std: float | None
    top: list[tuple[Any, int]]

    def to_dict(self) -> dict[str, Any]:
        """Write the profile as JSON-serialisable facts."""
        return asdict(self)


def profile_columns(
    blobs: Blobs, manifest: Manifest, columns: Sequence[str] | None = None
) -> Iterator[Profiled]:
    """Profile the columns of a node.

    Args:
        blobs: Where its blocks are.
        manifest: Which blocks hold the columns.
        columns: The columns; all if not given.

    Yields:
        A profile a column, in the order asked for.

    Raises:
        UnknownColumn: If a column is not the node's.
    """
    dtypes = {column.name: column.dtype for column in manifest.columns}
    names = list(dtypes if columns is None else columns)
    portion = max(1, _CELLS // max(1, manifest.rows))
    for start in range(0, len(names), portion):
        table = read_table(blobs, manifest, names[start : start + portion])
        for name, values in zip(table.column_names, table.columns, strict=True):
            yield profile_column(name, dtypes[name], values)


def profile_column(name: str, dtype: str, values: pa.ChunkedArray) -> Profiled:
    """Profile a column.

    Args:
        name: Its name.
        dtype: pandas' name of its dtype.
        values: What it holds.

    Example:
        >>> profiled = profile_column("age", "Int64", pa.chunked_array([[1, 3, 3, None]]))
        >>> profiled.nulls, profiled.distinct, profiled.min, profiled.max, profiled.top[0]
        (1, 2, 1, 3, (3, 2))
    """
    values = _plain(values)
    present = values.filter(pc.invert(pc.is_null(values, nan_is_null=True)))  # pandas knows no difference
    top, distinct = _frequencies(present)
    least, greatest = _extremes(present)
    mean, deviation = _moments(present)
    return Profiled(
        name=name,
        dtype=dtype,
        nulls=len(values) - len(present),
        distinct=distinct,
        min=least,
        max=greatest,
        mean=mean,
        std=deviation,
        top=top,
    )


# What follows makes no array of Python values: pyarrow imports pandas to do that.


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _plain(values.cast(kind.value_type))
    return values.cast(pa.large_string()) if pa.types.is_string_view(kind) else values


def _frequencies(present: pa.ChunkedArray) -> tuple[list[tuple[Any, int]], int]:
    """The most frequent values, and the number of different ones."""
    if pa.types.is_nested(present.type):
        counted = Counter(str(value) for value in present.to_pylist())
        return counted.most_common(_TOP), len(counted)
    values, counts = pc.value_counts(present).flatten()
    # The sort is stable: of equally frequent values the one that comes first in the table is first here.
    order = pc.sort_indices(pc.negate(counts)).slice(0, _TOP)
    return list(zip(_json(values.take(order)), counts.take(order).to_pylist(), strict=True)), len(counts)


def _extremes(present: pa.ChunkedArray) -> tuple[Any, Any]:
    kind = present.type
    if len(present) == 0 or pa.types.is_nested(kind):
        return None, None
    if pa.types.is_duration(kind):
        least, greatest = (found.cast(kind) for found in _min_max(present.cast(pa.int64())))
    else:
        least, greatest = _min_max(present)
    return _json(pa.repeat(least, 1))[0], _json(pa.repeat(greatest, 1))[0]


def _min_max(present: pa.ChunkedArray) -> tuple[pa.Scalar, pa.Scalar]:
    found = pc.min_max(present)
    return found["min"], found["max"]


def _moments(present: pa.ChunkedArray) -> tuple[float | None, float | None]:
    kind = present.type
    if pa.types.is_boolean(kind):
        return _number(pc.mean(present)), None
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return None, None
    return _number(pc.mean(present)), _number(pc.stddev(present, ddof=1))


def _number(scalar: pa.Scalar) -> float | None:
    value = scalar.as_py()
    return float(value) if value is not None and math.isfinite(value) else None


def _json(values: pa.Array) -> list[Any]:
    return [row[0] for row in table_rows(pa.Table.from_arrays([values], names=["value"]))]
