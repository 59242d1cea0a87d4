"""Which columns have a value that a message names: a look into a bounded sample, never into the data."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

from workers.planner.tables import TableColumn

__all__ = ["ValueIndex", "slipped"]

_SHORTEST = 5  # letters of a value that may be misspelt: codes such as ATL and ATH are two
_MOST_EDITS = 2
_LONGEST = 6  # words of a value that is found without quotes


class ValueIndex:
    """The sampled text values of a table's columns, by what they look like.

    Args:
        columns: The columns with their samples.
    """

    def __init__(self, columns: Iterable[TableColumn]) -> None:
        self._homes: dict[str, list[tuple[str, str]]] = {}
        self.longest = 0
        for column in columns:
            for value in column.values:
                folded = value.strip().casefold()
                words = len(folded.split()) + folded.count("-") * 2
                if folded and words <= _LONGEST:
                    self._homes.setdefault(folded, []).append((column.name, value))
                    self.longest = max(self.longest, words)

    def exactly(self, text: str) -> tuple[tuple[str, str], ...]:
        """Find the columns that have a value, whatever the case: (column, the value as it stands there)."""
        return tuple(self._homes.get(" ".join(text.casefold().split()), ()))

    def matching(self, column: str, text: str) -> list[str]:
        """Find the values of one column that are a text: as it is written, else whatever the case."""
        found = [value for home, value in self.exactly(text) if home == column]
        return [text] if text in found else found

    def near(self, column: str, text: str) -> list[str]:
        """Find the values of a column that a text may be a misspelling of, nearest first."""
        if len(text) < _SHORTEST or text.isupper() or not text.replace(" ", "").isalpha():
            return []
        said = text.casefold()
        far = {
            value: OSA.distance(said, folded, score_cutoff=_MOST_EDITS)
            for folded, homes in self._homes.items()
            for home, value in homes
            if home == column and folded[0] == said[0]
        }
        most = _MOST_EDITS if len(said) >= 2 * _SHORTEST else 1
        return sorted((value for value, edits in far.items() if edits <= most), key=lambda v: (far[v], v))

    def known_of(self, column: str) -> bool:
        """Whether any values of a column are known."""
        return any(home == column for homes in self._homes.values() for home, _ in homes)

    def known(self) -> Iterable[str]:
        """Every value, once, for suggestions."""
        return dict.fromkeys(value for homes in self._homes.values() for _, value in homes)


def slipped(text: str, value: str) -> bool:
    """Whether a text is a value with a slip of the hand inside: a letter left out, added, or two swapped.

    Another letter in the place of one, or another ending, makes another word: Maria, Marie; Carl, Carla.

    Example:
        >>> [slipped(text, "shipped") for text in ("shiped", "shippde", "skipped", "shippe")]
        [True, True, False, False]
    """
    one, other = sorted((text.casefold(), value.casefold()), key=len)
    if OSA.distance(one, other) != 1:
        return False
    return sorted(one) == sorted(other) if len(one) == len(other) else not other.startswith(one)
