"""Predicates and arithmetic as small typed trees: data, never strings that are evaluated.

A condition is true or false for every row. A comparison with a null is false (``ne`` is true), as it is
for pandas' floats, whatever the dtype; so ``not`` of a comparison is true for a null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from workbench.transformations.fields import Scalar, show_scalar

__all__ = [
    "And",
    "Arithmetic",
    "Between",
    "ColumnRef",
    "Compare",
    "Expression",
    "IsIn",
    "IsNull",
    "Literal_",
    "Moment",
    "Not",
    "Or",
    "Predicate",
    "Scalar",
    "TextMatch",
    "col",
    "show_scalar",
    "show_value",
]


class _Tree(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def columns(self) -> list[str]:
        """The columns that it names, each once, in order."""
        return list(dict.fromkeys(self._names()))

    def _names(self) -> Iterator[str]:
        for name in type(self).model_fields:
            yield from _names_in(getattr(self, name))

    def describe(self) -> str:
        """Say it in English, in the present tense."""
        raise NotImplementedError

    def to_pandas(self) -> str:
        """Write it as a pandas expression over ``df``."""
        raise NotImplementedError


def _names_in(value: Any) -> Iterator[str]:
    if isinstance(value, _Tree):
        yield from value._names()  # noqa: SLF001 - a tree walking its own kind
    elif isinstance(value, tuple):
        for item in value:
            yield from _names_in(item)


class ColumnRef(_Tree):
    """The values of a column."""

    column: str

    def _names(self) -> Iterator[str]:
        yield self.column

    def describe(self) -> str:
        return self.column

    def to_pandas(self) -> str:
        return f"df[{self.column!r}]"


class Literal_(_Tree):  # noqa: N801 - `Literal` is typing's
    """A value."""

    value: Scalar

    def describe(self) -> str:
        return show_scalar(self.value)

    def to_pandas(self) -> str:
        return repr(self.value)


class Moment(_Tree):
    """A point in time; without an offset it is local to the column's zone."""

    timestamp: datetime

    def describe(self) -> str:
        text = self.timestamp.isoformat(sep=" ")
        return text.removesuffix(" 00:00:00")

    def to_pandas(self) -> str:
        return f"pd.Timestamp({self.describe()!r})"


def show_value(value: Scalar | Moment | None) -> str:
    """Write a value, a point in time or a null as it stands in a sentence.

    Example:
        >>> show_value(None), show_value(Moment(timestamp=datetime(2013, 1, 1))), show_value("a")
        ('null', '2013-01-01', "'a'")
    """
    if value is None:
        return "null"
    return value.describe() if isinstance(value, Moment) else show_scalar(value)


_SYMBOLS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "floor_divide": "//",
    "modulo": "%",
    "power": "**",
}


class Arithmetic(_Tree):
    """Two expressions joined by an arithmetic operator; dividing by zero gives an infinity, as in pandas."""

    op: Literal["add", "subtract", "multiply", "divide", "floor_divide", "modulo", "power"]
    left: Expression
    right: Expression

    def describe(self) -> str:
        return f"{_inner(self.left)} {_SYMBOLS[self.op]} {_inner(self.right)}"

    def to_pandas(self) -> str:
        left, right = (
            f"({side.to_pandas()})" if isinstance(side, Arithmetic) else side.to_pandas()
            for side in (self.left, self.right)
        )
        return f"{left} {_SYMBOLS[self.op]} {right}"


def _inner(side: _Tree) -> str:
    return f"({side.describe()})" if isinstance(side, Arithmetic) else side.describe()


def _expression_tag(value: Any) -> str:
    keys = (
        value.keys()
        if isinstance(value, dict)
        else type(value).model_fields
        if isinstance(value, _Tree)
        else ()
    )
    return next((key for key in ("column", "value", "timestamp", "op") if key in keys), "")


Expression = Annotated[
    Annotated[ColumnRef, Tag("column")]
    | Annotated[Literal_, Tag("value")]
    | Annotated[Moment, Tag("timestamp")]
    | Annotated[Arithmetic, Tag("op")],
    Discriminator(_expression_tag),
]
"""A column, a value, a point in time, or arithmetic over them."""

_COMPARISONS = {
    "eq": ("is", "=="),
    "ne": ("is not", "!="),
    "lt": ("<", "<"),
    "le": ("<=", "<="),
    "gt": (">", ">"),
    "ge": (">=", ">="),
}


class Compare(_Tree):
    """Compares two expressions, row by row."""

    op: Literal["eq", "ne", "lt", "le", "gt", "ge"]
    left: Expression
    right: Expression

    def describe(self) -> str:
        return f"{self.left.describe()} {_COMPARISONS[self.op][0]} {self.right.describe()}"

    def to_pandas(self) -> str:
        code = f"({self.left.to_pandas()} {_COMPARISONS[self.op][1]} {self.right.to_pandas()})"
        return f"{code}.fillna(True)" if self.op == "ne" else code


class IsNull(_Tree):
    """True where the column is null."""

    op: Literal["is_null"] = "is_null"
    column: str

    def _names(self) -> Iterator[str]:
        yield self.column

    def describe(self) -> str:
        return f"{self.column} is null"

    def to_pandas(self) -> str:
        return f"df[{self.column!r}].isna()"


class Between(_Tree):
    """True where the expression lies between two bounds, both included."""

    op: Literal["between"] = "between"
    operand: Expression
    low: Expression
    high: Expression

    def describe(self) -> str:
        return f"{self.operand.describe()} is between {self.low.describe()} and {self.high.describe()}"

    def to_pandas(self) -> str:
        operand = self.operand.to_pandas()
        operand = f"({operand})" if isinstance(self.operand, Arithmetic) else operand
        return f"{operand}.between({self.low.to_pandas()}, {self.high.to_pandas()})"


class IsIn(_Tree):
    """True where the column's value is one of those listed."""

    op: Literal["in"] = "in"
    column: str
    values: tuple[Scalar | Moment, ...] = Field(min_length=1)

    def _names(self) -> Iterator[str]:
        yield self.column

    def describe(self) -> str:
        shown = [
            value.describe() if isinstance(value, Moment) else show_scalar(value) for value in self.values
        ]
        head, tail = shown[:-1], shown[-1]
        return f"{self.column} is {', '.join(head)} or {tail}" if head else f"{self.column} is {tail}"

    def to_pandas(self) -> str:
        values = ", ".join(v.to_pandas() if isinstance(v, Moment) else repr(v) for v in self.values)
        return f"df[{self.column!r}].isin([{values}])"


_MATCHES = {"contains": "contains", "startswith": "starts with", "endswith": "ends with", "equals": "is"}


class TextMatch(_Tree):
    """True where a text column contains, begins or ends with, or equals a text (taken literally)."""

    op: Literal["contains", "startswith", "endswith", "equals"]
    column: str
    text: str
    case: bool = Field(default=True, description="whether upper and lower case differ")

    def _names(self) -> Iterator[str]:
        yield self.column

    def describe(self) -> str:
        suffix = "" if self.case else " (in any case)"
        return f"{self.column} {_MATCHES[self.op]} {self.text!r}{suffix}"

    def to_pandas(self) -> str:
        column, text = f"df[{self.column!r}]", self.text
        if not self.case:
            column, text = f"{column}.str.lower()", text.lower()
        match self.op:
            case "contains":
                return f"{column}.str.contains({text!r}, regex=False, na=False)"
            case "equals":
                return f"({column} == {text!r})"
            case _:
                return f"{column}.str.{self.op}({text!r}, na=False)"


class And(_Tree):
    """True where all of the conditions are."""

    op: Literal["and"] = "and"
    conditions: tuple[Predicate, ...] = Field(min_length=2)

    def describe(self) -> str:
        return " and ".join(_grouped(c, Or) for c in self.conditions)

    def to_pandas(self) -> str:
        return " & ".join(
            f"({c.to_pandas()})" if isinstance(c, Or) else c.to_pandas() for c in self.conditions
        )


class Or(_Tree):
    """True where at least one of the conditions is."""

    op: Literal["or"] = "or"
    conditions: tuple[Predicate, ...] = Field(min_length=2)

    def describe(self) -> str:
        return " or ".join(_grouped(c, And) for c in self.conditions)

    def to_pandas(self) -> str:
        return " | ".join(
            f"({c.to_pandas()})" if isinstance(c, And) else c.to_pandas() for c in self.conditions
        )


class Not(_Tree):
    """True where the condition is false; so also for the nulls that a comparison leaves out."""

    op: Literal["not"] = "not"
    condition: Predicate

    def describe(self) -> str:
        inner = self.condition
        match inner:
            case IsNull():
                return f"{inner.column} is not null"
            case IsIn():
                return inner.describe().replace(" is ", " is not ", 1).replace(" or ", " nor ")
            case TextMatch(op="contains"):
                return inner.describe().replace(" contains ", " does not contain ", 1)
            case _:
                return f"not ({inner.describe()})"

    def to_pandas(self) -> str:
        inner = self.condition
        match inner:
            case IsNull():
                return f"df[{inner.column!r}].notna()"
            case _:
                return f"~({inner.to_pandas()}).fillna(False)"


def _grouped(condition: _Tree, kind: type[_Tree]) -> str:
    return f"({condition.describe()})" if isinstance(condition, kind) else condition.describe()


Predicate = Annotated[
    Compare | IsNull | Between | IsIn | TextMatch | And | Or | Not, Field(discriminator="op")
]
"""A condition: true or false for every row."""

for _model in (Arithmetic, Compare, Between, And, Or, Not):
    _model.model_rebuild()


class _Col:
    """Builds expressions and conditions in Python; see ``col``."""

    def __init__(self, tree: Expression) -> None:
        self.tree = tree

    def _arithmetic(self, op: Any, other: Any) -> _Col:
        return _Col(Arithmetic(op=op, left=self.tree, right=_lift(other)))

    def _compare(self, op: Any, other: Any) -> Compare:
        return Compare(op=op, left=self.tree, right=_lift(other))

    def __add__(self, other: Any) -> _Col:
        return self._arithmetic("add", other)

    def __sub__(self, other: Any) -> _Col:
        return self._arithmetic("subtract", other)

    def __mul__(self, other: Any) -> _Col:
        return self._arithmetic("multiply", other)

    def __truediv__(self, other: Any) -> _Col:
        return self._arithmetic("divide", other)

    def __lt__(self, other: Any) -> Compare:
        return self._compare("lt", other)

    def __le__(self, other: Any) -> Compare:
        return self._compare("le", other)

    def __gt__(self, other: Any) -> Compare:
        return self._compare("gt", other)

    def __ge__(self, other: Any) -> Compare:
        return self._compare("ge", other)

    def eq(self, other: Any) -> Compare:
        """Equal to a value or another column."""
        return self._compare("eq", other)

    def ne(self, other: Any) -> Compare:
        """Not equal to a value or another column."""
        return self._compare("ne", other)

    def between(self, low: Any, high: Any) -> Between:
        """Between two bounds, both included."""
        return Between(operand=self.tree, low=_lift(low), high=_lift(high))

    def isin(self, values: Sequence[Scalar | datetime]) -> IsIn:
        """One of several values."""
        return IsIn(
            column=self._name(),
            values=tuple(Moment(timestamp=v) if isinstance(v, datetime) else v for v in values),
        )

    def isna(self) -> IsNull:
        """Null."""
        return IsNull(column=self._name())

    def contains(self, text: str, *, case: bool = True) -> TextMatch:
        """Contains a text, taken literally."""
        return TextMatch(op="contains", column=self._name(), text=text, case=case)

    def _name(self) -> str:
        if not isinstance(self.tree, ColumnRef):
            raise TypeError("this needs a plain column, not arithmetic")
        return self.tree.column


def _lift(value: Any) -> Expression:
    if isinstance(value, _Col):
        return value.tree
    if isinstance(value, datetime):
        return Moment(timestamp=value)
    return Literal_(value=value)


def col(name: str) -> _Col:
    """Begin an expression with a column.

    Args:
        name: The column's name.

    Returns:
        A builder: arithmetic gives another one, a comparison gives a condition.

    Example:
        >>> (col("price") * col("quantity") > 100).describe()
        'price * quantity > 100'
    """
    return _Col(ColumnRef(column=name))
