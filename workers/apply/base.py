"""The one function, and what its implementations share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import singledispatch
from typing import Any

import pandas as pd

from workbench.errors import TypeMismatch, UnknownColumn
from workbench.transformations import Transformation
from workbench.transformations.fields import listed
from workers.apply.kinds import Kind, kind_of_dtype, shown_dtype

__all__ = [
    "apply",
    "comparable",
    "require_columns",
    "require_kind",
    "require_numbers",
    "require_text",
    "with_columns",
]


@singledispatch
def apply(
    step: Transformation, frame: pd.DataFrame, others: Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """Apply a transformation to a frame.

    Args:
        step: The transformation.
        frame: A frame with unique string column names and a plain RangeIndex.
        others: For a step that names other datasets, these by name; the deed of such a step takes this third
            argument, that of all others does not.

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


def require_kind(frame: pd.DataFrame, names: Iterable[str], *kinds: Kind, doing: str) -> None:
    """Raise UnknownColumn or TypeMismatch unless all are columns of one of the kinds."""
    names = list(names)
    require_columns(frame, names)
    for name in names:
        if kind_of_dtype(frame[name].dtype) not in kinds:
            needed = listed(kinds, "or")
            raise TypeMismatch.of(name, shown_dtype(frame[name]), needed, doing=doing)


def require_numbers(frame: pd.DataFrame, names: Iterable[str], doing: str) -> None:
    """Raise UnknownColumn or TypeMismatch unless all are columns of numbers (booleans are not)."""
    require_kind(frame, names, Kind.NUMBERS, doing=doing)


def require_text(frame: pd.DataFrame, names: Iterable[str], doing: str) -> None:
    """Raise UnknownColumn or TypeMismatch unless all are columns of text."""
    require_kind(frame, names, Kind.TEXT, doing=doing)


def with_columns(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Give a frame with some columns set: replaced where they stand, else added at the end."""
    result = frame.copy(deep=False)
    for name, values in columns.items():
        result[name] = values
    return result


@contextmanager
def comparable(frame: pd.DataFrame, names: Iterable[str], doing: str) -> Iterator[None]:
    """Turn pandas' TypeError about values that it cannot hash or order into a TypeMismatch."""
    try:
        yield
    except TypeError as error:
        suspects = [name for name in names if kind_of_dtype(frame[name].dtype) is Kind.OBJECTS] or list(names)
        raise TypeMismatch(
            f"The values of {listed(suspects)} cannot be compared with each other, but {doing} needs that.",
            "Cast the column to text first, or choose another column.",
            columns=suspects,
        ) from error
