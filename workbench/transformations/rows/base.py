"""What the words share that choose and order rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from workbench.transformations.base import Effect, Scope, Transformation

__all__ = ["Rows"]


class Rows(Transformation):
    """Rows are chosen or ordered; no value changes."""

    effect: ClassVar[Effect] = Effect.ROWS
    scope: ClassVar[Scope] = Scope.TABLE

    def reads(self, columns: Sequence[str]) -> list[str]:
        return []

    def writes(self, columns: Sequence[str]) -> list[str]:
        return []
