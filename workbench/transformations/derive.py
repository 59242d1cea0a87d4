"""Columns computed from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.conditions import Condition, IsNull, Not, Predicate
from workbench.transformations.expressions import OPERATORS, Expression, Literal_, Tree
from workbench.transformations.fields import NewName, quoted, shown
from workbench.transformations.keys import By, for_each

__all__ = ["Case", "CaseWhen", "Derive", "PercentOfTotal"]


class _Derived(Transformation):
    """A column is added, or replaced where it stands; the rows stay in place."""

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.ROW

    def _sentence(self) -> str:
        """Say which column is set, and to what."""
        raise NotImplementedError

    def _made(self) -> str:
        """The name of the column."""
        return self.writes([])[0]

    def describe(self) -> str:
        return f"Compute {self._sentence()}"

    def outcome(self, change: Change) -> str:
        verb = "Added" if self._made() in change.columns_added else "Replaced"
        return f"{verb} {self._sentence()}"


def _derivation_tag(value: Any) -> str:
    if isinstance(value, Condition):
        return "condition"
    condition = isinstance(value, Mapping) and "op" in value and value["op"] not in OPERATORS
    return "condition" if condition else "expression"


Derivation = Annotated[
    Annotated[Expression, Tag("expression")] | Annotated[Predicate, Tag("condition")],
    Discriminator(_derivation_tag),
]
"""What a column can be computed as: an expression, or a condition, which gives true and false."""


class Derive(_Derived):
    """Compute a column by arithmetic and functions over columns and values, or as the truth of a condition.

    A column of that name is replaced where it stands. A condition is false where it compares a null. Where
    values give no value, as the logarithm of a negative number, the null is reported.

    Say: add a column total = price * quantity
    """

    example: ClassVar[Mapping[str, Any]] = {
        "column": "total",
        "expression": {"op": "multiply", "left": {"column": "price"}, "right": {"column": "quantity"}},
    }
    kind: Literal["derive"] = "derive"
    column: NewName = Field(description="the column to add or to replace")
    expression: Derivation = Field(description="what to compute")

    def _sentence(self) -> str:
        return f"{shown(self.column)} = {self.expression.describe()}"

    def to_pandas(self) -> str:
        code = self.expression.to_pandas()
        if isinstance(self.expression, Condition):
            code = _truth(self.expression)
        return f"df[{self.column!r}] = {code}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return self.expression.columns()

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.column]


def _truth(condition: Condition) -> str:
    """Write a condition as plain booleans, whatever the dtypes; a comparison with a null is false."""
    code = condition.to_pandas()
    bare = condition.condition if isinstance(condition, Not) else condition
    if isinstance(bare, IsNull):
        return code
    if condition.certain:
        return f"({code}).astype(bool)" if condition.loose else f"{code}.astype(bool)"
    return f"({code}).fillna(False).astype(bool)"


class Case(BaseModel):
    """A condition, and what a row gets that meets it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    where: Predicate = Field(description="which rows")
    then: Expression = Field(description="what they get")


class CaseWhen(_Derived):
    """Compute a column by conditions: each row gets what goes with the first condition that it meets.

    Rows that meet none get ``otherwise``, or null. All that a row can get is of one type: numbers, text,
    booleans, points in time. A column of that name is replaced where it stands.

    Say: add a column size = large if price > 100, medium if price > 10, otherwise small
    """

    example: ClassVar[Mapping[str, Any]] = {
        "column": "size",
        "cases": [
            {
                "where": {"op": "gt", "left": {"column": "price"}, "right": {"value": 100}},
                "then": {"value": "large"},
            },
            {
                "where": {"op": "gt", "left": {"column": "price"}, "right": {"value": 10}},
                "then": {"value": "medium"},
            },
        ],
        "otherwise": {"value": "small"},
    }
    kind: Literal["case_when"] = "case_when"
    column: NewName = Field(description="the column to add or to replace")
    cases: tuple[Case, ...] = Field(
        min_length=1, max_length=100, description="the first condition that is met decides"
    )
    otherwise: Expression | None = Field(
        default=None, description="what rows get that meet none; null if not given"
    )

    def _sentence(self) -> str:
        cases = "; ".join(f"{case.then.describe()} if {case.where.describe()}" for case in self.cases)
        rest = "null" if self.otherwise is None else self.otherwise.describe()
        return f"{shown(self.column)} = {cases}; otherwise {rest}"

    def to_pandas(self) -> str:
        first, *others = self.cases
        if self.otherwise is not None:
            made = f"{_series(self.otherwise)}.case_when([{', '.join(map(_pair, self.cases))}])"
        else:
            made = f"{_series(first.then, nullable=True)}.where({_truth(first.where)})"
            if others:
                made += f".case_when([{', '.join(map(_pair, self.cases))}])"
        return f"df[{self.column!r}] = {made}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        trees: list[Tree] = [tree for case in self.cases for tree in (case.where, case.then)]
        trees += [self.otherwise] if self.otherwise is not None else []
        return list(dict.fromkeys(name for tree in trees for name in tree.columns()))

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.column]


def _pair(case: Case) -> str:
    return f"({_truth(case.where)}, {case.then.to_pandas()})"


NULLABLE = {bool: "boolean", int: "Int64", float: "float64", str: "str"}
"""The dtype of a value that stands beside nulls."""


def _series(tree: Expression, *, nullable: bool = False) -> str:
    """Write an expression as a column, so that a method can be called on it."""
    code = tree.to_pandas()
    if tree.columns():
        return f"({code})" if not code.startswith("df[") or " " in code else code
    dtype = ""
    if nullable and isinstance(tree, Literal_):
        dtype = f", dtype={NULLABLE[type(tree.value)]!r}"
    return f"pd.Series({code}, index=df.index{dtype})"


class PercentOfTotal(_Derived):
    """Compute of each value how many percent of the column's total it is, or of the total of its group.

    The percentages of the table, or of each group, add up to 100. Nulls stay null and add nothing; where the
    total is zero there is no percentage.

    Say: percent of total of price by city
    """

    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"column": "price", "by": ["city"]}
    kind: Literal["percent_of_total"] = "percent_of_total"
    column: str = Field(description="of which column")
    by: By = ()
    name: NewName = Field(
        default_factory=lambda given: f"percent_of_total_{given.get('column')}",
        description="the name of the column that it makes; percent_of_total_column if not given",
    )

    def _sentence(self) -> str:
        total = "its total" if not self.by else "the total"
        return f"{shown(self.name)} = {shown(self.column)} as a percentage of {total}{for_each(self.by)}"

    def to_pandas(self) -> str:
        column = f"df[{self.column!r}]"
        total = f"{column}.sum()"
        if self.by:
            total = f"df.groupby({quoted(self.by)}, dropna=False)[{self.column!r}].transform('sum')"
        return f"df[{self.name!r}] = {column} / {total} * 100"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([self.column, *self.by]))

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.name]
