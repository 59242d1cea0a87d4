"""Conditions as small typed trees: true or false for every row.

A comparison with a null is false (``ne`` is true), whatever the dtype; so ``not`` of a comparison is true
for a null. In pandas a comparison of nullable columns gives ``NA`` instead. Inside ``&`` and ``|`` and as a
mask that comes to the same as false; under ``~`` it does not, and there the written code says ``fillna``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from workbench.transformations.expressions import Arithmetic, Expression, Moment, Tree, show_value
from workbench.transformations.fields import Scalar, listed, shown

__all__ = ["And", "Between", "Compare", "Condition", "IsIn", "IsNull", "Not", "Or", "Predicate", "TextMatch"]


class Condition(Tree):
    """True or false for every row; in Python, ``&``, ``|`` and ``~`` join them."""

    def __and__(self, other: Condition) -> And:
        return And(conditions=(*_parts(self, And), *_parts(other, And)))

    def __or__(self, other: Condition) -> Or:
        return Or(conditions=(*_parts(self, Or), *_parts(other, Or)))

    def __invert__(self) -> Not:
        return Not(condition=self)

    def __bool__(self) -> bool:
        # `0 < col("a") < 9` and `a and b` would silently drop their first half.
        raise TypeError("a condition is no single truth: join with & and |, negate with ~, use between()")

    @property
    def certain(self) -> bool:
        """Whether its pandas gives no NA, whatever the dtypes."""
        return True

    @property
    def loose(self) -> bool:
        """Whether ``&``, ``|`` and ``~`` would bind into its pandas."""
        return False


def _parts(condition: Condition, kind: type[And | Or]) -> tuple[Condition, ...]:
    return condition.conditions if isinstance(condition, kind) else (condition,)


_COMPARISONS = {
    "eq": ("is", "=="),
    "ne": ("is not", "!="),
    "lt": ("<", "<"),
    "le": ("<=", "<="),
    "gt": (">", ">"),
    "ge": (">=", ">="),
}


class Compare(Condition):
    """Compares two expressions, row by row."""

    op: Literal["eq", "ne", "lt", "le", "gt", "ge"]
    left: Expression
    right: Expression

    @model_validator(mode="after")
    def _of_a_column(self) -> Compare:
        if not self.columns():
            raise ValueError("a comparison needs a column")
        return self

    @property
    def certain(self) -> bool:
        return self.op == "ne"

    @property
    def loose(self) -> bool:
        return self.op != "ne"

    def describe(self) -> str:
        return f"{self.left.describe()} {_COMPARISONS[self.op][0]} {self.right.describe()}"

    def to_pandas(self) -> str:
        code = f"{_side(self.left)} {_COMPARISONS[self.op][1]} {_side(self.right)}"
        return f"({code}).fillna(True)" if self.op == "ne" else code


def _side(side: Tree) -> str:
    # A text is read in the column's own zone; a Timestamp would have to know it.
    return repr(side.describe()) if isinstance(side, Moment) else side.to_pandas()


class IsNull(Condition):
    """True where the column is null."""

    op: Literal["is_null"] = "is_null"
    column: str

    def _names(self) -> Iterator[str]:
        yield self.column

    def describe(self) -> str:
        return f"{shown(self.column)} is null"

    def to_pandas(self) -> str:
        return f"df[{self.column!r}].isna()"


class Between(Condition):
    """True where the expression lies between two bounds, both included."""

    op: Literal["between"] = "between"
    operand: Expression
    low: Expression
    high: Expression

    @model_validator(mode="after")
    def _of_a_column(self) -> Between:
        if not self.operand.columns():
            raise ValueError("what lies between two bounds needs a column")
        return self

    @property
    def certain(self) -> bool:
        return False

    def describe(self) -> str:
        return f"{self.operand.describe()} is between {self.low.describe()} and {self.high.describe()}"

    def to_pandas(self) -> str:
        operand = self.operand.to_pandas()
        operand = f"({operand})" if isinstance(self.operand, Arithmetic) else operand
        return f"{operand}.between({_side(self.low)}, {_side(self.high)})"


class IsIn(Condition):
    """True where the column's value is one of those listed."""

    op: Literal["in"] = "in"
    column: str
    values: tuple[Scalar | Moment, ...] = Field(min_length=1, max_length=10_000)

    def _names(self) -> Iterator[str]:
        yield self.column

    def describe(self, verb: str = "is", joint: str = "or") -> str:
        values = listed([show_value(value) for value in self.values], joint)
        return f"{shown(self.column)} {verb} {values}"

    @property
    def _moments(self) -> list[Moment]:
        return [value for value in self.values if isinstance(value, Moment)]

    @property
    def certain(self) -> bool:
        return not self._moments

    @property
    def loose(self) -> bool:
        return bool(self._moments)

    def scalars(self) -> list[list[Scalar]]:
        """The values but for points in time, in lists that pandas looks for without losing digits.

        Beside numbers with a fraction, or beside those of 64 bits, it compares whole ones as floats.
        """
        scalars: list[Scalar] = [value for value in self.values if not isinstance(value, Moment)]
        if not any(isinstance(value, int) and abs(value) > 2**53 for value in scalars):
            return [scalars] if scalars else []
        whole: list[Scalar] = [value for value in scalars if not isinstance(value, float)]
        short: list[Scalar] = [value for value in whole if not isinstance(value, int) or value < 2**63]
        long: list[Scalar] = [value for value in whole if isinstance(value, int) and value >= 2**63]
        floats: list[Scalar] = [value for value in scalars if isinstance(value, float)]
        return [values for values in (short, long, floats) if values]

    def to_pandas(self) -> str:
        # pandas' isin reads no text as a point in time, and matches none across zones; == does.
        parts = [f"df[{self.column!r}] == {_side(moment)}" for moment in self._moments]
        scalars = [f"df[{self.column!r}].isin({values!r})" for values in self.scalars()]
        if len(parts) == 1 and not scalars:
            return parts[0]
        return " | ".join([*scalars, *(f"({part})" for part in parts)])


_MATCHES = {"contains": "contains", "startswith": "starts with", "endswith": "ends with", "equals": "is"}
_MISMATCHES = {
    "contains": "does not contain",
    "startswith": "does not start with",
    "endswith": "does not end with",
    "equals": "is not",
}


class TextMatch(Condition):
    """True where a text column contains, begins or ends with, or equals a text (taken literally)."""

    op: Literal["contains", "startswith", "endswith", "equals"]
    column: str
    text: str
    case: bool = Field(default=True, description="whether upper and lower case differ")

    def _names(self) -> Iterator[str]:
        yield self.column

    @property
    def certain(self) -> bool:
        return self.op != "equals"

    @property
    def loose(self) -> bool:
        return self.op == "equals"

    def describe(self, *, negated: bool = False) -> str:
        verb = (_MISMATCHES if negated else _MATCHES)[self.op]
        return f"{shown(self.column)} {verb} {self.text!r}{'' if self.case else ' (in any case)'}"

    def to_pandas(self) -> str:
        column, text = f"df[{self.column!r}]", self.text
        if not self.case:
            column, text = f"{column}.str.lower()", text.lower()
        match self.op:
            case "contains":
                return f"{column}.str.contains({text!r}, regex=False, na=False)"
            case "equals":
                return f"{column} == {text!r}"
            case _:
                return f"{column}.str.{self.op}({text!r}, na=False)"


class _Joined(Condition):
    """Several conditions, joined by one word."""

    conditions: tuple[Predicate, ...] = Field(min_length=2, max_length=1000)

    @property
    def certain(self) -> bool:
        return all(condition.certain for condition in self.conditions)

    @property
    def loose(self) -> bool:
        return True

    def _described(self, word: str, other: type[_Joined]) -> str:
        """Join the sentences; those joined by the other word stand in parentheses."""
        sentences = (part.describe() for part in self.conditions)
        return f" {word} ".join(
            f"({sentence})" if isinstance(part, other) else sentence
            for part, sentence in zip(self.conditions, sentences, strict=True)
        )

    def _written(self, operator: str) -> str:
        return f" {operator} ".join(_operand(part) for part in self.conditions)


class And(_Joined):
    """True where all of the conditions are."""

    op: Literal["and"] = "and"

    def describe(self) -> str:
        return self._described("and", Or)

    def to_pandas(self) -> str:
        return self._written("&")


class Or(_Joined):
    """True where at least one of the conditions is."""

    op: Literal["or"] = "or"

    def describe(self) -> str:
        return self._described("or", And)

    def to_pandas(self) -> str:
        return self._written("|")


_OPPOSITES: dict[str, Literal["eq", "ne"]] = {"eq": "ne", "ne": "eq"}


class Not(Condition):
    """True where the condition is false; so also for the nulls that a comparison leaves out."""

    op: Literal["not"] = "not"
    condition: Predicate

    def _opposite(self) -> Condition | None:
        """The plain condition that says the same, where there is one."""
        match self.condition:
            case Compare(op="eq" | "ne" as op, left=left, right=right):
                return Compare(op=_OPPOSITES[op], left=left, right=right)
            case Not(condition=inner):
                return inner
            case _:
                return None

    @property
    def certain(self) -> bool:
        opposite = self._opposite()
        return opposite is None or opposite.certain

    @property
    def loose(self) -> bool:
        opposite = self._opposite()
        return opposite is not None and opposite.loose

    def describe(self) -> str:
        opposite = self._opposite()
        if opposite is not None:
            return opposite.describe()
        match self.condition:
            case IsNull(column=column):
                return f"{shown(column)} is not null"
            case IsIn() as inner:
                return inner.describe("is not", "nor")
            case TextMatch() as inner:
                return inner.describe(negated=True)
            case inner:
                return f"not ({inner.describe()})"

    def to_pandas(self) -> str:
        opposite = self._opposite()
        if opposite is not None:
            return opposite.to_pandas()
        match self.condition:
            case IsNull(column=column):
                return f"df[{column!r}].notna()"
            case inner if inner.certain:
                return f"~{_operand(inner)}"
            case Between() as inner:
                return f"~{inner.to_pandas()}.fillna(False)"
            case inner:
                return f"~({inner.to_pandas()}).fillna(False)"


def _operand(condition: Condition) -> str:
    code = condition.to_pandas()
    return f"({code})" if condition.loose else code


Predicate = Annotated[
    Compare | IsNull | Between | IsIn | TextMatch | And | Or | Not, Field(discriminator="op")
]
"""A condition: true or false for every row."""

KINDS: tuple[type[Condition], ...] = (Compare, Between, IsIn, IsNull, TextMatch, And, Or, Not)
"""All conditions."""

for _model in KINDS:
    _model.model_rebuild()
