"""Values: nulls filled, values replaced, numbers rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.expressions import Moment, noun, show_value
from workbench.transformations.fields import EVERY, Names, Scalar, chosen, count, listed

__all__ = ["FillNulls", "Replace", "Replacement", "Round"]


class Values(Transformation):
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


class FillNulls(Values):
    """Fill the nulls of columns with a value, or with one taken from the column.

    Without columns, all are filled that the value or the method fits: a number fills the columns of numbers,
    a text those of text; mean and median those of numbers that have nulls. Mean and median make the column
    float64. Of several modes the smallest is taken. Forward takes the value of the nearest row above that
    has one, backward of the nearest below.

    Say: fill nulls in age with the median
    """

    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"columns": ["age"], "method": "median"}
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
        filled = count(sum(change.nulls_filled.values()), "null")
        return f"Filled {filled} in {self._in('all columns')} with {self._filling()}"

    def to_pandas(self) -> str:
        if self.columns is None:
            return self._everywhere()
        if self.method in {"mean", "median", "mode"}:
            return "\n".join(f"{column} = {self._filled(column)}" for column in map(_column, self.columns))
        return f"{chosen(self.columns)} = {self._filled(chosen(self.columns))}"

    def _everywhere(self) -> str:
        match self.method:
            case "forward" | "backward":
                return f"df = {self._filled('df')}"
            case "mode":
                return f"df = df.apply(lambda column: {self._filled('column')})"
            case "mean" | "median":
                numbers = EVERY["numbers"].removesuffix(".columns")
                return (
                    f"gaps = {numbers}.loc[:, lambda numbers: numbers.isna().any()].columns\n"
                    f"df[gaps] = df[gaps].apply(lambda column: {self._filled('column')})"
                )
            case None:
                name = noun(self.value)
                return f"{name} = {EVERY[name]}\ndf[{name}] = {self._filled(f'df[{name}]')}"

    def _filled(self, column: str) -> str:
        match self.method:
            case "forward":
                return f"{column}.ffill()"
            case "backward":
                return f"{column}.bfill()"
            case "mode":
                return f"{column}.fillna({column}.mode().get(0, pd.NA))"
            case "mean" | "median":
                return f"{column}.astype('float64').fillna({column}.{self.method}())"
            case None:
                return f"{column}.fillna({_written(self.value)})"


class Replacement(BaseModel):
    """A value, and what takes its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    old: Scalar | Moment = Field(description="the value that is there")
    new: Scalar | Moment | None = Field(description="the value to put there; null takes it away")


class Replace(Values):
    """Replace values by others; a value is replaced where it is the whole cell.

    Without columns, all are looked at that can hold the values. In Python a mapping does as well:
    ``Replace(columns=["city"], values={"NYC": "New York"})``.

    Say: replace NYC with New York in city
    """

    example: ClassVar[Mapping[str, Any]] = {
        "columns": ["city"],
        "values": [{"old": "NYC", "new": "New York"}],
    }
    kind: Literal["replace"] = "replace"
    columns: Names | None = Field(default=None, description="where to look; all that fit if not given")
    values: tuple[Replacement, ...] = Field(min_length=1, max_length=10_000, description="what by what")

    @field_validator("values", mode="before")
    @classmethod
    def _from_mapping(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            return [{"old": old, "new": new} for old, new in values.items()]
        return values

    @model_validator(mode="after")
    def _each_once(self) -> Replace:
        # True and 1 are one key in Python, but no column holds both.
        old = [(noun(pair.old), pair.old) for pair in self.values]
        if len(set(old)) < len(old):
            raise ValueError("a value is replaced twice")
        return self

    def _pairs(self) -> str:
        return listed([f"{show_value(pair.old)} with {show_value(pair.new)}" for pair in self.values])

    def describe(self) -> str:
        return f"Replace {self._pairs()} in {self._in('all columns')}"

    def outcome(self, change: Change) -> str:
        replaced = count(sum(change.cells_changed.values()), "value")
        return f"Replaced {replaced} in {self._in('all columns')}: {self._pairs()}"

    def to_pandas(self) -> str:
        if self.columns is not None:
            return "\n".join(f"{c} = {_replaced(c, self.values)}" for c in map(_column, self.columns))
        names = dict.fromkeys(noun(pair.old) for pair in self.values)
        return "\n".join(self._everywhere(name) for name in names)

    def _everywhere(self, name: str) -> str:
        replaced = _replaced("column", [pair for pair in self.values if noun(pair.old) == name])
        return f"{name} = {EVERY[name]}\ndf[{name}] = df[{name}].apply(lambda column: {replaced})"


def _replaced(column: str, pairs: Sequence[Replacement]) -> str:
    """Write the replacements, each by what the column held before any of them."""
    plain = [pair for pair in pairs if not isinstance(pair.old, Moment)]
    values = {pair.old: pair.new for pair in plain if pair.new is not None}
    nulls = [pair.old for pair in plain if pair.new is None]
    code = f"{column}.replace({values!r})" if values else column
    code += f".mask({column}.isin({nulls!r}))" if nulls else ""
    for pair in pairs:
        if isinstance(pair.old, Moment):
            by = f", {_written(pair.new)}" if pair.new is not None else ""
            code += f".mask({column} == {_written(pair.old)}{by})"
    return code


def _column(name: str) -> str:
    return f"df[{name!r}]"


def _written(value: Scalar | Moment | None) -> str:
    # pandas reads a text in the zone of the column that it meets; a Timestamp would have to know it.
    return repr(value.describe() if isinstance(value, Moment) else value)


class Round(Values):
    """Round numbers to some decimals, halves to the even neighbour; without columns, all columns of numbers.

    Say: round price to 2 decimals
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["price"], "decimals": 2}
    kind: Literal["round"] = "round"
    columns: Names | None = Field(default=None, description="what to round; all numbers if not given")
    decimals: int = Field(default=0, ge=-15, le=15, description="digits after the point; -3: to thousands")

    def describe(self) -> str:
        return f"Round {self._in('all numbers')} to {self._places()}"

    def _places(self) -> str:
        if self.decimals == 0:
            return "whole numbers"
        return (
            count(self.decimals, "decimal") if self.decimals > 0 else f"multiples of {10**-self.decimals:,}"
        )

    def outcome(self, change: Change) -> str:
        rounded = count(sum(change.cells_changed.values()), "value")
        return f"Rounded {rounded} in {self._in('all columns of numbers')} to {self._places()}"

    def to_pandas(self) -> str:
        if self.columns is not None:
            return f"{chosen(self.columns)} = {chosen(self.columns)}.round({self.decimals})"
        return f"numbers = {EVERY['numbers']}\ndf[numbers] = df[numbers].round({self.decimals})"
