"""Rows: chosen, dropped, ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.conditions import Not, Predicate
from workbench.transformations.fields import Names, RowCount, count, listed, quoted, shown
from workbench.transformations.keys import SortKey

__all__ = ["DropDuplicates", "DropNulls", "DropRows", "Filter", "Head", "Sample", "Sort", "SortKey", "Tail"]


class _Rows(Transformation):
    """Rows are chosen or ordered; no value changes."""

    effect: ClassVar[Effect] = Effect.ROWS
    scope: ClassVar[Scope] = Scope.TABLE

    def reads(self, columns: Sequence[str]) -> list[str]:
        return []

    def writes(self, columns: Sequence[str]) -> list[str]:
        return []


class Filter(_Rows):
    """Keep the rows that meet a condition.

    Say: keep rows where price is at least 100 and city is Paris
    """

    scope: ClassVar[Scope] = Scope.ROW
    example: ClassVar[Mapping[str, Any]] = {
        "where": {
            "op": "and",
            "conditions": [
                {"op": "ge", "left": {"column": "price"}, "right": {"value": 100}},
                {"op": "eq", "left": {"column": "city"}, "right": {"value": "Paris"}},
            ],
        }
    }
    kind: Literal["filter"] = "filter"
    where: Predicate = Field(description="which rows to keep")

    def describe(self) -> str:
        return f"Keep rows where {self.where.describe()}"

    def outcome(self, change: Change) -> str:
        kept = f"{change.rows_after:,} of {count(change.rows_before, 'row')}"
        return f"Kept {kept} where {self.where.describe()}"

    def to_pandas(self) -> str:
        return f"df = df[{self.where.to_pandas()}].reset_index(drop=True)"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return self.where.columns()


class DropRows(_Rows):
    """Drop the rows that meet a condition.

    Say: remove rows where status is cancelled
    """

    scope: ClassVar[Scope] = Scope.ROW
    example: ClassVar[Mapping[str, Any]] = {
        "where": {"op": "eq", "left": {"column": "status"}, "right": {"value": "cancelled"}}
    }
    kind: Literal["drop_rows"] = "drop_rows"
    where: Predicate = Field(description="which rows to drop")

    def describe(self) -> str:
        return f"Drop rows where {self.where.describe()}"

    def outcome(self, change: Change) -> str:
        return f"Dropped {count(change.rows_removed, 'row')} where {self.where.describe()}"

    def to_pandas(self) -> str:
        return f"df = df[{Not(condition=self.where).to_pandas()}].reset_index(drop=True)"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return self.where.columns()


class DropNulls(_Rows):
    """Drop the rows that have nulls, in any or in all of some columns.

    Say: remove rows where email is null
    """

    scope: ClassVar[Scope] = Scope.ROW
    example: ClassVar[Mapping[str, Any]] = {"columns": ["email"]}
    kind: Literal["drop_nulls"] = "drop_nulls"
    columns: Names | None = Field(default=None, description="where to look; all columns if not given")
    how: Literal["any", "all"] = Field(default="any", description="whether one null is enough")

    def _where(self, verb: str) -> str:
        if self.columns is None:
            return f"any column {verb} null" if self.how == "any" else f"every column {verb} null"
        if len(self.columns) == 1:
            return f"{shown(self.columns[0])} {verb} null"
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
        return f"df = df.dropna({', '.join([*arguments, 'ignore_index=True'])})"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)


class DropDuplicates(_Rows):
    """Drop the rows that repeat another one, in all or in some of the columns; nulls are equal to each other.

    Say: drop duplicates by email, keep the last
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["email"], "keep": "last"}
    kind: Literal["drop_duplicates"] = "drop_duplicates"
    columns: Names | None = Field(default=None, description="what to compare; all columns if not given")
    keep: Literal["first", "last", "none"] = Field(
        default="first", description="which of the equal rows to keep"
    )

    def _duplicates(self) -> str:
        by = f" by {listed(self.columns)}" if self.columns is not None else ""
        kept = {"first": "", "last": ", keeping the last", "none": ", keeping none of them"}[self.keep]
        return by + kept

    def describe(self) -> str:
        return f"Drop duplicate rows{self._duplicates()}"

    def outcome(self, change: Change) -> str:
        return f"Dropped {count(change.rows_removed, 'duplicate row')}{self._duplicates()}"

    def to_pandas(self) -> str:
        arguments = [f"subset={quoted(self.columns)}"] if self.columns is not None else []
        keep = {"first": [], "last": ["keep='last'"], "none": ["keep=False"]}[self.keep]
        return f"df = df.drop_duplicates({', '.join([*arguments, *keep, 'ignore_index=True'])})"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)


class Sort(_Rows):
    """Sort the rows by one or more columns; rows that are equal in them keep their order.

    Say: sort by price descending, then by name
    """

    example: ClassVar[Mapping[str, Any]] = {
        "by": [{"column": "price", "descending": True}, {"column": "name"}]
    }
    kind: Literal["sort"] = "sort"
    by: tuple[SortKey, ...] = Field(min_length=1, description="the first column decides, then the next")
    nulls: Literal["first", "last"] = Field(default="last", description="where rows with nulls go")

    @model_validator(mode="after")
    def _each_once(self) -> Sort:
        names = [key.column for key in self.by]
        if len(set(names)) < len(names):
            raise ValueError("a column is named twice")
        return self

    def _order(self) -> str:
        keys = [f"{shown(key.column)}{' descending' if key.descending else ''}" for key in self.by]
        return ", then ".join(keys) + (", nulls first" if self.nulls == "first" else "")

    def describe(self) -> str:
        return f"Sort by {self._order()}"

    def outcome(self, change: Change) -> str:
        return f"Sorted {count(change.rows_after, 'row')} by {self._order()}"

    def to_pandas(self) -> str:
        names, ascending = [key.column for key in self.by], [not key.descending for key in self.by]
        arguments = [repr(names[0]) if len(names) == 1 else quoted(names)]
        if not all(ascending):
            arguments += [f"ascending={ascending if any(ascending) else False}"]
        arguments += ["na_position='first'"] if self.nulls == "first" else []
        arguments += ["kind='stable'", "ignore_index=True"]
        return f"df = df.sort_values({', '.join(arguments)})"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [key.column for key in self.by]


class Head(_Rows):
    """Keep the first rows.

    Say: keep the first 100 rows
    """

    example: ClassVar[Mapping[str, Any]] = {"n": 100}
    kind: Literal["head"] = "head"
    n: RowCount = Field(default=5, description="how many rows")

    def describe(self) -> str:
        return f"Keep the first {count(self.n, 'row') if self.n > 1 else 'row'}"

    def outcome(self, change: Change) -> str:
        return f"Kept the first {change.rows_after:,} of {count(change.rows_before, 'row')}"

    def to_pandas(self) -> str:
        return f"df = df.head({self.n})"


class Tail(_Rows):
    """Keep the last rows.

    Say: keep the last 100 rows
    """

    example: ClassVar[Mapping[str, Any]] = {"n": 100}
    kind: Literal["tail"] = "tail"
    n: RowCount = Field(default=5, description="how many rows")

    def describe(self) -> str:
        return f"Keep the last {count(self.n, 'row') if self.n > 1 else 'row'}"

    def outcome(self, change: Change) -> str:
        return f"Kept the last {change.rows_after:,} of {count(change.rows_before, 'row')}"

    def to_pandas(self) -> str:
        return f"df = df.tail({self.n}).reset_index(drop=True)"


class Sample(_Rows):
    """Draw rows at random, without putting them back, in random order; with a seed always the same ones.

    Say: take a random sample of 100 rows
    """

    example: ClassVar[Mapping[str, Any]] = {"n": 100}
    kind: Literal["sample"] = "sample"
    n: RowCount | None = Field(default=None, description="how many rows; all if there are fewer")
    fraction: float | None = Field(default=None, gt=0, le=1, description="which part of the rows")
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="makes the draw repeatable")

    @model_validator(mode="after")
    def _one_size(self) -> Sample:
        if (self.n is None) == (self.fraction is None):
            raise ValueError("give either n or fraction")
        return self

    @property
    def deterministic(self) -> bool:
        return self.seed is not None

    def _seeded(self) -> str:
        return f" with seed {self.seed}" if self.seed is not None else ""

    def describe(self) -> str:
        size = (
            count(self.n, "row") if self.n is not None else f"{(self.fraction or 0) * 100:.12g}% of the rows"
        )
        return f"Draw {size} at random{self._seeded()}"

    def outcome(self, change: Change) -> str:
        drawn = f"{change.rows_after:,} of {count(change.rows_before, 'row')}"
        return f"Drew {drawn} at random{self._seeded()}"

    def to_pandas(self) -> str:
        size = f"n=min({self.n}, len(df))" if self.n is not None else f"frac={self.fraction!r}"
        seed = [f"random_state={self.seed}"] if self.seed is not None else []
        return f"df = df.sample({', '.join([size, *seed, 'ignore_index=True'])})"
