"""Rows chosen by what is in them: conditions, nulls, duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Scope
from workbench.transformations.conditions import Not, Predicate
from workbench.transformations.fields import Names, count, listed, quoted, shown
from workbench.transformations.rows.base import Rows

__all__ = ["DropDuplicates", "DropNulls", "DropRows", "Filter"]


class Filter(Rows):
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


class DropRows(Rows):
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


_PLURAL = {"is": "are", "was": "were"}


class DropNulls(Rows):
    """Drop the rows that have nulls, in any or in all of some columns, or that have too few values in them.

    Say: remove rows where email is null
    """

    scope: ClassVar[Scope] = Scope.ROW
    example: ClassVar[Mapping[str, Any]] = {"columns": ["email"]}
    kind: Literal["drop_nulls"] = "drop_nulls"
    columns: Names | None = Field(default=None, description="where to look; all columns if not given")
    how: Literal["any", "all"] = Field(default="any", description="whether one null is enough")
    min_non_null: int | None = Field(
        default=None, ge=1, lt=2**31, description="how many values a row must have to stay, instead of how"
    )

    @model_validator(mode="after")
    def _one_rule(self) -> DropNulls:
        if self.min_non_null is not None and self.how != "any":
            raise ValueError("give either how or min_non_null")
        if self.columns is not None and (self.min_non_null or 0) > len(self.columns):
            raise ValueError("min_non_null is more than there are columns to look at")
        return self

    def _where(self, verb: str) -> str:
        if self.min_non_null is not None:
            among = f" among {listed(self.columns)}" if self.columns is not None else ""
            few = "no value" if self.min_non_null == 1 else f"fewer than {self.min_non_null:,} values"
            return f"there {verb if few == 'no value' else _PLURAL[verb]} {few}{among}"
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
        arguments += [f"thresh={self.min_non_null}"] if self.min_non_null is not None else []
        return f"df = df.dropna({', '.join([*arguments, 'ignore_index=True'])})"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)


class DropDuplicates(Rows):
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
