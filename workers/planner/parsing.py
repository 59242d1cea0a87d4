"""The grammar (``grammar/*.lark``), and all the readings that it allows of a row of tokens."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

from lark import Lark, Tree
from lark.exceptions import UnexpectedEOF, UnexpectedToken
from lark.lexer import Lexer

from workbench.errors import MessageNoColumns, MessageTypeMismatch, PlannerRefusal
from workers.planner.lexer import Token, Types

__all__ = [
    "Grammar",
    "NothingLeft",
    "Reading",
    "TooManyReadings",
    "Unfit",
    "WrongType",
    "grammar",
    "parse",
    "readings",
]

_TERMINAL = re.compile(r"\b_?[A-Z][A-Z_]+\b")
_COMMENT = re.compile(r"//.*")
_KEPT = 20_000  # predictions remembered
_MOST = 200  # readings of one part of a sentence


class Unfit(Exception):
    """A reading that the grammar allows and the table does not; its reason, if it is worth telling.

    Args:
        reason: One sentence: why.
        hint: What to do about it.
        token: Where.
        final: Whether no other way of cutting the message is to be tried.
    """

    error: ClassVar[type[PlannerRefusal]] = PlannerRefusal

    def __init__(
        self, reason: str = "", hint: str = "", token: Token | None = None, *, final: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason, self.hint, self.token, self.final = reason, hint, token, final


class WrongType(Unfit):
    """What is asked of a column is not possible with its type."""

    error = MessageTypeMismatch


class NothingLeft(Unfit):
    """The table would have no columns."""

    error = MessageNoColumns


class TooManyReadings(Exception):
    """A sentence that can be read in more ways than we look at."""


@dataclass(frozen=True)
class Reading:
    """What a part of a sentence says in one reading, and how far-fetched that is (0: not at all)."""

    value: Any
    cost: int = 0


_coming = threading.local()  # .types: the types of the token that the parser is about to look at


class _Given(Lexer):
    """The tokens are made already: hand them on."""

    def __init__(self, lexer_conf: Any) -> None:
        del lexer_conf

    def lex(self, data: Sequence[Token]) -> Iterator[Any]:  # type: ignore[override]
        for token in data:
            _coming.types = token.type
            yield token
        _coming.types = Types()


class _Hopeful(dict[Any, list[Any]]):
    """The rules that may begin at a token: of all that the grammar predicts, those that its types can begin.

    lark's Earley parser predicts every rule wherever it may stand; looking one token ahead leaves out nine
    of ten, and makes it several times as fast.
    """

    def __init__(self, parser: Any) -> None:
        super().__init__(parser.predictions)
        self._begins = {rule: _first(rule, parser) for rules in self.values() for rule in rules}
        self._found: dict[tuple[Any, Types], list[Any]] = {}

    def __getitem__(self, origin: Any) -> list[Any]:
        key = origin, _coming.types
        if key not in self._found:
            if len(self._found) > _KEPT:
                self._found.clear()
            begins, types = self._begins, _coming.types
            self._found[key] = [
                rule for rule in super().__getitem__(origin) if begins[rule] is None or begins[rule] & types
            ]
        return self._found[key]


def _first(rule: Any, parser: Any) -> frozenset[str] | None:
    """The types that a rule can begin with; None if it can be empty."""
    names: set[str] = set()
    for symbol in rule.expansion:
        names |= {terminal.name.lstrip("_") for terminal in parser.FIRST[symbol]}
        if symbol not in parser.NULLABLE:
            return frozenset(names)
    return None


@cache
def _parser() -> Lark:
    """Build the parser, once: it takes some hundredths of a second."""
    files = sorted((Path(__file__).parent / "grammar").glob("*.lark"))
    text = "\n".join(_COMMENT.sub("", file.read_text(encoding="utf-8")) for file in files)
    terminals = " ".join(sorted(set(_TERMINAL.findall(text))))
    lark = Lark(
        f"{text}\n%declare {terminals}\n",
        parser="earley",
        lexer=_Given,
        ambiguity="explicit",
        maybe_placeholders=False,
    )
    earley: Any = lark.parser.parser
    _coming.types = Types()
    earley.predictions = _Hopeful(earley)
    return lark


@dataclass(frozen=True)
class Grammar:
    """The names that the grammar uses, for checks that everything has a meaning."""

    rules: tuple[str, ...]
    terminals: tuple[str, ...]


def grammar() -> Grammar:
    """Name what is in the grammar: the rules that a reading must give a meaning to, and the terminals."""
    rules = {
        str(rule.alias or getattr(rule.origin.name, "value", rule.origin.name)) for rule in _parser().rules
    }
    terminals = {terminal.name for terminal in _parser().terminals}
    return Grammar(tuple(sorted(name for name in rules if name[0] != "_")), tuple(sorted(terminals)))


def parse(tokens: Sequence[Token]) -> Tree[Any] | int:
    """Parse the tokens of one step.

    Args:
        tokens: The tokens, at least one.

    Returns:
        The tree of all readings; or, where there is none, the index of the first token that cannot stand
        where it does (the number of tokens, if more would have to follow).
    """
    parser = _parser()
    _coming.types = tokens[0].type  # before the first one is handed over
    try:
        return parser.parse(tokens)
    except UnexpectedToken as error:
        return next(index for index, token in enumerate(tokens) if token is error.token)
    except UnexpectedEOF:
        return len(tokens)


def readings(tree: Tree[Any], meaning: object) -> tuple[list[Reading], list[Unfit]]:
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

    def read(node: Tree[Any] | Token) -> list[Reading]:
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
    node: Tree[Any], parts: list[list[Reading]], meaning: object, unfit: list[Unfit]
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
