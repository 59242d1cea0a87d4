"""Which columns a few words name: whatever the case, the separators and the plural."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["ColumnIndex", "ColumnMatch", "singular", "split_name"]

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_SHORTEST_PREFIX = 3
_REMEMBERED = 10_000  # words and names cut before: an index is made for each step
_KEYS = frozenset({"id", "key", "code", "no", "num", "number", "index"})  # "customer" is not its id
_TELLING = 4  # letters that a lone part of a name must have to stand for the name
_UNTELLING = frozenset(
    {
        "id",
        "name",
        "number",
        "no",
        "num",
        "code",
        "key",
        "type",
        "date",
        "time",
        "year",
        "month",
        "day",
        "total",
        "count",
        "value",
        "rate",
        "amount",
        "index",
        "average",
        "mean",
    }
)  # parts of names that say nothing alone


@lru_cache(maxsize=_REMEMBERED)
def split_name(name: str) -> tuple[str, ...]:
    """Cut a column's name into its words, in lower case.

    Example:
        >>> split_name("dep_delay"), split_name("countryOfCitizenship"), split_name("Y1961")
        (('dep', 'delay'), ('country', 'of', 'citizenship'), ('y', '1961'))
    """
    return tuple(part.casefold() for part in _PARTS.findall(name))


@lru_cache(maxsize=_REMEMBERED)
def singular(word: str) -> str:
    """Fold a plural to its singular, roughly; both sides of a comparison are folded.

    Example:
        >>> [singular(word) for word in ("prices", "countries", "address", "status", "boxes")]
        ['price', 'country', 'address', 'status', 'box']
    """
    if len(word) <= _SHORTEST_PREFIX or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word.removesuffix("s")


def _squash(words: Iterable[str]) -> str:
    return "".join(words)


@dataclass(frozen=True)
class ColumnMatch:
    """A column that words may name, and how far from its name they are (0: exactly its name)."""

    column: str
    distance: int


class ColumnIndex:
    """The names of a table's columns, ready to be found.

    Args:
        names: The columns, in order.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.exact = frozenset(names)
        self.folded: dict[str, list[str]] = {}
        self.squashed: dict[str, list[str]] = {}
        self.singulars: dict[str, list[str]] = {}
        self.parts: dict[str, tuple[str, ...]] = {}
        self.by_part: dict[str, list[str]] = {}
        for name in names:
            parts = split_name(name)
            self.parts[name] = parts
            self.folded.setdefault(name.strip().casefold(), []).append(name)
            self.squashed.setdefault(_squash(parts), []).append(name)
            self.singulars.setdefault(_squash(map(singular, parts)), []).append(name)
            for part in dict.fromkeys(map(singular, parts)):
                self.by_part.setdefault(part, []).append(name)
        self.longest = max((len(parts) for parts in self.parts.values()), default=0)

    def quoted(self, text: str) -> list[ColumnMatch]:
        """Find the column of a quoted name: as it is written, else whatever the case and the separators."""
        if text in self.exact:
            return [ColumnMatch(text, 0)]
        for distance, names in ((1, self.folded.get(text.strip().casefold())), (2, self._squashed(text))):
            if names:
                return [ColumnMatch(name, distance) for name in names]
        return []

    def named(self, text: str, words: Sequence[str]) -> list[ColumnMatch]:
        """Find the columns that words of a message name, nearest first.

        Args:
            text: The words as they stand in the message.
            words: The same words in lower case, without articles and punctuation.

        Returns:
            The columns at the least distance: one if the words are clear, several if they are not.
        """
        found = self.quoted(text)
        if found:
            return found
        parts = [part for word in words for part in split_name(word)]
        for distance, names in (
            (2, self.squashed.get(_squash(parts))),
            (3, self.singulars.get(_squash(map(singular, parts)))),
        ):
            if names:
                return [ColumnMatch(name, distance) for name in names]
        return []

    def loosely(self, words: Sequence[str]) -> list[ColumnMatch]:
        """Find the columns that words describe: abbreviated, in another order, or by their telling part.

        Example:
            >>> ColumnIndex(["dep_delay", "arr_delay"]).loosely(["departure", "delay"])
            [ColumnMatch(column='dep_delay', distance=4)]
        """
        parts = [singular(part) for word in words for part in split_name(word)]
        if len(parts) > 1:
            found = [name for name in self.names if _alike(parts, self.parts[name])]
            wider = found or [
                name for name in self.names if set(parts) <= set(map(singular, self.parts[name]))
            ]
            return [ColumnMatch(name, 4) for name in wider]
        if len(parts) == 1 and len(parts[0]) >= _TELLING and parts[0] not in _UNTELLING:
            named = self.by_part.get(parts[0]) or self._abbreviated(parts[0])
            return [ColumnMatch(name, 5) for name in named if not _KEYS & set(self.parts[name])]
        return []

    def _abbreviated(self, word: str) -> list[str]:
        """The columns of one word that is short for a word, or the other way round: dest, destination."""
        alone = [(name, singular(parts[0])) for name, parts in self.parts.items() if len(parts) == 1]
        return [name for name, part in alone if len(part) >= _TELLING and _abbreviates(part, word)]

    def _squashed(self, text: str) -> list[str] | None:
        return self.squashed.get(_squash(split_name(text))) if text.strip() else None


def _alike(said: Sequence[str], parts: tuple[str, ...]) -> bool:
    """Whether each word said begins as one part of the name does, or the other way round."""
    if len(said) != len(parts):
        return False
    left = [singular(part) for part in parts]
    for word in said:
        match = next((part for part in left if _abbreviates(part, word)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _abbreviates(one: str, other: str) -> bool:
    if one == other:
        return True
    if one.isdigit() or other.isdigit():
        return False  # c99 is not c999 for short
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST_PREFIX and long.startswith(short)
