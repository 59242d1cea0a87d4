"""Values as a column holds them: numbers for numbers, times for times, text as it stands in the data."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors.base import either
from workbench.transformations.expressions import Moment, Scalar
from workers.planner.lexicon import lexicon
from workers.planner.meaning.base import FAR_FETCHED, UNLIKELY, BaseMeaning, Columns, Value
from workers.planner.parsing import Reading, Unfit, WrongType
from workers.planner.quantities import Period, read_number, year
from workers.planner.values import slipped

__all__ = ["NO_TEXT", "TypedMeaning"]

# Words that say what to do, or of what kind a value is: as a text they are quoted.
NO_TEXT = lexicon().kinds["starts"] | {"NULL", "NULLS", "NOT_NULL", "DUPLICATES", "ROWS", "COLUMNS", "IT"}
NO_TEXT |= {
    "GT",
    "GE",
    "LT",
    "LE",
    "BETWEEN",
    "AFTER",
    "BEFORE",
    "SINCE",
    "UNTIL",
    "ASC",
    "DESC",
    "UNIQUE",
    "ONE_OF",
    "VALUES",
    "EMPTY_TEXT",
    "ALL",
}
NO_TEXT -= lexicon().kinds["weak"]
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False, "1": True, "0": False}


class NoSuchValue(Unfit):
    """A value that a column does not have, as far as is known, and that is like some that it has.

    Args:
        column: The column.
        value: What was said.
        near: The values that it is like.
    """

    def __init__(self, column: str, value: Value, near: Sequence[str]) -> None:
        super().__init__(
            f"'{value.text}' is no value that is known of '{column}'.",
            f"Did you mean {either(near)}? Put it in quotes if it is meant as it stands.",
            value.token,
        )
        self.suggestions = tuple(near)


class TypedMeaning(BaseMeaning):
    """Turns what was said into what a column can hold."""

    def scalar(self, column: str, value: Value, *, known: bool = False) -> Reading:
        """Read a value as one of a column.

        Args:
            column: The column.
            value: What was said.
            known: Whether it must be one of the values that are known of the column.

        Returns:
            The value: a Scalar, a Moment, or the Period that it names; with what speaks against it.

        Raises:
            Unfit: If the column cannot hold it.
        """
        kind = self.scope.kind(column)
        if known and kind not in {"text", "other"}:
            raise Unfit
        match kind:
            case "number":
                number = self._number(column, value)
                self.tell(value.token, "number", number, column)
                return Reading(number)
            case "time":
                period = self._time(column, value)
                self.tell(value.token, "date", period, column)
                return Reading(period)
            case "boolean":
                truth = self._truth(column, value)
                self.tell(value.token, "value", str(truth).lower(), column)
                return Reading(truth)
            case "other" if not value.quoted and (value.number is not None or value.period is not None):
                return Reading(*self.plain(value))
            case _:
                reading = self._known_text(column, value, known=known)
                self._tell_text(column, value, reading.value)
                return reading

    def one_of(self, column: str, value: Value, *, known: bool = False) -> Reading:
        """Read a value that a column is asked for: a misspelling of one that it has is taken for that one.

        Raises:
            Unfit: If the column cannot hold it; or if it is like a value that the column has, but no slip.
        """
        reading = self.scalar(column, value, known=known)
        if value.quoted or not isinstance(reading.value, str):
            return reading
        if self.scope.values.matching(column, value.text):
            return reading
        near = self.scope.values.near(column, value.text)
        slips = [text for text in near if slipped(value.text, text)]
        if len(slips) == 1:
            self._tell_text(column, value, slips[0])
            return Reading(slips[0], reading.cost)
        if near:
            raise NoSuchValue(column, value, near)
        if self.scope.values.known_of(column):
            self.assume(f"'{value.text}' is no value that is known of {column}")
        return reading

    def _tell_text(self, column: str, value: Value, text: str) -> None:
        self.tell(value.token, "value", text, column)
        if text != value.text:
            self.assume(f"took '{value.text}' for '{text}', a value of {column}")

    def _number(self, column: str, value: Value) -> int | float:
        if value.number is not None:
            if "%" in value.text:
                self.assume(f"read {value.text} as {value.number}")
            return value.number
        try:
            return read_number(value.text)
        except ValueError:
            raise Unfit(
                f"'{column}' holds numbers, and '{value.text}' is none.",
                "Compare it with a number, or name another column.",
                value.token,
            ) from None

    def _time(self, column: str, value: Value) -> Period:
        period = value.period
        if period is None and isinstance(value.number, int):
            period = year(value.number)
        if period is None:
            raise Unfit(
                f"'{column}' holds dates, and '{value.text}' is none that is clear.",
                "Write the date as 2013-12-31, or as 31 December 2013.",
                value.token,
            )
        return period

    def _truth(self, column: str, value: Value) -> bool:
        truth = _TRUTHS.get(value.text.casefold())
        if truth is None:
            raise Unfit(
                f"'{column}' is true or false, and '{value.text}' is neither.",
                "Say true or false.",
                value.token,
            )
        return truth

    def _known_text(self, column: str, value: Value, *, known: bool) -> Reading:
        found = self.scope.values.matching(column, value.text)
        if len(found) == 1:
            return Reading(found[0])
        if len(found) > 1:
            raise Unfit(
                f"'{value.text}' can be {' or '.join(repr(one) for one in found)} in '{column}'.",
                "Write it as it stands in the data, in quotes.",
                value.token,
            )
        if known:
            raise Unfit
        if value.column is not None and not value.quoted:
            raise Unfit(
                f"'{value.text}' is a column, and stands where a value of '{column}' is expected.",
                "Put it in quotes if it is a value; else say what of the column.",
                value.token,
            )
        if value.token is not None and value.token.type & NO_TEXT and not value.quoted:
            raise Unfit(
                f"'{value.text}' says what to do, and stands where a value of '{column}' is expected.",
                "Put it in quotes if it is a value.",
                value.token,
            )
        if " " in value.text and not value.quoted and not value.text.istitle():
            raise Unfit(
                f"It is not clear whether '{value.text}' is meant as one value of '{column}'.",
                "Put it in quotes if it is.",
                value.token,
            )
        return Reading(value.text, self.text_cost(value))

    def _of_numbers(self, columns: Columns, what: str) -> None:
        """Refuse columns that hold no numbers; where all are meant, those that do are."""
        for name in columns.names if not columns.every else ():
            if self.scope.kind(name) not in {"number", "other"}:
                raise WrongType(
                    f"'{name}' does not hold numbers, so it cannot be {what}.", f"Convert {name} first."
                )

    def text_cost(self, value: Value) -> int:
        """How unlikely it is that a value was meant as text."""
        if value.quoted:
            return 0
        if value.column is not None:
            return FAR_FETCHED
        return UNLIKELY if value.keyword or value.truth is not None else 0

    def plain(self, value: Value) -> tuple[Scalar | Moment, int]:
        """Read a value where no column says of which kind it is, with what speaks against it."""
        if value.period is not None:
            return Moment(timestamp=value.period.start), 0
        if value.truth is not None:
            return value.truth, 0
        if value.number is not None and not value.quoted:
            return value.number, 0
        return value.text, self.text_cost(value)
