"""Columns of Arrow as a pandas frame, in the dtypes that were decided, with no copy that is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workers.frames.ingest.report import ColumnReading

__all__ = ["frame_of", "series_of"]

_EXTENSIONS: dict[str, Any] = {
    "str": pd.StringDtype(na_value=np.nan),
    "Int64": pd.Int64Dtype(),
    "boolean": pd.BooleanDtype(),
}


def frame_of(readings: Sequence[ColumnReading]) -> pd.DataFrame:
    """Put columns together.

    Args:
        readings: The columns in their order, all of one length.

    Returns:
        A frame with a plain RangeIndex.
    """
    columns = {reading.name: series_of(reading) for reading in readings}
    return pd.DataFrame(columns, copy=False)


def series_of(reading: ColumnReading) -> Any:
    """Make a column of pandas of one that was read."""
    dtype = _EXTENSIONS.get(reading.dtype)
    if dtype is not None:
        return pd.Series(dtype.__from_arrow__(reading.values), copy=False)
    series = reading.values.to_pandas()
    if str(series.dtype) != reading.dtype:
        raise AssertionError(f"'{reading.name}' became {series.dtype} instead of {reading.dtype}")
    return series.rename(None)
