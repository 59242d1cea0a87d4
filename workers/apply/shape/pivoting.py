"""Long tables made wide, and wide ones long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_object_dtype

from workbench.errors import DuplicateColumn, NoColumns, TypeMismatch
from workbench.transformations.fields import listed
from workbench.transformations.shape import pivoting as words
from workbench.transformations.shape.grouping import Group
from workers.apply.base import apply, require_columns
from workers.apply.kinds import EXACT, Kind, kind_of_dtype, require_fit, require_room_for_nulls, shown_dtype
from workers.apply.notes import warn

__all__: list[str] = []

_MOST_COLUMNS = 1_000


@apply.register
def _(step: words.Pivot, frame: pd.DataFrame) -> pd.DataFrame:
    require_columns(frame, step.reads([]))
    long = apply(Group(by=(*step.index, *step.columns), aggregations=step.cells()), frame)
    if step.fill is not None:
        for cell, name in zip(step.cells(), step.values, strict=True):
            require_fit(step.fill, long[cell.name].rename(name))
    row, column = _numbers(long, step.index), _numbers(long, step.columns)
    keys = _of_each(long[list(step.columns)], column)
    require_few(step.columns, len(keys) * len(step.values))
    result = _of_each(long[list(step.index)], row)
    tell_of_nulls(keys, step.columns)
    names = _names(step, keys)
    places = [np.flatnonzero(column == number) for number in range(len(keys))]
    made: dict[str, pd.Series] = {}
    for cell, value in zip(step.cells(), step.values, strict=True):
        cells = long[cell.name]
        if step.filling is None and len(keys) * len(result) > len(long):
            require_room_for_nulls(cells.rename(value), "a pivot with empty cells")
        for place in places:
            part = cells.iloc[place].set_axis(row[place])
            made[names[len(made)]] = part.reindex(result.index, fill_value=_fill(step, part, result))
    return pd.concat([result, pd.DataFrame(made, index=result.index)], axis="columns")


def _fill(step: words.Pivot, part: pd.Series, result: pd.DataFrame) -> Any:
    if step.filling is not None and len(part) < len(result):
        return step.filling
    # Among Python's own objects, pandas' other functions have it for a null.
    return np.nan if is_object_dtype(part.dtype) else pd.NA


def _numbers(long: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Number the combinations of some columns in their order, those with nulls last."""
    return long.groupby(list(names), dropna=False).ngroup().to_numpy()


def _of_each(keys: pd.DataFrame, number: np.ndarray) -> pd.DataFrame:
    """The combinations that were numbered, in the order of their numbers."""
    return keys.iloc[np.unique(number, return_index=True)[1]].reset_index(drop=True)


def _names(step: words.Pivot, keys: pd.DataFrame) -> list[str]:
    """The names of the new columns: for each value, of each combination of keys.

    Raises:
        DuplicateColumn: If two of them, or one and a column of the index, are the same.
    """
    labels = [labelled(key) for key in keys.itertuples(index=False)]
    several = len(step.values) > 1
    names = [f"{value}_{label}" if several else label for value in step.values for label in labels]
    require_all_differ([*step.index, *names])
    return names


def labelled(key: Iterable[Any]) -> str:
    """Write the values that a new column stands for as its name."""
    return "_".join("null" if pd.isna(part) else str(part) or "(empty)" for part in key)


def require_all_differ(names: Sequence[str]) -> None:
    """Raise DuplicateColumn if two columns that values give their names to would be called the same."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DuplicateColumn(
                f"Two columns would be called '{name}'.",
                "Rename a column, or replace the value that is called so, first.",
                column=name,
            )
        seen.add(name)


def require_few(names: Sequence[str], made: int) -> None:
    """Raise TypeMismatch if a column for each value of some columns would make too many."""
    if made > _MOST_COLUMNS:
        raise TypeMismatch(
            f"A column for each {listed(names)} would make {made:,} columns;"
            f" {_MOST_COLUMNS:,} are made at most.",
            "Choose a column with fewer values, or group by it instead.",
            columns=list(names),
        )


def tell_of_nulls(keys: pd.DataFrame, names: Sequence[str]) -> None:
    """Tell of keys that are null, as their column's name could be a value's."""
    for name in names:
        if keys[name].isna().any():
            warn(f"Rows without {name} are counted under 'null'")


@apply.register
def _(step: words.Unpivot, frame: pd.DataFrame) -> pd.DataFrame:
    melted = step.melted(list(frame.columns))
    require_columns(frame, [*step.id_columns, *melted])
    if not melted:
        raise NoColumns("No column is left to make rows of.", "Keep fewer columns beside them.")
    chosen = frame[[*step.id_columns, *melted]]
    if step.as_text:
        chosen = chosen.astype(dict.fromkeys(melted, "str"))
    else:
        _require_one_type(chosen[melted])
    # Melt refuses a column's name for the values, so they get theirs afterwards.
    no_name: Any = None
    long = chosen.melt(id_vars=list(step.id_columns), value_vars=melted, value_name=no_name)
    return long.set_axis(step.writes([]), axis="columns")


def _require_one_type(values: pd.DataFrame) -> None:
    """Refuse values of several types; whole numbers and others stand together where no digit is lost."""
    dtypes = list(dict.fromkeys(values.dtypes))
    if len(dtypes) == 1:
        return
    if any(kind_of_dtype(dtype) is not Kind.NUMBERS for dtype in dtypes):
        shown = listed([f"{name} ({shown_dtype(values[name])})" for name in values.columns])
        raise TypeMismatch(
            f"The values of {shown} are of several types, and one column cannot hold them.",
            "Choose columns of one type, or unpivot them as text.",
            columns=list(values.columns),
        )
    if pd.concat([values[name].head(0) for name in values.columns]).dtype.kind == "f":
        require_exact(values)


def require_exact(values: pd.DataFrame) -> None:
    """Raise TypeMismatch for whole numbers that would lose digits among numbers with a fraction."""
    for name, column in values.items():
        if column.dtype.kind in "iu" and not column.dropna().between(-EXACT, EXACT).all():
            raise TypeMismatch(
                f"Column '{name}' has whole numbers of too many digits to stand among fractions.",
                "Cast it to text first, or choose columns of one type.",
                column=str(name),
            )
