"""Numbers brought to a common scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import Names, NewName, listed, show_scalar
from workbench.transformations.keys import By, for_each

__all__ = ["Scale"]

_METHODS = {
    "min_max": "the range from {} to {}",
    "z_score": "z-scores",
    "robust": "distances from the median in interquartile ranges",
}
Finite = Annotated[int | float, Field(allow_inf_nan=False, gt=-1e15, lt=1e15)]


class Scale(Transformation):
    """Bring numbers to a common scale, over the table or in groups, in place or into columns of their own.

    ``min_max`` brings the smallest to the low end of a range and the largest to the high end, 0 and 1 if not
    said otherwise; ``z_score`` counts sample standard deviations from the mean, ``robust`` interquartile
    ranges from the median. The columns become float64. Where the values have no spread, because they are
    all the same (or, for ``robust``, their middle half is), there is no scale: they become null, with a
    warning.

    Say: scale price between 0 and 1
    """

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.TABLE
    means_nulls: ClassVar[bool] = True  # the deed itself says which and why
    example: ClassVar[Mapping[str, Any]] = {"columns": ["price"], "method": "min_max"}
    kind: Literal["scale"] = "scale"
    columns: Names = Field(description="whose numbers")
    method: Literal["min_max", "z_score", "robust"] = Field(description="which scale")
    low: Finite = Field(default=0, description="min_max: what the smallest becomes")
    high: Finite = Field(default=1, description="min_max: what the largest becomes")
    by: By = ()
    into: tuple[NewName, ...] | None = Field(
        default=None, description="a name for each column to make; the columns themselves if not given"
    )

    @model_validator(mode="after")
    def _scalable(self) -> Scale:
        if self.low >= self.high:
            raise ValueError("the low end of the range is not below the high end")
        if self.method != "min_max" and (self.low, self.high) != (0, 1):
            raise ValueError("a range goes with min_max")
        if set(self.by) & set(self.columns):
            raise ValueError("a column cannot be scaled in groups of its own values")
        if self.into is not None and (
            len(self.into) != len(self.columns) or len(set(self.into)) < len(self.into)
        ):
            raise ValueError("into names each column once")
        if self.into is not None and set(self.into) & {*self.columns, *self.by}:
            raise ValueError("into names other columns than those that are read")
        return self

    def pairs(self) -> list[tuple[str, str]]:
        """Each column, and the name of the one that holds it scaled."""
        return list(zip(self.columns, self.into or self.columns, strict=True))

    def _scaled(self) -> str:
        into = f" as {listed(self.into)}" if self.into is not None else ""
        scale = _METHODS[self.method].format(show_scalar(self.low), show_scalar(self.high))
        return f"{listed(self.columns)} to {scale}{into}{for_each(self.by)}"

    def describe(self) -> str:
        return f"Scale {self._scaled()}"

    def outcome(self, change: Change) -> str:
        return f"Scaled {self._scaled()}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [*self.columns, *self.by]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [name for _, name in self.pairs()]

    def to_pandas(self) -> str:
        return "\n".join(self._written(name, made) for name, made in self.pairs())

    def _written(self, name: str, made: str) -> str:
        lines = [f"numbers = df[{name!r}].astype('float64')"]
        if self.by:
            keys = ", ".join(f"df[{key!r}]" for key in self.by)
            lines += [f"groups = numbers.groupby([{keys}], dropna=False)"]
        match self.method:
            case "min_max":
                lines += [f"low, high = {self._of('min')}, {self._of('max')}"]
                middle, spread = "low", "(high - low)"
            case "z_score":
                # Of equal numbers the mean may be off by a hair, and the deviation not quite 0.
                differ = f"{self._of('nunique')} > 1"
                deviation = self._of("std")
                where = f".where({differ})" if self.by else f" if {differ} else float('nan')"
                lines += [f"spread = {deviation}{where}"]
                middle, spread = self._of("mean"), "spread"
            case _:
                quartiles = self._of("quantile", 0.75), self._of("quantile", 0.25)
                lines += [f"spread = {' - '.join(quartiles)}"]
                lines += [
                    "spread = spread.where(spread > 0)" if self.by else "spread = spread or float('nan')"
                ]
                middle, spread = self._of("median"), "spread"
        code = f"(numbers - {middle}) / {spread}"
        if (self.low, self.high) != (0, 1):
            code = f"{code} * {self.high - self.low!r} + {self.low!r}"
        return "\n".join([*lines, f"df[{made!r}] = {code}"])

    def _of(self, function: str, *arguments: float) -> str:
        if self.by:
            return f"groups.transform({', '.join([repr(function), *map(repr, arguments)])})"
        return f"numbers.{function}({', '.join(map(repr, arguments))})"
