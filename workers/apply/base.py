"""The one function, and what its implementations share."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

import pandas as pd

from workbench.errors import TypeMismatch, UnknownColumn
from workbench.transformations import Transformation

__all__ = ["apply", "require_columns", "require_numbers", "require_text"]


@singledispatch
def apply(step: Transformation, frame: pd.DataFrame) -> pd.DataFrame:
    """Apply a transformation to a frame.

    Args:
        step: The transformation.
        frame: A frame with unique string column names and a plain RangeIndex.

    Returns:
        A new frame; see the package's docstring for what its index says.

    Raises:
        DataError: If the frame does not allow it: an unknown column, a wrong type.
    """
    raise NotImplementedError(f"no deed for {type(step).__name__}")


def require_columns(frame: pd.DataFrame, names: Iterable[str]) -> None:
    """Raise UnknownColumn for the first name that the frame does not have."""
    for name in names:
        if name not in frame.columns:
            raise UnknownColumn.among(name, frame.columns)


def require_numbers(frame: pd.DataFrame, names: Iterable[str], doing: str) -> None:
    """Raise UnknownColumn or TypeMismatch unless all are columns of numbers (booleans are not)."""
    names = list(names)
    require_columns(frame, names)
    for name in names:
        dtype = frame[name].dtype
        if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
            raise TypeMismatch.of(name, str(dtype), "numbers", doing=doing)


def require_text(frame: pd.DataFrame, names: Iterable[str], doing: str) -> None:
    """Raise UnknownColumn or TypeMismatch unless all are columns of text."""
    names = list(names)
    require_columns(frame, names)
    for name in names:
        dtype = frame[name].dtype
        if not isinstance(dtype, pd.StringDtype):
            raise TypeMismatch.of(name, str(dtype), "text", doing=doing)
