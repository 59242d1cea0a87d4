"""What the deeds of this family share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workers.apply.kinds import Kind, kind_of_dtype, require_room_for_nulls

__all__ = ["can_be_null", "columns_of", "emptied"]


def columns_of(frame: pd.DataFrame, kind: Kind) -> list[str]:
    """The columns whose dtype is for values of a kind."""
    return [name for name in frame.columns if kind_of_dtype(frame[name].dtype) is kind]


def can_be_null(dtype: object) -> bool:
    """Whether a column of a dtype has room for nulls."""
    return not (isinstance(dtype, np.dtype) and dtype.kind in "iub")


def emptied(column: pd.Series, found: pd.Series) -> pd.Series:
    """Take values away; plain whole numbers become floats, which must not cost them digits."""
    require_room_for_nulls(column, found=found)
    return column.mask(found)
