"""What is said of the conversation and not of the table: taking back, going on, the same again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from workbench.errors import PlannerRefusal, nearest
from workers.planner.lexicon import lexicon
from workers.planner.quantities import read_number_word
from workers.planner.questions import phrases_of, talk, words_of
from workers.planner.scan import Piece, scan
from workers.planner.scope import Scope
from workers.planner.tables import Tables

__all__ = ["About", "GoBack", "GoOn", "Redo", "Remark", "Same", "Undo", "heard"]

Words = tuple[str, ...]
_NUMBER = "number"
_MARKS = frozenset(".,!?;:…")
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_MOST_STEPS = 1_000
_MOST_CHARACTERS = 200  # of a remark; a longer message speaks of the table
_SHORTEST_PLURAL = 2


@dataclass(frozen=True)
class Undo:
    """Take back the last moves of the head."""

    steps: int = 1


@dataclass(frozen=True)
class Redo:
    """Take back the last undos."""

    steps: int = 1


@dataclass(frozen=True)
class GoBack:
    """Go back along the line: to before or after the step of one of some kinds; without any, to the start.

    ``last`` says that the step must be the last one: "undo the sort".
    """

    kinds: frozenset[str] = frozenset()
    called: str = ""
    after: bool = False
    last: bool = False


@dataclass(frozen=True)
class GoOn:
    """Go on with the last answer."""


@dataclass(frozen=True)
class Same:
    """Do the last command again, of another column; where that is asked, only if it was a question."""

    column: str
    asked: bool = False


@dataclass(frozen=True)
class About:
    """Say something of the table as a whole: help, columns, types, rows, width, shape or datasets."""

    topic: str


Remark = Undo | Redo | GoBack | GoOn | Same | About


def heard(message: str, tables: Tables) -> Remark | None:
    """Understand what is said of the conversation.

    Args:
        message: What was said.
        tables: The table at hand, and the others.

    Returns:
        What is meant; None if the message, as a whole, speaks of the table.

    Raises:
        PlannerRefusal: If it speaks of a step that is none, or of a column that is not there, or says more
            than that something is to be taken back.

    Example:
        >>> from workers.planner.tables import Table
        >>> tables = Tables(Table("people", ()))
        >>> heard("please undo the last two", tables), heard("What columns are there?", tables)
        (Undo(steps=2), About(topic='columns'))
    """
    pieces = scan(message[:_MOST_CHARACTERS])
    if len(message) > _MOST_CHARACTERS or not all(map(_is_plain, pieces)):
        return None
    words = _plain(words_of(message))
    if not words:
        return None
    found = _move(words) or _back(words, message) or _same(words, message, tables) or _about(words, tables)
    if found is None:
        _alone(words, message, tables)
    return found


def _is_plain(piece: Piece) -> bool:
    """Whether a piece is no sign of arithmetic: "undo -1" is no remark."""
    return piece.kind != "symbol" or piece.text in _MARKS or (piece.text == "-" and piece.tight)


def _plain(words: Words) -> Words:
    """The words without articles, and without the politeness at both ends."""
    kept = tuple(word for word in words if word not in lexicon().articles)
    while kept and (size := _filler(kept)):
        kept = kept[size:]
    while kept and (size := _filler(kept, last=True)):
        kept = kept[: len(kept) - size]
    return kept


def _filler(words: Words, *, last: bool = False) -> int:
    """How many words of politeness a text begins, or ends, with."""
    for size in range(min(4, len(words) - 1), 0, -1):
        phrase = words[-size:] if last else words[:size]
        known = lexicon().phrases.get(phrase)
        if phrase in _requests() or (known is not None and (known.ignored or "OPENING" in known.types)):
            return size
    return 0


@cache
def _requests() -> frozenset[Words]:
    return phrases_of(talk()["questions"]["requests"]) - _phrases("same", "asked")


@cache
def _phrases(section: str, name: str) -> frozenset[Words]:
    # A symbol is no word, so a word stands for the number.
    return _articleless([phrase.replace("#", _NUMBER) for phrase in talk()[section][name]])


@cache
def _topic(topic: str) -> frozenset[Words]:
    return _articleless(talk()["about"]["topics"][topic])


def _articleless(phrases: Sequence[str]) -> frozenset[Words]:
    articles = lexicon().articles
    return frozenset(tuple(word for word in words if word not in articles) for words in phrases_of(phrases))


def _move(words: Words) -> Remark | None:
    """Understand undo, redo, going back to the start, and going on with an answer."""
    counted, steps = _counted(words)
    for name, remark in (("undo", Undo), ("redo", Redo)):
        phrases = _phrases("moves", name)
        if words in phrases and _NUMBER not in words:
            return remark()
        if steps and counted in phrases:
            return remark(steps)
    if words in _phrases("moves", "start"):
        return GoBack()
    return GoOn() if words in _phrases("moves", "on") else None


def _counted(words: Words) -> tuple[Words, int]:
    """The words with their one number marked, and that number; 0 if there is none."""
    for place, word in enumerate(words):
        number = (
            int(word) if word.isdecimal() and len(word) < 5 else _TIMES.get(word) or read_number_word(word)
        )
        if number is None:
            continue
        if not isinstance(number, int) or not 0 < number <= _MOST_STEPS:
            return words, 0
        return (*words[:place], _NUMBER, *words[place + 1 :]), number
    return words, 0


def _back(words: Words, message: str) -> GoBack | None:
    """Understand what is said of a step: before the join, after the filter."""
    for name in ("before", "after"):
        for phrase in _phrases("moves", name):
            if words[: len(phrase)] == phrase and len(words) > len(phrase):
                called = words[len(phrase) :]
                if kinds := _kinds(called):
                    return GoBack(kinds, " ".join(called), after=name == "after")
                raise _unknown_step(called, message)
    for phrase in _phrases("moves", "last"):
        called = words[len(phrase) :]
        if words[: len(phrase)] == phrase and called and (kinds := _kinds(called)):
            return GoBack(kinds, " ".join(called), last=True)
    return None


def _kinds(called: Words) -> frozenset[str]:
    """The kinds of transformations that people call so; none if it is no step."""
    named = called[1:] if called[0] == "last" else called
    steps = (step for step in talk()["steps"] if named in _articleless(step["words"]))
    return frozenset(kind for step in steps for kind in step["kinds"])


def _unknown_step(called: Words, message: str) -> PlannerRefusal:
    text = " ".join(called)
    return PlannerRefusal(
        f"I do not know which step '{text}' is.",
        "Name it by its kind, as in: go back to before the join.",
        words=[text],
        position=_place(called, message),
        suggestions=[],
    )


def _alone(words: Words, message: str, tables: Tables) -> None:
    """Refuse what begins like a remark and is none, or not it alone: no column is called so."""
    word = words[0]
    if (word,) not in _phrases("moves", "alone") or Scope.of(tables).index.named(word, [word]):
        return
    raise PlannerRefusal(
        f"'{word}' is said of the last commands, and stands alone in its message.",
        f"Say '{word} that', or '{word} the last two', and the rest in another message.",
        words=[word],
        position=_place(words, message),
        suggestions=[],
    )


def _same(words: Words, message: str, tables: Tables) -> Same | None:
    """Understand that the last command is to be done to another column."""
    for name in ("told", "asked"):
        for phrase in sorted(_phrases("same", name), key=len, reverse=True):
            if words[: len(phrase)] == phrase and len(words) > len(phrase):
                return _of_column(words[len(phrase) :], message, tables, sure=name == "told")
    return None


def _of_column(words: Words, message: str, tables: Tables, *, sure: bool) -> Same | None:
    index = Scope.of(tables).index
    for ending in ((), *sorted(_phrases("same", "ending"))):
        named = words[: len(words) - len(ending)]
        if ending and words[len(words) - len(ending) :] != ending:
            continue
        named = tuple(word for word in named if word not in {"column", "field"}) or named
        text = " ".join(named)
        found = index.named(text, named) or (index.loosely(named) if sure else [])
        if len(found) == 1:
            return Same(found[0].column, asked=not sure)
    if not sure:
        return None
    text = " ".join(words)
    near = nearest(text, index.names)
    raise PlannerRefusal(
        f"'{text}' is no column that the last command could be done to.",
        f"Did you mean {' or '.join(near)}?" if near else "Name one column of the table.",
        words=[text],
        position=_place(words, message),
        suggestions=list(near),
    )


def _place(words: Words, message: str) -> int:
    return max(message.casefold().find(words[0]), 0)


def _about(words: Words, tables: Tables) -> About | None:
    """Understand what is asked of the table as a whole."""
    words = _without_table(words)
    shown = {words}
    for phrase in _phrases("about", "showing"):
        if words[: len(phrase)] == phrase:
            shown.add(words[len(phrase) :])
    ended = set(shown)
    for phrase in _phrases("about", "ending"):
        ended |= {
            kept[: len(kept) - len(phrase)] for kept in shown if kept[len(kept) - len(phrase) :] == phrase
        }
    scope = Scope.of(tables)
    left = {_rows_called(kept, scope.nouns) for kept in ended} - {()}
    found = next((About(topic) for topic in talk()["about"]["topics"] if left & _topic(topic)), None)
    if found is not None and any(scope.index.named(" ".join(kept), kept) for kept in left):
        return None  # a column is called so
    return found


def _without_table(words: Words) -> Words:
    """The words without names of the table: "in this dataset", "of the data"."""
    known = lexicon()
    for size in range(min(4, len(words) - 1), 0, -1):
        for at in range(len(words) - size + 1):
            phrase = words[at : at + size]
            said = phrase[1:] if phrase[0] in known.prepositions else phrase
            said = (
                said[1:]
                if len(said) > 1 and said[0] in {"this", "that", "my", "our", "your", "whole"}
                else said
            )
            found = known.phrases.get(said)
            if found is not None and found.table and (at or len(words) > size):
                return _without_table(words[:at] + words[at + size :])
    return words


def _rows_called(words: Words, nouns: frozenset[str]) -> Words:
    """The words with "rows" for what the rows of this table are called."""
    if (
        words[:2] == ("how", "many")
        and words[2:3]
        and words[2] in nouns
        and len(words) <= _SHORTEST_PLURAL + 1
    ):
        return ("how", "many", "rows")
    return (
        ("number", "of", "rows")
        if words[:2] == ("number", "of") and words[2:] and set(words[2:]) <= nouns
        else words
    )
