"""Tables that say what is in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import Names, NewName, count, listed, quoted, require_distinct, shown

__all__ = ["ValueCounts"]


class ValueCounts(Transformation):
    """Count how often each value of a column occurs, or each combination of values of several.

    The most frequent comes first, and of equally frequent ones the smallest; without ``sort`` they come in
    their own order. Nulls are counted, too, as the last of equals. ``normalize`` gives shares of the counted
    rows instead: 0.1 is 10%.

    Say: count the values of status
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"columns": ["status"]}
    kind: Literal["value_counts"] = "value_counts"
    columns: Names = Field(description="whose values to count")
    normalize: bool = Field(default=False, description="give shares instead of counts")
    sort: bool = Field(default=True, description="the most frequent first; in the order of the values if not")
    dropna: bool = Field(default=False, description="leave out rows with a null in one of the columns")
    name: NewName = Field(
        default_factory=lambda given: "share" if given.get("normalize") else "count",
        description="the name of the column of counts; count, or share, if not given",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> ValueCounts:
        require_distinct([*self.columns, self.name])
        return self

    def _sentence(self) -> str:
        what = "share of" if self.normalize else "number of"
        nulls = " without nulls" if self.dropna else ""
        order = "the most frequent first" if self.sort else "in their order"
        combined = "combination of " if len(self.columns) > 1 else "value of "
        return f"{shown(self.name)} = {what} rows of each {combined}{listed(self.columns)}{nulls}, {order}"

    def describe(self) -> str:
        return f"Count values: {self._sentence()}"

    def outcome(self, change: Change) -> str:
        before, after = count(change.rows_before, "row"), count(change.rows_after, "value")
        return f"Counted {after} in {before}: {self._sentence()}"

    def to_pandas(self) -> str:
        lines = [f"sizes = df.groupby({quoted(self.columns)}, dropna={self.dropna}).size()"]
        if self.sort:
            lines.append("sizes = sizes.sort_values(ascending=False, kind='stable')")
        counted = "(sizes / sizes.sum())" if self.normalize else "sizes"
        return "\n".join([*lines, f"df = {counted}.reset_index(name={self.name!r})"])

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [*self.columns, self.name]
