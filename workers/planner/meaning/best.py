"""The first of groups and of rows: "which carrier has the most flights", "the 3 oldest passengers"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.transformations import Aggregation, Filter, Head, Slice, Sort, SortKey, TopN, Transformation
from workbench.transformations.conditions import Compare
from workbench.transformations.expressions import ColumnRef, Literal_
from workers.planner.columns import singular, split_name
from workers.planner.lexer import Token
from workers.planner.meaning.base import LOOSE, Columns
from workers.planner.meaning.groups import Extent, GroupMeaning, Measures
from workers.planner.meaning.rows import RowMeaning
from workers.planner.parsing import Reading, Unfit

__all__ = ["BestMeaning", "Leader"]

Steps = tuple[Transformation, ...]
_MOST = frozenset({"most", "fewest", "least", "the most"})  # how many there are, where no number is named
_NTH = (("second", "2nd"), ("third", "3rd"), ("fourth", "4th"), ("fifth", "5th"))
_PRICES = frozenset({"price", "cost", "fare", "fee", "rent"})
_LENGTHS = frozenset({"length", "duration", "distance", "runtime", "time", "minute", "hour"})


@dataclass(frozen=True)
class Leader:
    """Of what the first ones are asked for: the values of columns, or rows; how many, and from which end."""

    columns: tuple[str, ...] = ()
    things: Token | None = None
    n: int = 1
    lowest: bool = False


@dataclass(frozen=True)
class _Felt:
    """What an adjective ranks by: a column of one of these words, from the highest or from the lowest."""

    word: str
    columns: frozenset[str]
    highest: bool = True


class BestMeaning(GroupMeaning, RowMeaning):
    """Reads the rules ``best`` and ``best_summed`` of ``grammar/best.lark``."""

    # The first of groups

    def best_measured(self, leader: Leader, extreme: Token, measures: Measures, *said: Extent) -> Steps:
        return self._first_groups(leader, measures, said, descending="HIGHEST" in extreme.type)

    def best_counted(self, leader: Leader, extreme: Token, things: Token, *said: Extent) -> Steps:
        counted = "OCCURRENCES" in things.type or "number" in self.message.casefold()
        most = _MOST | ({"highest", "lowest", "largest", "smallest"} if counted else set())
        most |= {"max", "maximum"} if things.text.casefold() in self.scope.nouns else set()
        if extreme.text.casefold() not in most or (things.column is not None and not things.loose):
            raise Unfit  # "the highest flights": in which respect?
        rows = Aggregation(function="count") if "OCCURRENCES" in things.type else self.counted(things)
        return self.best_measured(leader, extreme, (rows,), *said)

    def best_in_each(self, groups: Columns, leader: Leader, extreme: Token, measures: Measures) -> Steps:
        """Take "for each city, the category with the most orders" of all categories of the cities."""
        if not leader.columns or len(measures) > 1:
            raise Unfit
        made = self._grouped((*groups.names, *leader.columns), measures)
        key = SortKey(column=measures[0].name, descending="HIGHEST" in extreme.type)
        return (*made, TopN(n=leader.n, order_by=(key,), by=groups.names))

    def best_counted_in_each(self, groups: Columns, leader: Leader, extreme: Token, things: Token) -> Steps:
        if extreme.text.casefold() not in _MOST or (things.column is not None and not things.loose):
            raise Unfit
        return self.best_in_each(groups, leader, extreme, (self.counted(things),))

    def best_known(
        self, leader: Leader, extreme: Token, tokens: tuple[Token, ...], things: Token, *said: Extent
    ) -> Any:
        chosen = self.of_known(tokens, things)
        return Reading(self.best_counted(leader, extreme, things, chosen.value, *said), chosen.cost)

    def best_true(self, leader: Leader, extreme: Token, column: str, things: Token, *said: Extent) -> Steps:
        return self.best_counted(leader, extreme, things, self.of_true(column), *said)

    def nth_row(self, leader: Leader, nth: Token, extreme: Token, column: str, *said: Extent) -> Steps:
        return self._only_nth(nth, leader, self.best_rows(leader, extreme, column, *said))

    def nth_group(
        self, leader: Leader, nth: Token, extreme: Token, measures: Measures, *said: Extent
    ) -> Steps:
        return self._only_nth(nth, leader, self.best_measured(leader, extreme, measures, *said))

    def _only_nth(self, nth: Token, leader: Leader, steps: Steps) -> Steps:
        """Of what is in order, the one in that place instead of the first."""
        if leader.n != 1:
            raise Unfit
        place = next(place for place, names in enumerate(_NTH, 1) if nth.text.casefold() in names)
        return (*steps[:-1], Slice(start=place, stop=place + 1))

    def best_by(self, leader: Leader, *said: Any) -> Steps:
        measures = next(part for part in said if isinstance(part, tuple))
        extents = tuple(part for part in said if isinstance(part, Extent))
        lowest = leader.lowest or any(isinstance(part, Token) and "LOWEST" in part.type for part in said)
        return self._first_groups(leader, measures, extents, descending=not lowest)

    def best_of_groups(self, extreme: Token, measures: Measures, columns: Columns, *said: Extent) -> Any:
        steps = self.best_measured(Leader(columns.names), extreme, measures, *said)
        # "highest count by type" is likelier about a column of counts, where there is one.
        return Reading(steps, LOOSE if measures[0].column is None else 0)

    def _first_groups(
        self, leader: Leader, measures: Measures, said: tuple[Extent, ...], *, descending: bool
    ) -> Steps:
        extent = self.together((*said, Extent(by=leader.columns, descending=descending)))
        if not leader.columns or len(measures) > 1:
            raise Unfit
        return (*self.computed(measures, extent), Head(n=leader.n))

    # The first of rows

    def best_rows(self, leader: Leader, extreme: Token, column: str, *said: Extent) -> Steps:
        return self._first_rows(leader, column, said, descending=self._from_top(extreme, column))

    def best_groups(self, leader: Leader, extreme: Token, column: str, *said: Extent) -> Steps:
        """The other reading of "the 3 cities with the highest price" and "the city with the most goals"."""
        if leader.n == 1 and extreme.text.casefold() not in _MOST:
            raise Unfit
        return self._first_sums(leader, column, said, descending=self._from_top(extreme, column))

    def best_rows_by(self, leader: Leader, column: str, *said: Extent) -> Steps:
        return self._first_rows(leader, column, said, descending=not leader.lowest)

    def best_groups_by(self, leader: Leader, column: str, *said: Extent) -> Steps:
        return self._first_sums(leader, column, said, descending=not leader.lowest)

    def _first_rows(
        self, leader: Leader, column: str, said: tuple[Extent, ...], *, descending: bool
    ) -> Steps:
        extent = self.together(said)
        if extent.by or extent.names or extent.descending is not None or column in leader.columns:
            raise Unfit
        if column.casefold() in self.scope.nouns:
            raise Unfit  # "the carrier with the maximum flights" is no matter of their numbers
        if self.scope.kind(column) == "text":
            raise Unfit
        chosen = (Filter(where=extent.where),) if extent.where is not None else ()
        return (*chosen, Sort(by=(SortKey(column=column, descending=descending),)), Head(n=leader.n))

    def _first_sums(
        self, leader: Leader, column: str, said: tuple[Extent, ...], *, descending: bool
    ) -> Steps:
        by = leader.columns
        if leader.things is not None:
            counted = self.counted(leader.things)
            by = () if counted.column is None else (counted.column,)
        if not by or column in by or self.scope.kind(column) not in {"number", "other"}:
            raise Unfit  # rows are meant
        measures = (Aggregation(function="sum", column=column),)
        groups = Leader(by, n=leader.n)
        return self._first_groups(groups, measures, said, descending=descending)

    def best_thing(self, extreme: Token, things: Token, column: str) -> Steps:
        descending = self._from_top(extreme, column)
        self._require_one(things)
        return self._first_rows(Leader(things=things), column, (), descending=descending)

    def best_values(self, number: Token, *said: Any) -> Steps:
        extreme, column = said if len(said) > 1 else (None, said[0])
        if self.scope.kind(column) != "number" or column.casefold() in self.scope.nouns:
            raise Unfit  # "the top 5 cities": by what?
        descending = extreme is None or self._from_top(extreme, column)
        return self._first_rows(Leader(n=self._rows(number)), column, (), descending=descending)

    def _from_top(self, extreme: Token, column: str) -> bool:
        """Whether the highest is asked for: the oldest is that of ages, and the earliest of times."""
        if not extreme.type & {"OLDEST", "YOUNGEST"}:
            return "HIGHEST" in extreme.type
        if self.scope.kind(column) == "time":
            return "YOUNGEST" in extreme.type
        if "age" not in split_name(column):
            raise Unfit
        return "OLDEST" in extreme.type

    def leading_one(self, token: Token) -> Any:
        """Take the one that is first; of several, it must be said how many."""
        self._require_one(token)
        name = str(token.column)
        if token.column is None or ("ROWS" in token.type and token.loose):
            return Leader(things=token)
        return Reading(Leader((name,)), LOOSE if token.loose and not token.quoted else 0)

    def _require_one(self, token: Token) -> None:
        said = token.text.casefold()
        if said != singular(said) and said != str(token.column).casefold():
            raise Unfit(
                f"It is not said how many of the {token.text} are meant.", "Say 'top 5', or another number."
            )

    def leading_several(self, column: str, names: tuple[str, ...]) -> Leader:
        return Leader((column, *names))

    def leading(self, *said: Any) -> Leader:
        number = self._rows(said[0]) if len(said) > 1 else 1
        if isinstance(said[-1], tuple):
            return Leader(said[-1], n=number)
        return Leader(things=said[-1], n=number)

    def ranked_so(self, end: Token, *said: Any) -> Leader:
        leader = self.leading(*said)
        return Leader(leader.columns, leader.things, leader.n, "BOTTOM" in end.type)

    def most(self, token: Token) -> Token:
        return token

    def fewest(self, token: Token) -> Token:
        return token

    # Groups of which something is true

    def having_rows(self, names: tuple[str, ...], op: Any, number: Token, things: Token) -> Steps:
        return self._having(names, self.counted(things), op, self._amount(number))

    def having_rows_or_more(self, names: tuple[str, ...], number: Token, things: Token) -> Steps:
        return self.having_rows(names, "ge", number, things)

    def having_measured(self, names: tuple[str, ...], measures: Measures, op: Any, number: Token) -> Steps:
        if len(measures) > 1:
            raise Unfit
        return self._having(names, measures[0], op, self._amount(number))

    def having_several(self, names: tuple[str, ...]) -> Steps:
        return self._having(names, Aggregation(function="count"), "gt", 1)

    def having_times(self, names: tuple[str, ...], op: Any, number: Token) -> Steps:
        return self._having(names, Aggregation(function="count"), op, self._amount(number))

    def _amount(self, token: Token) -> int | float:
        if token.number is None or "%" in token.text:
            raise Unfit
        return token.number

    def _having(self, names: tuple[str, ...], measure: Aggregation, op: Any, number: float) -> Steps:
        condition = Compare(op=op, left=ColumnRef(column=measure.name), right=Literal_(value=number))
        return (*self.computed((measure,), Extent(by=names)), Filter(where=condition))

    # Adjectives

    def best_anybody(self, extreme: Token, column: str) -> Steps:
        """Read "who paid the highest fare" as the row that has it."""
        return self._first_rows(Leader(), column, (), descending=self._from_top(extreme, column))

    def best_felt(self, *said: Any) -> Steps:
        felt, leader = next(part for part in said if isinstance(part, tuple))
        before = (self.in_groups(part) for part in said if isinstance(part, Columns))
        extent = self.together((*before, *(part for part in said if isinstance(part, Extent))))
        column = self._felt_in(felt)
        if not extent.by:
            return self._first_rows(leader, column, (extent,), descending=felt.highest)
        if extent != Extent(by=extent.by, where=extent.where) or column in extent.by:
            raise Unfit
        first = TopN(n=leader.n, order_by=(SortKey(column=column, descending=felt.highest),), by=extent.by)
        return (first,) if extent.where is None else (Filter(where=extent.where), first)

    def felt_things(self, *said: Any) -> tuple[_Felt, Leader]:
        felt = next(part for part in said if isinstance(part, _Felt))
        number = next((part for part in said if isinstance(part, Token) and "NUMBER" in part.type), None)
        things = said[-1]
        word = things.text.casefold()
        if things.column is not None and not things.loose and word not in self.scope.nouns:
            column = self._felt_in(felt)
            raise Unfit(
                f"It is not clear whether '{word}' is meant as a row, or as all rows of one {things.column}.",
                f"Say 'row with the highest {column}', or '{word} with the highest average {column}'.",
            )
        return felt, Leader(n=self._rows(number) if number is not None else 1)

    def _felt_in(self, felt: _Felt) -> str:
        found = [
            name
            for name in self.scope.names
            if felt.columns & set(map(singular, split_name(name)))
            and self.scope.kind(name) in {"number", "other"}
        ]
        if len(found) != 1:
            among = f"{' or '.join(found[:3])}" if found else "a column"
            raise Unfit(
                f"It is not clear by which column the {felt.word} is found.",
                f"Say 'highest' or 'lowest', and {among}.",
            )
        return found[0]

    def oldest(self, *_: Token) -> _Felt:
        return _Felt("oldest", frozenset({"age"}))

    def youngest(self, *_: Token) -> _Felt:
        return _Felt("youngest", frozenset({"age"}), highest=False)

    def dearest(self, *_: Token) -> _Felt:
        return _Felt("most expensive", _PRICES)

    def cheapest(self, *_: Token) -> _Felt:
        return _Felt("cheapest", _PRICES, highest=False)

    def heaviest(self, *_: Token) -> _Felt:
        return _Felt("heaviest", frozenset({"weight", "mass"}))

    def lightest(self, *_: Token) -> _Felt:
        return _Felt("lightest", frozenset({"weight", "mass"}), highest=False)

    def tallest(self, *_: Token) -> _Felt:
        return _Felt("tallest", frozenset({"height"}))

    def longest(self, *_: Token) -> _Felt:
        return _Felt("longest", _LENGTHS)

    def shortest(self, *_: Token) -> _Felt:
        return _Felt("shortest", _LENGTHS, highest=False)

    def fastest(self, *_: Token) -> _Felt:
        return _Felt("fastest", frozenset({"speed"}))
