"""Messages that can be read in several ways: each to its end, so that the answer can be a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from workbench.errors import MessageAmbiguous, MessageEmpty, MessageTooLong, PlannerRefusal
from workbench.transformations import Plan
from workers.planner.effort import Effort, TooMuchEffort
from workers.planner.explaining import explain, unread
from workers.planner.lexer import Token
from workers.planner.reader import Place, Reader, steps_of
from workers.planner.refusal import ambiguous, passed_over, too_long
from workers.planner.retaken import settled
from workers.planner.scope import Scope
from workers.planner.tables import Tables
from workers.planner.understood import Understood

__all__ = ["read"]

_MOST_CHARACTERS = 4_000
_MOST_WAYS = 6  # told of one message; nobody reads more
_MOST_READS = 24


def _understood(message: str, scope: Scope) -> Understood:
    """Read a message in the one way in which it can be read.

    Args:
        message: What was said.
        scope: The table at the beginning.

    Raises:
        PlannerRefusal: If there is no way to read it.
        MessageAmbiguous: If there are several that differ in effect; the details hold the plan of each.
    """
    asker = _Asker(message, scope)
    ways = {str(way.plan.to_json()): way for way in asker.ways({})}
    if len(ways) == 1 and not asker.exhausted:
        return next(iter(ways.values()))
    assert asker.asked is not None  # noqa: S101 - for the type checker: only a question has several ways
    raise ambiguous([way.plan for way in list(ways.values())[:_MOST_WAYS]], asker.asked)


def read(message: str, tables: Tables, now: datetime | None = None) -> Understood:
    """Read a message; see ``workers.planner.understand``."""
    if not message.strip():
        raise MessageEmpty("The message is empty.", "Say what should happen to the table.")
    if len(message) > _MOST_CHARACTERS:
        raise MessageTooLong(
            f"The message has {len(message):,} characters; {_MOST_CHARACTERS:,} are read at most.",
            "Say it in several messages.",
        )
    return _understood(message, Scope.of(tables, now))


@dataclass
class _Asker:
    """Follows the readings of a message.

    Attributes:
        message: What was said.
        scope: The table at the beginning.
        asked: The first token of the part that can be read in several ways.
        reads: How often the message was read.
        effort: How much work that is.
        exhausted: Whether there are more ways than were followed.
    """

    message: str
    scope: Scope
    asked: Token | None = None
    reads: int = 0
    effort: Effort = field(default_factory=Effort)
    exhausted: bool = False

    def ways(self, chosen: Mapping[Place, int]) -> list[Understood]:
        """Read the message in all ways that are left once some are chosen; a way that leads nowhere is none.

        Raises:
            PlannerRefusal: If all lead nowhere.
        """
        self.reads += 1
        reader = Reader(self.message, self.scope, chosen, effort=self.effort)
        try:
            parts = reader.parts()
        except TooMuchEffort:
            self.exhausted = True
            raise too_long(reader.position) from None
        except MessageAmbiguous:
            question = reader.question
            if question is None:
                raise
            if self.reads > _MOST_READS:
                self.exhausted = True
                raise too_long(question.token.start) from None
            self.asked = self.asked or question.token
            return self._answered(chosen, question.place, question.ways)
        left = unread(self.message, parts)
        if left is not None:
            raise passed_over(left)
        return [Understood(Plan(steps=settled(steps_of(parts))), explain(self.message, parts))]

    def _answered(self, chosen: Mapping[Place, int], place: Place, ways: int) -> list[Understood]:
        found: list[Understood] = []
        refusal: PlannerRefusal | None = None
        for number in range(ways):
            try:
                found += self.ways({**chosen, place: number})
            except PlannerRefusal as error:
                refusal = refusal or error
        if not found and refusal is not None:
            raise refusal
        return found
