"""Columns: given other names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.columns.common import OfColumns
from workbench.transformations.columns.styles import STYLED, cleaned, source_of
from workbench.transformations.fields import NamedText, Names, NewName, count, listed, shown

__all__ = ["Rename", "RenameWith"]


class Rename(OfColumns):
    """Give columns other names; they stay where they are.

    Say: rename dep_delay to delay
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": {"dep_delay": "delay"}}
    kind: Literal["rename"] = "rename"
    columns: Annotated[dict[str, NewName], Field(min_length=1)] = Field(
        description="the new names by the old ones"
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Rename:
        new = list(self.columns.values())
        if len(set(new)) < len(new):
            raise ValueError("two columns would have one name")
        return self

    def _pairs(self) -> str:
        return listed([f"{shown(old)} to {shown(new)}" for old, new in self.columns.items()])

    def describe(self) -> str:
        return f"Rename {self._pairs()}"

    def outcome(self, change: Change) -> str:
        return f"Renamed {self._pairs()}"

    def to_pandas(self) -> str:
        return f"df = df.rename(columns={self.columns!r})"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {self.columns.get(name, name): name for name in columns}


_STYLE_NAMES = {
    "upper": "in upper case",
    "lower": "in lower case",
    "title": "in title case",
    "snake": "in snake_case",
    "camel": "in camelCase",
    "pascal": "in PascalCase",
    "kebab": "in kebab-case",
}
_RULES = ("style", "add_prefix", "add_suffix", "remove_prefix", "remove_suffix", "replace")


class RenameWith(OfColumns):
    """Rename columns by a rule; without columns, all of them.

    A style writes the names anew: clean makes them small ASCII letters, digits and underscores, each unique,
    as janitor's clean_names does; snake, kebab, title, camel and pascal join their words, which begin behind
    blanks and signs and at capitals; upper and lower keep all but the case. Else a text is put before or
    behind each name, taken away there, or replaced wherever it stands.

    Say: clean the column names
    """

    example: ClassVar[Mapping[str, Any]] = {"style": "clean"}
    kind: Literal["rename_with"] = "rename_with"
    columns: Names | None = Field(default=None, description="which columns to rename; all if not given")
    style: Literal["clean", "snake", "camel", "pascal", "kebab", "upper", "lower", "title"] | None = Field(
        default=None, description="how to write the names"
    )
    add_prefix: NamedText | None = Field(default=None, description="what to put before each name")
    add_suffix: NamedText | None = Field(default=None, description="what to put behind each name")
    remove_prefix: NamedText | None = Field(default=None, description="what to take away before a name")
    remove_suffix: NamedText | None = Field(default=None, description="what to take away behind a name")
    replace: NamedText | None = Field(default=None, description="a text in names to replace")
    by: str = Field(default="", max_length=1_000, description="what takes its place")

    @model_validator(mode="after")
    def _one_rule(self) -> RenameWith:
        if sum(getattr(self, rule) is not None for rule in _RULES) != 1:
            raise ValueError("give exactly one of " + ", ".join(_RULES))
        if self.by and self.replace is None:
            raise ValueError("by needs a text to replace")
        return self

    def names(self, columns: Sequence[str]) -> dict[str, str]:
        """The new names by the old ones; a name of which nothing would be left stays as it is."""
        chosen = columns if self.columns is None else [n for n in columns if n in self.columns]
        if self.style == "clean":
            return dict(zip(chosen, cleaned(chosen), strict=True))
        return {name: self._renamed(name) or name for name in chosen}

    def _renamed(self, name: str) -> str:
        if self.style in STYLED:
            return STYLED[self.style][0](name)
        if self.style is not None:
            return name.upper() if self.style == "upper" else name.lower()
        if self.remove_prefix is not None:
            return name.removeprefix(self.remove_prefix)
        if self.remove_suffix is not None:
            return name.removesuffix(self.remove_suffix)
        if self.replace is not None:
            return name.replace(self.replace, self.by)
        return f"{self.add_prefix or ''}{name}{self.add_suffix or ''}"

    def _rule(self) -> str:
        if self.style == "clean":
            return ""
        if self.style is not None:
            return f" {_STYLE_NAMES[self.style]}"
        if self.replace is not None:
            return f" with {self.by!r} for {self.replace!r}" if self.by else f" without {self.replace!r}"
        if self.remove_prefix is not None or self.remove_suffix is not None:
            end = "at the end" if self.remove_prefix is None else "at the beginning"
            return f" without {self.remove_prefix or self.remove_suffix!r} {end}"
        end = "at the end" if self.add_prefix is None else "at the beginning"
        return f" with {self.add_prefix or self.add_suffix!r} {end}"

    def _said(self) -> str:
        return "all columns" if self.columns is None else listed(self.columns)

    def describe(self) -> str:
        if self.style == "clean":
            return f"Clean the names of {self._said()}"
        return f"Write the names of {self._said()}{self._rule()}"

    def outcome(self, change: Change) -> str:
        renamed = count(len(change.columns_added), "new name")
        return f"Renamed columns{self._rule() or ' to clean names'}: {renamed}"

    def to_pandas(self) -> str:
        if self.columns is not None:
            return f"df = df.rename(columns={self.names(self.columns)!r})"
        if self.style == "clean":
            return f"{source_of('clean')}\n\n\ndf = df.set_axis(clean_names(df.columns), axis=1)"
        if self.style in STYLED:
            named = STYLED[self.style][1]
            return f"{source_of(self.style)}\n\n\ndf = df.rename(columns=lambda name: {named} or name)"
        return f"df = df.rename(columns=lambda name: {self._source()})"

    def _source(self) -> str:
        if self.style is not None:
            return f"name.{self.style}()"
        if self.remove_prefix is not None:
            return f"name.removeprefix({self.remove_prefix!r}) or name"
        if self.remove_suffix is not None:
            return f"name.removesuffix({self.remove_suffix!r}) or name"
        if self.replace is not None:
            return f"name.replace({self.replace!r}, {self.by!r}) or name"
        return f"{self.add_prefix!r} + name" if self.add_suffix is None else f"name + {self.add_suffix!r}"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        names = self.names(columns)
        return {names.get(name, name): name for name in columns}
