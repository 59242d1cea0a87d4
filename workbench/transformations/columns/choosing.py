"""Columns: chosen and dropped, moved and copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.columns.common import OfColumns, columns_named
from workbench.transformations.fields import Names, count, listed, quoted

__all__ = ["Drop", "Select"]


class Select(OfColumns):
    """Keep some columns, in the order in which they are named.

    Say: keep only the columns name, city and price
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name", "city", "price"]}
    kind: Literal["select"] = "select"
    columns: Names = Field(description="which columns to keep")

    def describe(self) -> str:
        return f"Keep only {columns_named(self.columns)}"

    def outcome(self, change: Change) -> str:
        before = len(self.columns) + len(change.columns_removed)
        return f"Kept {len(self.columns):,} of {count(before, 'column')}: {listed(self.columns)}"

    def to_pandas(self) -> str:
        return f"df = df[{quoted(self.columns)}]"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in self.columns}


class Drop(OfColumns):
    """Drop columns.

    Say: drop the columns notes and internal id
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["notes", "internal id"]}
    kind: Literal["drop_columns"] = "drop_columns"
    columns: Names = Field(description="which columns to drop")

    def describe(self) -> str:
        return f"Drop {columns_named(self.columns)}"

    def outcome(self, change: Change) -> str:
        return f"Dropped {columns_named(self.columns)}"

    def to_pandas(self) -> str:
        return f"df = df.drop(columns={quoted(self.columns)})"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in columns if name not in self.columns}
