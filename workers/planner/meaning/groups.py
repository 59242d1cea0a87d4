"""What is computed of groups of rows, or of all of them: of which rows, in which order, under which name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from workbench.transformations import (
    Aggregation,
    Derive,
    Filter,
    Group,
    Resample,
    Select,
    Sort,
    SortKey,
    Transformation,
)
from workbench.transformations.conditions import And, Compare
from workbench.transformations.expressions import Arithmetic, ColumnRef, Literal_
from workers.planner.columns import singular
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns, Named
from workers.planner.meaning.conditions import joined
from workers.planner.meaning.measures import OF_NUMBERS, MeasureMeaning, Measures
from workers.planner.meaning.outputs import Layout
from workers.planner.parsing import Reading, Unfit, WrongType
from workers.planner.scope import Scope

__all__ = ["PERIODIC", "Extent", "GroupMeaning", "Measures"]

Steps = tuple[Transformation, ...]
PERIODIC = {
    "yearly": "year", "annual": "year", "quarterly": "quarter", "monthly": "month", "weekly": "week",
    "daily": "day", "hourly": "hour",
}  # fmt: skip
_JOINED = re.compile(r",|&|\band\b", re.IGNORECASE)
# Orders of names and times: not of what is computed.
_NOTOF_NUMBERS = ("alphabet", "chrono", "z", "new", "old", "earl", "late", "recent", "up", "down", "reverse")
_NO_NAMES = frozenset(
    {"percentage", "percent", "percentages", "proportion", "share", "ratio", "list", "table", "dict"}
)


@dataclass(frozen=True)
class Extent:
    """What is said of the rows to take, or of the result: only the parts that were said.

    Attributes:
        by: The columns whose values make the groups.
        period: A column of times and the period of it that makes the groups.
        where: Which rows.
        descending: In which order the result comes.
        names: What the computed columns are called.
        layout: What all columns of the result are called.
    """

    by: tuple[str, ...] = ()
    period: tuple[str, str] | None = None
    where: Any = None
    descending: bool | None = None
    names: tuple[Named, ...] = ()
    layout: Layout | None = None


class GroupMeaning(MeasureMeaning):
    """Reads the rules of ``grammar/groups.lark``."""

    def computing(self, measures: Measures, *extents: Extent) -> Steps:
        return self.computed(measures, self.together(extents))

    def computing_after(self, *said: Any) -> Steps:
        measures = next(part for part in said if isinstance(part, tuple))
        return self.computing(measures, *(part for part in said if isinstance(part, Extent)))

    def computing_in_groups(self, *said: Any) -> Steps:
        columns, measures, *extents = [part for part in said if not isinstance(part, Token)]
        return self.computing(measures, self.in_groups(columns), *extents)

    def counted_in_each(self, things: Token, columns: Columns) -> Steps:
        return self.computed((self.counted(things),), self.in_groups(columns))

    def computing_of_each(
        self,
        functions: tuple[str | float, ...],
        columns: Columns,
        names: tuple[str, ...],
        *extents: Extent,
    ) -> Steps:
        """Read "the mean of each city's price"."""
        return self.comparing(self.measured_columns(functions, names), columns, *extents)

    def grouped_with(
        self, names: tuple[str, ...], columns: Columns, functions: tuple[str | float, ...]
    ) -> Steps:
        return self.comparing(self.measured_columns(functions, names), columns)

    def things_in_each(self, things: Token, columns: Columns, *extents: Extent) -> Steps:
        return self._each_of(things, self.in_groups(columns), extents)

    def things_in_periods(self, things: Token, period: Token, *extents: Extent) -> Steps:
        return self._each_of(things, self.in_periods(period), extents)

    def different_in_each(self, names: tuple[str, ...], columns: Columns, *extents: Extent) -> Steps:
        """Take "unique customers per city" as their number."""
        return self.comparing(self.measured_columns(("distinct",), names), columns, *extents)

    def range_of(self, column: str, *extents: Extent) -> Steps:
        """Compute the highest less the lowest."""
        if self.scope.kind(column) in {"text", "time", "boolean"}:
            raise WrongType(
                f"'{column}' does not hold numbers, so it has no range.", f"Convert {column} first."
            )
        extent = self.together(extents)
        if extent.descending is not None or extent.names or extent.layout or extent.period:
            raise Unfit("A range is not put into order or named at once.", "Say that in another sentence.")
        low, high = (Aggregation(function=function, column=column) for function in ("min", "max"))
        name = f"range_{column}"
        left, right = ColumnRef(column=high.name), ColumnRef(column=low.name)
        derived = Derive(column=name, expression=Arithmetic(op="subtract", left=left, right=right))
        return (*self.computed((low, high), extent), derived, Select(columns=(*extent.by, name)))

    def _each_of(self, things: Token, each: Extent, extents: tuple[Extent, ...]) -> Steps:
        """Take "orders per city" as their number; "order per city" would be one of them."""
        if singular(things.text.casefold()) == things.text.casefold():
            raise Unfit
        return self.computing((self.counted(things),), each, *extents)

    def comparing(self, measures: Measures, columns: Columns, *extents: Extent) -> Steps:
        return self.computing(measures, self.in_groups(columns), *extents)

    def counting_known(self, *said: Any) -> Any:
        """Count "cancelled orders"."""
        at = next(place for place, part in enumerate(said) if isinstance(part, tuple))
        tokens = said[at]
        if _JOINED.search(self.message[tokens[0].end : tokens[-1].start]):
            raise Unfit(
                "It is not clear whether they are meant together or each by itself.",
                "Say 'for each', and the column that they are values of; or 'or' between them.",
                tokens[0],
            )
        chosen = self.of_known(tokens, said[at + 1])
        return Reading(self._counting(said[at + 1], chosen.value, said), chosen.cost)

    def counting_true(self, *said: Any) -> Steps:
        """Count "paid orders"."""
        at = next(place for place, part in enumerate(said) if isinstance(part, str))
        return self._counting(said[at + 1], self.of_true(said[at]), said)

    def _counting(self, things: Token, chosen: Extent, said: tuple[Any, ...]) -> Steps:
        extents = [part for part in said if isinstance(part, Extent)]
        return self.computing((self.counted(things),), chosen, *extents)

    def of_counts(self, function: str | float, things: Token, columns: Columns) -> Steps:
        """Take "the average number of orders per city" of what the cities have."""
        counted = self.counted(things)
        each = self.computed((counted,), self.in_groups(columns))
        if isinstance(function, str) and function not in OF_NUMBERS:
            raise Unfit
        return (*each, Group(aggregations=(self.aggregation(function, counted.name),)))

    def computing_listed(self, names: tuple[str, ...], measures: Measures, *extents: Extent) -> Steps:
        if any(measure.function in {"min", "max"} for measure in measures):
            raise Unfit  # "the city with the highest price": one of them
        return self.computing(measures, Extent(by=names), *extents)

    def together(self, extents: tuple[Extent, ...]) -> Extent:
        """Put together what was said in several places."""
        for said in ("period", "names", "layout"):
            if sum(bool(getattr(extent, said)) for extent in extents) > 1:
                raise Unfit  # periods or names that are said twice
        by = [name for extent in extents for name in extent.by]
        if len(set(by)) < len(by):
            raise Unfit("A column is named twice.", "Name each column once.")
        orders = {extent.descending for extent in extents} - {None}
        if len(orders) > 1:
            raise Unfit("The order is said to be both ascending and descending.", "Say one of them.")
        conditions = [extent.where for extent in extents if extent.where is not None]
        return Extent(
            by=tuple(by),
            period=next((extent.period for extent in extents if extent.period), None),
            where=joined(And, conditions) if conditions else None,
            descending=next(iter(orders), None),
            names=next((extent.names for extent in extents if extent.names), ()),
            layout=next((extent.layout for extent in extents if extent.layout), None),
        )

    def computed(self, measures: Measures, extent: Extent) -> Steps:
        """The rows chosen, the groups made, and the result put into order."""
        measures = self._called(measures, extent)
        if extent.period is None:
            steps = self._grouped(extent.by, measures)
        else:
            steps = self._resampled(*extent.period, measures, extent.by, filled=False)
        if extent.where is not None:
            steps = (Filter(where=extent.where), *steps)
        if extent.descending is not None:
            steps = (*steps, self._ordered(measures, extent))
        if extent.layout is None:
            return steps
        return (*steps, *extent.layout.steps(reduce(Scope.after, steps, self.scope)))

    def _ordered(self, measures: Measures, extent: Extent) -> Sort:
        if not (extent.by or extent.period) or len(measures) > 1:
            raise Unfit("It is not clear what is to be put into that order.", "Say 'then sort by' a column.")
        return Sort(by=(SortKey(column=measures[0].name, descending=bool(extent.descending)),))

    def _called(self, measures: Measures, extent: Extent) -> Measures:
        names = extent.names
        if not names:
            return measures
        measured = {measure.column for measure in measures}
        if not (extent.by or extent.period) and any(name.column not in {None, *measured} for name in names):
            raise Unfit  # "number of values in state": where to look, and no name
        if len(names) != len(measures):
            raise Unfit(
                f"{len(names)} names were given for {len(measures)} computed columns.",
                "Rename them afterwards.",
            )
        pairs = zip(measures, names, strict=True)
        return tuple(measure.model_copy(update={"name": name.text}) for measure, name in pairs)

    def _grouped(self, by: tuple[str, ...], measures: Measures) -> Steps:
        self._unclear_counts(measures)
        names = [*by, *(measure.name for measure in measures)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Unfit(
                f"Two columns of the result would be called '{twice}'.", "Name or rename one of them."
            )
        return (Group(by=by, aggregations=measures),)

    def _resampled(
        self, column: str, period: str, measures: Measures, by: tuple[str, ...], *, filled: bool
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

    # What is said around

    def in_groups(self, columns: Columns) -> Extent:
        return Extent(by=columns.names)

    def in_periods(self, period: Token, column: str | None = None) -> Extent:
        """Take "per month" as the months that there are, one after another."""
        times = self.scope.of_kind("time") if column is None else (column,)
        if period.column is not None or not times:
            raise Unfit  # a column that is called so
        if len(times) > 1:
            raise Unfit(
                f"It is not clear of which dates the {period.text} is meant.",
                f"Say 'per {period.text} of' one of {', '.join(times[:3])}.",
                period,
            )
        return Extent(period=(times[0], singular(period.text.casefold())))

    def in_periods_and_groups(self, period: Token, columns: Columns) -> Extent:
        return replace(self.in_periods(period), by=columns.names)

    def in_groups_and_periods(self, column: str, period: Token) -> Extent:
        return replace(self.in_periods(period), by=(column,))

    def computing_of_periods(self, periodic: Token, measures: Measures, *extents: Extent) -> Steps:
        times = self.scope.of_kind("time")
        if len(times) != 1:
            raise Unfit(
                f"It is not clear of which dates the {periodic.text} values are.",
                "Name one column of dates behind 'by'.",
            )
        period = Extent(period=(times[0], PERIODIC[periodic.text.casefold()]))
        return self.computing(measures, period, *extents)

    def of_those(self, condition: Any) -> Extent:
        return Extent(where=condition)

    def of_all(self, things: Token) -> Extent:
        """Take "of the passengers" as those that there are; one of them would be a certain one."""
        word = things.text.casefold()
        if word == singular(word) and word != "people":
            raise Unfit
        if self.scope.values.exactly(word) or self.scope.values.exactly(singular(word)):
            raise Unfit(f"'{things.text}' may be a value.", "Say of which column it is a value.", things)
        return Extent()

    def of_known(self, tokens: tuple[Token, ...], things: Token) -> Any:
        del things
        said = self.home_said(tokens)
        return Reading(Extent(where=said.value), said.cost)

    def of_located(self, tokens: tuple[Token, ...]) -> Any:
        said = self.home_said(tokens)
        return Reading(Extent(where=said.value), said.cost)

    def of_true(self, column: str, things: Token | None = None) -> Extent:
        """Take "paid orders" and "orders that are paid": of a column that is true or false."""
        del things
        if self.scope.kind(column) != "boolean":
            raise Unfit
        return Extent(where=Compare(op="eq", left=ColumnRef(column=column), right=Literal_(value=True)))

    def from_lowest(self, token: Token) -> Extent:
        return self._in_order(token, descending=False)

    def from_highest(self, token: Token) -> Extent:
        return self._in_order(token, descending=True)

    def _in_order(self, token: Token, *, descending: bool) -> Extent:
        said = token.text.casefold()
        if said == "in order" or any(word in said for word in _NOTOF_NUMBERS):
            raise Unfit("It is not clear by which column to sort.", "Say 'then sort by' a column.", token)
        return Extent(descending=descending)

    def named_so(self, name: Named) -> Named:
        return name

    def names_so(self, naming: Token, *names: Named) -> Extent:
        if naming.text.casefold() == "in":
            raise Unfit  # "average price in winter": of which rows, and no name
        if any(name.text.casefold() in _NO_NAMES for name in names):
            raise Unfit  # "as a percentage": computed in another way
        return Extent(names=names)

    def laid_out(self, layout: Layout) -> Extent:
        return Extent(layout=layout)
