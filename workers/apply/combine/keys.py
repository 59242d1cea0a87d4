"""What the deeds of the family share: columns of another dataset, and which ones can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype, is_numeric_dtype, is_object_dtype

from workbench.errors import DuplicateColumn, TypeMismatch, UnknownColumn
from workbench.transformations.combine.another import Keys, Taken
from workers.apply.base import require_columns
from workers.apply.kinds import Kind, kind_of, shown_dtype

__all__ = [
    "ROW",
    "alike",
    "joined_names",
    "keys_of",
    "matched_rows",
    "prepared",
    "require_comparable",
    "require_other_columns",
]

ROW = "\0row"
"""Beside columns of any name: a row's position in the table."""

_EXACT = 2**53  # the largest whole number up to which float64 has all of them


def require_other_columns(dataset: str, frame: pd.DataFrame, names: Iterable[str]) -> None:
    """Raise UnknownColumn for the first name that another dataset does not have."""
    for name in names:
        if name not in frame.columns:
            error = UnknownColumn.among(name, frame.columns)
            raise UnknownColumn(f"'{dataset}' has no column '{name}'.", error.hint, **error.details)


def require_comparable(keys: Keys, frame: pd.DataFrame, other: pd.DataFrame, dataset: str) -> None:
    """Raise UnknownColumn or TypeMismatch unless each key and its partner can be equal to each other."""
    require_columns(frame, keys.left)
    require_other_columns(dataset, other, keys.right)
    for one, partner in zip(keys.left, keys.right, strict=True):
        left, right = frame[one], other[partner]
        if not alike(left.dtype, right.dtype):
            raise _unlike(left, right, dataset)
        _require_exact(left, right, dataset)


def alike(one: Any, other: Any) -> bool:
    """Whether pandas compares values of the dtypes as they are, and leaves the keys of both as they are."""
    if one == other:
        return True
    if any(isinstance(dtype, pd.CategoricalDtype) or is_object_dtype(dtype) for dtype in (one, other)):
        return False
    if is_numeric_dtype(one) and is_numeric_dtype(other):
        return bool((one.kind == "b") == (other.kind == "b"))
    zoned = [isinstance(dtype, pd.DatetimeTZDtype) for dtype in (one, other)]
    return all(zoned) or (one.kind == other.kind == "M" and not any(zoned))


def _unlike(left: pd.Series, right: pd.Series, dataset: str) -> TypeMismatch:
    one, partner = kind_of(left), kind_of(right)
    both = f"column '{left.name}' with '{right.name}' of {dataset}"
    if one is partner or Kind.NOTHING in (one, partner):
        what, hint = f"{shown_dtype(left)}, the other {shown_dtype(right)}", "Cast them to one type"
    else:
        what, hint = f"{one}, the other {partner}", f"Cast '{left.name}' to {partner}"
    return TypeMismatch(
        f"Values of {both} cannot be compared: one is {what}.",
        f"{hint} first, or choose other columns.",
        column=str(left.name),
        dtype=str(left.dtype),
    )


def _require_exact(left: pd.Series, right: pd.Series, dataset: str) -> None:
    """Refuse whole numbers of more digits than floats have, as what pandas compares them as."""
    if left.dtype == right.dtype or not (is_numeric_dtype(left.dtype) and is_numeric_dtype(right.dtype)):
        return
    kinds = left.dtype.kind + right.dtype.kind  # pandas compares whole numbers of both signs as floats, too
    if not ("f" in kinds or ("i" in kinds and "u" in kinds)):
        return
    for column in (left, right):
        if is_integer_dtype(column.dtype) and bool(((column > _EXACT) | (column < -_EXACT)).any()):
            both = f"'{left.name}' ({left.dtype}) and '{right.name}' of {dataset} ({right.dtype})"
            raise TypeMismatch(
                f"Values of {both} have too many digits to be compared exactly.",
                f"Cast '{left.name}' to what '{right.name}' is, or both to text, first.",
                column=str(left.name),
                dtype=str(left.dtype),
            )


def prepared(taken: Taken, other: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """The columns of the other dataset that are joined, by the names that they are joined under."""
    if taken.columns is not None:
        require_other_columns(dataset, other, taken.columns)
        other = other[list(taken.columns)]
    return other.rename(columns=taken.renames) if taken.renames else other


def joined_names(taken: Taken, other: pd.DataFrame, frame: pd.DataFrame) -> Mapping[str, str]:
    """The columns that a prepared dataset adds to a table: their names there by their names as joined.

    Raises:
        DuplicateColumn: If two would have one name.
    """
    known = taken._replace(columns=tuple(other.columns), renames={})
    names = known.new_names(list(frame.columns))
    seen = set(frame.columns)
    for name in names.values():
        if name in seen or not other.columns.is_unique:
            raise DuplicateColumn(
                f"Two columns would be called '{name}'.",
                "Give another suffix, or choose the columns to take.",
                column=name,
            )
        seen.add(name)
    return names


def keys_of(keys: Keys, frame: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The keys of both, by names that no column has; the table's rows with their positions."""
    names = [f"\0{place}" for place in range(len(keys.left))]
    left = frame[list(keys.left)].set_axis(names, axis="columns")
    right = other[list(keys.right)].set_axis(names, axis="columns")
    return left.assign(**{ROW: np.arange(len(frame))}), right


def matched_rows(
    keys: Keys, frame: pd.DataFrame, other: pd.DataFrame, how: Literal["inner", "left_anti"]
) -> np.ndarray:
    """The positions of the table's rows that have a match (inner), or have none (left_anti)."""
    left, right = keys_of(keys, frame, other)
    merged = left.merge(right.drop_duplicates(), how=how, on=list(right.columns))
    positions: np.ndarray = merged[ROW].to_numpy()
    return positions
