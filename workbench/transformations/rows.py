"""Rows: chosen, dropped, ordered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation, count, listed, quoted
from workbench.transformations.expressions import Predicate

__all__ = ["DropNulls", "DropRows", "Filter"]


class _Rows(Transformation):
    """Rows are chosen or ordered; no value changes."""

    effect: ClassVar[Effect] = Effect.ROWS

    def writes(self, columns: Sequence[str]) -> list[str]:
        return []


class Filter(_Rows):
    """Keep the rows that meet a condition.

    Say: keep rows where price is at least 100 and city is Paris
    """

    scope: ClassVar[Scope] = Scope.ROW
    kind: Literal["filter"] = "filter"
    where: Predicate = Field(description="which rows to keep")

    def describe(self) -> str:
        return f"Keep rows where {self.where.describe()}"

    def outcome(self, change: Change) -> str:
        return (
            f"Kept {change.rows_after:,} of {count(change.rows_before, 'row')} where {self.where.describe()}"
        )

    def to_pandas(self) -> str:
        return f"df = df[{self.where.to_pandas()}].reset_index(drop=True)"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return self.where.columns()


class DropRows(_Rows):
    """Drop the rows that meet a condition.

    Say: remove rows where status is cancelled
    """

    scope: ClassVar[Scope] = Scope.ROW
    kind: Literal["drop_rows"] = "drop_rows"
    where: Predicate = Field(description="which rows to drop")

    def describe(self) -> str:
        return f"Drop rows where {self.where.describe()}"

    def outcome(self, change: Change) -> str:
        return f"Dropped {count(change.rows_removed, 'row')} where {self.where.describe()}"

    def to_pandas(self) -> str:
        return f"df = df[~({self.where.to_pandas()}).fillna(False)].reset_index(drop=True)"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return self.where.columns()


class DropNulls(_Rows):
    """Drop the rows that have nulls, in any or in all of some columns.

    Say: remove rows where email is null
    """

    scope: ClassVar[Scope] = Scope.ROW
    kind: Literal["drop_nulls"] = "drop_nulls"
    columns: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="where to look; all columns if not given"
    )
    how: Literal["any", "all"] = Field(default="any", description="whether one null is enough")

    def _where(self, verb: str) -> str:
        if self.columns is None:
            return f"any column {verb} null" if self.how == "any" else f"every column {verb} null"
        if len(self.columns) == 1:
            return f"{self.columns[0]} {verb} null"
        if self.how == "any":
            return f"{listed(self.columns, 'or')} {verb} null"
        return f"{listed(self.columns)} {'are' if verb == 'is' else 'were'} null"

    def describe(self) -> str:
        return f"Drop rows where {self._where('is')}"

    def outcome(self, change: Change) -> str:
        return f"Dropped {count(change.rows_removed, 'row')} where {self._where('was')}"

    def to_pandas(self) -> str:
        arguments = [f"subset={quoted(self.columns)}"] if self.columns is not None else []
        arguments += ["how='all'"] if self.how == "all" else []
        arguments += ["ignore_index=True"]
        return f"df = df.dropna({', '.join(arguments)})"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)
