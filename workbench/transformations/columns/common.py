"""What the words about columns share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import listed

__all__ = ["OfColumns", "columns_named"]


class OfColumns(Transformation):
    """Rows stay in place; which columns there are, or how they are called, changes."""

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.ROW

    def reads(self, columns: Sequence[str]) -> list[str]:
        return []

    def writes(self, columns: Sequence[str]) -> list[str]:
        return []


def columns_named(names: Sequence[str]) -> str:
    """Write names as English, with the noun."""
    return f"the column{'' if len(names) == 1 else 's'} {listed(names)}"
