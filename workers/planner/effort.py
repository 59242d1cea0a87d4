"""How much work a message may be: counted and not timed, so that it always ends in the same way."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Effort", "TooMuchEffort"]

_MOST = 200_000  # a sentence takes some hundreds, forty words some thousands, and a second holds them all


class TooMuchEffort(Exception):
    """A message would be more work to read than it may be."""


@dataclass
class Effort:
    """The work that a message has been so far.

    Attributes:
        spent: How much: about a microsecond each.
    """

    spent: int = 0

    def spend(self, amount: int) -> None:
        """Count work. Raises TooMuchEffort where it becomes more than a message may be."""
        self.spent += amount
        if self.spent > _MOST:
            raise TooMuchEffort
