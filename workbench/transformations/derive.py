"""Columns computed from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.expressions import Expression
from workbench.transformations.fields import NewName, shown

__all__ = ["Derive"]


class Derive(Transformation):
    """Compute a column by arithmetic over columns and values; one of that name is replaced where it stands.

    Say: add a column total = price * quantity
    """

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.ROW
    example: ClassVar[Mapping[str, Any]] = {
        "column": "total",
        "expression": {"op": "multiply", "left": {"column": "price"}, "right": {"column": "quantity"}},
    }
    kind: Literal["derive"] = "derive"
    column: NewName = Field(description="the column to add or to replace")
    expression: Expression = Field(description="what to compute")

    def describe(self) -> str:
        return f"Compute {shown(self.column)} = {self.expression.describe()}"

    def outcome(self, change: Change) -> str:
        verb = "Added" if self.column in change.columns_added else "Replaced"
        return f"{verb} {shown(self.column)} = {self.expression.describe()}"

    def to_pandas(self) -> str:
        return f"df[{self.column!r}] = {self.expression.to_pandas()}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return self.expression.columns()

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.column]
