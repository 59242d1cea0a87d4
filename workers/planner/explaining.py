"""The explanation of a reading: what was told of its words, put together in the order of the message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.explanation import Explanation, IgnoredWords, ReadWords, Role
from workbench.transformations import Transformation
from workers.planner.lexer import Token
from workers.planner.retaken import Retaken, settled
from workers.planner.scan import Piece, scan
from workers.planner.telling import Note, Use

__all__ = ["Part", "explain", "unread"]

_PUNCTUATION = frozenset({"COMMA", "LPAR", "RPAR", "COLON"})
_TRAILING = frozenset({"and", "then"})  # at the end of a line that another one follows

_COUNTED_LIST = re.compile(r":\s*1[.)]\s.*\s2[.)]\s", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """A part of a message that was read as steps.

    Attributes:
        steps: What it says.
        tokens: What it says it with.
        notes: What the meaning told of them.
        joints: The tokens before and after it that only open a sentence, or join it to the next.
        skipped: Where filler was passed over.
    """

    steps: tuple[Transformation | Retaken, ...] = ()
    tokens: tuple[Token, ...] = ()
    notes: tuple[Note, ...] = ()
    joints: tuple[Token, ...] = ()
    skipped: tuple[tuple[int, int], ...] = ()


def explain(message: str, parts: Sequence[Part]) -> Explanation:
    """Put together what was told of the words of a message.

    Args:
        message: What was said.
        parts: How it was read.

    Returns:
        The explanation; every word is in its ``words`` or its ``ignored``.
    """
    read = [use for part in parts for use in _uses(part)]
    spans = [span for part in parts for span in part.skipped if not _within(span, read)]
    spans += [(t.start, t.end) for part in parts for t in part.joints if "OPENING" in t.type]
    for piece in _left(message, read, spans):
        if piece.text.casefold() in _TRAILING:
            read.append(Use(piece.start, piece.end, "joint", ""))
        elif piece.kind == "number":  # of a list
            spans.append((piece.start, piece.end))
    assumed = [note for part in parts for note in part.notes if isinstance(note, str)]
    return Explanation(
        words=tuple(
            ReadWords(
                text=message[use.start : use.end],
                start=use.start,
                end=use.end,
                role=use.role,
                became=use.became,
                of=use.of,
            )
            for use in sorted(read, key=lambda use: use.start)
        ),
        assumed=tuple(dict.fromkeys(assumed)),
        ignored=tuple(
            IgnoredWords(text=message[start:end], start=start, end=end) for start, end in sorted(spans)
        ),
    )


def _within(span: tuple[int, int], read: Iterable[Use]) -> bool:
    """Whether a word stands inside of what was read: "the" in a name of several words."""
    return any(use.start < span[1] and span[0] < use.end for use in read)


def unread(message: str, parts: Sequence[Part]) -> Piece | None:
    """Find a word that is in no part of a message: what is not read must never go unsaid."""
    read = [use for part in parts for use in _uses(part)]
    spans = [span for part in parts for span in part.skipped]
    spans += [(token.start, token.end) for part in parts for token in part.joints]
    for piece in _left(message, read, spans):
        if piece.text.casefold() not in _TRAILING and not _marks_a_list(message, piece):
            return piece
    return None


def _marks_a_list(message: str, piece: Piece) -> bool:
    """Whether a number stands alone where a line or a sentence begins, or goes on counting: "2.", "2)"."""
    before, behind = message[: piece.start].rstrip(" \t-*•–(").rstrip(" \t"), message[piece.end :].lstrip()
    opens = not before or before[-1] in "\n.;!?:" or _COUNTED_LIST.search(message) is not None
    return piece.kind == "number" and opens and behind[:1] in {".", ")"}


def _left(message: str, read: Iterable[Use], spans: Iterable[tuple[int, int]]) -> Iterator[Piece]:
    """The words of a message that are in none of some stretches of it."""
    covered: set[int] = set()
    for start, end in (*((use.start, use.end) for use in read), *spans):
        covered.update(range(start, end))
    for piece in scan(message):
        if piece.kind not in {"symbol", "newline"} and piece.start not in covered:
            yield piece


def _uses(part: Part) -> list[Use]:
    """What each word of a part was used as: as it was told last, else as a word of the language."""
    told: dict[int, Use] = {}
    for note in part.notes:
        if isinstance(note, Use):
            # What is said later of the first word of a value is said of all of them.
            before = told.get(note.start)
            end = max(note.end, before.end) if before else note.end
            told[note.start] = Use(note.start, end, note.role, note.became, note.of)
    uses = _without_overlaps(told.values())
    covered = {at for use in uses for at in range(use.start, use.end)}
    kinds = ", ".join(dict.fromkeys(step.kind for step in settled(part.steps)))
    uses += [_plainly(token, kinds) for token in part.tokens if _is_left(token, covered)]
    joints = [t for t in part.joints if "OPENING" not in t.type and not t.type <= _PUNCTUATION]
    return [*uses, *(Use(token.start, token.end, "joint", "") for token in joints)]


def _without_overlaps(told: Iterable[Use]) -> list[Use]:
    """Leave out what was told of a word that was told of, too, as a part of several."""
    uses: list[Use] = []
    for use in sorted(told, key=lambda use: use.start):
        if not uses or use.start >= uses[-1].end:
            uses.append(use)
    return uses


def _is_left(token: Token, covered: set[int]) -> bool:
    return token.start not in covered and not token.type <= _PUNCTUATION


def _plainly(token: Token, kinds: str) -> Use:
    """What a token is that a rule takes as it is: a number, a date, a text, or a word of the language."""
    role, became = _nature(token, kinds)
    return Use(token.start, token.end, role, became)


def _nature(token: Token, kinds: str) -> tuple[Role, str]:
    if token.quoted:
        return "value", token.text
    if token.period is not None:
        return "date", token.text
    if token.number is not None and not token.keyword:
        return "number", f"{token.number}"
    return ("value", token.text) if "BARE" in token.type else ("command", kinds)
