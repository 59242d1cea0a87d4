"""Conditions of several columns, before their column, or without one: "over 3 visits", "older than 30"."""

from __future__ import annotations

from typing import Any

from workbench.transformations.conditions import Or, TextMatch
from workbench.transformations.expressions import ColumnRef, Literal_
from workers.planner.columns import split_name
from workers.planner.lexer import Token
from workers.planner.meaning.base import FAR_FETCHED, LOOSE, Value
from workers.planner.meaning.conditions import ConditionMeaning, Tail, invert, joined
from workers.planner.parsing import Reading, Unfit, WrongType

__all__ = ["ImpliedMeaning"]

# What things are more or less of: the words that the names of such columns have.
_NATURES = {
    "age": {"age", "ages"},
    "price": {"price", "cost", "fare"},
    "weight": {"weight", "mass"},
    "height": {"height"},
}
_COMPARATIVES = {
    "older": ("age", "gt"),
    "younger": ("age", "lt"),
    "cheaper": ("price", "lt"),
    "expensive": ("price", "gt"),
    "costlier": ("price", "gt"),
    "pricier": ("price", "gt"),
    "heavier": ("weight", "gt"),
    "lighter": ("weight", "lt"),
    "taller": ("height", "gt"),
}
_TURNED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_IMPLIED = {"cost": "price", "pric": "price", "weig": "weight", "aged": "age"}  # by their first letters


class ImpliedMeaning(ConditionMeaning):
    """Reads the rules of ``grammar/conditions.lark`` that do not begin with one column."""

    def placed_subject(self, column: str) -> Reading:
        return Reading(ColumnRef(column=column), LOOSE)  # "columns 3 through 6" is no comparison of column 3

    # Several columns

    def each_of(self, *said: Any) -> Any:
        *names, tail = said
        return self._said_of(tuple(names), tail, either=False)

    def either_of(self, *said: Any) -> Any:
        *names, tail = said
        return self._said_of(tuple(names), tail, either=True)

    def neither_of(self, *said: Any) -> Any:
        said_of_any = self.either_of(*said)
        return Reading(invert(said_of_any.value), said_of_any.cost)

    def _said_of(self, names: tuple[str, ...], tail: Tail, *, either: bool) -> Reading:
        if len({self.scope.kind(name) for name in names}) > 1 or len(set(names)) < len(names):
            raise Unfit  # what is said of one can hardly be said of another
        parts = [tail(ColumnRef(column=name)) for name in names]
        parts = [part if isinstance(part, Reading) else Reading(part) for part in parts]
        values = [part.value for part in parts]
        whole = joined(Or, values) if either else self.all_of(*values)
        return Reading(whole, sum(part.cost for part in parts))

    # The number before its column

    def compared_first(self, op: str, number: Token, column: str) -> Any:
        return self._first(column, lambda subject: self._compare(op, subject, _literal(number)))

    def at_least_first(self, number: Token, column: str) -> Any:
        return self.compared_first("ge", number, column)

    def at_most_first(self, number: Token, column: str) -> Any:
        return self.compared_first("le", number, column)

    def between_first(self, low: Token, high: Token, column: str) -> Any:
        return self._first(column, lambda subject: self._between(subject, _literal(low), _literal(high)))

    def numbered(self, *said: Any) -> Any:
        *numbers, column = said
        return self._first(column, lambda _: self._is_in(column, [self.number(token) for token in numbers]))

    def _first(self, column: str, tail: Tail) -> Any:
        if self.scope.kind(column) not in {"number", "other"}:
            raise Unfit  # "more than 3 cities" counts rows, and compares nothing
        return tail(ColumnRef(column=column))

    def chained(self, low: Any, first: str, column: str, second: str, high: Any) -> Any:
        """Read "10 < price <= 20": two comparisons of one column, in one direction."""
        if {first[0], second[0]} not in ({"l"}, {"g"}):
            raise Unfit
        subject = ColumnRef(column=column)
        if (first, second) == ("le", "le"):
            return self._between(subject, low, high)
        turned = self._compare(_TURNED[first], subject, low)
        return self.all_of(turned, self._compare(second, subject, high))

    # Signs

    def negative_sign(self, *_: Token) -> str:
        return "lt"

    def positive_sign(self, *_: Token) -> str:
        return "gt"

    def nonzero_sign(self, *_: Token) -> str:
        return "ne"

    def of_sign(self, op: str, column: str) -> Any:
        if self.scope.kind(column) not in {"number", "other"}:
            raise WrongType(
                f"'{column}' does not hold numbers, so it has no sign.",
                f"Convert {column} to numbers first, if it is meant to hold them.",
            )
        return self._compare(op, ColumnRef(column=column), Literal_(value=0))

    def has_sign(self, op: str) -> Tail:
        return lambda subject: self.of_sign(op, self._column_of(subject))

    def has_not_sign(self, op: str) -> Tail:
        return lambda subject: invert(self.of_sign(op, self._column_of(subject)))

    # Columns of true and false

    def flag(self, column: str) -> str:
        if self.scope.kind(column) != "boolean":
            raise Unfit
        return column

    def is_true(self, column: str) -> Any:
        return self._is_in(column, [Value("true", truth=True)]).value

    def flag_alone(self, column: str) -> Reading:
        return Reading(self.is_true(column), FAR_FETCHED)

    def is_untrue(self, column: str) -> Any:
        return self._is_in(column, [Value("false", truth=False)]).value

    # What a thing is more of, where one column can hold it

    def compared_by(self, word: Token, bound: Any) -> Any:
        said = next(part for part in reversed(word.text.casefold().split()) if part in _COMPARATIVES)
        nature, op = _COMPARATIVES[said]
        return Reading(self._compare(op, ColumnRef(column=self._natural(nature, word)), bound), LOOSE)

    def implied(self, word: Token) -> Any:
        nature = _IMPLIED[word.text.casefold()[:4]]
        return Reading(ColumnRef(column=self._natural(nature, word)), LOOSE)

    def _natural(self, nature: str, word: Token) -> str:
        names = [
            name
            for name in self.scope.names
            if _NATURES[nature] & set(split_name(name)) and self.scope.kind(name) in {"number", "other"}
        ]
        if len(names) != 1:
            raise Unfit(
                f"It is not clear which column '{word.text}' is about.",
                "Name the column, as in: price is more than 100.",
                word,
            )
        return names[0]

    # Values and texts without their column, or before it

    def none_at_home(self, *tokens: Token) -> Any:
        return self.not_home_said(tokens)

    def each_at_home(self, *tokens: Token) -> Any:
        parts = [self.home_said((token,)) for token in tokens]
        columns = {column for part in parts for column in part.value.columns()}
        if len(columns) < len(parts):
            raise Unfit  # two values of one column: no row has both
        return Reading(self.all_of(*(part.value for part in parts)), sum(part.cost for part in parts))

    def empty_rows(self, *_: Token) -> Any:
        return self.null_everywhere()

    def contained_anywhere(self, token: Token) -> Any:
        names = [name for name in self.scope.names if self.scope.kind(name) in {"text", "other"}]
        if not names:
            raise Unfit("No column holds text to search.", "Name the column and the value.", token)
        found = joined(Or, [TextMatch(op="contains", column=name, text=token.text) for name in names])
        return Reading(found, FAR_FETCHED)

    def contained_in(self, values: tuple[Value, ...], column: str) -> Any:
        if self.scope.kind(column) != "text":
            raise Unfit  # "with 3 in quantity" asks for the value
        if all(self.scope.values.matching(column, value.text) for value in values):
            return self._is_in(column, values)
        return self._match("contains", ColumnRef(column=column), values)


def _literal(number: Token) -> Literal_:
    return Literal_(value=number.number or 0)
