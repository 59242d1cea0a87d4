"""Values and arithmetic as small typed trees: data, never strings that are evaluated.

``conditions`` builds on them; ``col`` writes both in Python.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from workbench.transformations.fields import Scalar, show_scalar, shown

__all__ = [
    "Arithmetic",
    "ColumnRef",
    "Expression",
    "Function",
    "Literal_",
    "Moment",
    "Scalar",
    "Tree",
    "noun",
    "show_scalar",
    "show_value",
]


class Tree(BaseModel):
    """A node of an expression or of a condition."""

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
    if isinstance(value, Tree):
        yield from value._names()  # noqa: SLF001 - a tree walking its own kind
    elif isinstance(value, tuple):
        for item in value:
            yield from _names_in(item)


class ColumnRef(Tree):
    """The values of a column."""

    column: str

    def _names(self) -> Iterator[str]:
        yield self.column

    def describe(self) -> str:
        return shown(self.column)

    def to_pandas(self) -> str:
        return f"df[{self.column!r}]"


class Literal_(Tree):  # noqa: N801 - `Literal` is typing's
    """A value."""

    value: Scalar

    def describe(self) -> str:
        return show_scalar(self.value)

    def to_pandas(self) -> str:
        return repr(self.value)


class Moment(Tree):
    """A point in time; without an offset it is local to the zone of the column that it meets."""

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


def noun(value: Scalar | Moment | None) -> str:
    """Say what a column holds that can hold a value.

    Example:
        >>> noun(5), noun("JFK"), noun(True)
        ('numbers', 'text', 'booleans')
    """
    if isinstance(value, Moment):
        return "times"
    if isinstance(value, bool):
        return "booleans"
    return "text" if isinstance(value, str) else "numbers"


_SYMBOLS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "floor_divide": "//",
    "modulo": "%",
    "power": "**",
}

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "modulo": operator.mod,
    "power": operator.pow,
}


class Arithmetic(Tree):
    """Two expressions joined by an arithmetic operator; dividing by zero gives an infinity, as in pandas.

    Whole numbers that their type cannot hold are refused, as are nullable ones divided by zero with a whole
    result, for which pandas would give 0.
    """

    op: Literal["add", "subtract", "multiply", "divide", "floor_divide", "modulo", "power"]
    left: Expression
    right: Expression

    @model_validator(mode="after")
    def _computable(self) -> Arithmetic:
        # Without a column it is plain Python, which would compute 9 ** 9 ** 9 or 'x' * 10 ** 12 all day.
        if not self.columns():
            _constant(self)
        return self

    def describe(self) -> str:
        return self._joined(self.left.describe(), self.right.describe())

    def to_pandas(self) -> str:
        return self._joined(self.left.to_pandas(), self.right.to_pandas())

    def _joined(self, left: str, right: str) -> str:
        power = self.op == "power"
        left_first = _binding(self.left) > _binding(self) or (
            _binding(self.left) == _binding(self) and not power
        )
        right_first = _binding(self.right) > _binding(self)
        left, right = left if left_first else f"({left})", right if right_first else f"({right})"
        return f"{left} {_SYMBOLS[self.op]} {right}"


_BINDINGS = {"add": 1, "subtract": 1, "power": 4}  # multiplication and its kin: 2; a minus sign: 3


def _binding(tree: Tree) -> int:
    """How tightly an expression holds together, as in Python."""
    match tree:
        case Arithmetic():
            return _BINDINGS.get(tree.op, 2)
        case Literal_(value=int() | float() as number) if number < 0:
            return 3
        case _:
            return 5


def _constant(tree: Tree) -> float:
    match tree:
        case Literal_(value=bool() | str()) | Moment():
            raise ValueError("arithmetic on values alone takes numbers")
        case Literal_():
            return float(tree.value)
        case Arithmetic():
            left, right = _constant(tree.left), _constant(tree.right)
            try:
                result = OPERATORS[tree.op](left, right)
            except (ArithmeticError, ValueError) as error:
                raise ValueError(f"{tree.describe()} cannot be computed") from error
            if isinstance(result, complex) or not math.isfinite(result) or abs(result) >= 2.0**63:
                raise ValueError(f"{tree.describe()} cannot be computed")
            return float(result)
    raise NotImplementedError(f"no value of {type(tree).__name__}")


class Function(Tree):
    """A function of expressions, row by row.

    ``log`` is the natural logarithm. Where a function is not defined it gives null, as the root and the
    logarithm of a negative number; the logarithm of zero is minus infinity. ``min`` and ``max`` take the
    smallest or the largest of several, nulls left out; ``coalesce`` the first that is not null. ``round``
    takes halves to the even neighbour.
    """

    function: Literal[
        "abs", "ceil", "coalesce", "exp", "floor", "log", "log10", "log2", "max", "min", "round", "sqrt"
    ]
    arguments: tuple[Expression, ...] = Field(min_length=1, max_length=100)
    decimals: int = Field(default=0, ge=-15, le=15, description="digits after the point, for round")

    @model_validator(mode="after")
    def _callable(self) -> Function:
        several = self.function in {"min", "max", "coalesce"}
        if several != (len(self.arguments) > 1):
            raise ValueError(
                f"{self.function} takes {'two arguments or more' if several else 'one argument'}"
            )
        if self.decimals and self.function != "round":
            raise ValueError("decimals go with round")
        if not self.arguments[0].columns():
            raise ValueError(f"the first argument of {self.function} needs a column")
        if self.function in {"min", "max"} and any(isinstance(part, Moment) for part in self.arguments):
            raise ValueError(f"{self.function} takes columns and numbers")
        return self

    def describe(self) -> str:
        arguments = [argument.describe() for argument in self.arguments]
        if self.function == "round":
            arguments.append(str(self.decimals))
        return f"{self.function}({', '.join(arguments)})"

    def to_pandas(self) -> str:
        first = _called_on(self.arguments[0])
        match self.function:
            case "abs":
                return f"{first}.abs()"
            case "round":
                return f"{first}.round({self.decimals})"
            case "min" | "max":
                return f"{self._side_by_side()}.{self.function}(axis=1)"
            case "coalesce":
                return first + "".join(_filled_by(argument) for argument in self.arguments[1:])
            case _:
                return f"{first}.transform({self.function!r})"  # which pandas hands on to numpy

    def _side_by_side(self) -> str:
        names = [argument.column for argument in self.arguments if isinstance(argument, ColumnRef)]
        if len(names) == len(self.arguments):
            return f"df[{names!r}]"
        parts = [
            part.to_pandas() if part.columns() else f"pd.Series({part.to_pandas()}, index=df.index)"
            for part in self.arguments
        ]
        return f"pd.concat([{', '.join(parts)}], axis=1)"


def _called_on(tree: Tree) -> str:
    """Write an expression so that a method can be called on it."""
    code = tree.to_pandas()
    return f"({code})" if isinstance(tree, Arithmetic) else code


def _filled_by(tree: Tree) -> str:
    if tree.columns():
        return f".combine_first({tree.to_pandas()})"
    # pandas reads a text in the zone of the column that it meets; a Timestamp would have to know it.
    return f".fillna({tree.describe()!r})" if isinstance(tree, Moment) else f".fillna({tree.to_pandas()})"


def _expression_tag(value: Any) -> str:
    if isinstance(value, dict):
        keys = set(value)
    else:
        keys = set(type(value).model_fields) if isinstance(value, Tree) else set()
    return next((key for key in ("column", "value", "timestamp", "function", "op") if key in keys), "")


Expression = Annotated[
    Annotated[ColumnRef, Tag("column")]
    | Annotated[Literal_, Tag("value")]
    | Annotated[Moment, Tag("timestamp")]
    | Annotated[Function, Tag("function")]
    | Annotated[Arithmetic, Tag("op")],
    Field(discriminator=Discriminator(_expression_tag)),
]
"""A column, a value, a point in time, or arithmetic and functions over them."""

Arithmetic.model_rebuild()
Function.model_rebuild()
