"""What makes a column out of the rows around each row: running totals, rows before and after, ranks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.transformations import (
    AddRowNumber,
    Cumulate,
    Derive,
    Diff,
    PercentOfTotal,
    Rank,
    Rolling,
    Shift,
    SortKey,
    Transformation,
)
from workbench.transformations.expressions import Arithmetic, ColumnRef, Literal_
from workers.planner.lexer import Token
from workers.planner.meaning.base import BaseMeaning, Columns, Named
from workers.planner.parsing import Unfit, WrongType

__all__ = ["Across", "WindowMeaning", "Windowed"]

Steps = tuple[Transformation, ...]
_MOST_ROWS_AWAY = 10_000
_LARGEST_WINDOW = 2**31 - 1


@dataclass(frozen=True)
class Windowed:
    """What is computed, before it was said under which name."""

    word: Callable[..., Transformation]
    parameters: tuple[tuple[str, Any], ...]

    def step(self, **more: Any) -> Transformation:
        """Make the step of it."""
        return self.word(**dict(self.parameters), **more)


@dataclass(frozen=True)
class Across:
    """In which groups, or in which order; or which way a rank counts."""

    by: tuple[str, ...] = ()
    order: tuple[SortKey, ...] = ()
    descending: bool | None = None


class WindowMeaning(BaseMeaning):
    """Reads the rules of ``grammar/window.lark``."""

    def window(self, windowed: Windowed, name: Named | None = None) -> Steps:
        return (windowed.step() if name is None else windowed.step(name=name.target),)

    def windowing(self, windowed: Windowed, *across: Across) -> Windowed:
        parameters = dict(windowed.parameters)
        for name, values in (
            ("by", [part.by for part in across if part.by]),
            ("order_by", [part.order for part in across if part.order]),
            ("descending", [part.descending for part in across if part.descending is not None]),
        ):
            if len(values) > 1:
                raise Unfit  # groups or an order that are said twice
            if values:
                parameters[name] = values[0]
        self._order_by_time(windowed.word, parameters)
        if "descending" in parameters and windowed.word is not Rank:
            raise Unfit("It is not clear which order is meant.", "Say 'in order of' and the column.")
        if windowed.word is AddRowNumber and "by" in parameters and "order_by" not in parameters:
            self._require_groups(parameters["by"])
        if "order_by" not in parameters and windowed.word in {Cumulate, Rolling, Shift, Diff}:
            self.assume("computed over the rows in the order in which they stand, as none was said")
        if "order_by" in parameters and windowed.word is PercentOfTotal:
            raise Unfit("A percentage of the total has no order.", "Sort the rows in a step of its own.")
        return _said(windowed.word, **parameters)

    def _order_by_time(self, word: Callable[..., Transformation], parameters: dict[str, Any]) -> None:
        """Refuse "running total of price by date": for each date, or in their order?"""
        times = [name for name in parameters.get("by", ()) if self.scope.kind(name) == "time"]
        if times and word is not Rank and not parameters.get("order_by"):
            raise Unfit(
                f"It is not clear whether to compute in order of {times[0]}, or for each {times[0]} anew.",
                f"Say 'in order of {times[0]}' or, for groups, extract a part of {times[0]} first.",
                final=True,
            )

    # What is computed

    def cumulate(self, function: str, column: str) -> Windowed:
        if function != "count":
            self._measured(column, f"cumulative {function}", times=function in {"min", "max"})
        return _said(Cumulate, function=function, column=column)

    def roll(self, function: str, column: str, rows: Token) -> Windowed:
        self._measured(column, f"rolling {function}")
        window = self._whole_within(rows, range(2, _LARGEST_WINDOW + 1))
        return _said(Rolling, function=function, column=column, window=window)

    def roll_first(self, rows: Token, function: str, column: str) -> Windowed:
        return self.roll(function, column, rows)

    def roll_unbounded(self, function: str, column: str) -> Windowed:
        raise Unfit(
            f"It is not said over how many rows the rolling {function} of {column} goes.",
            "Say it as in 'over 7 rows'; 'cumulative' is over all rows so far.",
        )

    def shift(self, function: str, column: str, rows: Token | None = None) -> Windowed:
        far = 1 if rows is None else self._whole_within(rows, range(1, _MOST_ROWS_AWAY + 1))
        return _said(Shift, function=function, column=column, n=far)

    def differ(self, function: str, column: str) -> Windowed:
        what = "difference" if function == "diff" else "percent change"
        self._measured(column, what, times=function == "diff")
        return _said(Diff, function=function, column=column)

    def differ_plain(self, column: str) -> Windowed:
        return self.differ("diff", column)

    def rank(self, method: str, column: str) -> Windowed:
        return _said(Rank, column=column, method=method)

    def percent(self, column: str) -> Windowed:
        self._measured(column, "percentage of the total")
        return _said(PercentOfTotal, column=column)

    def row_number(self, start: Token | None = None) -> Windowed:
        if start is None:
            return _said(AddRowNumber)
        if not isinstance(start.number, int) or start.number > _LARGEST_WINDOW:
            raise Unfit(f"'{start.text}' is no number to begin with.", "Give a whole number.", start)
        return _said(AddRowNumber, start=start.number)

    def rank_named(self, name: Named, column: str, *across: Across) -> Steps:
        return self.window(self.windowing(self.rank("min", column), *across), name)

    def rank_after(self, column: str, *said: Any) -> Steps:
        return self.rank_named(said[-1], column, *said[:-1])

    def rank_in_groups(self, column: str, groups: Columns) -> Steps:
        return self.window(self.windowing(self.rank("min", column), self.window_groups(groups)))

    def rank_groups_first(self, groups: Columns, column: str, *said: Any) -> Steps:
        across = [part for part in said if isinstance(part, Across)]
        name = next((part for part in said if isinstance(part, Named)), None)
        return self.window(
            self.windowing(self.rank("min", column), self.window_groups(groups), *across), name
        )

    # Numbers of rows

    def number_rows(self, *said: Any) -> Steps:
        kind = said[0]
        name = next((part.target for part in said if isinstance(part, Named)), kind)
        if name == kind and kind in self.scope.names:
            raise Unfit(f"There is a column '{kind}' already.", "Name the new one: 'called' and its name.")
        counted = next((part for part in said if isinstance(part, list)), None)
        if counted is None and kind == "index":
            raise Unfit(
                "It is not said with which number the index begins.",
                "Say 'starting at 0' or 'starting at 1'.",
                final=True,
            )
        start, step = (counted or [1, 1])[:2]
        if step == 1:
            return (AddRowNumber(name=name, start=start),)
        stepped = Arithmetic(op="multiply", left=ColumnRef(column=name), right=Literal_(value=step))
        moved = Arithmetic(op="add", left=stepped, right=Literal_(value=start))
        return (
            AddRowNumber(name=name, start=0),
            Derive(column=name, expression=moved if start else stepped),
        )

    def number_ids(self, *_: Token) -> str:
        return "id"

    def number_index(self, *_: Token) -> str:
        return "index"

    def start_and_step(self, start: Token, step: Token | None = None) -> list[int]:
        numbers = [start.number, 1 if step is None else step.number]
        for number in numbers:
            if not isinstance(number, int) or abs(number) > _LARGEST_WINDOW:
                raise Unfit("Rows are numbered by whole numbers.", "Give whole numbers.", start)
        return [int(number or 0) for number in numbers]

    def _require_groups(self, names: tuple[str, ...]) -> None:
        """Refuse "number the rows by price": in its order, or anew for each price?"""
        for name in names:
            if self.scope.kind(name) in {"number", "time"}:
                raise Unfit(
                    f"It is not clear whether to number the rows in order of {name}, or anew for each of it.",
                    f"Say 'in order of {name}', or say the order in each group, too.",
                    final=True,
                )

    def cumulative(self, function: str) -> str:
        return function

    def rolling(self, function: str) -> str:
        return function

    def shifted(self, function: str) -> str:
        return function

    def compared(self, function: str) -> str:
        return function

    def ranked(self, method: str) -> str:
        return method

    def lag(self, *_: Token) -> str:
        return "lag"

    def lead(self, *_: Token) -> str:
        return "lead"

    def diff(self, *_: Token) -> str:
        return "diff"

    def pct_change(self, *_: Token) -> str:
        return "pct_change"

    def rank_min(self, *_: Token) -> str:
        return "min"

    def rank_dense(self, *_: Token) -> str:
        return "dense"

    # In which groups and order

    def window_groups(self, columns: Columns) -> Across:
        return Across(by=columns.names)

    def window_order(self, keys: Any) -> Across:
        return Across(order=tuple(SortKey(column=k.column, descending=bool(k.descending)) for k in keys))

    def window_order_unclear(self, keys: Any) -> Across:
        names = " and ".join(key.column for key in keys)
        raise Unfit(
            f"It is not clear whether to compute in order of {names}, or to sort the rows afterwards.",
            f"Say 'in order of {keys[0].column}' without a comma, or 'then sort by {keys[0].column}'.",
            final=True,
        )

    def window_direction(self, descending: bool) -> Across:
        return Across(descending=descending)

    def _measured(self, column: str, what: str, *, times: bool = False) -> None:
        kind = self.scope.kind(column)
        if kind == "text" or (kind == "time" and not times):
            raise WrongType(
                f"'{column}' does not hold numbers, so it has no {what}.",
                f"Convert {column} to numbers first, if it is meant to hold them.",
            )

    def _whole_within(self, token: Token, allowed: range) -> int:
        number = token.number
        if not isinstance(number, int) or number not in allowed or "%" in token.text:
            raise Unfit(
                f"'{token.text}' is no number of rows for this.",
                f"Give a whole number from {allowed[0]}.",
                token,
            )
        return number


def _said(word: Callable[..., Transformation], **parameters: Any) -> Windowed:
    return Windowed(word, tuple(parameters.items()))
