"""What is asked of a table: the most frequent values, shares of rows, what there is in each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.transformations import (
    Aggregation,
    CaseWhen,
    Derive,
    Describe,
    DropDuplicates,
    Filter,
    FlagDuplicates,
    Group,
    Head,
    Select,
    Sort,
    SortKey,
    Transformation,
    ValueCounts,
)
from workbench.transformations.conditions import And, Compare, IsNull
from workbench.transformations.derive import Case
from workbench.transformations.expressions import Arithmetic, ColumnRef, Literal_
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns
from workers.planner.meaning.best import BestMeaning, Leader
from workers.planner.meaning.conditions import joined
from workers.planner.meaning.groups import Extent
from workers.planner.parsing import Reading, Unfit

__all__ = ["AskedMeaning"]

Steps = tuple[Transformation, ...]
_OF_GROUPS = ("mean", "std", "min", 0.25, "median", 0.75, "max")


@dataclass(frozen=True)
class _Part:
    """A share: of one, or of a hundred."""

    name: str
    whole: int


class AskedMeaning(BestMeaning):
    """Reads the rules of ``grammar/asked.lark``."""

    # The most frequent values

    def common_one(self, column: str, token: Token) -> Steps:
        self.require_counted(token)
        return (ValueCounts(columns=(column,)), Head(n=1))

    def rare_one(self, *said: Any) -> Steps:
        column = next(part for part in said if isinstance(part, str))
        return self._rarest((column,), 1)

    def common_some(self, *said: Any) -> Steps:
        tokens = [part for part in said if isinstance(part, Token)]
        number = next(token for token in tokens if "NUMBER" in token.type)
        self.require_counted(next(token for token in tokens if token is not number))
        at = next(place for place, part in enumerate(said) if isinstance(part, tuple))
        chosen = (Filter(where=joined(And, said[at + 1 :])),) if said[at + 1 :] else ()
        return (*chosen, ValueCounts(columns=said[at]), Head(n=self._rows(number)))

    def rare_some(self, number: Token, _: Token, names: tuple[str, ...]) -> Steps:
        return self._rarest(names, self._rows(number))

    def _rarest(self, names: tuple[str, ...], number: int) -> Steps:
        counted = ValueCounts(columns=names)
        return counted, Sort(by=(SortKey(column=counted.name),)), Head(n=number)

    def counts_of(self, columns: Columns, token: Token) -> Steps:
        if token.text.casefold() != "counts":
            raise Unfit  # "customer count": how many customers there are, more likely
        return (ValueCounts(columns=columns.names),)

    def broken_down(self, *said: Any) -> Steps:
        return (ValueCounts(columns=said[-1].names),)

    # Shares of rows

    def share_of_rows(self, part: _Part, things: Token, *said: Extent) -> Steps:
        del things
        groups = self.together(said)
        if groups.by and groups == Extent(by=groups.by):
            return (ValueCounts(columns=groups.by, normalize=True),)  # how the rows are spread over them
        if sum(extent.where is not None for extent in said) != 1:
            raise Unfit(
                "It is not clear of which rows the share is, and which ones are counted.",
                "Keep the rows that it is of first; then say 'share of rows where'.",
            )
        return self._share_meeting(part, groups.where, groups)

    def share_of_known(self, part: _Part, tokens: tuple[Token, ...], *said: Any) -> Any:
        extents = tuple(extent for extent in said if isinstance(extent, Extent))
        found = self.home_said(tokens)
        if any(extent.where is not None for extent in extents):
            return self.share_of_rows(part, tokens[0], Extent(where=found.value), *extents)
        return Reading(self._share_meeting(part, found.value, self.together(extents)), found.cost)

    def share_of_those(self, part: _Part, things: Token, *said: Any) -> Any:
        """Take "of orders from NY, which share are cancelled": the rows first, and then the share."""
        at = next(place for place, one in enumerate(said) if isinstance(one, tuple))
        found = self.home_said(said[at])
        extents = [Extent(where=found.value), *(one for one in said[at + 1 :] if isinstance(one, Extent))]
        chosen = Filter(where=joined(And, said[:at]))
        return Reading((chosen, *self.share_of_rows(part, things, *extents)), found.cost)

    def share_of_true(self, part: _Part, column: str, things: Token, *said: Extent) -> Steps:
        return self.share_of_rows(part, things, self.of_true(column), *said)

    def best_share(self, leader: Leader, extreme: Token, part: _Part, said: Any, _: Token) -> Any:
        """Take "the city with the highest share of cancelled orders" of the shares of all cities."""
        found = Reading(self.of_true(said).where) if isinstance(said, str) else self.home_said(said)
        if not leader.columns:
            raise Unfit
        extent = Extent(by=leader.columns, descending="HIGHEST" in extreme.type)
        return Reading((*self._share_meeting(part, found.value, extent), Head(n=leader.n)), found.cost)

    def share_of_nulls(self, part: _Part, column: str) -> Steps:
        return self._share_meeting(part, IsNull(column=column), Extent())

    def _share_meeting(self, part: _Part, condition: Any, extent: Extent) -> Steps:
        """Count a row that meets the condition as the whole, and one that does not as nothing."""
        case = Case(where=condition, then=Literal_(value=part.whole))
        counted = CaseWhen(column=part.name, cases=(case,), otherwise=Literal_(value=0))
        measures = (Aggregation(function="mean", column=part.name, name=part.name),)
        rest = Extent(by=extent.by, descending=extent.descending, names=extent.names)
        return (counted, *self.computed(measures, rest))

    def in_percent(self, _: Token) -> _Part:
        return _Part("percentage", 100)

    def in_parts(self, _: Token) -> _Part:
        return _Part("share", 1)

    # What there is in each column

    def nulls_of_each(self) -> Steps:
        return self._of_each("nulls")

    def most_nulls_first(self, _: Token) -> Steps:
        described, chosen = self._of_each("nulls")
        return described, chosen, Sort(by=(SortKey(column="nulls", descending=True),))

    def known_of_each(self, *_: None) -> Steps:
        return self._of_each("count")

    def distinct_of_each(self) -> Steps:
        return self._of_each("distinct")

    def _of_each(self, fact: str) -> Steps:
        return Describe(), Select(columns=("column", fact))

    def null_shares(self, part: _Part) -> Steps:
        nulls, known = ColumnRef(column="nulls"), ColumnRef(column="count")
        share: Any = Arithmetic(op="divide", left=nulls, right=Arithmetic(op="add", left=nulls, right=known))
        if part.whole != 1:
            share = Arithmetic(op="multiply", left=share, right=Literal_(value=part.whole))
        return Describe(), Derive(column=part.name, expression=share), Select(columns=("column", part.name))

    def nulls_in_all(self, *_: None) -> Steps:
        return Describe(), Group(aggregations=(Aggregation(function="sum", column="nulls", name="nulls"),))

    def nulls_in(self, names: tuple[str, ...], groups: Columns | None = None) -> Steps:
        measures = tuple(Aggregation(function="nulls", column=name) for name in names)
        return (Group(by=groups.names if groups is not None else (), aggregations=measures),)

    def known_in(self, names: tuple[str, ...]) -> Steps:
        return (Group(aggregations=tuple(Aggregation(function="count", column=name) for name in names)),)

    def duplicates_counted(self, *said: Any) -> Steps:
        columns = next((part.names for part in said if isinstance(part, Columns) and not part.every), None)
        flagged = FlagDuplicates(columns=columns)
        repeats = Compare(op="eq", left=ColumnRef(column=flagged.into), right=Literal_(value=True))
        return flagged, Filter(where=repeats), Group(aggregations=(Aggregation(function="count"),))

    def described_groups(self, columns: Columns, groups: Columns) -> Steps:
        measures = (
            measure
            for name in columns.names
            for measure in (
                Aggregation(function="count", column=name),
                *self.measured_columns(_OF_GROUPS, (name,)),
            )
        )
        return (Group(by=groups.names, aggregations=tuple(measures)),)

    def described_groups_after(self, groups: Columns, columns: Columns) -> Steps:
        return self.described_groups(columns, groups)

    def described_all_groups(self, groups: Columns) -> Steps:
        numbers = tuple(name for name in self.scope.of_kind("number") if name not in groups.names)
        if not numbers:
            raise Unfit("There are no numbers to describe.", "Name the columns to describe.")
        return self.described_groups(Columns(numbers), groups)

    def different_values(self, columns: Columns) -> Steps:
        if columns.every:
            raise Unfit("The values of all columns make no table.", "Name one column.")
        return Select(columns=columns.names), DropDuplicates()
