"""The grammar (``grammar/*.lark``), and all the readings that it allows of a row of tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from lark import Lark, Tree
from lark.exceptions import UnexpectedEOF, UnexpectedToken
from lark.lexer import Lexer

from workers.planner.lexer import Token

__all__ = ["Reading", "TooManyReadings", "Unfit", "parse", "readings"]

_TERMINAL = re.compile(r"\b_?[A-Z][A-Z_]+\b")
_COMMENT = re.compile(r"//.*")
_MOST = 200  # readings of one part of a sentence


class Unfit(Exception):  # noqa: N818 - it says of a reading that it does not fit
    """A reading that the grammar allows and the table does not; its reason, if it is worth telling.

    Args:
        reason: One sentence: why.
        hint: What to do about it.
        token: Where.
    """

    def __init__(self, reason: str = "", hint: str = "", token: Token | None = None) -> None:
        super().__init__(reason)
        self.reason, self.hint, self.token = reason, hint, token


class TooManyReadings(Exception):  # noqa: N818 - a refusal, not a fault
    """A sentence that can be read in more ways than we look at."""


@dataclass(frozen=True)
class Reading:
    """What a part of a sentence says in one reading, and how far-fetched that is (0: not at all)."""

    value: Any
    cost: int = 0


class _Given(Lexer):
    """The tokens are made already: hand them on."""

    def __init__(self, lexer_conf: Any) -> None:
        del lexer_conf

    def lex(self, data: Sequence[Token]) -> Iterator[Any]:  # type: ignore[override]
        yield from data


@cache
def _parser() -> Lark:
    """Build the parser, once: it takes some hundredths of a second."""
    files = sorted((Path(__file__).parent / "grammar").glob("*.lark"))
    text = "\n".join(_COMMENT.sub("", file.read_text(encoding="utf-8")) for file in files)
    terminals = " ".join(sorted(set(_TERMINAL.findall(text))))
    return Lark(
        f"{text}\n%declare {terminals}\n",
        parser="earley",
        lexer=_Given,
        ambiguity="explicit",
        maybe_placeholders=False,
    )


def parse(tokens: Sequence[Token]) -> Tree[Token] | int:
    """Parse the tokens of one step.

    Args:
        tokens: The tokens, at least one.

    Returns:
        The tree of all readings; or, where there is none, the index of the first token that cannot stand
        where it does (the number of tokens, if more would have to follow).
    """
    try:
        return _parser().parse(tokens)  # type: ignore[arg-type]
    except UnexpectedToken as error:
        return next(index for index, token in enumerate(tokens) if token is error.token)
    except UnexpectedEOF:
        return len(tokens)


def readings(tree: Tree[Token], meaning: object) -> tuple[list[Reading], list[Unfit]]:
    """Read a tree in all the ways that make sense.

    Args:
        tree: The tree, with its ambiguities.
        meaning: Has a method for each rule of the grammar: from what the parts say to what the whole says.

    Returns:
        The readings, each once, and why others were dropped.

    Raises:
        TooManyReadings: If there are too many to look at.
    """
    unfit: list[Unfit] = []
    seen: dict[int, list[Reading]] = {}

    def read(node: Tree[Token] | Token) -> list[Reading]:
        if not isinstance(node, Tree):
            return [Reading(node)]
        if id(node) not in seen:
            if node.data == "_ambig":
                found = [reading for child in node.children for reading in read(child)]
            else:
                found = list(_combined(node, [read(child) for child in node.children], meaning, unfit))
            seen[id(node)] = _distinct(found)
        return seen[id(node)]

    return read(tree), unfit


def _combined(
    node: Tree[Token], parts: list[list[Reading]], meaning: object, unfit: list[Unfit]
) -> Iterator[Reading]:
    method: Callable[..., Any] = getattr(meaning, str(node.data))
    ways = 1
    for part in parts:
        ways *= len(part)
    if ways > _MOST:
        raise TooManyReadings
    for chosen in product(*parts):
        try:
            said = method(*(part.value for part in chosen))
        except Unfit as reason:
            unfit.append(reason)
            continue
        cost = sum(part.cost for part in chosen)
        yield Reading(said.value, cost + said.cost) if isinstance(said, Reading) else Reading(said, cost)


def _distinct(found: list[Reading]) -> list[Reading]:
    """Keep each thing that is said once, at its least cost."""
    best: dict[Any, Reading] = {}
    for reading in found:
        key = _key(reading.value)
        if key not in best or reading.cost < best[key].cost:
            best[key] = reading
    return list(best.values())


def _key(value: Any) -> Any:
    """What a value is compared by; plans hold dictionaries, which cannot be hashed."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
