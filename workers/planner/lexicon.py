"""The lexicon, read from ``lexicon.toml``: which types of token a word or phrase can be."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

__all__ = ["Lexicon", "Phrase", "lexicon"]

Words = tuple[str, ...]
_PARTS = re.compile(r"\w+(?:'\w+)?|[^\w\s]+")
_BRACES = re.compile(r"\{([^{}]*)\}")
_VOWELS = "aeiou"
_UNDOUBLED = frozenset("wxyhl")  # "show" -> "showed", "cancel" -> both spellings below


@dataclass(frozen=True)
class Phrase:
    """What a phrase can be: its types; or that it is ignored; or what it asks for outside of our reach."""

    types: frozenset[str] = frozenset()
    ignored: bool = False
    table: bool = False
    outside: str = ""


class Lexicon:
    """Phrases by their words.

    Attributes:
        phrases: What each phrase can be, by its words in lower case, without articles.
        kinds: Types that are treated alike: ``structure``, ``starts``, ``abrupt``, ``weak``.
        shown: The words of each type, as they are written.
        longest: The number of words of the longest phrase that begins with a word.
        articles: The words to pass over.
        prepositions: The words that go away with the table's name behind them.
    """

    def __init__(self, sections: dict[str, dict[str, list[str]]]) -> None:
        ignored = sections["ignored"]
        self.articles = frozenset(ignored["articles"])
        self.prepositions = frozenset(ignored["prepositions"])
        self.shown: dict[str, list[str]] = {}
        self.kinds = {name: frozenset(kinds) for name, kinds in sections["kinds"].items()}
        types: dict[Words, set[str]] = {}
        for section, inflect in (("verbs", _verb_forms), ("nouns", _noun_forms), ("words", _as_is)):
            for kind, written in sections[section].items():
                phrases = list(_expanded(written))
                self.shown.setdefault(kind, []).extend(phrases)
                for phrase in phrases:
                    for form in inflect(phrase):
                        types.setdefault(self.words(form), set()).add(kind)
        said_alike = _with_words_alike(types, sections["alike"])
        self.phrases = {words: Phrase(types=frozenset(kinds)) for words, kinds in said_alike.items()}
        for phrase in _expanded(ignored["words"]):
            self.phrases.setdefault(self.words(phrase), Phrase(ignored=True))
        for phrase in _expanded(ignored["table"]):
            self.phrases.setdefault(self.words(phrase), Phrase(table=True))
        for topic, phrases in sections["outside"].items():
            for phrase in phrases:
                self.phrases.setdefault(self.words(phrase), Phrase(outside=topic))
        self.longest: dict[str, int] = {}
        for words in self.phrases:
            self.longest[words[0]] = max(self.longest.get(words[0], 0), len(words))

    def words(self, phrase: str) -> Words:
        """Cut a phrase of the lexicon as the lexer cuts a message: lower case, no hyphens, no articles."""
        words = _PARTS.findall(phrase.casefold().replace("-", " ") if phrase[0].isalpha() else phrase)
        kept = [word for word in words if word not in self.articles]
        return tuple(kept or words)


def _with_words_alike(types: dict[Words, set[str]], alike: dict[str, list[str]]) -> dict[Words, set[str]]:
    """The phrases of several words, also with other words for those that say the same in every phrase."""
    said = dict(types)
    for words, kinds in types.items():
        for place, word in enumerate(words if len(words) > 1 else ()):
            for other in alike.get(word, ()):
                said.setdefault((*words[:place], other, *words[place + 1 :]), kinds)
    return said


def _expanded(phrases: Iterable[str]) -> Iterator[str]:
    """Write phrases out that have choices in braces.

    Example:
        >>> list(_expanded(["save {it,them,} as"]))
        ['save it as', 'save them as', 'save as']
    """
    for phrase in phrases:
        parts = [part.split(",") if place % 2 else [part] for place, part in enumerate(_BRACES.split(phrase))]
        for chosen in product(*parts):
            yield " ".join("".join(chosen).split())


def _as_is(phrase: str) -> Iterator[str]:
    yield phrase


def _noun_forms(phrase: str) -> Iterator[str]:
    yield phrase
    if not phrase.endswith("s"):
        ending = phrase.endswith("y") and phrase[-2] not in _VOWELS
        yield f"{phrase[:-1]}ies" if ending else f"{phrase}s"


def _verb_forms(phrase: str) -> Iterator[str]:
    verb, space, rest = phrase.partition(" ")
    for form in dict.fromkeys(_inflected(verb)):
        yield f"{form}{space}{rest}"


def _inflected(verb: str) -> Iterable[str]:
    """The regular forms of a verb; forms that do not exist do no harm.

    Example:
        >>> list(_inflected("drop"))
        ['drop', 'drops', 'dropped', 'dropping']
    """
    yield verb
    if verb.endswith("e"):
        yield from (f"{verb}s", f"{verb}d", f"{verb[:-1]}ing")
    elif verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        yield from (f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing")
    else:
        yield f"{verb}es" if verb.endswith(("s", "x", "sh", "ch")) else f"{verb}s"
        doubled = verb[-1] not in _VOWELS and verb[-1] not in _UNDOUBLED and verb[-2:-1] in _VOWELS
        stem = f"{verb}{verb[-1]}" if doubled and verb[-3:-2] not in _VOWELS else verb
        yield from (f"{stem}ed", f"{stem}ing")
        if stem != verb:
            yield from (f"{verb}ed", f"{verb}ing") if len(verb) > 4 else ()


@cache
def lexicon() -> Lexicon:
    """Read the lexicon, once."""
    text = (Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8")
    return Lexicon(tomllib.loads(text))
