"""Values replaced by others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from workbench.models import Change
from workbench.transformations.expressions import Moment, noun, show_value
from workbench.transformations.fields import EVERY, Names, Scalar, count, listed
from workbench.transformations.values.base import Values, column_code, value_code

__all__ = ["Replace", "Replacement", "Replacements"]


class Replacement(BaseModel):
    """A value, and what takes its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    old: Scalar | Moment = Field(description="the value that is there")
    new: Scalar | Moment | None = Field(description="the value to put there; null takes it away")


def _from_mapping(values: Any) -> Any:
    if isinstance(values, Mapping):
        return [{"old": old, "new": new} for old, new in values.items()]
    return values


Replacements = Annotated[
    tuple[Replacement, ...], BeforeValidator(_from_mapping), Field(min_length=1, max_length=10_000)
]
"""Values and what takes their places; in Python a mapping does as well."""


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
    values: Replacements = Field(description="what by what")

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
            return "\n".join(f"{c} = {_replaced(c, self.values)}" for c in map(column_code, self.columns))
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
            by = f", {value_code(pair.new)}" if pair.new is not None else ""
            code += f".mask({column} == {value_code(pair.old)}{by})"
    return code
