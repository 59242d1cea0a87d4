"""What the lexer makes of a message: tokens, each with all the types that it may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workers.planner.quantities import Period
from workers.planner.relative import Relative

__all__ = ["Token", "Tokens", "Types"]

Types = frozenset[str]  # of a token


@dataclass(frozen=True)
class Token:
    """A token: its place in the message, its types, and what it says in each of them.

    Attributes:
        type: All the types that it may be.
        start: Where it begins in the message.
        end: Where it ends.
        text: What stands there, without quotes.
        size: How many pieces of the message it takes.
        column: The column that it names.
        rivals: The columns that it may name where it is not clear which.
        number: The number that it is.
        period: The time that it names.
        homes: The values of columns that it is: (column, value).
        dataset: The other dataset that it names.
        keyword: Whether it is a word of the language.
        quoted: Whether it was quoted.
        outside: What it asks for beyond our reach.
        ending: The column that the last word of a phrase is, too.
        relative: The time that it names, if it was told from today.
    """

    type: Types
    start: int
    end: int
    text: str
    size: int = 1
    column: str | None = None
    rivals: tuple[str, ...] = ()
    loose: bool = False
    number: int | float | None = None
    period: Period | None = None
    homes: tuple[tuple[str, str], ...] = ()
    dataset: str | None = None
    keyword: bool = False
    quoted: bool = False
    outside: str = ""
    ending: str | None = None
    relative: Relative | None = None
    pieces: tuple[int, int] = field(default=(0, 0), compare=False)


class Tokens(list[Token]):
    """The tokens of a part of a message, and where the filler stands that was passed over."""

    def __init__(self, tokens: Iterable[Token], skipped: Sequence[tuple[int, int]]) -> None:
        super().__init__(tokens)
        self.skipped = tuple(skipped)
