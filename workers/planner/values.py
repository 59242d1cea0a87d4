"""Which columns have a value that a message names: a look into a bounded sample, never into the data."""

from __future__ import annotations

from collections.abc import Iterable

from workers.planner.tables import TableColumn

__all__ = ["ValueIndex"]

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

    def known(self) -> Iterable[str]:
        """Every value, once, for suggestions."""
        return dict.fromkeys(value for homes in self._homes.values() for _, value in homes)
