"""Columns that say which rows have nulls, and which repeat another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import Names, NewName, chosen, listed, quoted, shown

__all__ = ["FlagDuplicates", "FlagNulls"]


class _Flag(Transformation):
    """A column of booleans; the rows stay where they are."""

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.TABLE

    columns: Names | None
    into: NewName

    def _says(self) -> str:
        raise NotImplementedError

    def describe(self) -> str:
        return f"Compute {shown(self.into)} = whether {self._says()}"

    def outcome(self, change: Change) -> str:
        verb = "Added" if self.into in change.columns_added else "Replaced"
        return f"{verb} {shown(self.into)} = whether {self._says()}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.into]


class FlagNulls(_Flag):
    """Add a column that is true where a value is null: in any, or in all, of some columns.

    Say: flag nulls in email
    """

    scope: ClassVar[Scope] = Scope.ROW
    example: ClassVar[Mapping[str, Any]] = {"columns": ["email"]}
    kind: Literal["flag_nulls"] = "flag_nulls"
    columns: Names | None = Field(default=None, description="where to look; all columns if not given")
    how: Literal["any", "all"] = Field(default="any", description="whether one null is enough")
    into: NewName = Field(default="has_null", description="the name of the column to make")

    def _says(self) -> str:
        if self.columns is None:
            return f"{'any' if self.how == 'any' else 'every'} column is null"
        if len(self.columns) == 1:
            return f"{shown(self.columns[0])} is null"
        return f"{listed(self.columns, 'or' if self.how == 'any' else 'and')} is null"

    def to_pandas(self) -> str:
        if self.columns is not None and len(self.columns) == 1:
            return f"df[{self.into!r}] = {chosen(self.columns)}.isna()"
        frame = "df" if self.columns is None else f"df[{quoted(self.columns)}]"
        return f"df[{self.into!r}] = {frame}.isna().{self.how}(axis=1)"


class FlagDuplicates(_Flag):
    """Add a column that is true in rows that repeat another one, in all or in some columns.

    Nulls are equal to each other. Of the equal rows the first is not marked, or the last is not, or all are.

    Say: flag duplicates by email
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["email"]}
    kind: Literal["flag_duplicates"] = "flag_duplicates"
    columns: Names | None = Field(default=None, description="what to compare; all columns if not given")
    keep: Literal["first", "last", "none"] = Field(
        default="first", description="which of the equal rows is not marked"
    )
    into: NewName = Field(default="is_duplicate", description="the name of the column to make")

    def _says(self) -> str:
        by = f" in {listed(self.columns)}" if self.columns is not None else ""
        return {
            "first": f"the row repeats one above it{by}",
            "last": f"the row is repeated by one below it{by}",
            "none": f"another row is equal{by}",
        }[self.keep]

    def to_pandas(self) -> str:
        arguments = [f"subset={quoted(self.columns)}"] if self.columns is not None else []
        arguments += {"first": [], "last": ["keep='last'"], "none": ["keep=False"]}[self.keep]
        return f"df[{self.into!r}] = df.duplicated({', '.join(arguments)})"
