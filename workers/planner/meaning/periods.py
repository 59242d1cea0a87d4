"""Stretches of time in conditions: which column they are of, and how it is compared with them."""

from __future__ import annotations

from typing import Any

from workbench.transformations.conditions import And, Compare
from workbench.transformations.expressions import ColumnRef, Expression, Literal_, Moment
from workers.planner.columns import split_name
from workers.planner.lexer import Token
from workers.planner.meaning.base import Value
from workers.planner.meaning.typed import TypedMeaning
from workers.planner.parsing import Unfit
from workers.planner.quantities import Period, year

__all__ = ["PeriodMeaning"]

_OF_PERIOD = {"gt": ("ge", "end"), "ge": ("ge", "start"), "lt": ("lt", "start"), "le": ("lt", "end")}


class PeriodMeaning(TypedMeaning):
    """Reads a time as all of what was named: a day, a month, a year."""

    def year_alone(self, token: Token) -> Value:
        period = year(token.number) if isinstance(token.number, int) and token.text.isdigit() else None
        if period is None or any("year" in split_name(name) for name in self.scope.names):
            raise Unfit
        return Value(token.text, period=period, token=token)

    def _time_column(self) -> ColumnRef:
        times = self.scope.of_kind("time")
        if len(times) != 1:
            raise Unfit("It is not clear which column's dates are meant.", "Name the column before the date.")
        self.assume(f"the dates are those of {times[0]}")
        return ColumnRef(column=times[0])

    def _period(self, bound: Value | Expression) -> Period | None:
        if isinstance(bound, Value):
            return bound.period
        if isinstance(bound, Literal_) and isinstance(bound.value, int):
            return year(bound.value)
        return None

    def _compare_period(self, op: Any, subject: Any, period: Period) -> Compare:
        if period.start != period.end:
            op, edge = _OF_PERIOD[op]
            moment = period.end if edge == "end" else period.start
        else:
            moment = period.start
        return Compare(op=op, left=subject, right=Moment(timestamp=moment))

    def _in_period(self, column: str, period: Any) -> Any:
        subject = ColumnRef(column=column)
        if period.start == period.end:
            return Compare(op="eq", left=subject, right=Moment(timestamp=period.start))
        first, last = (self._compare_period(op, subject, period) for op in ("ge", "le"))
        return And(conditions=(first, last))
