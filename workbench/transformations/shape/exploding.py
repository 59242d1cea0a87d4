"""Rows made of what one cell holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import count, shown

__all__ = ["LARGEST", "Explode"]

LARGEST = 2**63
"""The first whole number that is too large for a column of them."""

_FROM_JSON = f"""\
import json

def items_of(text):
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return items if isinstance(items, list) else text

def typed(items):
    known = items.dropna()
    kinds = {{str if isinstance(item, int) and abs(item) >= {LARGEST} else type(item) for item in known}}
    if kinds == {{int}}:
        return items.astype('Int64')
    if kinds == {{bool}}:
        return items.astype('boolean')
    if kinds == {{float}} or kinds == {{int, float}}:
        return items.astype('float64')
    plain = lambda item: item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return items.astype('object').map(plain, na_action='ignore').astype('str')
"""


class Explode(Transformation):
    """Make a row of each item of a list, with the other columns repeated beside it.

    With a ``separator`` the column is text, which is split at each of them; spaces around an item are taken
    away. With the format ``json`` the texts are lists as JSON writes them, such as ``["a", "b"]``: items of
    one type become a column of it, others text (lists and objects inside of them as JSON), and a text that
    is no such list stays as it is, which is said. An empty list, and a null, stay one row with a null.

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
    format: Literal["json"] | None = Field(
        default=None, description="how lists are written, where the column is text; instead of a separator"
    )

    @model_validator(mode="after")
    def _one_form(self) -> Explode:
        if self.separator is not None and self.format is not None:
            raise ValueError("give either separator or format")
        return self

    def spans(self) -> Scope:
        # All items together decide of which type they are.
        return Scope.TABLE if self.format is not None else Scope.ROW

    def _sentence(self) -> str:
        if self.format is not None:
            return f"each item of the JSON lists in {shown(self.column)}"
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
        if self.format is not None:
            items = f"{column} = {column}.map(items_of, na_action='ignore')"
            return f"{_FROM_JSON}\n{items}\n{exploded}\n{column} = typed({column})"
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
