"""What is computed of rows: functions of columns, and what is counted where rows are."""

from __future__ import annotations

from typing import Any

from workbench.transformations import Aggregation
from workers.planner.columns import alike, singular, split_name
from workers.planner.lexer import Token
from workers.planner.lexicon import Phrase, lexicon
from workers.planner.meaning.base import LOOSE, Columns, Named
from workers.planner.meaning.functions import HOW_MANY, FunctionMeaning
from workers.planner.parsing import Reading, Unfit

__all__ = ["OF_NUMBERS", "MeasureMeaning", "Measures"]

Measures = tuple[Aggregation, ...]
OF_NUMBERS = frozenset({"mean", "median", "sum", "min", "max", "std", "var"})
_PLAIN_ROWS = frozenset({"row", "record", "observation"})  # never what a column is about
_VAGUE_ROWS = frozenset({"entry", "line", "case", "instance", "data point", "data row"})


class MeasureMeaning(FunctionMeaning):
    """Reads the rules ``measures`` and ``things`` of ``grammar/groups.lark``."""

    # What the rows are of

    def rows_meant(self, token: Token) -> Token:
        return token

    def counted(self, things: Token) -> Aggregation:
        """Count rows; or the things that they are about, where a column says which one a row is about."""
        said = things.text.casefold()
        word = singular(said)
        if word in _PLAIN_ROWS or said in self.scope.nouns:
            return Aggregation(function="count")
        keys, others = self.scope.index.about(word)
        if len(keys) == 1:
            return Aggregation(function="distinct", column=keys[0])
        names = [*keys, *others]
        if not names and (word in _VAGUE_ROWS or not self._of_other_things(word)):
            return Aggregation(function="count")
        different = f"the different values of {' or '.join(names[:3])}" if names else "something else"
        raise Unfit(
            f"It is not clear whether '{things.text}' are the rows, or {different}.",
            f"Say 'count rows', or 'number of distinct {names[0] if names else 'values of'}'.",
            things,
            final=True,
        )

    def _of_other_things(self, word: str) -> bool:
        """Whether the table's name says that its rows are something else: orders, and no products."""
        things = lexicon().phrases
        known = [noun for noun in self.scope.nouns if "ENTITIES" in things.get((noun,), Phrase()).types]
        return bool(known) and not any(alike(noun, word) for noun in known)

    # What is computed

    def measures(self, *measures: Measures) -> Any:
        found = tuple(aggregation for measure in measures for aggregation in measure)
        # "count and mean of price" is all of price, where it can be.
        return Reading(found, LOOSE if len(measures) > 1 and found[0].column is None else 0)

    def measure(self, said: Any) -> Any:
        return said

    def measured_columns(
        self, functions: tuple[str | float, ...], names: tuple[str, ...], given: None = None
    ) -> Measures:
        del given  # "the price paid" is the price
        made = []
        for name in names:
            for function in functions:
                self._no_row(name, function)
                self._no_time(name, function)
                self.require_measured(name, function)
                made.append(self.aggregation(function, name))
        return tuple(made)

    def measured_column(self, functions: tuple[str | float, ...], column: str) -> Measures:
        return self.measured_columns(functions, (column,))

    def measured_as(self, functions: tuple[str | float, ...], column: str, name: Named) -> Measures:
        made = self.measured_columns(functions, (column,))
        if len(made) > 1:
            raise Unfit("One name was given for several computed columns.", "Rename them afterwards.")
        return (made[0].model_copy(update={"name": name.text}),)

    def measured_numbers(self, functions: tuple[str | float, ...], columns: Columns) -> Measures:
        if not all(isinstance(function, float) or function in OF_NUMBERS for function in functions):
            raise Unfit  # of all columns, a table says it better
        return self.measured_columns(functions, columns.names)

    def called_so(self, name: Named) -> Named:
        return name

    def _no_time(self, name: str, function: str | float) -> None:
        """Refuse "the first order date": the earliest, or that of the first row? But "first order_date"."""
        if function in {"first", "last"} and self.scope.kind(name) == "time" and not self._is_written(name):
            extreme = "earliest" if function == "first" else "latest"
            raise Unfit(
                f"It is not clear whether the {extreme} {name} is meant, or that of the {function} row.",
                f"Say 'the {extreme} {name}'.",
                final=True,
            )

    def _is_written(self, name: str) -> bool:
        return name.casefold() in self.message.casefold()

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
        if function == HOW_MANY:
            self._unclear_sum(column)
            function = "distinct" if self._is_of_kinds(column) else "count"
        return Aggregation(function=function, column=column)

    def _unclear_sum(self, column: str) -> None:
        """Refuse "how many goals" of a column of numbers: are they added up, or its rows counted?"""
        if self.scope.kind(column) == "number":
            raise Unfit(
                f"It is not clear whether to add up {column} or to count rows.",
                f"Say 'sum of {column}', 'number of distinct {column}' or 'count rows'.",
                final=True,
            )

    def _is_of_kinds(self, column: str) -> bool:
        """Whether "how many cities" asks for the different ones: the few of a column that is called so."""
        known = next(known for known in self.scope.columns if known.name == column)
        said = set(map(singular, split_name(self.message)))
        return bool(known.values) and "value" not in said and set(map(singular, split_name(column))) <= said

    def counting(self, said: Any) -> Any:
        return said

    def done(self, token: Token) -> Any:
        if token.homes or token.column is not None:
            raise Unfit  # a value or a column that is called so
        return Reading(None)

    def there_are(self) -> None:
        """Read "how many different cities are in the table" without its end."""

    def count_rows(self, *said: Token | None) -> Measures:
        things = [part for part in said if isinstance(part, Token) and part.type & {"ROWS", "ENTITIES"}]
        return (self.counted(things[0]) if things else Aggregation(function="count"),)

    def total_rows(self, total: Token, things: Token) -> Any:
        """Read "total flights" as their number, if no column is called so."""
        if "total" not in total.text.casefold() or (things.column is not None and not things.loose):
            raise Unfit
        return (self.counted(things),)

    def _unclear_counts(self, measures: Measures) -> None:
        """Refuse "number of carriers": their rows, their values, or how many different ones there are?"""
        for measure in measures:
            if measure.function == "count" and measure.column and self.scope.kind(measure.column) != "number":
                raise Unfit(
                    f"It is not clear what to count of {measure.column}.",
                    f"Say 'count rows', or 'number of distinct {measure.column}'.",
                    final=True,
                )
