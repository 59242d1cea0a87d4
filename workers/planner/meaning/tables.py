"""What makes new columns and new tables: arithmetic, groups and what is computed of each."""

from __future__ import annotations

from functools import reduce
from typing import Any

from workbench.transformations import Aggregation, Derive, Filter, Group, Resample, Transformation
from workbench.transformations.expressions import Arithmetic, ColumnRef, Function
from workers.planner.columns import singular
from workers.planner.lexer import Token
from workers.planner.meaning.base import BaseMeaning, Columns, Named
from workers.planner.meaning.windows import Windowed
from workers.planner.parsing import Unfit, WrongType

__all__ = ["TableMeaning"]

Steps = tuple[Transformation, ...]
Measures = tuple[Aggregation, ...]
_PERIODIC = {
    "yearly": "year", "annual": "year", "quarterly": "quarter", "monthly": "month", "weekly": "week",
    "daily": "day", "hourly": "hour",
}  # fmt: skip


class TableMeaning(BaseMeaning):
    """Reads the rules of ``grammar/derive.lark`` and ``grammar/shape.lark``."""

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

    def total(self, names: tuple[str, ...]) -> Any:
        return self._chained("add", names)

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

    # Groups

    def _unclear_counts(self, measures: tuple[Aggregation, ...]) -> None:
        """Refuse "number of carriers": their rows, their values, or how many different ones there are?"""
        for measure in measures:
            if measure.function == "count" and measure.column and self.scope.kind(measure.column) != "number":
                raise Unfit(
                    f"It is not clear what to count of {measure.column}.",
                    f"Say 'count rows', or 'number of distinct {measure.column}'.",
                    final=True,
                )

    def group(self, measures: tuple[Aggregation, ...], columns: Columns, name: Named | None = None) -> Steps:
        if name is not None:
            if len(measures) > 1:
                raise Unfit("One name was given for several computed columns.", "Rename them afterwards.")
            measures = (measures[0].model_copy(update={"name": name.text}),)
        return self._grouped(columns.names, measures)

    def group_first(self, columns: Columns, measures: tuple[Aggregation, ...]) -> Steps:
        return self._grouped(columns.names, measures)

    def summarise(self, measures: tuple[Aggregation, ...], name: Named | None = None) -> Steps:
        measured = {measure.column for measure in measures}
        if name is not None and name.column is not None and name.column not in measured:
            raise Unfit  # "number of values in state": where to look, and no name
        return self.group(measures, Columns(()), name)

    def summarise_some(self, measures: tuple[Aggregation, ...], condition: Any) -> Steps:
        return (Filter(where=condition), *self._grouped((), measures))

    def group_some(self, measures: tuple[Aggregation, ...], columns: Columns, condition: Any) -> Steps:
        return (Filter(where=condition), *self._grouped(columns.names, measures))

    def group_some_first(self, measures: tuple[Aggregation, ...], condition: Any, columns: Columns) -> Steps:
        return self.group_some(measures, columns, condition)

    def named_so(self, name: Named) -> Named:
        return name

    def _grouped(self, by: tuple[str, ...], measures: tuple[Aggregation, ...]) -> Steps:
        self._unclear_counts(measures)
        names = [*by, *(measure.name for measure in measures)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Unfit(
                f"Two columns of the result would be called '{twice}'.", "Name or rename one of them."
            )
        return (Group(by=by, aggregations=measures),)

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
            times[0], _PERIODIC[periodic.text.casefold()], measures, by, filled=True in said
        )

    def gaps(self, *_: Token) -> bool:
        return True

    def _resampled(
        self,
        column: str,
        period: str,
        measures: tuple[Aggregation, ...],
        by: tuple[str, ...],
        *,
        filled: bool,
    ) -> Steps:
        self._grouped((*by, column), measures)  # what would be refused of groups
        if self.scope.kind(column) != "time":
            raise WrongType(
                f"'{column}' does not hold dates or times.",
                f"Say 'parse the dates in {column}' first, if it is meant to hold them.",
            )
        if any(measure.column == column for measure in measures):
            raise Unfit(f"'{column}' becomes the {period}, so nothing can be computed of it.")
        said = {
            "column": column,
            "period": period,
            "aggregations": measures,
            "by": by,
            "fill_missing": filled,
        }
        return (Resample.model_validate(said),)

    def measures(self, *measures: tuple[Aggregation, ...]) -> tuple[Aggregation, ...]:
        return tuple(aggregation for measure in measures for aggregation in measure)

    def measure(self, said: Any) -> Any:
        return said

    def measured_columns(self, functions: tuple[str | float, ...], names: tuple[str, ...]) -> Any:
        made = []
        for name in names:
            for function in functions:
                self._no_row(name, function)
                self.require_measured(name, function)
                made.append(self.aggregation(function, name))
        return tuple(made)

    def _no_row(self, name: str, function: str | float) -> None:
        """Refuse "the last flight of each day" of a table of flights: a row, or what stands in the column?"""
        if function not in {"first", "last", "min", "max"} or name.casefold() not in self.scope.nouns:
            return
        said = " ".join(self.message.split())  # whatever space stands between the words
        if f"of {name}".casefold() not in said.casefold():
            raise Unfit(
                f"It is not clear whether '{name}' is meant as a row or as the column.",
                f"Say 'rows', or 'the {function} of {name}'.",
                final=True,
            )

    def aggregation(self, function: str | float, column: str) -> Aggregation:
        """Make what is computed of a column; a number says which quantile."""
        if isinstance(function, float):
            return Aggregation(function="quantile", column=column, q=function)
        return Aggregation(function=function, column=column)

    def counting(self, said: Any) -> Any:
        return said

    def count_rows(self, *_: Token) -> tuple[Aggregation, ...]:
        return (Aggregation(function="count"),)

    def functions(self, *names: str | float) -> tuple[str | float, ...]:
        return tuple(dict.fromkeys(names))

    def function(self, name: str | float) -> str | float:
        return name

    def mean(self, *_: Token) -> str:
        return "mean"

    def median(self, *_: Token) -> str:
        return "median"

    def sum(self, *_: Token) -> str:
        return "sum"

    def min(self, *_: Token) -> str:
        return "min"

    def max(self, *_: Token) -> str:
        return "max"

    def count(self, *_: Token) -> str:
        return "count"

    def nunique(self, *_: Token) -> str:
        return "distinct"

    def std(self, *_: Token) -> str:
        return "std"

    def var(self, *_: Token) -> str:
        return "var"

    def null_count(self, *_: Token) -> str:
        return "nulls"

    def list_of(self, *_: Token) -> str:
        return "list"

    def any_true(self, *_: Token) -> str:
        return "any"

    def all_true(self, *_: Token) -> str:
        return "all"

    def quantile(self, token: Token) -> float:
        number = token.number
        if number is None or not 0 <= number <= 1:
            raise Unfit("A quantile is between 0 and 1.", "Say it as in '0.9 quantile of price'.", token)
        return float(number)

    def percentile_ten(self, *_: Token) -> float:
        return 0.1

    def lower_quartile(self, *_: Token) -> float:
        return 0.25

    def upper_quartile(self, *_: Token) -> float:
        return 0.75

    def percentile_ninety(self, *_: Token) -> float:
        return 0.9

    def percentile_ninetyfive(self, *_: Token) -> float:
        return 0.95

    def percentile_ninetynine(self, *_: Token) -> float:
        return 0.99

    def first(self, *_: Token) -> str:
        return "first"

    def last(self, *_: Token) -> str:
        return "last"
