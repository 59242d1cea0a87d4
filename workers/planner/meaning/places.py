"""Columns and rows by their place: counted from 1, from the left and from the top."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

from workbench.transformations import DropNulls, Head, Select, Slice, Transformation
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns
from workers.planner.meaning.ranked import RankedMeaning
from workers.planner.parsing import Unfit

__all__ = ["PlaceMeaning"]

Steps = tuple[Transformation, ...]


class PlaceMeaning(RankedMeaning):
    """Reads the rules of ``grammar/places.lark``."""

    # Columns

    def place(self, token: Token) -> int:
        """The place, from 1; from the end, below 0."""
        if "ORDINAL" not in token.type:
            return -2 if "LAST_BUT_ONE" in token.type else -1
        return int(token.number or 0)

    def counted_index(self, token: Token) -> int:
        if token.column is not None:
            raise Unfit  # the column's name is a number
        if not isinstance(token.number, int) or not token.text.isalnum():
            raise Unfit(f"'{token.text}' is no place of a column.", "Columns are counted from 1.", token)
        return token.number

    def letter_index(self, token: Token) -> int:
        return ord(token.text.upper()) - ord("A") + 1

    def _at(self, place: int) -> str:
        names = self.scope.names
        if not 1 <= abs(place) <= len(names):
            raise Unfit(
                f"There is no column {place or 'number 0'}: the table has {len(names)}.",
                "Columns are counted from 1.",
            )
        return names[place - 1 if place > 0 else place]

    def nth_column(self, place: int) -> str:
        return self._at(place)

    def indexed_column(self, place: int) -> str:
        return self._at(place)

    def nth_columns(self, *places: int) -> tuple[str, ...]:
        return self.column_list(*map(self._at, places))

    def indexed_columns(self, *places: int) -> tuple[str, ...]:
        return self.nth_columns(*places)

    def bare_places(self, *places: int) -> tuple[str, ...]:
        return self.nth_columns(*places)

    def first_columns(self, number: Token) -> tuple[str, ...]:
        return self.scope.names[: self._so_many(number)]

    def last_columns(self, number: Token) -> tuple[str, ...]:
        return self.scope.names[-self._so_many(number) :]

    def _so_many(self, number: Token) -> int:
        count = self._rows(number)
        if count > len(self.scope.names):
            raise Unfit(f"The table has only {len(self.scope.names)} columns.", "Give a smaller number.")
        return count

    def column_range(self, first: int, last: int) -> tuple[str, ...]:
        return self.named_range(self._at(first), self._at(last))

    def named_range(self, first: str, last: str) -> tuple[str, ...]:
        names = self.scope.names
        begin, end = names.index(first), names.index(last)
        if end <= begin:
            raise Unfit(f"{last} does not stand behind {first}.", "Name the column on the left first.")
        return names[begin : end + 1]

    # Rows

    def placed_rows(self, steps: Steps) -> Steps:
        return steps

    def drop_stretch(self, steps: Steps) -> Steps:
        (kept,) = steps
        match kept:
            case Head():
                return (Slice(start=kept.n),)
            case Slice(start=0, stop=int(stop)):
                return (Slice(start=stop),)
            case Slice(stop=None):
                return (Head(n=kept.start),)
        raise Unfit

    def row_numbered(self, *said: Token) -> Steps:
        *noun, number = said
        if noun and noun[0].text.casefold().endswith("s"):
            raise Unfit  # "rows 5": as many, or the fifth?
        return self.keep_row(number)

    def row_nth(self, place: Token) -> Steps:
        if place.number == 1:
            raise Unfit  # said as the first row already
        start = int(place.number or 0)
        return (Slice(start=start - 1, stop=start),)

    def rows_numbered(self, _: Token, *numbers: Token) -> Steps:
        places = [self._rows(number) for number in numbers]
        if places != list(range(places[0], places[0] + len(places))):
            raise Unfit(
                "Rows that do not follow each other cannot be kept by their numbers.",
                "Say 'rows 3 to 7', or which rows by a condition.",
                numbers[0],
            )
        return self.slice(numbers[0], numbers[-1])

    def row_place(self, place: Token) -> int:
        return int(place.number or 0) if "ORDINAL" in place.type else self._rows(place)

    def rows_from(self, place: int | Token) -> Steps:
        first = place if isinstance(place, int) else self._rows(place)
        if first == 1:
            raise Unfit("All rows begin at row 1: there is nothing to do.", "Name a later row.")
        return (Slice(start=first - 1),)

    def rows_after(self, place: int) -> Steps:
        return (Slice(start=place),)

    def rows_before(self, place: int) -> Steps:
        if place == 1:
            raise Unfit("No row comes before row 1.", "Name a later row.")
        return (Head(n=place - 1),)

    def rows_until(self, place: int) -> Steps:
        return (Head(n=place),)

    def but_first(self, number: Token | None = None) -> Steps:
        return self.drop_first(number)

    def but_last(self, number: Token | None = None) -> Steps:
        return self.drop_last(number)

    def rows_and_columns(self, steps: Steps, columns: Columns) -> Steps:
        return steps if columns.every else (*steps, Select(columns=columns.names))

    def counted_rows(self, steps: Any) -> Any:
        return steps

    # So many nulls of all columns

    def so_many_values(self, number: Token) -> float:
        if "%" in number.text:
            return float(number.number or 0) * len(self.scope.names)
        return self._rows(number)

    def half_of_values(self) -> float:
        return len(self.scope.names) / 2

    def drop_over(self, nulls: float) -> Steps:
        return self._drop_with(ceil(len(self.scope.names) - nulls))

    def drop_from(self, nulls: float) -> Steps:
        return self._drop_with(floor(len(self.scope.names) - nulls) + 1)

    def _drop_with(self, least: int) -> Steps:
        if not 1 <= least <= len(self.scope.names):
            raise Unfit(
                f"The table has {len(self.scope.names)} columns, so no row has so many nulls.",
                "Give a smaller number.",
            )
        return (DropNulls(min_non_null=least),)
