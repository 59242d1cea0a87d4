"""What a transformation is, said as a word: its parameters, its sentence, its pandas, its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from workbench.models import Change

__all__ = ["Effect", "Scope", "Transformation", "count", "listed", "quoted", "registry"]


class Effect(StrEnum):
    """What a transformation does to the rows it finds."""

    COLUMNS = "columns"  # rows stay in place; values or columns change
    ROWS = "rows"  # rows are chosen or ordered; no value changes
    TABLE = "table"  # the table is new


class Scope(StrEnum):
    """What a transformation must see at once."""

    ROW = "row"  # each row alone: may run on any partition
    TABLE = "table"


_registry: dict[str, type[Transformation]] = {}


class Transformation(BaseModel):
    """One typed operation with its parameters.

    A subclass sets ``kind`` (a literal with a default), ``effect`` and ``scope``, has a docstring that
    serves as the text of the catalogue, and says itself in English and in pandas. Defining it enters it
    in the registry. The docstring's last paragraph is one example of a message, after ``Say:``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    effect: ClassVar[Effect]
    scope: ClassVar[Scope]

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
        """The family it belongs to: the name of its module."""
        return cls.__module__.rpartition(".")[2]

    @property
    def deterministic(self) -> bool:
        """Whether the same input always gives the same output."""
        return True

    def describe(self) -> str:
        """Say what it does, in one English sentence without a full stop."""
        raise NotImplementedError

    def outcome(self, change: Change) -> str:
        """Say what it did, in one English sentence without a full stop.

        Args:
            change: What the step did to the table, in numbers.
        """
        raise NotImplementedError

    def to_pandas(self) -> str:
        """Write the lines of pandas that an analyst would write; they rebind the name ``df``.

        Run on an equal frame, with ``pd`` in scope, they give an equal frame, with a plain RangeIndex.
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


registry: Mapping[str, type[Transformation]] = MappingProxyType(_registry)
"""Every transformation by its kind."""


def quoted(names: Sequence[str]) -> str:
    """Write a list of names as Python source.

    Example:
        >>> quoted(["a", "b"])
        "['a', 'b']"
    """
    return repr(list(names))


def listed(names: Sequence[str], joint: str = "and") -> str:
    """Write a list of names as English.

    Example:
        >>> listed(["a", "b", "c"])
        'a, b and c'
    """
    names = list(names)
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"


def count(number: int, noun: str) -> str:
    """Write a number with its noun.

    Example:
        >>> count(1, "row"), count(1500, "row")
        ('1 row', '1,500 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
