"""What the words that all families share mean: columns, values, names, arithmetic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.transformations.expressions import Arithmetic, ColumnRef, Function, Literal_
from workers.planner.columns import split_name
from workers.planner.lexer import Token
from workers.planner.parsing import Reading, Unfit, WrongType
from workers.planner.quantities import Period
from workers.planner.scope import Scope
from workers.planner.telling import Telling

__all__ = ["BaseMeaning", "Columns", "Value", "operand_columns"]

# The names of files are not those of columns.
_FILE = re.compile(
    r"\.(csv|tsv|txt|xlsx?|json|jsonl|parquet|feather|pkl|pickle|html|db|sqlite)$", re.IGNORECASE
)
FAR_FETCHED = 3  # a column's name that is to be a value
UNLIKELY = 2  # a word of the language that is to be a value
_OF_NUMBERS = frozenset({"mean", "median", "sum", "std", "var"})
_MOST_DECIMALS = 15
_LEADING = {"TO", "TO_TYPE", "OF", "BY", "EQUALS", "AS_NAME"}  # phrases of these lead to something
LOOSE = 1  # a column that is described, not named


@dataclass(frozen=True)
class Columns:
    """Columns that were named, in order, each once; ``every`` if it was said of all."""

    names: tuple[str, ...]
    every: bool = False


@dataclass(frozen=True)
class Value:
    """A value as it was said: its text, and the number, the truth or the time that it is, if it is one."""

    text: str
    number: int | float | None = None
    truth: bool | None = None
    period: Period | None = None
    quoted: bool = False
    keyword: bool = False
    column: str | None = None
    token: Token | None = None


@dataclass(frozen=True)
class Named:
    """A name for a column; and the column that is there already, if it names one."""

    text: str
    column: str | None = None

    @property
    def target(self) -> str:
        """The column that is made, or made anew: never one whose name is only like what was said."""
        if self.column is None or "".join(split_name(self.text)) == "".join(split_name(self.column)):
            return self.column or self.text
        raise Unfit(
            f"It is not clear whether '{self.text}' is a new column, or '{self.column}'.",
            "Write the column as it is called, or give the new one another name.",
            final=True,
        )


class BaseMeaning(Telling):
    """Reads the rules of ``grammar/words.lark``.

    Args:
        scope: The table that is spoken of.
        message: The message that the tokens were cut from.
    """

    def __init__(self, scope: Scope, message: str) -> None:
        super().__init__()
        self.scope, self.message = scope, message
        self._shares: list[Literal_] = []  # the numbers that were said in percent

    def start(self, steps: tuple[Any, ...]) -> tuple[Any, ...]:
        return steps

    # Columns

    def column(self, token: Token) -> Any:
        name = str(token.column)
        self.tell(token, "column", name)
        if token.quoted:
            return name
        if token.loose or "IT" in token.type:
            self.assume(f"took '{token.text}' for the column {name}")
        return Reading(name, LOOSE) if token.loose else name

    def one_column(self, name: str) -> str:
        return name

    def column_list(self, *names: str) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise Unfit("A column is named twice.", "Name each column once.")
        return names

    def columns(self, names: tuple[str, ...] | str) -> Columns:
        return Columns((names,) if isinstance(names, str) else names)

    def every_column(self) -> Columns:
        return Columns(self.scope.names, every=True)

    def numeric_columns(self, token: Token | None = None) -> Columns:
        return self._of_kind("number", token)

    def other_than_numbers(self, token: Token) -> Columns:
        if any(self.scope.kind(name) == "other" for name in self.scope.names):
            raise Unfit("It is not known of all columns what they hold.", "Name the columns.", token)
        numbers = self._of_kind("number", token).names
        others = tuple(name for name in self.scope.names if name not in numbers)
        if not others:
            raise Unfit("All columns hold numbers.", "Name the columns.", token)
        return Columns(others)

    def other_columns(self) -> Columns:
        return self._others_than(self.scope.made)

    def _others_than(self, names: Sequence[str]) -> Columns:
        others = tuple(name for name in self.scope.names if name not in names)
        if not names or not others:
            raise Unfit("It is not clear which columns are the others.", "Name the columns.", final=True)
        return Columns(others)

    def text_columns(self, token: Token) -> Columns:
        return self._of_kind("text", token)

    def _of_kind(self, kind: str, token: Token | None) -> Columns:
        names = self.scope.of_kind(kind)
        if not names:
            raise Unfit(f"The table has no columns of {kind}s.".replace("texts", "text"), token=token)
        return Columns(names)

    def require_measured(self, column: str, function: object) -> None:
        """Raise WrongType for a mean of what is no number."""
        if function in _OF_NUMBERS and self.scope.kind(column) in {"text", "time"}:
            raise WrongType(
                f"'{column}' does not hold numbers, so it has no {function}.",
                f"Convert {column} to numbers first, if it is meant to hold them.",
            )

    # Values

    def number(self, token: Token) -> Value:
        self.tell(token, "number", token.number)
        return Value(token.text, number=token.number, token=token)

    def negative(self, token: Token) -> Value:
        self.tell(token, "number", token.number)
        return Value(f"-{token.text}", number=-(token.number or 0), token=token)

    def date(self, token: Token) -> Value:
        self.tell(token, "date", token.period)
        if token.relative is not None and self.scope.now is not None:
            far = {"in": "is", "before": "is before", "after": "is after"}[token.relative.way]
            today = self.scope.now.date()
            since = f", as today is {today}" if f"{today}" != str(token.period) else ""
            self.assume(f"'{token.text}' {far} {token.period}{since}")
        return Value(token.text, period=token.period, token=token)

    def true(self, token: Token) -> Value:
        self.tell(token, "value", "true")
        return Value(token.text, truth=True, token=token)

    def false(self, token: Token) -> Value:
        self.tell(token, "value", "false")
        return Value(token.text, truth=False, token=token)

    def text(self, *tokens: Token) -> Any:
        first, last = tokens[0], tokens[-1]
        self.tell_all(tokens, "value", first.text if len(tokens) == 1 else self._words(first, last))
        if len(tokens) == 1:
            value = Value(
                first.text, quoted=first.quoted, keyword=first.keyword, column=first.column, token=first
            )
            # "whose tailnum is in planes" is more likely about the dataset.
            named = first.dataset is not None and not (first.quoted or first.homes)
            return Reading(value, LOOSE) if named else value
        if any(token.homes for token in tokens):
            raise Unfit  # "is shipped quickly": a value that is known, and a word that is not read
        return Reading(Value(self._words(first, last), token=first), sum(t.keyword for t in tokens))

    def values(self, *values: Value) -> tuple[Value, ...]:
        return values

    def known(self, token: Token) -> Token:
        return token

    def knowns(self, *tokens: Token) -> tuple[Token, ...]:
        return tokens

    def new_name(self, *tokens: Token) -> Any:
        first, last = tokens[0], tokens[-1]
        if first.size > 1 and first.type & _LEADING and first.column is None and not first.quoted:
            raise Unfit  # "set type to old": the words "type to" lead on, and are no name
        if any(token.outside for token in tokens):
            raise Unfit  # "make a histogram as …" asks for more than a column of that name
        if any(token.type & {"PERCENT_OF_TOTAL", "AS_PERCENT_OF_TOTAL"} for token in tokens):
            raise Unfit  # "count rows by city as percentage of total" asks for more, too
        plain = first.text.casefold().removesuffix("s") in {"column", "col"} and not first.quoted
        if len(tokens) == 1 and plain and first.column is None:
            raise Unfit  # "add a column with the log of price": it is not called "column"
        if first.column is None and _FILE.search(last.text):
            raise Unfit(
                f"'{last.text}' asks for a file, which a message does not write.",
                "Export the table with the client, when it is as it should be.",
                last,
                final=True,
            )
        self.tell_all(tokens, "name", first.text if len(tokens) == 1 else self._words(first, last))
        if len(tokens) == 1 and first.column is not None and not first.loose:
            return Reading(Named(first.text, first.column))
        if len(tokens) == 1:
            return Reading(Named(first.text), UNLIKELY if first.keyword and not first.quoted else 0)
        # "a flag is_late" is more likely a flag of that name
        kind = bool(first.type & {"INDICATOR", "NEW"})
        return Reading(Named(self._words(first, last)), kind + sum(token.keyword for token in tokens))

    def _words(self, first: Token, last: Token) -> str:
        return " ".join(self.message[first.start : last.end].split())

    def a_number(self, token: Token) -> Token:
        self.tell(token, "number", token.number)
        return token

    # Arithmetic

    def column_value(self, name: str) -> ColumnRef:
        return ColumnRef(column=name)

    def number_value(self, token: Token) -> Literal_:
        self.tell_number(token)
        number = Literal_(value=token.number or 0)
        if "%" in token.text:
            self._shares.append(number)
        return number

    def minus(self, operand: Any) -> Any:
        if isinstance(operand, Literal_):
            return Literal_(value=-operand.value)  # type: ignore[operator]
        return self._arithmetic("multiply", Literal_(value=-1), operand)

    def add(self, left: Any, right: Any) -> Arithmetic:
        self._no_share(left, right)
        return self._arithmetic("add", left, right)

    def subtract(self, left: Any, right: Any) -> Arithmetic:
        self._no_share(left, right)
        return self._arithmetic("subtract", left, right)

    def _no_share(self, *operands: Any) -> None:
        """Refuse "price + 10%": ten percent of what?"""
        if any(operand is share for operand in operands for share in self._shares):
            raise Unfit(
                "It is not clear what the percentage is of.",
                "Say it as in 'increase price by 10%' or 'price * 1.1'.",
                final=True,
            )

    def multiply(self, left: Any, right: Any) -> Arithmetic:
        return self._arithmetic("multiply", left, right)

    def divide(self, left: Any, right: Any) -> Arithmetic:
        return self._arithmetic("divide", left, right)

    def modulo(self, left: Any, right: Any) -> Arithmetic:
        return self._arithmetic("modulo", left, right)

    def power(self, left: Any, right: Any) -> Arithmetic:
        return self._arithmetic("power", left, right)

    def tell_number(self, token: Token) -> None:
        """Say which number was read; of a percentage, that it is a part of one."""
        self.tell(token, "number", token.number)
        if "%" in token.text:
            self.assume(f"read {token.text} as {token.number}")

    def squared(self, operand: Any) -> Arithmetic:
        return self._arithmetic("power", operand, Literal_(value=2))

    # Functions

    def said_abs(self, *_: Token) -> str:
        return "abs"

    def said_sqrt(self, *_: Token) -> str:
        return "sqrt"

    def said_log(self, *_: Token) -> str:
        return "log"

    def said_log_ten(self, *_: Token) -> str:
        return "log10"

    def said_log_two(self, *_: Token) -> str:
        return "log2"

    def said_exp(self, *_: Token) -> str:
        return "exp"

    def said_floor(self, *_: Token) -> str:
        return "floor"

    def said_ceil(self, *_: Token) -> str:
        return "ceil"

    def called(self, function: str, operand: Any) -> Function:
        return self._function(function, operand)

    def called_on(self, function: str, column: str) -> Function:
        return self._function(function, column)

    def rounded(self, _: Token, operand: Any, decimals: Token | None = None) -> Function:
        number = 0 if decimals is None else decimals.number
        if not isinstance(number, int) or not 0 <= number <= _MOST_DECIMALS:
            raise Unfit("Numbers are rounded to 0 to 15 decimals.", "Give a whole number.", decimals)
        return self._function("round", operand, decimals=number)

    def _function(self, function: Any, *operands: Any, **parameters: Any) -> Function:
        """A function of numbers."""
        arguments = tuple(self._operand(operand) for operand in operands)
        self._require_numbers(arguments)
        if not arguments[0].columns():
            raise Unfit  # "log(5)": a function of no column
        return Function(function=function, arguments=arguments, **parameters)

    def _arithmetic(self, op: Any, left: Any, right: Any) -> Arithmetic:
        left, right = self._operand(left), self._operand(right)
        self._require_numbers((left, right))
        return Arithmetic(op=op, left=left, right=right)

    def _require_numbers(self, operands: Iterable[Any]) -> None:
        for name in operand_columns(operands):
            if self.scope.kind(name) in {"text", "time"}:
                raise WrongType(
                    f"'{name}' does not hold numbers, so it cannot be calculated with.",
                    f"Say it as in 'days between {name} and another column'."
                    if self.scope.kind(name) == "time"
                    else f"Convert {name} to numbers first, if it is meant to hold them.",
                )

    def _operand(self, said: Any) -> Any:
        return ColumnRef(column=said) if isinstance(said, str) else said


def operand_columns(operands: Iterable[Any]) -> list[str]:
    """The columns that operands name."""
    return [name for operand in operands for name in operand.columns()]
