"""Rows of several datasets, one below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import Names, count, listed, quoted, variable

__all__ = ["Append", "Stacking", "Union"]

Datasets = Annotated[Names, Field(description="the other datasets of the session, by name, in order")]
Columns = Annotated[
    Names | None,
    Field(description="which columns of the other datasets to take, where they have them; all if not given"),
]


class Stacking(Transformation):
    """The rows of other datasets below those of the table; columns find each other by their names."""

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE

    kind: str
    datasets: Datasets
    columns: Columns = None

    @property
    def open_ended(self) -> bool:
        return self.columns is None

    def others(self) -> tuple[str, ...]:
        return self.datasets

    def knowing(self, others: Mapping[str, Sequence[str]]) -> Stacking:
        if self.columns is not None or not set(self.datasets) <= set(others):
            return self
        names = dict.fromkeys(name for dataset in self.datasets for name in others[dataset])
        return self.model_copy(update={"columns": tuple(names)})

    def _taking(self) -> str:
        return f", taking {listed(self.columns)}" if self.columns is not None else ""

    def _stacked(self) -> str:
        only = f".filter({quoted(self.columns)})" if self.columns is not None else ""
        frames = ["df", *(f"{variable(dataset)}{only}" for dataset in self.datasets)]
        return f"pd.concat([{', '.join(frames)}], ignore_index=True)"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(columns)

    def reads_of(self, dataset: str, columns: Sequence[str]) -> list[str]:
        if dataset not in self.datasets:
            return []
        return [name for name in columns if self.columns is None or name in self.columns]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([*columns, *(self.columns or ())]))


class Append(Stacking):
    """Put the rows of other datasets below those of the table.

    Columns find each other by their names. What only one side has is null in the rows of the other, and it
    is said which columns these are. Numbers of different types become what pandas makes of them, and
    categories beside other ones text; text never stands in one column with numbers: that is refused.

    Say: append february
    """

    example: ClassVar[Mapping[str, Any]] = {"datasets": ["february"]}
    kind: Literal["append"] = "append"

    def describe(self) -> str:
        return f"Append the rows of {listed(self.datasets)}{self._taking()}"

    def outcome(self, change: Change) -> str:
        added = count(change.rows_after - change.rows_before, "row")
        return f"Appended {added} of {listed(self.datasets)}{self._taking()}"

    def to_pandas(self) -> str:
        return f"df = {self._stacked()}"


class Union(Stacking):
    """Put the rows of other datasets below those of the table, and keep equal rows only once.

    As ``append``, and then as ``drop_duplicates``: the first of the equal rows stays.

    Say: union with february
    """

    example: ClassVar[Mapping[str, Any]] = {"datasets": ["february"]}
    kind: Literal["union"] = "union"

    def describe(self) -> str:
        return f"Union with {listed(self.datasets)}{self._taking()}, equal rows once"

    def outcome(self, change: Change) -> str:
        became = f"{count(change.rows_before, 'row')} became {change.rows_after:,}"
        return f"United with {listed(self.datasets)}{self._taking()}, equal rows once: {became}"

    def to_pandas(self) -> str:
        return f"df = {self._stacked()}.drop_duplicates(ignore_index=True)"
