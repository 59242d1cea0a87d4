"""What a tree of the grammar says: its readings on the table at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any, ClassVar

from workbench.errors import MessageNoColumns, MessageTypeMismatch, PlannerRefusal
from workers.planner.chart import AMBIGUOUS, Node, TooManyReadings
from workers.planner.effort import Effort
from workers.planner.lexer import Token
from workers.planner.rules import rules
from workers.planner.telling import Note, Teller, Use

__all__ = [
    "Either",
    "Grammar",
    "NothingLeft",
    "Reading",
    "TooManyReadings",
    "Unfit",
    "WrongType",
    "grammar",
    "readings",
]

_MOST = 200  # readings of one part of a sentence
_COST = 10  # of giving a part its meaning, in places of the chart


class Unfit(Exception):
    """A reading that the grammar allows and the table does not; its reason, if it is worth telling.

    Args:
        reason: One sentence: why.
        hint: What to do about it.
        token: Where.
        final: Whether no other way of cutting the message is to be tried.
    """

    error: ClassVar[type[PlannerRefusal]] = PlannerRefusal
    suggestions: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()  # the words that it is about, where no token was named

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


@dataclass(frozen=True)
class Reading:
    """What a part of a sentence says in one reading, and how far-fetched that is (0: not at all)."""

    value: Any
    cost: int = 0
    notes: tuple[Note, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Grammar:
    """The names that the grammar uses, for checks that everything has a meaning."""

    rules: tuple[str, ...]
    terminals: tuple[str, ...]


@dataclass(frozen=True)
class Either:
    """What can be meant in several ways, of which none is likelier: it is asked about."""

    values: tuple[Any, ...]


def grammar() -> Grammar:
    """Name what is in the grammar: the rules that a reading must give a meaning to, and the terminals."""
    return Grammar(tuple(name for name in rules().names if name[0] != "_"), rules().declared)


def readings(tree: Node, meaning: Teller, effort: Effort) -> tuple[list[Reading], list[Unfit]]:
    """Read a tree in all the ways that make sense.

    Args:
        tree: The tree, with its ambiguities.
        meaning: Has a method for each rule of the grammar: from what the parts say to what the whole says.
        effort: Where the work is counted.

    Returns:
        The readings, each once, with what was told of their words; and why others were dropped.

    Raises:
        TooManyReadings: If there are too many to look at.
        TooMuchEffort: If it is more work than there may be.
    """
    unfit: list[Unfit] = []
    seen: dict[Node, list[Reading]] = {}

    def said(part: Node | Token) -> list[Reading]:
        return seen[part] if isinstance(part, Node) else [Reading(part)]

    left = [tree]
    while left:  # from the leaves to the root
        node = left[-1]
        unread = [part for part in node.parts if isinstance(part, Node) and part not in seen]
        if unread:
            left.append(unread[0])
            continue
        left.pop()
        effort.spend(_COST)
        if node.name == AMBIGUOUS:
            found = [reading for part in node.parts for reading in said(part)]
        else:
            parts = [said(part) for part in node.parts]
            effort.spend(_COST * prod(map(len, parts)))
            found = list(_combined(node, parts, meaning, unfit))
        seen[node] = _distinct(found)
    return seen[tree], unfit


def _combined(
    node: Node, parts: list[list[Reading]], meaning: Teller, unfit: list[Unfit]
) -> Iterator[Reading]:
    method: Callable[..., Any] = getattr(meaning, node.name)
    ways = 1
    for part in parts:
        ways *= len(part)
    if ways > _MOST:
        raise TooManyReadings("This can be read in too many ways.")
    for chosen in product(*parts):
        meaning.told.clear()
        try:
            said = method(*(part.value for part in chosen))
        except Unfit as reason:
            reason.uses = reason.uses or _about(reason, [*_notes(chosen), *meaning.told])
            unfit.append(reason)
            continue
        cost = sum(part.cost for part in chosen)
        notes = (*_notes(chosen), *meaning.told)
        for value in said.values if isinstance(said, Either) else (said,):
            reading = value if isinstance(value, Reading) else Reading(value)
            yield Reading(reading.value, cost + reading.cost, notes)


def _notes(parts: Sequence[Reading]) -> Iterator[Note]:
    return (note for part in parts for note in part.notes)


def _about(reason: Unfit, notes: Sequence[Note]) -> tuple[Use, ...]:
    """The words that a reason names by what they became; else all words of the part that did not fit."""
    uses = {note.start: note for note in notes if isinstance(note, Use)}
    named = [use for use in uses.values() if f"'{use.became}'" in reason.reason]
    return tuple(sorted(named or uses.values(), key=lambda use: use.start))


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
