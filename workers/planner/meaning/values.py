"""What is said of values: nulls filled, values replaced, numbers rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.transformations import FillNulls, NullValues, Replace, ReplaceText, Round, Transformation
from workbench.transformations.expressions import Moment
from workbench.transformations.values import Replacement
from workers.planner.lexer import Token
from workers.planner.meaning.base import LOOSE, Columns, Value
from workers.planner.meaning.text import SEPARATORS
from workers.planner.meaning.typed import NO_TEXT, TypedMeaning
from workers.planner.meaning.windows import Across
from workers.planner.parsing import Reading, Unfit, WrongType
from workers.planner.quantities import Period

__all__ = ["ValueMeaning"]

Steps = tuple[Transformation, ...]
_MOST_DECIMALS = 15
_WRITTEN_FOR_NULL = {"unknown", "missing"}  # words that are written where nothing is known
_OF_NUMBERS = {"mean", "median", "interpolate"}
_METHODS = frozenset({"MEAN", "MEDIAN", "MODE", "FORWARD", "BACKWARD", "MIN", "MAX", "SUM", "INTERPOLATION"})


@dataclass(frozen=True)
class _StatisticOf:
    """The median of age, say."""

    method: str
    column: str


class ValueMeaning(TypedMeaning):
    """Reads the rules of ``grammar/values.lark``."""

    # Nulls

    def fill_nulls(self, filled: Any, *more: Any) -> Any:
        if not more:
            return filled
        if len(filled) > 1 or (filled[0].method is None):
            raise Unfit("A value is the same in all groups and rows.", "Say how to find what to fill with.")
        facts: dict[str, Any] = {}
        for part in more:
            said = {"limit": part} if isinstance(part, int) else {"by": part.by, "order_by": part.order}
            if isinstance(part, Across) and part.descending is not None:
                raise Unfit("It is not clear which order is meant.", "Say 'in order of' and the column.")
            said = {name: value for name, value in said.items() if value}
            if said.keys() & facts.keys():
                raise Unfit  # groups or an order that are said twice
            facts |= said
        return (FillNulls(columns=filled[0].columns, method=filled[0].method, **facts),)

    def fill_limit(self, token: Token) -> int:
        if not isinstance(token.number, int) or token.number < 1:
            raise Unfit(f"'{token.text}' is no number of rows.", "Give a whole number from 1.", token)
        return token.number

    def fill_interpolated(self, columns: Columns | None = None) -> Any:
        return self.fill_with("interpolate", columns)

    def interpolate(self, *_: Token) -> str:
        return "interpolate"

    def fill(self, columns: Columns | tuple[str, ...], filling: Any) -> Any:
        names = columns.names if isinstance(columns, Columns) else columns
        if isinstance(columns, Columns) and columns.every:
            return self.fill_with(filling)
        if isinstance(filling, _StatisticOf):
            if names != (filling.column,):
                raise Unfit("Nulls are filled with what is taken from their own column.", "Name one column.")
            filling = filling.method
        if isinstance(filling, str):
            self._statistic_fits(names, filling)
            return (FillNulls(columns=names, method=filling),)
        readings = [self.scalar(name, filling) for name in names]
        values = {self._stored(reading.value) for reading in readings}
        cost = sum(reading.cost for reading in readings)
        if len(values) == 1:
            return Reading((FillNulls(columns=names, value=values.pop()),), cost)
        steps = [
            FillNulls(columns=(n,), value=self._stored(r.value)) for n, r in zip(names, readings, strict=True)
        ]
        return Reading(tuple(steps), cost)

    def fill_with(self, filling: Any, columns: Columns | None = None) -> Any:
        if columns is not None and not columns.every:
            return self.fill(columns, filling)
        if isinstance(filling, _StatisticOf):
            return self.fill((filling.column,), filling)
        if isinstance(filling, str):
            return (FillNulls(method=filling),)
        value, cost = self.plain(filling)
        return Reading((FillNulls(value=value),), cost)

    def null_column(self, column: str) -> Columns:
        return Columns((column,))

    def fill_columns(self, columns: Columns) -> Columns:
        return columns

    def fill_one(self, columns: Columns, filling: Any) -> Any:
        return self.fill(columns, filling)

    def use_to_fill(self, filling: Any, columns: Columns) -> Any:
        return self.fill(columns, filling)

    def use_to_fill_one(self, filling: Any, columns: Columns) -> Any:
        return self.fill(columns, filling)

    def fill_pair(self, column: str, filling: Any) -> tuple[str, Any, bool]:
        return column, filling, False

    def fill_pair_nulls(self, column: str, filling: Any) -> tuple[str, Any, bool]:
        return column, filling, True

    def fill_each(self, *pairs: tuple[str, Any, bool]) -> Any:
        if not pairs[0][2]:
            raise Unfit  # "set price to 1 and city to 'x'" fills no nulls
        return self.fill_each_only(*pairs)

    def fill_each_only(self, *pairs: tuple[str, Any, bool]) -> Any:
        names = [column for column, *_ in pairs]
        if len(set(names)) < len(names):
            raise Unfit("A column is filled twice.", "Name each column once.")
        filled = [self.fill(Columns((column,)), filling) for column, filling, _ in pairs]
        said = [part if isinstance(part, Reading) else Reading(part) for part in filled]
        return Reading(tuple(step for part in said for step in part.value), sum(part.cost for part in said))

    def fill_lists(self, *said: Any) -> Any:
        pairs = zip(said[::2], said[1::2], strict=True)
        return self.fill_each(*((column, filling, True) for filling, column in pairs))

    def fill_forward(self, columns: Columns | None = None) -> Any:
        return self.fill_with("forward", columns)

    def fill_backward(self, columns: Columns | None = None) -> Any:
        return self.fill_with("backward", columns)

    def fill_value(self, value: Value) -> Value:
        if value.keyword and not value.quoted and value.token is not None and value.token.type & _METHODS:
            raise Unfit  # "median" is how to fill, even where the column has none
        if value.token is not None and value.token.type & NO_TEXT and not (value.quoted or _says_null(value)):
            raise Unfit  # "nulls should be removed" fills nothing
        if _says_null(value) and value.text.casefold() not in _WRITTEN_FOR_NULL:
            raise Unfit("Nulls are not filled with nulls.", "Put the value in quotes if it is a text.")
        return replace(value, quoted=True) if _says_null(value) else value

    def filling(self, way: str) -> str:
        return way

    def fill_statistic_of(self, method: str, column: str) -> _StatisticOf:
        return _StatisticOf(method, column)

    def fill_statistic(self, method: str) -> str:
        return method

    def mode(self, *_: Token) -> str:
        return "mode"

    def forward(self, *_: Token) -> str:
        return "forward"

    def backward(self, *_: Token) -> str:
        return "backward"

    def _statistic_fits(self, names: Sequence[str], method: str) -> None:
        for name in names:
            if method in _OF_NUMBERS and self.scope.kind(name) in {
                "text",
                "time",
                "boolean",
            }:
                raise WrongType(
                    f"'{name}' does not hold numbers, so it cannot be filled by {method}.",
                    f"Convert {name} to numbers first, or fill it with the mode.",
                )

    def _stored(self, value: Any) -> Any:
        return Moment(timestamp=value.start) if isinstance(value, Period) else value

    # Values by others

    def exchange(self, old: Value, new: Value) -> Any:
        sign = old.token is not None and old.token.type & {"SEPARATOR", "SIGN_NAME"}
        # "dashes" are more likely signs in the text than a value.
        return Reading((old, new), LOOSE) if sign and not old.quoted else (old, new)

    def exchanges(self, *pairs: tuple[Value, Value]) -> tuple[tuple[Value, Value], ...]:
        return pairs

    def replace(self, *said: Any) -> Any:
        columns = next((part for part in said if isinstance(part, Columns)), None)
        pairs = next(part for part in said if not isinstance(part, Columns))
        if any(_names_a_sign(old) for old, _ in pairs) and columns is not None:
            raise Unfit  # signs in texts, and read as those
        spelled = self._spelled_nulls(pairs) if columns is None else None
        if spelled is not None:
            return spelled
        names = self._homes(pairs) if columns is None else columns.names
        cost, replacements = 0, []
        for old, new in pairs:
            old_value, old_cost = self._exchanged(names, old)
            new_value, new_cost = self._exchanged(names, new, new=True)
            cost += old_cost + new_cost
            replacements.append(Replacement(old=old_value, new=new_value))
        every = columns is not None and columns.every
        return Reading((Replace(columns=None if every else names, values=tuple(replacements)),), cost)

    def _spelled_nulls(self, pairs: Sequence[tuple[Value, Value]]) -> Steps | None:
        """Texts that are to be null, of no column: spellings of nulls, wherever they stand."""
        quoted = all(old.quoted and not (old.token and old.token.homes) for old, _ in pairs)
        if quoted and all(_says_null(new) for _, new in pairs):
            return (NullValues(values=tuple(dict.fromkeys(old.text for old, _ in pairs))),)
        return None

    def replace_in(self, old: Value, columns: Columns, new: Value) -> Any:
        return self.replace(columns, ((old, new),))

    def replace_known(self, old: Token, columns: Columns, new: Value) -> Any:
        if old.quoted:
            raise Unfit  # "every 'St.'": wherever it stands in a text
        return self.replace(columns, ((self.text(old), new),))

    def replace_from(self, columns: Columns, old: Value, new: Value) -> Any:
        return self.replace(columns, ((old, new),))

    def replace_zeros(self, zeros: Token, columns: Columns, new: Value) -> Any:
        if any(self.scope.kind(name) not in {"number", "other"} for name in columns.names):
            raise Unfit  # zeros in texts are digits
        return self.replace(columns, ((Value(zeros.text, number=0), new),))

    def replace_zeros_in(self, zeros: Token, new: Value, columns: Columns) -> Any:
        return self.replace_zeros(zeros, columns, new)

    def replace_beside(self, old: Value, column: str, new: Value) -> Any:
        return self.replace(Columns((column,)), ((old, new),))

    def replace_signs(self, sign: Token, new: Value, columns: Columns) -> Any:
        """Replace commas, dashes, …: signs in texts, not texts of that name."""
        old = SEPARATORS[sign.text.casefold().removesuffix("s")]
        written = new.text
        if new.token is not None and "SEPARATOR" in new.token.type and not new.quoted:
            written = SEPARATORS[new.text.casefold().removesuffix("s")]
        elif _says_null(new) or new.text.casefold() == "nothing":
            raise Unfit  # a sign in a text cannot be null
        for name in columns.names if not columns.every else ():
            if self.scope.kind(name) not in {"text", "other"}:
                raise WrongType(f"'{name}' does not hold text.", f"Convert {name} to text first.")
        return (ReplaceText(columns=None if columns.every else columns.names, old=old, new=written),)

    def replace_signs_in(self, columns: Columns, sign: Token, new: Value) -> Any:
        return self.replace_signs(sign, new, columns)

    def _exchanged(self, names: Sequence[str], value: Value, *, new: bool = False) -> tuple[Any, int]:
        if new and _says_null(value):
            return None, 0
        if new and len(names) > 0 and all(self.scope.kind(name) in {"text", "other"} for name in names):
            return value.text, self.text_cost(value)
        if not names:
            raise Unfit  # a table without columns
        readings = {self.scalar(name, value) for name in names}
        if len(readings) > 1:
            raise Unfit(
                f"'{value.text}' is not the same in the columns named.", "Replace it column by column."
            )
        reading = readings.pop()
        return self._stored(reading.value), reading.cost

    def _homes(self, pairs: Sequence[tuple[Value, Value]]) -> tuple[str, ...]:
        homes = [{home for home, _ in (old.token.homes if old.token else ())} for old, _ in pairs]
        shared = [name for name in self.scope.names if all(name in found for found in homes)]
        if len(shared) == 1:
            return tuple(shared)
        if any(old.column is not None and not old.quoted for old, _ in pairs):
            raise Unfit  # "convert price to banana": a column is no value
        said = " and ".join(f"'{old.text}'" for old, _ in pairs)
        if shared:
            raise Unfit(
                f"{said} can be a value of {' and of '.join(shared)}.", "Name the column: 'in' and its name."
            )
        raise Unfit(
            f"It is not clear in which column to replace {said}.",
            "Name the column: 'in' and its name.",
            pairs[0][0].token,
        )

    # Numbers

    def round(self, columns: Columns, decimals: Token | None = None, how: str = "half_even") -> Steps:
        number = 0 if decimals is None else decimals.number
        if not isinstance(number, int) or not 0 <= number <= _MOST_DECIMALS:
            raise Unfit("Numbers are rounded to 0 to 15 decimals.", "Give a whole number.", decimals)
        self._of_numbers(columns, "rounded")
        names = None if columns.every else columns.names
        return (Round(columns=names, decimals=number, **({} if how == "half_even" else {"how": how})),)

    def said_decimals(self, token: Token) -> Token:
        return token

    def bare_decimals(self, token: Token) -> Token:
        if isinstance(token.number, int) and token.number in {5, 10, 15}:
            raise Unfit(
                f"It is not clear whether to round to {token.text} decimals or to multiples of {token.text}.",
                f"Say '{token.text} decimals', if those are meant.",
                token,
            )
        return token

    def round_all(self, decimals: Token | None = None) -> Steps:
        return self.round(Columns(self.scope.names, every=True), decimals)

    def said_places(self, token: Token) -> Token:
        return token

    def round_to(self, decimals: Token, columns: Columns) -> Steps:
        return self.round(columns, decimals)

    def round_whole(self, columns: Columns) -> Steps:
        return self.round(columns)

    def round_so(self, columns: Columns, how: str, decimals: Token | None = None) -> Steps:
        return self.round(columns, decimals, how)

    def so_round(self, how: str, columns: Columns, decimals: Token | None = None) -> Steps:
        return self.round(columns, decimals, how)

    def round_significant(self, columns: Columns, digits: Token) -> Steps:
        if not isinstance(digits.number, int) or not 1 <= digits.number <= _MOST_DECIMALS:
            raise Unfit("Numbers keep 1 to 15 significant digits.", "Give a whole number.", digits)
        self._of_numbers(columns, "rounded")
        return (Round(columns=None if columns.every else columns.names, significant=digits.number),)

    def round_down(self, *_: Token) -> str:
        return "floor"

    def round_up(self, *_: Token) -> str:
        return "ceil"

    def round_to_zero(self, *_: Token) -> str:
        return "trunc"


def _names_a_sign(value: Value) -> bool:
    token = value.token
    return token is not None and "SEPARATOR" in token.type and not (value.quoted or token.homes)


def _says_null(value: Value) -> bool:
    types = value.token.type if value.token is not None else ()
    return ("NULL" in types or "NULLS" in types) and not value.quoted
