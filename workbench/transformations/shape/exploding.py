"""Rows made of what one cell holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import count, shown

__all__ = ["Explode"]


class Explode(Transformation):
    """Make a row of each item of a list, with the other columns repeated beside it.

    With a ``separator`` the column is text, which is split at each of them; spaces around an item are taken
    away. An empty list, and a null, stay one row with a null.

    Say: split notes at comma into rows
    """

    effect: ClassVar[Effect] = Effect.ROWS
    scope: ClassVar[Scope] = Scope.ROW
    example: ClassVar[Mapping[str, Any]] = {"column": "notes", "separator": ","}
    means_nulls: ClassVar[bool] = True  # of empty lists
    kind: Literal["explode"] = "explode"
    column: str = Field(description="the column of lists, or of text")
    separator: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="what stands between the items of a text; none for lists"
    )

    def _sentence(self) -> str:
        at = "" if self.separator is None else f" of {shown(self.column)}, split at {self.separator!r}"
        return f"each item{at or f' of {shown(self.column)}'}"

    def describe(self) -> str:
        return f"Make a row of {self._sentence()}"

    def outcome(self, change: Change) -> str:
        before, after = count(change.rows_before, "row"), count(change.rows_after, "row")
        return f"Made {after} of {before}: one of {self._sentence()}"

    def to_pandas(self) -> str:
        column = f"df[{self.column!r}]"
        exploded = f"df = df.explode({self.column!r}, ignore_index=True)"
        if self.separator is None:
            return f"{exploded}\n{column} = {column}.infer_objects()"
        return (
            f"{column} = {column}.str.split({self.separator!r}, regex=False)\n"
            f"{exploded}\n"
            f"{column} = {column}.astype('str').str.strip()"
        )

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.column]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.column]
