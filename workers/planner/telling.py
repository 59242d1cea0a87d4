"""What the meaning of a message tells of its words: what each was used as, and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from workbench.explanation import Role
from workers.planner.lexer import Token

__all__ = ["Note", "Teller", "Telling", "Use"]


@dataclass(frozen=True)
class Use:
    """What a stretch of the message was used as.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        role: As what it was read.
        became: The column, the value, the number … that it stands for.
        of: The column that a value is of, or the dataset that a column is of.
    """

    start: int
    end: int
    role: Role
    became: str
    of: str | None = None


Note = Use | str
"""What a word was used as, or a sentence that says what was assumed."""


class Teller(Protocol):
    """Gives a meaning to the rules of the grammar, and tells meanwhile what it made of the words."""

    told: list[Note]


class Telling:
    """Notes what a meaning makes of words, where it makes it; what is said later of a word counts."""

    def __init__(self) -> None:
        self.told: list[Note] = []

    def tell(self, token: Token | None, role: Role, became: Any = None, of: str | None = None) -> None:
        """Say what a token was used as; one that is not known (a value of ours) is passed over."""
        if token is not None:
            text = token.text if became is None else str(became)
            self.told.append(Use(token.start, token.end, role, text, of))

    def tell_all(self, tokens: Sequence[Token], role: Role, became: str) -> None:
        """Say what several tokens were used as together."""
        self.told.append(Use(tokens[0].start, tokens[-1].end, role, became))

    def assume(self, sentence: str) -> None:
        """Say what was taken for granted, as it was not said, or not quite so."""
        self.told.append(sentence)
