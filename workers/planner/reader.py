"""From a message to a plan: cut into steps, each read on the table that the one before leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from workbench.errors import MessageEmpty, MessageOutside, PlannerRefusal
from workbench.transformations import Plan, Transformation
from workers.planner.chart import Chart, TooManyReadings
from workers.planner.effort import Effort
from workers.planner.explaining import Part
from workers.planner.lexer import Token, Tokens, tokenize
from workers.planner.lexicon import lexicon
from workers.planner.meaning import Meaning
from workers.planner.parsing import Reading, Unfit, readings
from workers.planner.refusal import Failure, ambiguous, outside, refuse
from workers.planner.retaken import Retaken, settled
from workers.planner.scan import Piece
from workers.planner.scope import Scope
from workers.planner.sentences import sentences_of

__all__ = ["Place", "Question", "Reader", "steps_of"]

_COST = 20  # of finding out what a word can be, in places of the chart
_COUNTING = frozenset({"first", "last", "top", "bottom"})  # without a verb, rows to keep
_MARKS = frozenset({"COMMA", "COLON"})
_JOINTS = frozenset({"COMMA", "AND", "THEN"})
Steps = tuple[Transformation | Retaken, ...]
Parts = tuple[Part, ...]
Span = tuple[int, int]
Place = tuple[int, int]  # where a part of the message begins and ends


@dataclass(frozen=True)
class Question:
    """A place at which there are several ways to go on.

    Attributes:
        place: Where: a part of the message.
        ways: How many.
        token: The first token of the part.
    """

    place: Place
    ways: int
    token: Token


def steps_of(parts: Parts) -> Steps:
    """The steps of all parts, in order."""
    return tuple(step for part in parts for step in part.steps)


@dataclass
class Reader:
    """Reads one message.

    Attributes:
        message: What was said.
        scope: The table at the beginning.
        effort: How much work it is.
        failure: The one that came farthest.
        chosen: Which way to go where there are several.
        question: The first place where there are several, and none was chosen.
        idle: Whether a part was understood that asks for no step.
    """

    message: str
    scope: Scope
    chosen: Mapping[Place, int] = field(default_factory=dict)
    question: Question | None = None
    effort: Effort = field(default_factory=Effort)
    failure: Failure | None = None
    refusal: PlannerRefusal | None = None
    done: int = field(default=0)
    tokenized: dict[tuple[int, int, int, frozenset[Span]], tuple[Tokens, Scope]] = field(default_factory=dict)
    idle: bool = False

    def parts(self) -> Parts:
        """Read all sentences. Raises PlannerRefusal where one is not understood."""
        found: Parts = ()
        scope = self.scope
        for sentence in sentences_of(self.message):
            self.failure = None
            self.done = len(steps_of(found))
            read_now = self._sentence(sentence, scope)
            if read_now is None:
                raise self._refused(sentence, scope)
            scope = _after(scope, steps_of(read_now))
            found += read_now
        if not steps_of(found) and self.idle:
            raise MessageEmpty(
                "That leaves the table as it is; nothing was done.",
                "Rows are numbered in order and have no other index. Say what should happen: sort by date.",
            )
        if not steps_of(found):
            raise MessageEmpty(
                "The message says nothing about the table.", "Say what should happen, as in: sort by date."
            )
        return found

    @property
    def position(self) -> int:
        """How far it came."""
        return self.failure.position if self.failure is not None else 0

    def _refused(self, sentence: Sequence[Piece], scope: Scope) -> PlannerRefusal:
        if self.refusal is not None:
            return self.refusal
        failure = self.failure
        if failure is None:
            failure = Failure(self._tokens(sentence, scope), 0, scope)
        refused = refuse(failure, self.message)
        if isinstance(refused, MessageOutside):
            return refused
        return self._outside(sentence, scope) or refused

    def _outside(self, read: Sequence[Piece], scope: Scope) -> PlannerRefusal | None:
        """What another sentence asks for that is outside: then nothing of the message can help."""
        for sentence in sentences_of(self.message):
            if sentence[0].start != read[0].start:
                found = outside(self._tokens(sentence, scope))
                if found is not None:
                    return found
        return None

    def _tokens(self, pieces: Sequence[Piece], scope: Scope, barred: frozenset[Span] = frozenset()) -> Tokens:
        key = len(pieces), pieces[-1].end if pieces else 0, id(scope), barred
        if key not in self.tokenized:
            tokens = tokenize(
                self.message, pieces, scope.index, scope.values, scope.nouns, scope.it, barred,
                scope.datasets, scope.clock,
            )  # fmt: skip
            self.tokenized[key] = tokens, scope  # which lives on, so that none is in its place
        return self.tokenized[key][0]

    def _sentence(self, pieces: Sequence[Piece], scope: Scope) -> Parts | None:
        """Read the steps of a sentence; where that fails, once more with a phrase taken apart."""
        found = self._rest(pieces, scope, frozenset())
        if found is not None:
            return self._doubted(found, pieces, scope)
        if self.refusal is not None or self.failure is None:
            return None
        places = {piece.start: place for place, piece in enumerate(pieces)}
        for phrase in _phrases_before(self.failure):
            span = places[phrase.start], phrase.size  # it may be of a later step, whose pieces are fewer
            found = self._rest(pieces, scope, frozenset({span}))
            if found is not None or self.refusal is not None:
                return found
        return None

    def rest_so(self, pieces: Sequence[Piece], barred: frozenset[Span]) -> Parts | None:
        """Read a part of the message with some of its phrases taken apart."""
        return self._rest(pieces, self.scope, barred)

    def _doubted(self, found: Parts, pieces: Sequence[Piece], scope: Scope) -> Parts | None:
        """Ask where a phrase of the language may be a word of it and a column: no reading is likelier."""
        for span in _doubtful(self._tokens(pieces, scope)):
            other = Reader(self.message, scope, self.chosen, effort=self.effort).rest_so(
                pieces, frozenset({span})
            )
            if other is not None and steps_of(other) != steps_of(found):
                ways = [found, other]
                place = pieces[span[0]].start, pieces[span[0] + span[1] - 1].end
                if place in self.chosen:
                    return ways[self.chosen[place]]
                self._ask(place, [steps_of(way) for way in ways], self._tokens(pieces, scope)[0])
                return None
        return found

    def _ask(self, place: Place, ways: Sequence[Steps], token: Token) -> None:
        self.question = Question(place, len(ways), token)
        self.refusal = ambiguous([Plan(steps=settled(steps)) for steps in ways], token)

    def _rest(self, pieces: Sequence[Piece], scope: Scope, barred: frozenset[Span]) -> Parts | None:
        """Read all steps that are left: the longest first step that lets the others be read, too."""
        every = self._tokens(pieces, scope, barred)
        tokens = _trimmed(every)
        if not tokens:
            return (Part(joints=tuple(every), skipped=every.skipped),)
        limit = len(tokens)
        cuts = list(_cuts(tokens))
        self.effort.spend(_COST * len(tokens))
        chart = Chart(tokens, {end for end, _ in cuts}, self.effort)
        for end, following in cuts:
            if end > limit:
                continue
            read_now = self._step(tokens[:end], chart, scope)
            if self.refusal is not None:
                return None
            if isinstance(read_now, int):
                limit = min(limit, read_now)
                continue
            part = _part(read_now, tokens[:end], every, None if following is None else tokens[following])
            if following is None:
                return (part,)
            left = pieces[tokens[following].pieces[0] :]
            moved = frozenset((at - tokens[following].pieces[0], size) for at, size in barred)
            rest = self._rest(left, _after(scope, part.steps), moved)
            if rest is not None:
                return part, *rest
            if self.refusal is not None:
                return None
        return None

    def _step(self, tokens: Sequence[Token], chart: Chart, scope: Scope) -> Reading | int:
        """Read one step; or say how many of its tokens can stand as they do."""
        stop = chart.stops(len(tokens))
        if stop is not None:
            self._failed(Failure(tokens, stop, scope, steps=self.done))
            return stop
        try:
            found, unfit = readings(chart.tree(len(tokens)), Meaning(scope, self.message), self.effort)
        except TooManyReadings as error:
            unfit, found = [Unfit(str(error), "Say it in several short steps.")], []
        except ValidationError as error:
            reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
            unfit, found = [Unfit(f"This cannot be done: {reason}.", "Say it in another way.")], []
        if not found:
            failure = Failure(tokens, len(tokens), scope, tuple(unfit), steps=self.done)
            if any(reason.final for reason in unfit):
                self.refusal = refuse(failure, self.message)
            self._failed(failure)
            return len(tokens)
        least = min(reading.cost for reading in found)
        best = [reading for reading in found if reading.cost == least]
        if len(best) > 1:
            place = tokens[0].start, tokens[-1].end
            if place in self.chosen:
                return best[self.chosen[place]]
            self._ask(place, [reading.value for reading in best], tokens[0])
            return len(tokens)
        self.idle = self.idle or not best[0].value
        return best[0]

    def _failed(self, failure: Failure) -> None:
        if self.failure is None or _farness(failure) > _farness(self.failure):
            self.failure = failure


def _part(reading: Reading, tokens: Sequence[Token], every: Tokens, following: Token | None) -> Part:
    """What was read of the first of some tokens, with all that stands around it before the next step."""
    until = every[-1].end + 1 if following is None else following.start
    own = {token.start for token in tokens}
    return Part(
        steps=reading.value,
        tokens=tuple(tokens),
        notes=reading.notes,
        joints=tuple(token for token in every if token.start not in own and token.start < until),
        skipped=tuple(span for span in every.skipped if following is None or span[0] < until),
    )


def _farness(failure: Failure) -> tuple[int, bool]:
    """How near a reading came to its end; one that has a reason to tell goes before one that has none."""
    return failure.position, any(unfit.reason for unfit in failure.unfit)


def _trimmed(tokens: Sequence[Token]) -> list[Token]:
    """Take away what only joins and opens: "and" and "then" in front, "first" and "next" before a verb."""
    left = list(tokens)
    while left and left[-1].type & _MARKS:
        left.pop()
    while left:
        if not (_opens(left) or left[0].type & (_JOINTS | _MARKS)):
            break
        left.pop(0)
    return left


def _opens(tokens: Sequence[Token]) -> bool:
    """Whether the first token only opens a sentence: "ok, …", and "first" if a step begins behind it."""
    types = tokens[0].type
    if "OPENING" not in types or tokens[0].column is not None:
        return False
    if len(tokens) > 1 and tokens[1].type & {"HIGHEST", "LOWEST"}:
        return False  # "second highest price": the second one of them
    begins = len(tokens) > 1 and bool(tokens[1].type & (lexicon().kinds["starts"] | _JOINTS))
    ordinal = tokens[0].text.casefold() in {"second", "third"}  # "second order per customer": that one
    return begins or (not ordinal and types <= {"OPENING", "SO", "WORD", "NAME"})


def _after(scope: Scope, steps: Steps) -> Scope:
    for step in steps:
        scope = scope.after(step)
    return scope


def _cuts(tokens: Sequence[Token]) -> Iterator[tuple[int, int | None]]:
    """Where the first step may end, farthest first: (the end, where the next begins)."""
    farthest = _clear_cut(tokens)
    if farthest is None:
        yield len(tokens), None
    for index in range(farthest or len(tokens) - 1, 0, -1):
        before = index
        while before > 0 and tokens[before - 1].type & _JOINTS:
            before -= 1
        if before == 0:
            continue
        joint = before < index and (
            bool(tokens[index].type & lexicon().kinds["starts"])
            or "THEN" in tokens[index - 1].type
            or (index + 1 < len(tokens) and "EQ" in tokens[index + 1].type)
        )
        if joint and not tokens[index].type & _JOINTS and not _lacks_a_verb(tokens, index):
            yield before, index
        elif before == index and tokens[index].type & lexicon().kinds["abrupt"]:
            yield index, index


def _lacks_a_verb(tokens: Sequence[Token], index: int) -> bool:
    """Whether rows are counted behind what is dropped: in "drop a and the last row", that is dropped, too."""
    counts = tokens[index].text.casefold() in _COUNTING and "THEN" not in tokens[index - 1].type
    return counts and any("DROP" in token.type for token in tokens[:index])


def _clear_cut(tokens: Sequence[Token]) -> int | None:
    """Where "then" and a verb leave no doubt that a step begins, so that nothing longer need be tried."""
    starts = lexicon().kinds["starts"]
    for index in range(1, len(tokens)):
        token = tokens[index]
        if "THEN" in tokens[index - 1].type and token.type & starts and token.column is None:
            return index
    return None


def _phrases_before(failure: Failure) -> list[Token]:
    """The phrases of several words that stand where reading failed or shortly before, nearest first."""
    at = min(failure.at, len(failure.tokens) - 1)
    near = failure.tokens[max(0, at - 6) : at + 1]
    apart = [token for token in reversed(near) if token.size > 1 and "META" not in token.type]
    return apart[:4]


def _doubtful(tokens: Sequence[Token]) -> list[Span]:
    """Phrases of the language whose last word is a column, too: "missing value" where there is a value."""
    return [
        (token.pieces[0], token.size)
        for token in tokens
        if token.size > 1 and "NULLS" in token.type and token.ending is not None
    ]
