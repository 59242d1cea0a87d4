"""Which columns a few words name: whatever the case, the separators and the plural."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "ColumnIndex",
    "ColumnMatch",
    "alike",
    "only_one",
    "singular",
    "split_name",
    "squash",
    "written_so",
]

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_PLAIN = re.compile(r"[\w ]*")
_SHORTEST_PREFIX = 3
_LOOSE = 1_000  # descriptions of columns remembered with a table
_INDEXES = 32  # of tables that were spoken of lately
_REMEMBERED = 10_000  # words and names cut before
_KEYS = frozenset({"id", "key", "code", "no", "num", "number", "index"})  # "customer" is not its id
_SAME_THINGS = (
    {"person", "people", "individual", "passenger", "employee", "worker", "student", "user", "customer",
     "client", "buyer", "shopper", "guest", "member", "subscriber", "visitor", "patient", "participant",
     "respondent"},
    {"product", "item", "article", "good"},
    {"order", "purchase", "transaction", "invoice", "sale", "booking", "payment"},
    {"movie", "film", "show", "title", "video"},
    {"song", "track", "title"},
    {"company", "firm", "business", "shop", "store", "branch"},
    {"car", "vehicle"},
    {"trip", "ride", "journey", "flight"},
)  # fmt: skip
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


@lru_cache(maxsize=_REMEMBERED)
def squash(text: str) -> str:
    """Leave only what tells a name from others: its letters and digits, in lower case.

    Example:
        >>> squash("dep_delay"), squash("Dep. Delay")
        ('depdelay', 'depdelay')
    """
    return "".join(split_name(text))


@lru_cache(maxsize=_REMEMBERED)
def _squash_singular(text: str) -> str:
    return "".join(map(singular, split_name(text)))


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
        self._by_stem: dict[str, list[str]] = {}
        self._loose: dict[tuple[str, ...], list[ColumnMatch]] = {}
        for name in names:
            parts = split_name(name)
            self.parts[name] = parts
            self.folded.setdefault(name.strip().casefold(), []).append(name)
            self.squashed.setdefault(squash(name), []).append(name)
            self.singulars.setdefault(_squash_singular(name), []).append(name)
            folded = dict.fromkeys(map(singular, parts))
            for part in folded:
                self.by_part.setdefault(part, []).append(name)
            for stem in dict.fromkeys(part[:_SHORTEST_PREFIX] for part in folded):
                self._by_stem.setdefault(stem, []).append(name)
        self._beginnings = sorted(self.squashed), sorted(self.singulars)
        self.longest = max((len(parts) for parts in self.parts.values()), default=0)
        self.marked = tuple(_marked(self.names))

    @classmethod
    def of(cls, names: Sequence[str]) -> ColumnIndex:
        """The index of these names, made once for those that are asked for again and again."""
        return _index(tuple(names))

    def literally(self, message: str) -> dict[int, list[tuple[int, str]]]:
        """Find where names with other characters than words have stand in a message; space may differ."""
        spans: dict[int, list[tuple[int, str]]] = {}
        lowered = message.casefold()
        if len(lowered) != len(message):
            return spans
        for part, written, name in self.marked:
            if part in lowered:
                for match in written.finditer(lowered):
                    spans.setdefault(match.start(), []).append((match.end(), name))
        return spans

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
        for distance, names in (
            (2, self.squashed.get("".join(map(squash, words)))),
            (3, self.singulars.get("".join(map(_squash_singular, words)))),
        ):
            if names:
                return [ColumnMatch(name, distance) for name in names]
        return []

    def begins(self, text: str, words: Sequence[str]) -> bool:
        """Whether a name may begin with words of a message: else, there is none that is these and more.

        Args:
            text: The words as they stand in the message.
            words: The same words in lower case, without articles and punctuation.
        """
        squashed, singulars = self._beginnings
        return (
            _one_begins(squashed, squash(text))
            or _one_begins(singulars, "".join(map(_squash_singular, words)))
            or _one_begins(squashed, "".join(map(squash, words)))
        )

    def loosely(self, words: Sequence[str]) -> list[ColumnMatch]:
        """Find the columns that words describe: abbreviated, in another order, or by their telling part.

        Example:
            >>> ColumnIndex(["dep_delay", "arr_delay"]).loosely(["departure", "delay"])
            [ColumnMatch(column='dep_delay', distance=4)]
        """
        parts = tuple(singular(part) for word in words for part in split_name(word))
        found = self._loose.get(parts)
        if found is None:
            if len(self._loose) >= _LOOSE:
                self._loose.clear()
            found = self._loose[parts] = self._described(parts)
        return found

    def _described(self, parts: Sequence[str]) -> list[ColumnMatch]:
        if len(parts) > 1:
            likely = self._by_stem.get(parts[0][:_SHORTEST_PREFIX], ())
            found = [name for name in likely if _alike(parts, self.parts[name])]
            said = set(parts)
            wider = found or [
                name
                for name in self.by_part.get(parts[0], ())
                if said <= set(map(singular, self.parts[name]))
            ]
            return [ColumnMatch(name, 4) for name in wider]
        if len(parts) == 1 and len(parts[0]) >= _TELLING and parts[0] not in _UNTELLING:
            named = self.by_part.get(parts[0]) or self._abbreviated(parts[0])
            return [ColumnMatch(name, 5) for name in named if not _KEYS & set(self.parts[name])]
        return []

    def about(self, thing: str) -> tuple[list[str], list[str]]:
        """Find the columns that say of which thing a row is: those that number it, and others of such things.

        Example:
            >>> ColumnIndex(["order_id", "user_id", "item_name"]).about("order")
            (['order_id'], [])
            >>> ColumnIndex(["order_id", "user_id", "item_name"]).about("product")
            ([], ['item_name'])
        """
        same = {thing}.union(*(things for things in _SAME_THINGS if thing in things))
        keys, others = [], []
        for name, parts in self.parts.items():
            told = set(map(singular, parts))
            if thing in told and told - {thing} <= _KEYS and len(told) > 1:
                keys.append(name)
            elif told & same:
                others.append(name)
        return keys, others

    def _abbreviated(self, word: str) -> list[str]:
        """The columns of one word that is short for a word, or the other way round: dest, destination."""
        likely = self._by_stem.get(word[:_SHORTEST_PREFIX], ())
        alone = [(name, singular(self.parts[name][0])) for name in likely if len(self.parts[name]) == 1]
        return [name for name, part in alone if len(part) >= _TELLING and _abbreviates(part, word)]

    def _squashed(self, text: str) -> list[str] | None:
        return self.squashed.get(squash(text)) if text.strip() else None


@lru_cache(maxsize=_INDEXES)
def _index(names: tuple[str, ...]) -> ColumnIndex:
    return ColumnIndex(names)


def _marked(names: Iterable[str]) -> Iterator[tuple[str, re.Pattern[str], str]]:
    """The names with marks in them, longest first: a part of each, how it may be written, and it."""
    for name in sorted(names, key=len, reverse=True):
        parts = name.casefold().split()
        if parts and (not _PLAIN.fullmatch(name) or name[:1].isdigit()):
            written = r"\s+".join(map(re.escape, parts))
            yield max(parts, key=len), re.compile(rf"(?<![\w'\"`]){written}(?![\w'\"`])"), name


def _one_begins(sorted_names: Sequence[str], beginning: str) -> bool:
    place = bisect_left(sorted_names, beginning)
    return place < len(sorted_names) and sorted_names[place].startswith(beginning)


def alike(one: str, other: str) -> bool:
    """Whether two words can stand for the same things: orders, purchases."""
    words = {singular(one), singular(other)}
    return len(words) == 1 or any(words <= same for same in _SAME_THINGS)


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


def only_one(matches: Sequence[ColumnMatch]) -> str | None:
    """The column that is meant, if it is clear which."""
    return matches[0].column if len(matches) == 1 else None


def written_so(matches: Sequence[ColumnMatch], *, short: bool) -> bool:
    """Whether a word of filler is a column after all: only if it is written as the column is."""
    return bool(matches) and matches[0].distance <= (0 if short else 1)
