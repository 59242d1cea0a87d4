"""Values: nulls filled, values replaced, numbers rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.expressions import Moment, show_value
from workbench.transformations.fields import Names, Scalar, chosen, count, listed

__all__ = ["FillNulls", "Replace", "Replacement", "Round"]


class _Values(Transformation):
    """Rows stay in place; values of some columns, or of all that it applies to, change."""

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.ROW

    columns: Names | None

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)

    def _in(self, every: str) -> str:
        return listed(self.columns) if self.columns is not None else every


class FillNulls(_Values):
    """Fill the nulls of columns with a value, or with one taken from the column.

    Without columns, all are filled that the value or the method fits: a number fills the columns of numbers,
    a text those of text; mean and median those of numbers that have nulls. Mean and median make the column
    float64. Of several modes the smallest is taken. Forward takes the value of the nearest row above that
    has one, backward of the nearest below.

    Say: fill nulls in age with the median
    """

    scope: ClassVar[Scope] = Scope.TABLE
    kind: Literal["fill_nulls"] = "fill_nulls"
    columns: Names | None = Field(default=None, description="where to fill; all that fit if not given")
    value: Scalar | Moment | None = Field(default=None, description="what to fill with")
    method: Literal["mean", "median", "mode", "forward", "backward"] | None = Field(
        default=None, description="how to find what to fill with, instead of a value"
    )

    @model_validator(mode="after")
    def _one_filling(self) -> FillNulls:
        if (self.value is None) == (self.method is None):
            raise ValueError("give either value or method")
        return self

    def _filling(self) -> str:
        match self.method:
            case "forward":
                return "the value above"
            case "backward":
                return "the value below"
            case None:
                return show_value(self.value)
            case _:
                return f"the {self.method}"

    def describe(self) -> str:
        return f"Fill nulls in {self._in('all columns')} with {self._filling()}"

    def outcome(self, change: Change) -> str:
        filled = count(sum(change.cells_changed.values()), "null")
        return f"Filled {filled} in {self._in('all columns')} with {self._filling()}"

    def to_pandas(self) -> str:
        target = chosen(self.columns) if self.columns is not None else "df"
        return f"{target} = {target}.fillna({self.value!r})"


class Replacement(BaseModel):
    """A value, and what takes its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    old: Scalar | Moment
    new: Scalar | Moment | None = Field(description="null takes the value away")


class Replace(_Values):
    """Replace values by others; a value is replaced where it is the whole cell.

    Without columns, all are looked at that can hold the values. In Python a mapping does as well:
    ``Replace(columns=["city"], values={"NYC": "New York"})``.

    Say: replace NYC with New York in city
    """

    kind: Literal["replace"] = "replace"
    columns: Names | None = Field(default=None, description="where to look; all that fit if not given")
    values: tuple[Replacement, ...] = Field(min_length=1, max_length=10_000, description="what by what")

    @field_validator("values", mode="before")
    @classmethod
    def _from_mapping(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            return [{"old": old, "new": new} for old, new in values.items()]
        return values

    def _pairs(self) -> str:
        return listed([f"{show_value(pair.old)} with {show_value(pair.new)}" for pair in self.values])

    def describe(self) -> str:
        return f"Replace {self._pairs()} in {self._in('all columns')}"

    def outcome(self, change: Change) -> str:
        replaced = count(sum(change.cells_changed.values()), "value")
        return f"Replaced {replaced} in {self._in('all columns')}: {self._pairs()}"

    def to_pandas(self) -> str:
        target = chosen(self.columns) if self.columns is not None else "df"
        return f"{target} = {target}.replace({ {pair.old: pair.new for pair in self.values} })"


class Round(_Values):
    """Round numbers to some decimals, halves to the even neighbour; without columns, all columns of numbers.

    Say: round price to 2 decimals
    """

    kind: Literal["round"] = "round"
    columns: Names | None = Field(default=None, description="what to round; all numbers if not given")
    decimals: int = Field(default=0, ge=-15, le=15, description="digits after the point; -3: to thousands")

    def describe(self) -> str:
        return f"Round {self._in('all numbers')} to {self._places()}"

    def _places(self) -> str:
        return count(self.decimals, "decimal")

    def outcome(self, change: Change) -> str:
        rounded = count(sum(change.cells_changed.values()), "value")
        return f"Rounded {rounded} in {self._in('all columns of numbers')} to {self._places()}"

    def to_pandas(self) -> str:
        target = chosen(self.columns) if self.columns is not None else "df"
        return f"{target} = {target}.round({self.decimals})"
