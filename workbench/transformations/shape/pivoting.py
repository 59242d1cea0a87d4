"""Long tables made wide, and wide ones long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import (
    Names,
    NewName,
    Scalar,
    count,
    listed,
    quoted,
    require_distinct,
    show_scalar,
    shown,
)
from workbench.transformations.shape.grouping import Aggregation

__all__ = ["Pivot", "Unpivot"]

LABEL = "'_'.join('null' if pd.isna(part) else str(part) or '(empty)' for part in {key})"
"""How a new column is called, as Python source: what a row of keys is written as."""

_COUNTED = ("count", "distinct")


class Pivot(Transformation):
    """Make columns of values: a row for each combination of ``index``, a column for each of ``columns``.

    Each cell holds what ``aggregate`` makes of the rows that belong there; nulls are left out. Where there is
    no such row, counts are 0, and all else is null or ``fill``. The new columns are called as the values that
    they stand for, joined by ``_`` if there are several; with several ``values``, the name of the value comes
    first. Rows and columns come in the order of their values; nulls make a last row, and a column ``null``.
    More than 1,000 new columns are refused.

    Say: sum of quantity by city with a column for each status
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {
        "index": ["city"],
        "columns": ["status"],
        "values": ["quantity"],
        "aggregate": "sum",
    }
    kind: Literal["pivot"] = "pivot"
    index: Names = Field(description="whose values make the rows")
    columns: Names = Field(description="whose values make the columns")
    values: Names = Field(description="what the cells are made of")
    aggregate: Literal[
        "count", "distinct", "sum", "mean", "median", "min", "max", "std", "var", "first", "last"
    ] = Field(default="mean", description="what to make of several rows of a cell")
    fill: Scalar | None = Field(
        default=None, description="what stands where there is no row; 0 for counts, else null, if not given"
    )

    @model_validator(mode="after")
    def _each_in_one_place(self) -> Pivot:
        both = [name for name in (*self.columns, *self.values) if name in self.index]
        both += [name for name in self.values if name in self.columns]
        if both:
            raise ValueError(f"'{both[0]}' cannot be in two places")
        return self

    @property
    def open_ended(self) -> bool:
        return True

    @property
    def filling(self) -> bool | float | str | None:
        """What stands where there is no row."""
        return 0 if self.fill is None and self.aggregate in _COUNTED else self.fill

    def cells(self) -> tuple[Aggregation, ...]:
        """What is computed of the rows of each cell, named so that no other column can be called so."""
        return tuple(
            Aggregation(function=self.aggregate, column=name, name=f"\0{place}")
            for place, name in enumerate(self.values)
        )

    def _computed(self) -> str:
        what = listed([cell.describe() for cell in self.cells()])
        filled = "" if self.fill is None else f", {show_scalar(self.fill)} where there is no row"
        return f"{what} for each {listed(self.index)}, a column for each {listed(self.columns)}{filled}"

    def describe(self) -> str:
        return f"Pivot: {self._computed()}"

    def outcome(self, change: Change) -> str:
        made = len(set(change.columns_added) - set(self.index))
        size = f"{count(change.rows_after, 'row')} and {count(made, 'new column')}"
        return f"Pivoted {count(change.rows_before, 'row')} into {size}: {self._computed()}"

    def to_pandas(self) -> str:
        keys = quoted([*self.index, *self.columns])
        method = self.cells()[0].source("")[1]
        filled = "" if self.filling is None else f", fill_value={self.filling!r}"
        label = LABEL.format(key="key" if len(self.values) > 1 else "key[1:]")
        lines = [
            f"df = df.groupby({keys}, dropna=False)[{quoted(self.values)}].{method}()",
            f"df = df.unstack({quoted(self.columns)}{filled})",
        ]
        if len(self.columns) > 1:  # these come in the order in which they were seen
            lines.append(f"df = df.sort_index(axis='columns', level={quoted(self.columns)})")
            if len(self.values) > 1:
                lines.append(f"df = df.reindex(columns={quoted(self.values)}, level=0)")
        lines += [f"df.columns = [{label} for key in df.columns]", "df = df.reset_index()"]
        return "\n".join(lines)

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [*self.index, *self.columns, *self.values]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.index)


class Unpivot(Transformation):
    """Make rows of columns: one row for each row and value column, with the column's name beside the value.

    The rows of the first value column come first. The value columns must be of one type, or all numbers;
    with ``as_text`` their values become text. Nulls stay.

    Say: unpivot price and quantity keeping city
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"id_columns": ["city"], "value_columns": ["price", "quantity"]}
    kind: Literal["unpivot"] = "unpivot"
    id_columns: tuple[str, ...] = Field(default=(), description="the columns to repeat beside each value")
    value_columns: Names | None = Field(
        default=None, description="the columns to make rows of; all others if not given"
    )
    variable_name: NewName = Field(default="variable", description="the column of the columns' names")
    value_name: NewName = Field(default="value", description="the column of the values")
    as_text: bool = Field(default=False, description="turn values of several types into text")

    @model_validator(mode="after")
    def _each_once(self) -> Unpivot:
        require_distinct([*self.id_columns, self.variable_name, self.value_name])
        both = [name for name in self.value_columns or () if name in self.id_columns]
        if both:
            raise ValueError(f"'{both[0]}' cannot be in two places")
        return self

    def melted(self, columns: Sequence[str]) -> list[str]:
        """The columns, among those there are, that it makes rows of."""
        if self.value_columns is not None:
            return list(self.value_columns)
        return [name for name in columns if name not in self.id_columns]

    def _sentence(self) -> str:
        of = "all other columns" if self.value_columns is None else listed(self.value_columns)
        if self.value_columns is None and not self.id_columns:
            of = "all columns"
        beside = f", beside {listed(self.id_columns)}" if self.id_columns else ""
        text = " as text" if self.as_text else ""
        return f"{of} into rows of {shown(self.variable_name)} and {shown(self.value_name)}{text}{beside}"

    def describe(self) -> str:
        return f"Unpivot {self._sentence()}"

    def outcome(self, change: Change) -> str:
        size = f"{count(change.rows_before, 'row')} became {count(change.rows_after, 'row')}"
        return f"Unpivoted {self._sentence()}; {size}"

    def to_pandas(self) -> str:
        ids = quoted(self.id_columns)
        names = quoted(self.value_columns) if self.value_columns is not None else "melted"
        lines = []
        if self.value_columns is None:
            lines.append(f"melted = [name for name in df.columns if name not in {ids}]")
        if self.as_text:
            lines.append(f"df = df.astype(dict.fromkeys({names}, 'str'))")
        made = quoted([*self.id_columns, self.variable_name, self.value_name])
        # Melt refuses a column's name for the values, so they get theirs afterwards.
        lines.append(
            f"df = df.melt(id_vars={ids}, value_vars={names}, value_name=None).set_axis({made}, axis=1)"
        )
        return "\n".join(lines)

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [*self.id_columns, *self.melted(columns)]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [*self.id_columns, self.variable_name, self.value_name]
