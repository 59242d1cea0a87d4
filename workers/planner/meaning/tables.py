"""What makes new columns by arithmetic, and rows of periods."""

from __future__ import annotations

from functools import reduce
from typing import Any

from workbench.transformations import Derive, Transformation
from workbench.transformations.expressions import Arithmetic, ColumnRef, Function
from workers.planner.columns import singular
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns, Named
from workers.planner.meaning.groups import PERIODIC, GroupMeaning, Measures
from workers.planner.meaning.windows import Windowed
from workers.planner.parsing import Unfit

__all__ = ["TableMeaning"]

Steps = tuple[Transformation, ...]


class TableMeaning(GroupMeaning):
    """Reads the rules of ``grammar/derive.lark`` and ``grammar/dates.lark``."""

    # Arithmetic into a column

    def derive(self, name: Named, expression: Any) -> Steps:
        if isinstance(expression, Windowed):
            return (expression.step(name=name.target),)
        return (Derive(column=name.target, expression=expression),)

    def derive_terse(self, name: Named, expression: Any) -> Steps:
        if name.column is not None and not isinstance(expression, Arithmetic | Function | Windowed):
            raise Unfit  # "price = 5" is a condition
        return self.derive(name, expression)

    def derive_after(self, expression: Any, name: Named) -> Steps:
        if not isinstance(expression, Arithmetic | Function | Windowed):
            raise Unfit  # "set id as the index" computes nothing
        return self.derive(name, expression)

    def total(self, columns: Columns | tuple[str, ...]) -> Any:
        return self._chained("add", columns.names if isinstance(columns, Columns) else columns)

    def multiplied(self, names: tuple[str, ...]) -> Any:
        return self._chained("multiply", names)

    def difference(self, left: str, right: str) -> Any:
        return self._arithmetic("subtract", left, right)

    def quotient(self, left: str, right: str) -> Any:
        return self._arithmetic("divide", left, right)

    def subtract_from(self, left: Any, right: Any) -> Any:
        return self._arithmetic("subtract", right, left)

    def _chained(self, op: str, names: tuple[str, ...]) -> Any:
        if len(names) < 2:
            raise Unfit
        columns: list[Any] = [ColumnRef(column=name) for name in names]
        return reduce(lambda left, right: self._arithmetic(op, left, right), columns)

    def pivot_of_one(self, pivoted: tuple[Any, tuple[str, ...]], index: str) -> Steps:
        """A pivot table of one column has a row for each of its values: these are groups."""
        function, names = pivoted
        return self._grouped((index,), self.measured_columns((function,), names))

    # Periods of time

    def resample_by(self, column: str, period: Token, measures: Measures, *said: Any) -> Steps:
        by = next((part.names for part in said if isinstance(part, Columns)), ())
        return self._resampled(column, singular(period.text.casefold()), measures, by, filled=True in said)

    def resample_periodic(self, periodic: Token, measures: Measures, columns: Columns, *said: Any) -> Steps:
        times = [name for name in columns.names if self.scope.kind(name) == "time"]
        if len(times) != 1:
            raise Unfit(
                f"It is not clear of which dates the {periodic.text} values are.",
                "Name one column of dates behind 'by'.",
            )
        by = tuple(name for name in columns.names if name != times[0])
        return self._resampled(
            times[0], PERIODIC[periodic.text.casefold()], measures, by, filled=True in said
        )

    def resample_to(self, periodic: Token, measures: Measures, *said: Any) -> Steps:
        return self.resample_column(self._only_times(periodic), periodic, measures, *said)

    def resample_to_each(self, periodic: Token, columns: Columns, measures: Measures, *said: Any) -> Steps:
        period, times = _period(periodic), self._only_times(periodic)
        return self._resampled(times, period, measures, columns.names, filled=True in said)

    def resample_column(self, column: str, periodic: Token, measures: Measures, *said: Any) -> Steps:
        return self._resampled(column, _period(periodic), measures, (), filled=True in said)

    def _only_times(self, periodic: Token) -> str:
        times = self.scope.of_kind("time")
        if len(times) != 1:
            raise Unfit(
                f"It is not clear of which dates the periods are that '{periodic.text}' means.",
                "Name the column, as in: resample order_date by month with the sum of price.",
            )
        return times[0]

    def gaps(self, *_: Token) -> bool:
        return True


def _period(periodic: Token) -> str:
    """The period of "to monthly frequency"."""
    words = periodic.text.casefold().split()
    return next(PERIODIC[word] for word in words if word in PERIODIC)
