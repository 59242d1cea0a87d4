"""What a transformation is, said as a word: its parameters, its sentence, its pandas, its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from workbench.models import Change, StepReport
from workbench.transformations.fields import count

__all__ = ["Effect", "Scope", "Transformation", "count", "registry", "unread"]


class Effect(StrEnum):
    """What a transformation does to the rows it finds."""

    COLUMNS = "columns"  # rows stay in place; values or columns change
    ROWS = "rows"  # rows are chosen, ordered or repeated; columns may be set besides
    TABLE = "table"  # the table is new


class Scope(StrEnum):
    """What a transformation must see at once."""

    ROW = "row"  # each row alone: may run on any partition
    TABLE = "table"


_registry: dict[str, type[Transformation]] = {}


def _with_example(schema: dict[str, Any], word: type[Transformation]) -> None:
    schema["examples"] = [{"kind": word.model_fields["kind"].default, **word.example}]


class Transformation(BaseModel):
    """One typed operation with its parameters.

    A subclass sets ``kind`` (a literal with a default), ``effect`` and ``scope``, has a docstring that
    serves as the text of the catalogue, and says itself in English and in pandas. Defining it enters it
    in the registry. The docstring's last paragraph is one example of a message, after ``Say:``, and
    ``example`` holds the parameters that it means.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_with_example)

    effect: ClassVar[Effect]
    scope: ClassVar[Scope]
    example: ClassVar[Mapping[str, Any]]
    means_nulls: ClassVar[bool] = False
    """Whether nulls that it makes of values are what was asked for, and so no reason for a warning."""

    kind: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Enter the class in the registry under its kind."""
        super().__pydantic_init_subclass__(**kwargs)
        kind = cls.model_fields["kind"].default
        if isinstance(kind, str):
            if kind in _registry:
                raise TypeError(f"two transformations are called '{kind}'")
            _registry[kind] = cls

    @classmethod
    def family(cls) -> str:
        """The family it belongs to: the name of its module, or of the package that its module is part of."""
        inside = cls.__module__.removeprefix(f"{__package__}.")
        return inside.partition(".")[0] if inside != cls.__module__ else inside.rpartition(".")[2]

    @property
    def deterministic(self) -> bool:
        """Whether the same input always gives the same output."""
        return True

    @property
    def open_ended(self) -> bool:
        """Whether its words leave open which columns there are afterwards, or of which kind one is.

        ``writes`` names the sure ones. The values decide; or the columns of another dataset, as long as these
        are not known (``knowing``).
        """
        return False

    def acts_as(self) -> Effect:
        """Its effect with these parameters: that of its class, unless it depends on them."""
        return self.effect

    def spans(self) -> Scope:
        """What it must see at once with these parameters: as its class says, unless it depends on them."""
        return self.scope

    def others(self) -> tuple[str, ...]:
        """The datasets of the session, by name, that it takes values from besides the table."""
        return ()

    def reads_of(self, dataset: str, columns: Sequence[str]) -> list[str]:
        """The columns, among those there are, that it looks at in another dataset.

        Args:
            dataset: One of ``others``.
            columns: The names of that dataset's columns.
        """
        return list(columns) if dataset in self.others() else []

    def knowing(self, others: Mapping[str, Sequence[str]]) -> Transformation:
        """Say the same in view of the other datasets: where it leaves their columns open, it names them.

        Args:
            others: The names of their columns, by dataset.
        """
        del others
        return self

    def describe(self) -> str:
        """Say what it does, in one English sentence without a full stop."""
        raise NotImplementedError

    def outcome(self, change: Change) -> str:
        """Say what it did, in one English sentence without a full stop.

        Args:
            change: What the step did to the table, in numbers.
        """
        raise NotImplementedError

    def report(self, change: Change, warnings: tuple[str, ...] = ()) -> StepReport:
        """Tell what it was and did, as a node keeps it.

        Args:
            change: What the step did to the table, in numbers.
            warnings: What deserves a look.
        """
        return StepReport(
            kind=self.kind,
            description=self.describe(),
            outcome=self.outcome(change),
            code=self.to_pandas(),
            change=change,
            warnings=warnings,
        )

    def to_pandas(self) -> str:
        """Write the lines of pandas that an analyst would write; the name ``df`` holds what they give.

        Run on an equal frame, with ``pd`` in scope, they give an equal frame, with a plain RangeIndex. They
        know no dtypes, so they are right for all of them. The frame they begin with may change in place.
        """
        raise NotImplementedError

    def reads(self, columns: Sequence[str]) -> list[str]:
        """The columns, among those there are, whose values the deed looks at.

        Args:
            columns: The names of the columns of the table that it is applied to.
        """
        raise NotImplementedError

    def writes(self, columns: Sequence[str]) -> list[str]:
        """The columns whose values it sets or that it adds, by the names they have afterwards."""
        raise NotImplementedError

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        """The columns that hold afterwards what a column held before, row by row or through the selection.

        Args:
            columns: The names of the columns of the table that it is applied to.

        Returns:
            The name before by the name afterwards; nothing for the effect ``table``.
        """
        if self.acts_as() is Effect.TABLE:
            return {}
        written = set(self.writes(columns))
        return {name: name for name in columns if name not in written}


def unread(change: Change, columns: Sequence[str]) -> str:
    """Say how many values of some columns could not be read; nothing where all could."""
    lost = change.values_lost(columns)
    return f"; {count(lost, 'value')} could not be read and became null" if lost else ""


registry: Mapping[str, type[Transformation]] = MappingProxyType(_registry)
"""Every transformation by its kind."""
