"""What conditions mean: comparisons, lists, texts, nulls, and how they are joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workbench.transformations.conditions import And, Between, Compare, IsIn, IsNull, Not, Or, TextMatch
from workbench.transformations.expressions import Arithmetic, ColumnRef, Literal_, Moment
from workers.planner.lexer import Token
from workers.planner.meaning.base import FAR_FETCHED, LOOSE, Columns, Value
from workers.planner.meaning.periods import PeriodMeaning
from workers.planner.parsing import Reading, Unfit, WrongType
from workers.planner.quantities import Period

__all__ = ["ConditionMeaning", "Tail", "invert", "joined"]

Tail = Callable[[Any], Any]
_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}


def joined(kind: type[And | Or], conditions: Sequence[Any]) -> Any:
    """Join conditions with "and" or "or"; one alone stays as it is, and the same join is not nested."""
    flat: list[Any] = []
    for condition in conditions:
        flat.extend(condition.conditions if isinstance(condition, kind) else [condition])
    flat = list(dict.fromkeys(flat))
    return flat[0] if len(flat) == 1 else kind(conditions=tuple(flat))


def invert(condition: Any) -> Any:
    """Say the opposite; of a comparison the opposite comparison, which a null does not meet either."""
    match condition:
        case Compare():
            return condition.model_copy(update={"op": _OPPOSITE[condition.op]})
        case Not():
            return condition.condition
        case _:
            return Not(condition=condition)


class ConditionMeaning(PeriodMeaning):
    """Reads the rules of ``grammar/conditions.lark``."""

    # Joins

    def any_of(self, *conditions: Any) -> Any:
        return joined(Or, conditions)

    def all_of(self, *conditions: Any) -> Any:
        return joined(And, conditions)

    def negated(self, condition: Any) -> Any:
        return invert(condition)

    def said(self, subject: Any, tail: Tail) -> Any:
        return tail(subject)

    def said_all(self, subject: Any, *tails: Tail) -> Any:
        return self._said(And, subject, tails)

    def said_any(self, subject: Any, *tails: Tail) -> Any:
        return self._said(Or, subject, tails)

    def _said(self, kind: type[And | Or], subject: Any, tails: Sequence[Tail]) -> Any:
        parts = [tail(subject) for tail in tails]
        parts = [part if isinstance(part, Reading) else Reading(part) for part in parts]
        return Reading(joined(kind, [part.value for part in parts]), sum(part.cost for part in parts))

    # Without a verb: a column and a value, or a value alone

    def value_said(self, column: str, tokens: Sequence[Token]) -> Any:
        return self._is_in(column, [self.text(token) for token in tokens], known=True)

    def number_said(self, column: str, *tokens: Token) -> Any:
        if self.scope.kind(column) != "number":
            raise Unfit
        found = self._is_in(column, [self.number(token) for token in tokens])
        return Reading(found.value, found.cost + LOOSE)

    def home_said(self, tokens: Sequence[Token]) -> Any:
        homes = [{column for column, _ in token.homes} for token in tokens]
        shared = [column.name for column in self.scope.columns if all(column.name in home for home in homes)]
        if len(shared) == 1:
            found = self._is_in(shared[0], [self.text(token) for token in tokens], known=True)
            self._tell_home(shared[0], tokens)
            return Reading(found.value, found.cost + LOOSE)
        said = " and ".join(f"'{token.text}'" for token in tokens)
        if not shared:
            raise Unfit(f"No column has {said} together among its values.", "Name the columns.", tokens[0])
        raise Unfit(
            f"{said} can be a value of {' and of '.join(shared)}.",
            f"Name the column, as in: {shared[0]} is {tokens[0].text}.",
            tokens[0],
        )

    def _tell_home(self, column: str, tokens: Sequence[Token]) -> None:
        """Say of which column the values are that named it, in place of how they are written there."""
        self.told[:] = [note for note in self.told if not isinstance(note, str)]
        for token in tokens:
            value = self.scope.values.matching(column, token.text)[0]
            same = f"'{token.text}' is" if value == token.text else f"took '{token.text}' for '{value}',"
            self.assume(f"{same} a value of {column}")

    def not_home_said(self, tokens: Sequence[Token]) -> Any:
        said = self.home_said(tokens)
        return Reading(invert(said.value), said.cost)

    # A time alone: of the one column of times

    def when(self, op: str) -> str:
        return op

    def when_said(self, op: str, value: Value) -> Any:
        return Reading(self._compare(op, self._time_column(), value), LOOSE)

    def when_in(self, value: Value) -> Any:
        return Reading(self._in_period(self._time_column().column, value.period), LOOSE)

    def when_told(self, token: Token) -> Any:
        return self.when_in(self.date(token))

    def when_back(self, back: tuple[str, Value]) -> Any:
        op, value = back
        told = value.token.relative if value.token else None
        if told is not None and told.unit == "year" and not value.text.endswith("ago"):
            raise Unfit(f"It is not clear what is {value.text}.", "Name the column before it.", value.token)
        return self.when_said(op, value)

    def lies_back(self, back: tuple[str, Value]) -> Tail:
        return lambda subject: self._compare(back[0], subject, back[1])

    def farther_back(self, token: Token) -> tuple[str, Value]:
        return "lt", self.date(token)

    def less_far_back(self, token: Token) -> tuple[str, Value]:
        return "gt", self.date(token)

    def when_between(self, low: Value, high: Value) -> Any:
        return Reading(self._between(self._time_column(), low, high), LOOSE)

    # Nulls

    def null_said(self, columns: Columns | tuple[str, ...]) -> Any:
        names = columns.names if isinstance(columns, Columns) else columns
        return joined(Or, [IsNull(column=name) for name in names])

    def null_either(self, columns: tuple[str, ...]) -> Any:
        return self.null_said(columns)

    def either_columns(self, *names: str) -> tuple[str, ...]:
        return names

    def null_all(self, names: tuple[str, ...]) -> Any:
        if len(names) == 1:
            raise Unfit  # said as an ordinary condition already
        return joined(And, [IsNull(column=name) for name in names])

    def null_anywhere(self) -> Any:
        return joined(Or, [IsNull(column=name) for name in self.scope.names])

    def null_nowhere(self) -> Any:
        return Not(condition=self.null_anywhere())

    def null_everywhere(self) -> Any:
        return joined(And, [IsNull(column=name) for name in self.scope.names])

    def has_columns(self, columns: Columns) -> Any:
        return joined(And, [Not(condition=IsNull(column=name)) for name in columns.names])

    # What is said of a subject

    def subject(self, said: Any) -> Any:
        return ColumnRef(column=said) if isinstance(said, str) else said

    def number_of(self, column: str) -> Any:
        if self.scope.kind(column) not in {"number", "other"}:
            raise Unfit  # "number of visits" can be a column only if it holds numbers
        return Reading(ColumnRef(column=column), LOOSE)

    def gt(self) -> str:
        return "gt"

    def ge(self) -> str:
        return "ge"

    def lt(self) -> str:
        return "lt"

    def le(self) -> str:
        return "le"

    def after(self) -> str:
        return "gt"

    def before(self) -> str:
        return "lt"

    def since(self) -> str:
        return "ge"

    def until(self) -> str:
        return "le"

    def measured(self, formula: Any) -> Any:
        return formula

    def date_bound(self, token: Token) -> Value:
        return self.date(token)

    def text_bound(self, token: Token) -> Any:
        return self.text(token)

    def comparison(self, op: str) -> str:
        return op

    def compare(self, op: str, bound: Any) -> Tail:
        return lambda subject: self._compare(op, subject, bound)

    def at_least(self, bound: Any) -> Tail:
        return lambda subject: self._compare("ge", subject, bound)

    def at_most(self, bound: Any) -> Tail:
        return lambda subject: self._compare("le", subject, bound)

    def between(self, low: Any, high: Any) -> Tail:
        return lambda subject: self._between(subject, low, high)

    def not_between(self, low: Any, high: Any) -> Tail:
        return lambda subject: joined(
            Or, [self._compare("lt", subject, low), self._compare("gt", subject, high)]
        )

    def _between(self, subject: Any, low: Any, high: Any) -> Any:
        low_said, high_said = self._compare("ge", subject, low), self._compare("le", subject, high)
        first, last = low_said.right, high_said.right
        known = isinstance(first, Literal_) and isinstance(last, Literal_)
        if known and first.value > last.value:
            raise Unfit(
                f"Nothing is between {first.describe()} and {last.describe()}.",
                "Name the smaller bound first.",
            )
        if (low_said.op, high_said.op) == ("ge", "le"):
            return Between(operand=subject, low=first, high=last)
        return joined(And, [low_said, high_said])

    def _compare(self, op: Any, subject: Any, bound: Any) -> Any:
        kinds = {self.scope.kind(name) for name in subject.columns()}
        if not kinds:
            raise Unfit
        name = subject.describe()
        period = self._period(bound) if kinds == {"time"} else None
        if period is not None:
            return self._compare_period(op, subject, period)
        if kinds == {"time"}:
            if isinstance(bound, ColumnRef) and self.scope.kind(bound.column) == "time":
                return Compare(op=op, left=subject, right=bound)
            raise Unfit(
                f"'{name}' holds dates, and is compared with something else.", "Compare it with a date."
            )
        if isinstance(bound, Value):
            raise self._unlike(name, kinds, bound)
        others = {self.scope.kind(other) for other in bound.columns()}
        if (kinds | others) - {"number", "boolean", "other"}:
            raise self._unlike(name, kinds, bound)
        return Compare(op=op, left=subject, right=bound)

    def _unlike(self, name: str, kinds: set[str], bound: Any) -> Unfit:
        if "text" in kinds:
            return WrongType(
                f"'{name}' holds text, so it cannot be more or less than something.",
                f"Convert {name} to numbers first, if it is meant to hold them.",
            )
        said = f"'{bound.text}'" if isinstance(bound, Value) else f"'{bound.describe()}'"
        return Unfit(
            f"'{name}' cannot be compared with {said}.", "Compare numbers with numbers, dates with dates."
        )

    def is_in(self, values: Sequence[Value]) -> Tail:
        return lambda subject: self._is_in(self._column_of(subject), values)

    def is_among(self, values: tuple[Value, ...]) -> Tail:
        return lambda subject: self._is_among(self._column_of(subject), values)

    def _is_among(self, column: str, values: Sequence[Value]) -> Reading:
        """Whether it is in a list; "customers in Paris" is about where they are, not what they are called."""
        for value in values:
            homes = {home for home, _ in value.token.homes} if value.token and not value.quoted else set()
            if homes and column not in homes:
                raise Unfit
        return self._is_in(column, values)

    def is_not_in(self, *values: Any) -> Tail:
        listed = values[0] if isinstance(values[0], tuple) else values
        return lambda subject: self._is_not_in(subject, listed)

    def _is_not_in(self, subject: Any, values: Sequence[Value]) -> Reading:
        said = self._is_in(self._column_of(subject), values)
        return Reading(invert(said.value), said.cost)

    def equals(self, formula: Any) -> Tail:
        return lambda subject: self._equals("eq", subject, formula)

    def differs(self, formula: Any) -> Tail:
        return lambda subject: self._equals("ne", subject, formula)

    def _equals(self, op: Any, subject: Any, formula: Any) -> Any:
        if not isinstance(formula, ColumnRef | Arithmetic) and isinstance(subject, ColumnRef):
            raise Unfit  # said as a value already
        if isinstance(formula, ColumnRef) and isinstance(subject, ColumnRef):
            if self.scope.kind(formula.column) != self.scope.kind(subject.column):
                raise Unfit(f"'{subject.column}' and '{formula.column}' hold different kinds of values.")
            if formula == subject:
                raise Unfit
        own = set(subject.columns()) & set(formula.columns())  # "price = price * 2" sets, and asks nothing
        return Reading(Compare(op=op, left=subject, right=formula), FAR_FETCHED if own else 0)

    def _column_of(self, subject: Any) -> str:
        if not isinstance(subject, ColumnRef):
            raise Unfit
        return subject.column

    def _is_in(self, column: str, values: Sequence[Value], *, known: bool = False) -> Reading:
        found = [self.one_of(column, value, known=known) for value in values]
        cost = sum(reading.cost for reading in found)
        periods = [reading.value for reading in found if isinstance(reading.value, Period)]
        plain = [reading.value for reading in found if not isinstance(reading.value, Period)]
        parts = [self._in_period(column, period) for period in periods]
        if len(plain) == 1:
            value = plain[0] if isinstance(plain[0], Moment) else Literal_(value=plain[0])
            parts.append(Compare(op="eq", left=ColumnRef(column=column), right=value))
        elif plain:
            parts.append(IsIn(column=column, values=tuple(dict.fromkeys(plain))))
        return Reading(joined(Or, parts), cost)

    def contains(self, values: Sequence[Value]) -> Tail:
        return lambda subject: self._match("contains", subject, values)

    def lacks(self, values: Sequence[Value]) -> Tail:
        return lambda subject: self._unmatched("contains", subject, values)

    def starts(self, values: Sequence[Value]) -> Tail:
        return lambda subject: self._match("startswith", subject, values)

    def starts_not(self, values: Sequence[Value]) -> Tail:
        return lambda subject: self._unmatched("startswith", subject, values)

    def ends(self, values: Sequence[Value]) -> Tail:
        return lambda subject: self._match("endswith", subject, values)

    def ends_not(self, values: Sequence[Value]) -> Tail:
        return lambda subject: self._unmatched("endswith", subject, values)

    def _unmatched(self, op: Any, subject: Any, values: Sequence[Value]) -> Reading:
        found = self._match(op, subject, values)
        return Reading(invert(found.value), found.cost)

    def _match(self, op: Any, subject: Any, values: Sequence[Value]) -> Reading:
        column = self._column_of(subject)
        if self.scope.kind(column) not in {"text", "other"}:
            raise WrongType(
                f"'{column}' does not hold text, so it cannot be searched for a text.",
                f"Convert {column} to text first.",
            )
        cost = sum(self.text_cost(value) for value in values)
        for value in values:
            if not value.quoted and value.text.upper() != value.text.lower():
                self.assume(f"'{value.text}' is found in any case, as it is not in quotes")
        matches = [TextMatch(op=op, column=column, text=v.text, case=v.quoted) for v in values]
        return Reading(joined(Or, matches), cost)

    def is_null(self) -> Tail:
        return lambda subject: IsNull(column=self._column_of(subject))

    def is_not_null(self) -> Tail:
        return lambda subject: Not(condition=IsNull(column=self._column_of(subject)))
