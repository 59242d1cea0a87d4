"""What is computed of columns in words: means and parts of them, and numbers changed where they stand."""

from __future__ import annotations

from typing import Any

from workbench.transformations import Derive, SetWhere, Transformation
from workbench.transformations.expressions import Arithmetic, ColumnRef, Function, Literal_
from workers.planner.lexer import Token
from workers.planner.meaning.base import BaseMeaning, Columns, Named
from workers.planner.parsing import Unfit

__all__ = ["ComputeMeaning"]

Steps = tuple[Transformation, ...]
_TWO, _HALF = Literal_(value=2), Literal_(value=0.5)


class ComputeMeaning(BaseMeaning):
    """Reads what ``grammar/derive.lark`` says of arithmetic in words."""

    def calculated(self, formula: Any) -> Any:
        if not isinstance(formula, Arithmetic | Function):
            raise Unfit  # a column or a number alone computes nothing
        return formula

    def average_of(self, function: Token, columns: Columns) -> Arithmetic:
        del function
        names = columns.names
        if len(names) < 2:
            raise Unfit  # the mean of a column is one number
        return self._arithmetic("divide", self.total(names), Literal_(value=len(names)))  # type: ignore[attr-defined]

    def total_of(self, *names: str) -> Any:
        return self.total(names)  # type: ignore[attr-defined]

    def part_of_column(self, part: Token, column: str) -> Arithmetic:
        if "%" not in part.text:
            raise Unfit  # "5 of price" are rows
        return self._arithmetic("multiply", column, Literal_(value=_rounded(part.number or 0)))

    def half_of(self, *said: Any) -> Arithmetic:
        return self._arithmetic("divide", said[-1], _TWO)

    def absolute_of(self, token: Token, operand: Any) -> Function:
        del token
        return self._function("abs", operand)

    def derive_nameless(self, formula: Any) -> Steps:
        del formula
        raise Unfit(
            "It is not said how the computed column is called.", "Say it as in: total = price * quantity."
        )

    def derive_more(self, number: Token, column: str, name: Named) -> Steps:
        return (Derive(column=name.target, expression=self._more(column, number, 1)),)

    def derive_column(self, function: str, column: str) -> Steps:
        return (Derive(column=f"{function}_{column}", expression=self.called_on(function, column)),)

    # Where they stand

    def adjust_times(self, columns: Columns, number: Token) -> Steps:
        return self._adjusted(columns, lambda name: self._arithmetic("multiply", name, _literal(number)))

    def adjust_over(self, columns: Columns, number: Token) -> Steps:
        if number.number == 0:
            raise Unfit("Nothing can be divided by zero.", "Give another number.", number)
        return self._adjusted(columns, lambda name: self._arithmetic("divide", name, _literal(number)))

    def adjust_more(self, number: Token, columns: Columns) -> Steps:
        return self._adjusted(columns, lambda name: self._more(name, number, 1))

    def adjust_less(self, number: Token, columns: Columns) -> Steps:
        return self._adjusted(columns, lambda name: self._more(name, number, -1))

    def adjust_more_by(self, columns: Columns, number: Token) -> Steps:
        return self.adjust_more(number, columns)

    def adjust_less_by(self, columns: Columns, number: Token) -> Steps:
        return self.adjust_less(number, columns)

    def adjust_double(self, columns: Columns) -> Steps:
        return self._adjusted(columns, lambda name: self._arithmetic("multiply", name, _TWO))

    def adjust_half(self, columns: Columns) -> Steps:
        return self._adjusted(columns, lambda name: self._arithmetic("divide", name, _TWO))

    def adjust_square(self, columns: Columns) -> Steps:
        return self._adjusted(columns, lambda name: self._arithmetic("power", name, _TWO))

    def adjust_some(self, steps: Any, condition: Any) -> Steps:
        """The same where a condition holds; the other values stay."""
        return tuple(
            SetWhere(columns=(step.column,), where=condition, expression=step.expression) for step in steps
        )

    def _adjusted(self, columns: Columns, computed: Any) -> Steps:
        names = self.numeric_columns().names if columns.every else columns.names
        return tuple(Derive(column=name, expression=computed(name)) for name in names)

    def _more(self, column: str, number: Token, way: int) -> Arithmetic:
        """A number more or less; of a percentage, that part of the column more or less."""
        if "%" in number.text:
            return self._arithmetic(
                "multiply", column, Literal_(value=_rounded(1 + way * (number.number or 0)))
            )
        return self._arithmetic("add" if way > 0 else "subtract", ColumnRef(column=column), _literal(number))


def _literal(number: Token) -> Literal_:
    return Literal_(value=number.number or 0)


def _rounded(number: float) -> float:
    """A part as it was said: 1 + 0.1 is not quite 1.1."""
    return round(number, 12)
