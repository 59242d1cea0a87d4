"""Columns: chosen and dropped, moved and copied."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Scope
from workbench.transformations.columns.common import OfColumns, columns_named
from workbench.transformations.fields import (
    EVERY,
    NamedText,
    Names,
    NewName,
    Pattern,
    count,
    listed,
    quoted,
    shown,
)

__all__ = ["Drop", "DropBy", "Duplicate", "Move", "Select", "SelectBy"]


class Select(OfColumns):
    """Keep some columns, in the order in which they are named.

    Say: keep only the columns name, city and price
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name", "city", "price"]}
    kind: Literal["select"] = "select"
    columns: Names = Field(description="which columns to keep")

    def describe(self) -> str:
        return f"Keep only {columns_named(self.columns)}"

    def outcome(self, change: Change) -> str:
        before = len(self.columns) + len(change.columns_removed)
        return f"Kept {len(self.columns):,} of {count(before, 'column')}: {listed(self.columns)}"

    def to_pandas(self) -> str:
        return f"df = df[{quoted(self.columns)}]"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in self.columns}


class Drop(OfColumns):
    """Drop columns.

    Say: drop the columns notes and internal id
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["notes", "internal id"]}
    kind: Literal["drop_columns"] = "drop_columns"
    columns: Names = Field(description="which columns to drop")

    def describe(self) -> str:
        return f"Drop {columns_named(self.columns)}"

    def outcome(self, change: Change) -> str:
        return f"Dropped {columns_named(self.columns)}"

    def to_pandas(self) -> str:
        return f"df = df.drop(columns={quoted(self.columns)})"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in columns if name not in self.columns}


_CRITERIA = ("starts_with", "ends_with", "contains", "matches", "type", "nulls_over", "holding")
_HOLDING = {
    "nothing": "df.isna().mean() == 1",
    "one_value": "(df.nunique(dropna=False) == 1) & (len(df) > 1)",
}
_OF_NAMES = {
    "starts_with": "starts with",
    "ends_with": "ends with",
    "contains": "contains",
    "matches": "matches",
}


class _By(OfColumns):
    """Columns chosen by what their names are like, by what they hold, or by how many nulls they have."""

    starts_with: NamedText | None = Field(default=None, description="how their names begin")
    ends_with: NamedText | None = Field(default=None, description="how their names end")
    contains: NamedText | None = Field(default=None, description="what is in their names")
    matches: Pattern | None = Field(default=None, description="a regular expression found in their names")
    type: Literal["numbers", "text", "dates", "booleans", "categories"] | None = Field(
        default=None, description="what they hold"
    )
    nulls_over: float | None = Field(
        default=None, ge=0, lt=1, description="more than this share of their values is null; 0: any is"
    )
    holding: Literal["nothing", "one_value"] | None = Field(
        default=None,
        description="nothing: nulls alone; one_value: the same in every row, of two rows or more",
    )
    case: bool = Field(default=True, description="whether upper and lower case in names differ")

    @model_validator(mode="after")
    def _one_criterion(self) -> _By:
        if sum(getattr(self, name) is not None for name in _CRITERIA) != 1:
            raise ValueError("give exactly one of " + ", ".join(_CRITERIA))
        if not self.case and self._pattern() is None:
            raise ValueError("case is for names alone")
        return self

    @property
    def open_ended(self) -> bool:
        # A user's expression is looked for by the deed alone, which gives it no more than some time.
        return self._pattern() is None or self.matches is not None

    def spans(self) -> Scope:
        return Scope.ROW if self.nulls_over is None and self.holding is None else Scope.TABLE

    def _pattern(self) -> str | None:
        """The regular expression that the names are searched for."""
        for name, form in (("starts_with", r"\A{}"), ("ends_with", r"{}\Z"), ("contains", "{}")):
            text = getattr(self, name)
            if text is not None:
                return self._cased(form.format(re.escape(text)))
        return None if self.matches is None else self._cased(self.matches)

    def _cased(self, pattern: str) -> str:
        return pattern if self.case else f"(?i){pattern}"

    def named(self, columns: Sequence[str]) -> list[str]:
        """The columns whose names fit; all, where it is not the name that decides."""
        pattern = self._pattern()
        return [name for name in columns if pattern is None or re.search(pattern, name)]

    def _which(self) -> str:
        if self.type is not None:
            return f"the columns of {self.type}"
        if self.nulls_over is not None:
            share = f"{self.nulls_over * 100:.10g}%"
            return (
                "the columns with nulls"
                if not self.nulls_over
                else f"the columns with more than {share} nulls"
            )
        if self.holding is not None:
            return (
                f"the columns that hold {'nothing' if self.holding == 'nothing' else 'the same everywhere'}"
            )
        name, says = next((n, says) for n, says in _OF_NAMES.items() if getattr(self, n) is not None)
        case = "" if self.case else ", in any case"
        return f"the columns whose name {says} {getattr(self, name)!r}{case}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(columns) if self._pattern() is None else []


class SelectBy(_By):
    """Keep the columns that are alike: in their names, in what they hold, or in how many nulls they have.

    Say: keep only the columns that start with dep
    """

    example: ClassVar[Mapping[str, Any]] = {"starts_with": "dep"}
    kind: Literal["select_columns_by"] = "select_columns_by"

    def describe(self) -> str:
        return f"Keep only {self._which()}"

    def outcome(self, change: Change) -> str:
        gone = count(len(change.columns_removed), "other")
        return f"Kept only {self._which()}, without {gone}"

    def to_pandas(self) -> str:
        if self.nulls_over is not None:
            return f"df = df[df.columns[~(df.isna().mean() <= {self.nulls_over})]]"
        if self.holding is not None:
            # Of a table without rows all columns stay.
            return f"df = df[df.columns[({_HOLDING[self.holding]}) | (len(df) == 0)]]"
        if self.type is not None:
            return f"df = df[{_EVERY[self.type]}]"
        return f"df = df.filter(regex={self._pattern()!r})"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in (columns if self.open_ended else self.named(columns))}


class DropBy(_By):
    """Drop the columns that are alike: in their names, in what they hold, or in how many nulls they have.

    Say: drop columns with more than 50% nulls
    """

    example: ClassVar[Mapping[str, Any]] = {"nulls_over": 0.5}
    kind: Literal["drop_columns_by"] = "drop_columns_by"

    def describe(self) -> str:
        return f"Drop {self._which()}"

    def outcome(self, change: Change) -> str:
        gone = change.columns_removed
        return f"Dropped {self._which()}: {listed(gone) if gone else 'none'}"

    def to_pandas(self) -> str:
        if self.nulls_over is not None:
            return f"df = df.drop(columns=df.columns[df.isna().mean() > {self.nulls_over}])"
        if self.holding is not None:
            return f"df = df.drop(columns=df.columns[{_HOLDING[self.holding]}])"
        if self.type is not None:
            return f"df = df.drop(columns={_EVERY[self.type]})"
        return f"df = df.drop(columns=df.filter(regex={self._pattern()!r}).columns)"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        named = [] if self.open_ended else self.named(columns)
        return {name: name for name in columns if name not in named}


_EVERY = {**EVERY, "dates": EVERY["times"], "categories": "df.select_dtypes('category').columns"}


class Move(OfColumns):
    """Move columns to the front, to the end, or beside another column, in the order in which they are named.

    Say: move price to the front
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["price"], "to": "first"}
    kind: Literal["move"] = "move"
    columns: Names = Field(description="which columns to move")
    to: Literal["first", "last"] | None = Field(default=None, description="the front, or the end")
    before: str | None = Field(default=None, description="the column before which to put them")
    after: str | None = Field(default=None, description="the column behind which to put them")

    @model_validator(mode="after")
    def _one_place(self) -> Move:
        if sum(place is not None for place in (self.to, self.before, self.after)) != 1:
            raise ValueError("give exactly one of to, before, after")
        if self._beside() in self.columns:
            raise ValueError(f"'{self._beside()}' cannot be put beside itself")
        return self

    def _beside(self) -> str | None:
        return self.before if self.before is not None else self.after

    def ordered(self, columns: Sequence[str]) -> list[str]:
        """The names of the columns in their new order."""
        others = [name for name in columns if name not in self.columns]
        moved = [name for name in self.columns if name in columns]
        beside = self._beside()
        at = 0 if self.to == "first" else len(others)
        if beside in others:
            at = others.index(beside) + (self.after is not None)
        return [*others[:at], *moved, *others[at:]]

    def _where(self) -> str:
        if self.to is not None:
            return "to the front" if self.to == "first" else "to the end"
        side = "before" if self.before is not None else "behind"
        return f"{side} {shown(str(self._beside()))}"

    def describe(self) -> str:
        return f"Move {listed(self.columns)} {self._where()}"

    def outcome(self, change: Change) -> str:
        return f"Moved {listed(self.columns)} {self._where()}"

    def to_pandas(self) -> str:
        names, others = quoted(self.columns), f"df.columns.drop({quoted(self.columns)})"
        if self.to is not None:
            order = f"[*{names}, *others]" if self.to == "first" else f"[*others, *{names}]"
            return f"others = {others}\ndf = df[{order}]"
        behind = " + 1" if self.after is not None else ""
        return (
            f"others = {others}\n"
            f"at = others.get_loc({self._beside()!r}){behind}\n"
            f"df = df[[*others[:at], *{names}, *others[at:]]]"
        )

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in self.ordered(columns)}


class Duplicate(OfColumns):
    """Copy a column under another name; the copy stands at the end, and takes no room until one changes.

    Say: duplicate price as original_price
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "price", "name": "original_price"}
    kind: Literal["duplicate"] = "duplicate"
    column: str = Field(description="which column to copy")
    name: NewName = Field(
        default_factory=lambda given: f"{given.get('column')}_copy",
        description="the name of the copy; column_copy if not given",
    )

    @model_validator(mode="after")
    def _another_name(self) -> Duplicate:
        if self.name == self.column:
            raise ValueError("the copy needs a name of its own")
        return self

    def describe(self) -> str:
        return f"Copy {shown(self.column)} as {shown(self.name)}"

    def outcome(self, change: Change) -> str:
        return f"Copied {shown(self.column)} as {shown(self.name)}"

    def to_pandas(self) -> str:
        return f"df[{self.name!r}] = df[{self.column!r}]"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {**{name: name for name in columns}, self.name: self.column}
