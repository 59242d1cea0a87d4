"""What columns hold, whatever their dtype: numbers, text, points in time."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import TypeMismatch, ValueUnreadable
from workbench.transformations.expressions import Moment, show_value

__all__ = [
    "EXACT",
    "Kind",
    "kind_of",
    "kind_of_dtype",
    "kind_of_value",
    "nature",
    "require_fit",
    "require_room_for_nulls",
    "shown_dtype",
    "written",
]


EXACT = 2**53
"""The largest whole number up to which float64 has all of them."""


class Kind(StrEnum):
    """What the values of a column are, as a noun that an error can use."""

    NUMBERS = "numbers"
    BOOLEANS = "booleans"
    TEXT = "text"
    TIMES = "points in time"
    DURATIONS = "durations"
    CATEGORIES = "categories"
    DATES = "dates without a time"
    OBJECTS = "objects"  # Python's own: lists, mixtures
    NOTHING = "nothing"  # Python's own, of a type not known as all are null


_SEEN = {
    "boolean": Kind.BOOLEANS,
    "date": Kind.DATES,
    "decimal": Kind.NUMBERS,
    "empty": Kind.NOTHING,
    "string": Kind.TEXT,
}


def kind_of_dtype(dtype: Any) -> Kind:
    """Say what a dtype is for."""
    types = pd.api.types
    if isinstance(dtype, pd.CategoricalDtype):
        return Kind.CATEGORIES
    if types.is_bool_dtype(dtype):
        return Kind.BOOLEANS
    if types.is_timedelta64_dtype(dtype):
        return Kind.DURATIONS
    if isinstance(dtype, pd.ArrowDtype) and dtype.type is date:
        return Kind.DATES
    if types.is_numeric_dtype(dtype):
        return Kind.NUMBERS
    if types.is_datetime64_any_dtype(dtype):
        return Kind.TIMES
    return Kind.TEXT if isinstance(dtype, pd.StringDtype) else Kind.OBJECTS


def kind_of(column: pd.Series) -> Kind:
    """Say what a column holds; of categories, what they are; of objects, what is seen in them."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        dtype = dtype.categories.dtype
    kind = kind_of_dtype(dtype)
    if kind is Kind.OBJECTS:
        seen = pd.api.types.infer_dtype(column, skipna=True)
        return _SEEN.get(seen, kind)
    return kind


def kind_of_value(value: Any) -> Kind:
    """Say what a single value is."""
    if isinstance(value, Moment | pd.Timestamp):
        return Kind.TIMES
    if isinstance(value, bool):
        return Kind.BOOLEANS
    return Kind.TEXT if isinstance(value, str) else Kind.NUMBERS


def nature(value: Any) -> tuple[Kind, str]:
    """Say what a column is by its dtype, or what a value is; and in which time zone."""
    if isinstance(value, pd.Series):
        return kind_of_dtype(value.dtype), str(getattr(value.dtype, "tz", "") or "")
    return kind_of_value(value), str(getattr(value, "tz", "") or "")


def shown_dtype(column: pd.Series) -> str:
    """Write a column's dtype as an error shows it."""
    if column.dtype != object:
        return str(column.dtype)
    return f"object ({pd.api.types.infer_dtype(column, skipna=True)})"


def written(value: Any, column: pd.Series) -> Any:
    """Write a point in time as text, which pandas reads in the column's own zone; any other value is itself.

    Raises:
        TypeMismatch: If it has an offset, and the column no zone.
        ValueUnreadable: If the clocks of the zone skip or repeat it.
    """
    if not isinstance(value, Moment):
        return value
    zone = column.dt.tz
    if value.timestamp.tzinfo is not None and zone is None:
        raise TypeMismatch(
            f"{value.describe()} has an offset from UTC, but column '{column.name}' has no time zone.",
            "Give the point in time without an offset.",
            column=str(column.name),
        )
    try:
        pd.Timestamp(value.describe(), tz=zone)
    except ValueError as error:
        raise ValueUnreadable(
            f"{value.describe()} is no point in time in the zone {zone} of column '{column.name}': {error}.",
            "Give it with its offset from UTC.",
            column=str(column.name),
        ) from error
    return value.describe()


def require_fit(value: Any, column: pd.Series) -> None:
    """Raise TypeMismatch unless a column can take a value and keep its dtype."""
    if not _fits(value, column.dtype):
        raise TypeMismatch(
            f"{show_value(value)} does not fit into column '{column.name}', which is {shown_dtype(column)}.",
            "Give a value of the column's own type, or cast the column first.",
            column=str(column.name),
            dtype=str(column.dtype),
        )


def require_room_for_nulls(
    column: pd.Series, doing: str = "this step", found: pd.Series | None = None
) -> None:
    """Raise TypeMismatch where a column would change if nulls came to stand among its values.

    Args:
        column: The column.
        doing: What needs the nulls, for the error.
        found: Where they are to stand, if that is known: if nowhere, no number has to become a float.
    """
    if pd.api.types.is_extension_array_dtype(column.dtype):
        return
    if pd.api.types.is_bool_dtype(column.dtype):
        raise TypeMismatch.of(str(column.name), "bool", "booleans that can be null", doing=doing)
    if found is not None and not found.any():
        return
    whole = kind_of_dtype(column.dtype) is Kind.NUMBERS and column.dtype.kind in "iu"
    if whole and len(column) and not -EXACT <= column.min() <= column.max() <= EXACT:
        raise TypeMismatch(
            f"Column '{column.name}' has whole numbers of too many digits to stand beside nulls as"
            f" {column.dtype}.",
            "Cast the column to integer first: then it can hold nulls, and every digit is kept.",
            column=str(column.name),
            dtype=str(column.dtype),
        )


def _fits(value: Any, dtype: Any) -> bool:
    if isinstance(dtype, pd.CategoricalDtype):
        return not isinstance(value, Moment) and bool(value in dtype.categories)
    kind = kind_of_dtype(dtype)
    if kind is not kind_of_value(value):
        return False
    if kind is Kind.TIMES:
        moment = pd.Series([pd.Timestamp(value.describe()).tz_localize(None)])
        return bool((moment.astype(_naive(dtype)) == moment).all())
    if pd.api.types.is_integer_dtype(dtype):
        bounds = np.iinfo(getattr(dtype, "numpy_dtype", dtype))
        return bool(value == int(value) and bounds.min <= value <= bounds.max)
    return True


def _naive(dtype: Any) -> Any:
    return np.dtype(f"datetime64[{dtype.unit}]") if isinstance(dtype, pd.DatetimeTZDtype) else dtype
