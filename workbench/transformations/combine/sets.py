"""Rows that another dataset has, too, or has not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.combine.another import Dataset
from workbench.transformations.fields import Names, count, listed, quoted, shown, variable

__all__ = ["Difference", "Intersection", "SetOfRows"]

Compared = Annotated[
    Names | None, Field(description="which columns are compared; those that both have if not given")
]


class SetOfRows(Transformation):
    """Rows, each once, by whether another dataset has them."""

    effect: ClassVar[Effect] = Effect.ROWS
    scope: ClassVar[Scope] = Scope.TABLE

    verbs: ClassVar[tuple[str, str]]  # of the rows that it keeps, before and after

    kind: str
    dataset: Dataset
    columns: Compared = None

    def others(self) -> tuple[str, ...]:
        return (self.dataset,)

    def compared(self, columns: Sequence[str], theirs: Sequence[str]) -> list[str]:
        """The columns that are compared.

        Args:
            columns: The table's columns.
            theirs: Those of the other dataset.
        """
        return list(self.columns or (name for name in columns if name in theirs))

    def _which(self, verb: str) -> str:
        compared = f", compared by {listed(self.columns)}" if self.columns is not None else ""
        return f"{verb} in {shown(self.dataset)}{compared}, equal rows once"

    def _code(self) -> tuple[str, str, str]:
        """Lines before, the other dataset's columns, and the names of the columns that are compared."""
        other = variable(self.dataset)
        if self.columns is not None:
            return "", f"{other}[{quoted(self.columns)}]", quoted(self.columns)
        line = f"common = [name for name in df.columns if name in {other}.columns]\n"
        return line, f"{other}[common]", "common"

    def _merged(self, other: str, names: str) -> str:
        """Code of the rows that stay, where equal rows may still be there several times."""
        raise NotImplementedError

    def to_pandas(self) -> str:
        before, other, names = self._code()
        return f"{before}df = {self._merged(other, names)}.drop_duplicates(ignore_index=True)"

    def describe(self) -> str:
        return f"Keep the rows that {self._which(self.verbs[0])}"

    def outcome(self, change: Change) -> str:
        kept = f"{change.rows_after:,} of {count(change.rows_before, 'row')}"
        return f"Kept {kept} that {self._which(self.verbs[1])}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([*(self.columns or ()), *columns]))

    def reads_of(self, dataset: str, columns: Sequence[str]) -> list[str]:
        if dataset != self.dataset:
            return []
        return [name for name in columns if self.columns is None or name in self.columns]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return []


class Difference(SetOfRows):
    """Keep the rows that another dataset does not have, each once.

    Nulls are equal to each other. Rows that are equal in all columns of the table are there once.

    Say: keep the rows that are not in february
    """

    example: ClassVar[Mapping[str, Any]] = {"dataset": "february"}
    verbs: ClassVar[tuple[str, str]] = ("are not", "were not")
    kind: Literal["difference"] = "difference"

    def _merged(self, other: str, names: str) -> str:
        return f"df.merge({other}, how='left_anti', on={names})"


class Intersection(SetOfRows):
    """Keep the rows that another dataset has, too, each once.

    Nulls are equal to each other. Rows that are equal in all columns of the table are there once.

    Say: keep the rows that are also in february
    """

    example: ClassVar[Mapping[str, Any]] = {"dataset": "february"}
    verbs: ClassVar[tuple[str, str]] = ("are also", "were also")
    kind: Literal["intersection"] = "intersection"

    def _merged(self, other: str, names: str) -> str:
        return f"df.merge({other}.drop_duplicates(), on={names})"
