"""What the deeds of this family share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.errors import TypeMismatch
from workers.apply.kinds import Kind, kind_of_dtype
from workers.apply.notes import warn

__all__ = ["can_be_null", "columns_of", "emptied", "require_room_for_nulls", "warn_of_lost_digits"]


def columns_of(frame: pd.DataFrame, kind: Kind) -> list[str]:
    """The columns whose dtype is for values of a kind."""
    return [name for name in frame.columns if kind_of_dtype(frame[name].dtype) is kind]


def can_be_null(dtype: object) -> bool:
    """Whether a column of a dtype has room for nulls."""
    return not (isinstance(dtype, np.dtype) and dtype.kind in "iub")


def emptied(column: pd.Series, found: pd.Series) -> pd.Series:
    """Take values away; plain whole numbers become floats, which must not cost them digits."""
    numpy_integers = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu"
    if numpy_integers and found.any() and _too_long(column):
        raise TypeMismatch(
            f"Column '{column.name}' is {column.dtype} with numbers too long to stand beside nulls.",
            "Cast the column to integer first; then they keep their digits.",
            column=str(column.name),
        )
    return column.mask(found)


def require_room_for_nulls(column: pd.Series) -> None:
    """Raise TypeMismatch for plain booleans, which would become objects beside nulls."""
    if column.dtype == bool:
        raise TypeMismatch(
            f"Column '{column.name}' is bool, which has no place for nulls.",
            "Cast the column to boolean first; then it has.",
            column=str(column.name),
        )


def warn_of_lost_digits(column: pd.Series) -> None:
    """Say so where whole numbers are too long for the floats that they become."""
    if pd.api.types.is_integer_dtype(column.dtype) and _too_long(column):
        warn(f"{column.name} has whole numbers of more digits than floats keep, so the last ones changed")


def _too_long(numbers: pd.Series) -> bool:
    return bool(numbers.notna().any()) and bool(numbers.max() > 2**53 or numbers.min() < -(2**53))
