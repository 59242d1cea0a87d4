"""Numbers rounded, cut off at bounds, made positive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Scope
from workbench.transformations.fields import EVERY, Names, chosen, count, listed, show_scalar
from workbench.transformations.values.base import Values, column_code

__all__ = ["Abs", "Clip", "Round"]

_NUMPY = {"floor": "floor", "ceil": "ceil", "trunc": "trunc"}
_WAYS = {"half_even": "", "floor": " down", "ceil": " up", "trunc": " towards zero"}


class Round(Values):
    """Round numbers to some decimals, or to significant digits; without columns, all columns of numbers.

    Halves go to the even neighbour, unless it is said to round down (``floor``), up (``ceil``) or towards
    zero (``trunc``). A number that is written with no more decimals stays as it is: 0.29 rounded down to two
    decimals is 0.29, though it is a little less than that as a float.

    Say: round price to 2 decimals
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["price"], "decimals": 2}
    kind: Literal["round"] = "round"
    columns: Names | None = Field(default=None, description="what to round; all numbers if not given")
    decimals: int = Field(default=0, ge=-15, le=15, description="digits after the point; -3: to thousands")
    how: Literal["half_even", "floor", "ceil", "trunc"] = Field(
        default="half_even", description="to the nearest, down, up, or towards zero"
    )
    significant: Annotated[int, Field(ge=1, le=15)] | None = Field(
        default=None, description="how many significant digits to keep, instead of decimals"
    )

    @model_validator(mode="after")
    def _one_measure(self) -> Round:
        if self.significant is not None and (self.decimals or self.how != "half_even"):
            raise ValueError("significant digits go without decimals and to the nearest")
        return self

    def describe(self) -> str:
        return f"Round {self._in('all numbers')}{_WAYS[self.how]} to {self._places()}"

    def _places(self) -> str:
        if self.significant is not None:
            return count(self.significant, "significant digit")
        if self.decimals == 0:
            return "whole numbers"
        return (
            count(self.decimals, "decimal") if self.decimals > 0 else f"multiples of {10**-self.decimals:,}"
        )

    def outcome(self, change: Change) -> str:
        rounded = count(sum(change.cells_changed.values()), "value")
        return (
            f"Rounded {rounded} in {self._in('all columns of numbers')}{_WAYS[self.how]} to {self._places()}"
        )

    def to_pandas(self) -> str:
        if self.significant is None and self.how == "half_even":
            if self.columns is not None:
                return f"{chosen(self.columns)} = {chosen(self.columns)}.round({self.decimals})"
            return f"numbers = {EVERY['numbers']}\ndf[numbers] = df[numbers].round({self.decimals})"
        numpy = "import numpy as np\n" if self.significant is None and self.decimals == 0 else ""
        if self.columns is not None:
            return numpy + "\n".join(self._rounded(column) for column in map(column_code, self.columns))
        rounded = self._rounded("df[name]").replace("\n", "\n    ")
        return f"{numpy}for name in {EVERY['numbers']}:\n    {rounded}"

    def _rounded(self, column: str) -> str:
        if self.significant is not None:
            digits = f"lambda number: float(f'{{number:.{self.significant}g}}')"
            return f"{column} = {column}.map({digits}, na_action='ignore').astype({column}.dtype)"
        if self.decimals == 0:
            return f"{column} = np.{_NUMPY[self.how]}({column})"
        return self._to_multiples(column) if self.decimals < 0 else self._to_decimals(column)

    def _to_multiples(self, column: str) -> str:
        """Write it with whole numbers alone, which lose no digit."""
        step = 10**-self.decimals
        above = {"floor": "below", "ceil": f"below + {step}"}.get(
            self.how, f"below.mask(({column} < 0).fillna(False), below + {step})"
        )
        lines = [f"below = {column} // {step} * {step}"]
        return "\n".join([*lines, f"{column} = {column}.mask((below < {column}).fillna(False), {above})"])

    def _to_decimals(self, column: str) -> str:
        """Write it from the nearest, one step further where that is on the wrong side."""
        step = 10**-self.decimals
        down = f"(nearest - {step!r}).round({self.decimals})"
        up = f"(nearest + {step!r}).round({self.decimals})"
        lines = [f"nearest = {column}.round({self.decimals})"]
        over, under = f"(nearest > {column}).fillna(False)", f"(nearest < {column}).fillna(False)"
        if self.how == "trunc":
            over = f"((nearest > {column}) & ({column} > 0)).fillna(False)"
            under = f"((nearest < {column}) & ({column} < 0)).fillna(False)"
        made = "nearest"
        made += f".mask({over}, {down})" if self.how in {"floor", "trunc"} else ""
        made += f".mask({under}, {up})" if self.how in {"ceil", "trunc"} else ""
        return "\n".join([*lines, f"{column} = {made}"])


class Abs(Values):
    """Take the sign off numbers and durations; without columns, off all numbers.

    Say: make price absolute
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["price"]}
    kind: Literal["abs"] = "abs"
    columns: Names | None = Field(default=None, description="which columns; all numbers if not given")

    def describe(self) -> str:
        return f"Take the sign off {self._in('all numbers')}"

    def outcome(self, change: Change) -> str:
        changed = count(sum(change.cells_changed.values()), "value")
        return f"Took the sign off {changed} in {self._in('all columns of numbers')}"

    def to_pandas(self) -> str:
        if self.columns is not None:
            return f"{chosen(self.columns)} = {chosen(self.columns)}.abs()"
        return f"numbers = {EVERY['numbers']}\ndf[numbers] = df[numbers].abs()"


Part = Annotated[float, Field(ge=0, le=1)]
Bound = Annotated[int | float, Field(allow_inf_nan=False, ge=-(2**63), lt=2**64)]


class Clip(Values):
    """Bring numbers that lie outside of bounds to the bounds; the bounds are numbers, or quantiles.

    Whole numbers need whole bounds and stay whole numbers; with a quantile they become floats, as a quantile
    may lie between two of them. Nulls stay null.

    Say: clip price between 0 and 100
    """

    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"columns": ["price"], "lower": 0, "upper": 100}
    kind: Literal["clip"] = "clip"
    columns: Names = Field(description="whose numbers")
    lower: Bound | None = Field(default=None, description="the lowest number to leave")
    upper: Bound | None = Field(default=None, description="the highest number to leave")
    lower_quantile: Part | None = Field(default=None, description="the same as a quantile: 0.05")
    upper_quantile: Part | None = Field(default=None, description="the same as a quantile: 0.95")

    @model_validator(mode="after")
    def _bounded(self) -> Clip:
        values, quantiles = (self.lower, self.upper), (self.lower_quantile, self.upper_quantile)
        if all(bound is None for bound in (*values, *quantiles)):
            raise ValueError("give a lower or an upper bound")
        if any(bound is not None for bound in values) and self.by_quantile:
            raise ValueError("give both bounds as numbers, or both as quantiles")
        for low, high in (values, quantiles):
            if low is not None and high is not None and low > high:
                raise ValueError("the lower bound is above the upper one")
        return self

    @property
    def by_quantile(self) -> bool:
        """Whether the bounds are quantiles."""
        return self.lower_quantile is not None or self.upper_quantile is not None

    def _bounds(self) -> str:
        if self.by_quantile:
            bounds = [(part * 100) if part is not None else None for part in self._parts]
            low, high = (f"its {bound:.12g}% quantile" if bound is not None else None for bound in bounds)
        else:
            low, high = (None if b is None else show_scalar(b) for b in (self.lower, self.upper))
        if low is not None and high is not None:
            return f"between {low} and {high}"
        return f"at {low} or more" if low is not None else f"at {high} or less"

    @property
    def _parts(self) -> tuple[float | None, float | None]:
        return self.lower_quantile, self.upper_quantile

    def describe(self) -> str:
        return f"Clip {listed(self.columns)} to stay {self._bounds()}"

    def outcome(self, change: Change) -> str:
        changed = count(sum(change.cells_changed.values()), "value")
        return f"Clipped {changed} of {listed(self.columns)} to stay {self._bounds()}"

    def to_pandas(self) -> str:
        if not self.by_quantile:
            return f"{chosen(self.columns)} = {chosen(self.columns)}.clip({self.lower!r}, {self.upper!r})"
        lines = []
        for column in map(column_code, self.columns):
            low, high = (None if part is None else f"{column}.quantile({part!r})" for part in self._parts)
            lines += [f"{column} = {column}.astype('float64')", f"{column} = {column}.clip({low}, {high})"]
        return "\n".join(lines)
