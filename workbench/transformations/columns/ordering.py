"""Columns put into an order by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.columns.common import OfColumns

__all__ = ["SortColumns"]


class SortColumns(OfColumns):
    """Put the columns into the order of their names; upper and lower case do not count.

    Say: sort the columns alphabetically
    """

    example: ClassVar[Mapping[str, Any]] = {}
    kind: Literal["sort_columns"] = "sort_columns"
    descending: bool = Field(default=False, description="from z to a")

    def ordered(self, columns: Sequence[str]) -> list[str]:
        """The names of the columns in their new order."""
        return sorted(columns, key=lambda name: (name.casefold(), name), reverse=self.descending)

    def _order(self) -> str:
        return f"the columns by name{', descending' if self.descending else ''}"

    def describe(self) -> str:
        return f"Sort {self._order()}"

    def outcome(self, change: Change) -> str:
        return f"Sorted {self._order()}"

    def to_pandas(self) -> str:
        reverse = ", reverse=True" if self.descending else ""
        return f"df = df[sorted(df.columns, key=lambda name: (name.casefold(), name){reverse})]"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in self.ordered(columns)}
