"""Joins: rows of two datasets, put side by side where their keys are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.combine.another import (
    Dataset,
    Keys,
    OtherColumns,
    Suffix,
    Taken,
    default_suffix,
)
from workbench.transformations.fields import Names, count, listed, shown

__all__ = ["Join"]

_CHOOSING = ("semi", "anti")
_NEW_TABLE = ("right", "outer")


class Join(Transformation):
    """Put the rows of another dataset beside the rows of the table whose keys are equal.

    ``left`` keeps all rows of the table, and those without a match get nulls; ``inner`` keeps the rows with
    a match; ``right`` keeps all rows of the other dataset; ``outer`` those of both, sorted by the keys.
    ``semi`` and ``anti`` only choose rows, those with or without a match, and ``cross`` puts every row
    beside every row. A row with several matches is there once for each; what would make more rows than fit
    into memory is refused with the numbers.

    Nulls are equal to each other, as in pandas and dplyr, and it is said where they met. Whole numbers and
    booleans that get nulls become what pandas makes of them. Keys of other names both stay, unless the
    columns to take are named and the other's key is not among them. Text and numbers never meet: that is
    refused.

    Say: left join airlines on carrier
    """

    effect: ClassVar[Effect] = Effect.ROWS
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"dataset": "airlines", "how": "left", "on": ["carrier"]}
    kind: Literal["join"] = "join"
    dataset: Dataset
    how: Literal["left", "inner", "right", "outer", "semi", "anti", "cross"] = Field(
        default="left", description="which rows are kept"
    )
    on: Names | None = Field(default=None, description="the keys, where both have them by the same names")
    left_on: Names | None = Field(default=None, description="the keys of the table, where the names differ")
    right_on: Names | None = Field(default=None, description="their partners in the other dataset, in order")
    columns: OtherColumns = None
    suffix: Suffix = Field(default_factory=default_suffix)

    @model_validator(mode="after")
    def _keys_fit(self) -> Join:
        pairs = (self.left_on, self.right_on)
        if self.how == "cross":
            if self.on or any(pairs):
                raise ValueError("a cross join has no keys")
        elif self.on is not None:
            if any(pairs):
                raise ValueError("give either 'on', or 'left_on' and 'right_on'")
        elif self.left_on is None or self.right_on is None:
            raise ValueError("give the keys: 'on', or 'left_on' and 'right_on'")
        elif len(self.left_on) != len(self.right_on):
            raise ValueError("'left_on' and 'right_on' must have as many columns each")
        if self.how in _CHOOSING and self.columns is not None:
            raise ValueError(f"a join of the kind '{self.how}' takes no columns")
        return self

    @property
    def open_ended(self) -> bool:
        return self.columns is None and self.how not in _CHOOSING

    def acts_as(self) -> Effect:
        return Effect.TABLE if self.how in _NEW_TABLE else Effect.ROWS

    def others(self) -> tuple[str, ...]:
        return (self.dataset,)

    @property
    def keys(self) -> Keys:
        """The columns that are compared, by their own names."""
        return Keys(self.on or self.left_on or (), self.on or self.right_on or ())

    def taken(self) -> Taken:
        """What is taken of the other dataset, under which names."""
        return Taken.of(self.keys, () if self.how in _CHOOSING else self.columns, self.suffix)

    def knowing(self, others: Mapping[str, Sequence[str]]) -> Join:
        if not self.open_ended or self.dataset not in others:
            return self
        return self.model_copy(update={"columns": tuple(others[self.dataset])})

    def _pairs(self) -> str:
        return f" on {self.keys.describe()}" if self.keys.left else ""

    def _taking(self) -> str:
        return f", taking {listed(self.columns)}" if self.columns is not None else ""

    def describe(self) -> str:
        where = f"{shown(self.dataset)}{self._pairs()}"
        if self.how in _CHOOSING:
            return f"Keep rows {'with' if self.how == 'semi' else 'without'} a match in {where}"
        return f"{self.how.capitalize()} join with {where}{self._taking()}"

    def outcome(self, change: Change) -> str:
        where = f"{shown(self.dataset)}{self._pairs()}"
        before, after = count(change.rows_before, "row"), f"{change.rows_after:,}"
        if self.how in _CHOOSING:
            match = "with" if self.how == "semi" else "without"
            return f"Kept {after} of {before} {match} a match in {where}"
        became = f"{before} became {after}" if change.rows_before != change.rows_after else before
        return f"{self.how.capitalize()} joined with {where}{self._taking()}: {became}"

    def to_pandas(self) -> str:
        taken = self.taken()
        other = taken.to_pandas(self.dataset)
        match self.how:
            case "semi":
                return f"df = df.merge({other}.drop_duplicates(), {taken.keys.to_pandas()})"
            case "anti":
                merged = f"df.merge({other}, how='left_anti', {taken.keys.to_pandas()})"
                return f"df = {merged}.reset_index(drop=True)"
        keys = f"{taken.keys.to_pandas()}, " if self.keys.left else ""
        return f"df = df.merge({other}, how={self.how!r}, {keys}suffixes=('', {self.suffix!r}))"

    def reads(self, columns: Sequence[str]) -> list[str]:
        # Of a new table, all is written: the values of the columns that the table has, too.
        every = columns if self.acts_as() is Effect.TABLE else ()
        return list(dict.fromkeys([*self.keys.left, *every]))

    def reads_of(self, dataset: str, columns: Sequence[str]) -> list[str]:
        wanted = self.taken().columns
        return [name for name in columns if dataset == self.dataset and (wanted is None or name in wanted)]

    def writes(self, columns: Sequence[str]) -> list[str]:
        own = columns if self.acts_as() is Effect.TABLE else ()
        return [*own, *self.taken().new_names(columns).values()]
