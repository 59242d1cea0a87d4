"""Values looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.expressions import Moment, noun, show_value
from workbench.transformations.fields import NewName, Scalar, listed, shown
from workbench.transformations.values.replacing import Replacements

__all__ = ["MapValues"]

_DTYPES = {"text": "str", "booleans": "boolean"}


class MapValues(Transformation):
    """Look up each value in a mapping and write what it says, in place or into a column of its own.

    What the mapping does not name becomes null, becomes a default, or is kept; it is reported, with
    examples. Nulls stay null. The column is of the type of what the mapping says: text, boolean, Int64 or
    float64. In Python a mapping does as well: ``MapValues(column="size", values={"S": 1, "M": 2})``.

    Say: map status by shipped to 1 and cancelled to 0
    """

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.ROW
    means_nulls: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Any]] = {
        "column": "status",
        "values": [{"old": "shipped", "new": 1}, {"old": "cancelled", "new": 0}],
    }
    kind: Literal["map_values"] = "map_values"
    column: str = Field(description="whose values to look up")
    values: Replacements = Field(description="what by what")
    otherwise: Literal["null", "keep"] = Field(
        default="null", description="what becomes of a value that the mapping does not name; keep: text alone"
    )
    default: Scalar | None = Field(default=None, description="what to write for it instead")
    into: NewName | None = Field(
        default=None, description="the name of the column to make; the column itself if not given"
    )

    @model_validator(mode="after")
    def _of_one_type(self) -> MapValues:
        if any(isinstance(value, Moment) for pair in self.values for value in (pair.old, pair.new)):
            raise ValueError("a mapping takes no points in time")
        if len({pair.old for pair in self.values}) < len(self.values):
            raise ValueError("a value is mapped twice")
        old = {noun(pair.old) for pair in self.values}
        if len(old) > 1:
            raise ValueError(
                f"the values to look up are {listed(sorted(old))}, and a column holds one of them"
            )
        new = {noun(value) for value in self._news()}
        if len(new) != 1:
            raise ValueError("the values to write must be of one type: text, numbers or booleans")
        if self.otherwise == "keep" and (self.default is not None or old | new != {"text"}):
            raise ValueError("keep goes with text for text, and without a default; replace keeps all others")
        return self

    def _news(self) -> list[Any]:
        news = [*(pair.new for pair in self.values), self.default]
        return [new for new in news if new is not None]

    def makes(self) -> str:
        """The dtype of the column, by pandas' name."""
        news = self._news()
        whole = all(isinstance(new, int) for new in news)
        return _DTYPES.get(noun(news[0]), "Int64" if whole else "float64")

    def target(self) -> str:
        """The column that holds what was looked up."""
        return self.into if self.into is not None else self.column

    def _rest(self) -> str:
        if self.default is not None:
            return f", all others to {show_value(self.default)}"
        return ", keeping all others" if self.otherwise == "keep" else ""

    def _mapped(self) -> str:
        pairs = listed([f"{show_value(pair.old)} to {show_value(pair.new)}" for pair in self.values])
        into = f" into {shown(self.into)}" if self.into is not None else ""
        return f"{shown(self.column)}{into}: {pairs}{self._rest()}"

    def describe(self) -> str:
        return f"Map {self._mapped()}"

    def outcome(self, change: Change) -> str:
        return f"Mapped {self._mapped()}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.column]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.target()]

    def to_pandas(self) -> str:
        column = f"df[{self.column!r}]"
        # Of categories, map would give categories.
        looked = f"{column}.astype('str')" if noun(self.values[0].old) == "text" else column
        mapping = {pair.old: pair.new for pair in self.values}
        lines = [f"mapping = pd.Series({mapping!r}, dtype={self.makes()!r})"]
        made = f"{looked}.map(mapping).astype(mapping.dtype)"
        if self.default is not None or self.otherwise == "keep":
            lines += [f"others = {column}.notna() & ~{column}.isin(mapping.index)"]
            made += f".mask(others, {looked if self.default is None else repr(self.default)})"
        return "\n".join([*lines, f"df[{self.target()!r}] = {made}"])
