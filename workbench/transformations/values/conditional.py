"""Values set where a condition holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.conditions import Predicate
from workbench.transformations.expressions import Arithmetic, Expression, Moment, show_value
from workbench.transformations.fields import Names, Scalar, count, listed
from workbench.transformations.values.base import Values, column_code, found_code, value_code

__all__ = ["SetWhere"]


class SetWhere(Values):
    """Set values in the rows that meet a condition: to a value, or to what is computed from columns.

    The other rows stay as they are, and so does the column's type: what is set must fit into it.

    Say: set price to 0 where status is cancelled
    """

    example: ClassVar[Mapping[str, Any]] = {
        "columns": ["price"],
        "where": {"op": "eq", "left": {"column": "status"}, "right": {"value": "cancelled"}},
        "value": 0,
    }
    kind: Literal["set_where"] = "set_where"
    columns: Names = Field(description="whose values to set")
    where: Predicate = Field(description="in which rows")
    value: Scalar | Moment | None = Field(default=None, description="the value to set")
    expression: Expression | None = Field(default=None, description="what to compute, instead of a value")

    @model_validator(mode="after")
    def _one_source(self) -> SetWhere:
        if (self.value is None) == (self.expression is None):
            raise ValueError("give either value or expression; null_where makes nulls")
        if self.expression is not None and not self.expression.columns():
            raise ValueError("an expression names a column; give a value as value")
        return self

    def _set(self) -> str:
        to = show_value(self.value) if self.expression is None else self.expression.describe()
        return f"{listed(self.columns)} to {to} where {self.where.describe()}"

    def describe(self) -> str:
        return f"Set {self._set()}"

    def outcome(self, change: Change) -> str:
        changed = count(sum(change.cells_changed.values()), "value")
        return f"Changed {changed}: set {self._set()}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        computed = self.expression.columns() if self.expression is not None else []
        return list(dict.fromkeys([*self.columns, *self.where.columns(), *computed]))

    def to_pandas(self) -> str:
        if self.expression is None:
            return found_code(self.where, {column_code(n): value_code(self.value) for n in self.columns})
        computed = self.expression.to_pandas()
        computed = f"({computed})" if isinstance(self.expression, Arithmetic) else computed
        if len(self.columns) == 1:
            column = column_code(self.columns[0])
            return found_code(self.where, {column: f"{computed}.astype({column}.dtype)"})
        values = {c: f"computed.astype({c}.dtype)" for c in map(column_code, self.columns)}
        return f"computed = {self.expression.to_pandas()}\n{found_code(self.where, values)}"
