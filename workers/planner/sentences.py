"""A message as sentences: cut at its stops, with what says more of a step, and lists, joined to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workers.planner.lexicon import Phrase, lexicon
from workers.planner.scan import Piece, scan

__all__ = ["sentences_of"]

Span = tuple[int, int]
_SHORTEST_LIST = 2
_NAMING = frozenset({"as", "called", "named", "column", "feature"})  # said where a result gets a name


def sentences_of(message: str) -> Iterator[list[Piece]]:
    """Cut at line ends, semicolons and full stops; take the marks of lists away."""
    sentence: list[Piece] = []
    pieces = list(_joined(_with_lists_joined(scan(message))))
    for index, piece in enumerate(pieces):
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        stop = piece.text in {".", "!", "?"} and (following is None or not following.tight)
        if piece.kind == "newline" or piece.text == ";" or stop:
            mark = stop and len(sentence) == 1 and sentence[0].kind == "number"
            cut = sentence if following is None else _unjoined(sentence)
            if cut and not mark:
                yield cut
            sentence = []
        elif (not sentence and piece.text in {"-", "*", "•", ")", "–"}) or (
            not sentence and piece.kind == "number" and following is not None and following.text == ")"
        ):
            continue
        else:
            sentence.append(piece)
    if sentence:
        yield sentence


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """Join a sentence that says how a result is called to the one before, which makes it."""
    for index, piece in enumerate(pieces):
        joins = piece.text == "." or piece.kind == "newline"
        yield (
            replace(piece, kind="symbol", text=",", content=",")
            if joins and _names(pieces[index + 1 :])
            else piece
        )


def _names(pieces: Sequence[Piece]) -> bool:
    """Whether a sentence that begins here says more of what the one before makes: its name, its values."""
    if not pieces or pieces[0].tight:
        return False
    end = next((at for at, piece in enumerate(pieces) if piece.text == "." or piece.kind == "newline"), None)
    said = {piece.content.casefold() for piece in pieces[:end]}
    first = pieces[0].content.casefold()
    known = lexicon().phrases.get((first,))
    return (
        (known is not None and "SAVE" in known.types and bool(said & _NAMING))
        or (first == "use" and "for" in said and pieces[1:2] != [] and pieces[1].kind == "number")
        or ("pivot" in said and "columns" in said and bool(said & {"rows", "index"}))
    )


def _with_lists_joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Make one sentence of a list that a verb opens: "drop the columns: 1. a 2. b"."""
    colon = next((at for at, piece in enumerate(pieces) if piece.text == ":"), None)
    starts = lexicon().kinds["starts"]
    opened = any(
        lexicon().phrases.get((piece.text.casefold(),), Phrase()).types & starts for piece in pieces[:colon]
    )
    marks = _marks(pieces, colon) if colon is not None and opened else []
    if len(marks) < _SHORTEST_LIST:
        return list(pieces)
    joined = list(pieces[: marks[0][0]])
    for number, (begin, end) in enumerate(marks):
        until = marks[number + 1][0] if number + 1 < len(marks) else len(pieces)
        if number:
            place = pieces[begin].start
            joined.append(Piece("symbol", place, place + 1, ",", ",", tight=True))
        joined += pieces[end:until]
    return joined


def _marks(pieces: Sequence[Piece], colon: int) -> list[Span]:
    """The numbers of a list that follows a colon, 1., 2., 3., with the line's end before them."""
    marks: list[Span] = []
    for at in range(colon + 1, len(pieces) - 2):
        number, sign, following = pieces[at : at + 3]
        if (
            number.text == str(len(marks) + 1)
            and sign.text in {".", ")"}
            and sign.tight
            and not following.tight
        ):
            begin = at - 1 if pieces[at - 1].kind == "newline" else at
            marks.append((begin, at + 2))
    return marks if marks and marks[0][0] == colon + 1 else []


def _unjoined(sentence: list[Piece]) -> list[Piece]:
    """Take away the "and" at the end of a line that another one follows."""
    while sentence and sentence[-1].text.casefold() in {"and", "then", ","}:
        sentence = sentence[:-1]
    return sentence
