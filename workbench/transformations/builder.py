"""Expressions and conditions, written in Python."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from workbench.transformations.conditions import Between, Compare, IsIn, IsNull, Not, TextMatch
from workbench.transformations.expressions import (
    Arithmetic,
    ColumnRef,
    Expression,
    Function,
    Literal_,
    Moment,
    Scalar,
)

__all__ = ["col"]


class _Col:
    """Builds expressions and conditions in Python; see ``col``."""

    __hash__ = None  # type: ignore[assignment]  # == gives a condition

    def __init__(self, tree: Expression) -> None:
        self.tree = tree

    def __repr__(self) -> str:
        return f"<expression: {self.tree.describe()}>"

    def _arithmetic(self, op: Any, other: Any) -> _Col:
        return _Col(Arithmetic(op=op, left=self.tree, right=_lift(other)))

    def _reflected(self, op: Any, other: Any) -> _Col:
        return _Col(Arithmetic(op=op, left=_lift(other), right=self.tree))

    def _compare(self, op: Any, other: Any) -> Compare:
        return Compare(op=op, left=self.tree, right=_lift(other))

    def __add__(self, other: Any) -> _Col:
        return self._arithmetic("add", other)

    def __radd__(self, other: Any) -> _Col:
        return self._reflected("add", other)

    def __sub__(self, other: Any) -> _Col:
        return self._arithmetic("subtract", other)

    def __rsub__(self, other: Any) -> _Col:
        return self._reflected("subtract", other)

    def __mul__(self, other: Any) -> _Col:
        return self._arithmetic("multiply", other)

    def __rmul__(self, other: Any) -> _Col:
        return self._reflected("multiply", other)

    def __truediv__(self, other: Any) -> _Col:
        return self._arithmetic("divide", other)

    def __rtruediv__(self, other: Any) -> _Col:
        return self._reflected("divide", other)

    def __floordiv__(self, other: Any) -> _Col:
        return self._arithmetic("floor_divide", other)

    def __rfloordiv__(self, other: Any) -> _Col:
        return self._reflected("floor_divide", other)

    def __mod__(self, other: Any) -> _Col:
        return self._arithmetic("modulo", other)

    def __rmod__(self, other: Any) -> _Col:
        return self._reflected("modulo", other)

    def __pow__(self, other: Any) -> _Col:
        return self._arithmetic("power", other)

    def __rpow__(self, other: Any) -> _Col:
        return self._reflected("power", other)

    def _function(self, function: Any, *others: Any, **parameters: Any) -> _Col:
        arguments = (self.tree, *(_lift(other) for other in others))
        return _Col(Function(function=function, arguments=arguments, **parameters))

    def __abs__(self) -> _Col:
        return self.abs()

    def abs(self) -> _Col:
        """Without its sign."""
        return self._function("abs")

    def sqrt(self) -> _Col:
        """Square root; null for a negative number."""
        return self._function("sqrt")

    def exp(self) -> _Col:
        """Euler's number to the power of it."""
        return self._function("exp")

    def log(self) -> _Col:
        """Natural logarithm; null for a negative number."""
        return self._function("log")

    def log2(self) -> _Col:
        """Logarithm to the base 2."""
        return self._function("log2")

    def log10(self) -> _Col:
        """Logarithm to the base 10."""
        return self._function("log10")

    def round(self, decimals: int = 0) -> _Col:
        """Rounded to some decimals, halves to the even neighbour."""
        return self._function("round", decimals=decimals)

    def floor(self) -> _Col:
        """The next lower whole number."""
        return self._function("floor")

    def ceil(self) -> _Col:
        """The next higher whole number."""
        return self._function("ceil")

    def min(self, *others: Any) -> _Col:
        """The smallest of it and others in the same row, nulls left out."""
        return self._function("min", *others)

    def max(self, *others: Any) -> _Col:
        """The largest of it and others in the same row, nulls left out."""
        return self._function("max", *others)

    def coalesce(self, *others: Any) -> _Col:
        """It, or where it is null the first of the others that is not."""
        return self._function("coalesce", *others)

    def __lt__(self, other: Any) -> Compare:
        return self._compare("lt", other)

    def __le__(self, other: Any) -> Compare:
        return self._compare("le", other)

    def __gt__(self, other: Any) -> Compare:
        return self._compare("gt", other)

    def __ge__(self, other: Any) -> Compare:
        return self._compare("ge", other)

    def __eq__(self, other: object) -> Compare:  # type: ignore[override]
        return self._compare("eq", other)

    def __ne__(self, other: object) -> Compare:  # type: ignore[override]
        return self._compare("ne", other)

    def eq(self, other: Any) -> Compare:
        """Equal to a value or another column."""
        return self._compare("eq", other)

    def ne(self, other: Any) -> Compare:
        """Not equal to a value or another column; a null is."""
        return self._compare("ne", other)

    def between(self, low: Any, high: Any) -> Between:
        """Between two bounds, both included."""
        return Between(operand=self.tree, low=_lift(low), high=_lift(high))

    def isin(self, values: Sequence[Scalar | datetime]) -> IsIn:
        """One of several values."""
        return IsIn(column=self._name(), values=tuple(_plain(value) for value in values))

    def isna(self) -> IsNull:
        """Null."""
        return IsNull(column=self._name())

    def notna(self) -> Not:
        """Not null."""
        return Not(condition=self.isna())

    def contains(self, text: str, *, case: bool = True) -> TextMatch:
        """Contains a text, taken literally."""
        return TextMatch(op="contains", column=self._name(), text=text, case=case)

    def startswith(self, text: str, *, case: bool = True) -> TextMatch:
        """Begins with a text."""
        return TextMatch(op="startswith", column=self._name(), text=text, case=case)

    def endswith(self, text: str, *, case: bool = True) -> TextMatch:
        """Ends with a text."""
        return TextMatch(op="endswith", column=self._name(), text=text, case=case)

    def _name(self) -> str:
        if not isinstance(self.tree, ColumnRef):
            raise TypeError("this needs a plain column, not arithmetic")
        return self.tree.column


def _plain(value: Any) -> Any:
    """Take a value as notebooks have it: numpy's scalars, and dates, as what a tree holds."""
    if isinstance(value, datetime):
        return Moment(timestamp=value)
    if isinstance(value, date):
        return Moment(timestamp=datetime.combine(value, time()))
    return value.item() if hasattr(value, "item") else value


def _lift(value: Any) -> Expression:
    if isinstance(value, _Col):
        return value.tree
    plain = _plain(value)
    return plain if isinstance(plain, Moment) else Literal_(value=plain)


def col(name: str) -> _Col:
    """Begin an expression with a column.

    Args:
        name: The column's name.

    Returns:
        A builder: arithmetic gives another one, a comparison gives a condition; ``&``, ``|`` and ``~`` join
        conditions.

    Example:
        >>> (col("price") * col("quantity") > 100).describe()
        'price * quantity > 100'
        >>> ((col("city") == "Paris") & ~col("price").isna()).to_pandas()
        "(df['city'] == 'Paris') & df['price'].notna()"
    """
    return _Col(ColumnRef(column=name))
