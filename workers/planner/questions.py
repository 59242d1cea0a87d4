"""Whether a message asks something, or tells what is to be done: by its words alone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workers.planner.lexicon import lexicon
from workers.planner.scan import Piece, scan

__all__ = ["asks", "commands_first", "phrases_of", "talk", "words_of"]

Words = tuple[str, ...]
_ENDS = frozenset({".", "!", "?", ";"})
_BETWEEN = frozenset({",", ":", "-", "–", "—"})
_STOPPING = frozenset({",", ":", "then"})
_JOINING = frozenset({"and", "then", "so", "also", "but", "now"})


@cache
def talk() -> dict[str, Any]:
    """Read ``talk.toml``, once."""
    return tomllib.loads((Path(__file__).parent / "talk.toml").read_text(encoding="utf-8"))


def words_of(text: str) -> Words:
    """Cut a text as its phrases are compared: lower case, one apostrophe, no marks.

    Example:
        >>> words_of("What’s there?")
        ("what's", 'there')
    """
    return tuple(piece.content.casefold() for piece in scan(text) if piece.kind not in {"symbol", "newline"})


def phrases_of(listed: Sequence[str]) -> frozenset[Words]:
    """The phrases of a list, each as its words."""
    return frozenset(words_of(phrase) for phrase in listed)


@dataclass(frozen=True)
class _Phrases:
    """The phrases of ``talk.toml`` that this module looks for."""

    words: frozenset[Words]
    inner: frozenset[Words]
    tellings: frozenset[Words]
    requests: frozenset[Words]
    commands: frozenset[Words]


@cache
def _phrases() -> _Phrases:
    given = talk()["questions"]
    lists = {name: phrases_of(given[name]) for name in ("words", "inner", "tellings", "requests")}
    shown = lexicon().shown
    # In the form of a command only: "order by price" is one, "orders over 100" is none.
    commands = {words for kind in given["commands"] for words in phrases_of(shown[kind])}
    telling = {words for kind in ("KEEP", "COMPUTE", "SUM") for words in phrases_of(shown[kind])}
    return _Phrases(**lists, commands=frozenset(commands - telling) | phrases_of(given["keeping"]))


def asks(message: str) -> bool:
    """Say whether a message asks for something to be told, rather than for something to be done.

    A question begins with a word that asks, or ends with its mark; a request ("could you …?") is none, and
    neither is a verb that changes the table, whatever stands at its end. Of several sentences, one that asks
    makes a question of them all: what stands before it says what it is about.

    Example:
        >>> asks("which carriers have delays?"), asks("could you drop the nulls?"), asks("sort by age")
        (True, False, False)
    """
    return any(_asks(words, mark=mark) for words, mark in _sentences(message))


def commands_first(message: str) -> bool:
    """Say whether a message begins with a command, whatever it asks afterwards.

    Example:
        >>> commands_first("drop the nulls. how many rows are left?"), commands_first("how many rows?")
        (True, False)
    """
    words = next((words for words, _ in _sentences(message) if words), ())
    at = 0
    while at < len(words) and (size := _begins(words, at, _phrases().requests) or _passed_over(words, at)):
        at += size
    return bool(_begins(words, at, _phrases().commands))


def _sentences(message: str) -> Iterator[tuple[Words, str]]:
    """The words and marks of each sentence, and the mark at its end."""
    sentence: list[Piece] = []
    pieces = scan(message)
    for index, piece in enumerate(pieces):
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        stop = piece.kind == "symbol" and piece.text in _ENDS and (following is None or not following.tight)
        if stop or piece.kind == "newline":
            yield _words(sentence), piece.text
            sentence = []
        else:
            sentence.append(piece)
    yield _words(sentence), ""


def _words(pieces: Sequence[Piece]) -> Words:
    # What stands in quotes is a name or a value, whatever its words are.
    return tuple('"' if piece.kind == "string" else piece.content.casefold() for piece in pieces)


def _asks(words: Words, *, mark: str) -> bool:
    phrases = _phrases()
    at = requested = 0
    while at < len(words):
        if size := _begins(words, at, phrases.requests):
            requested = 1
        elif _begins(words, at, phrases.tellings) or _begins(words, at, phrases.words):
            return True
        else:
            size = _passed_over(words, at)
        if not size:
            break
        at += size
    joints = _JOINING | _STOPPING if mark == "?" else _STOPPING
    places = (place + 1 for place in range(at, len(words)) if words[place] in joints)
    if any(_begins(words, place, phrases.inner) for place in places):
        return True
    return mark == "?" and at < len(words) and not requested and not _begins(words, at, phrases.commands)


def _begins(words: Words, at: int, phrases: frozenset[Words]) -> int:
    """How many words from there on are a phrase: the longest one."""
    sizes = range(min(_longest(phrases), len(words) - at), 0, -1)
    return next((size for size in sizes if words[at : at + size] in phrases), 0)


@cache
def _longest(phrases: frozenset[Words]) -> int:
    return max(map(len, phrases))


def _passed_over(words: Words, at: int) -> int:
    """How many words from there on carry no meaning: greetings, politeness, what joins."""
    if words[at] in _BETWEEN or words[at] in _JOINING:
        return 1
    known = lexicon()
    for size in range(min(known.longest.get(words[at], 0), len(words) - at), 0, -1):
        phrase = known.phrases.get(words[at : at + size])
        if phrase is not None and (phrase.ignored or "OPENING" in phrase.types):
            return size
    return 1 if words[at] in known.articles else 0
