"""Text: case and surrounding space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.fields import EVERY, Names, chosen, count, quoted
from workbench.transformations.values import Values

__all__ = ["ChangeCase", "Trim"]

_METHODS = {"upper": "upper", "lower": "lower", "title": "title", "sentence": "capitalize"}


class _Text(Values):
    """Each text alone is rewritten by one method of pandas' ``str``."""

    columns: Names | None = Field(default=None, description="which columns; all columns of text if not given")

    def method(self) -> str:
        """Name the method of pandas' ``str`` that does it."""
        raise NotImplementedError

    def to_pandas(self) -> str:
        if self.columns is not None and len(self.columns) == 1:
            return f"{chosen(self.columns)} = {chosen(self.columns)}.str.{self.method()}()"
        names = quoted(self.columns) if self.columns is not None else EVERY["text"]
        return f"text = {names}\ndf[text] = df[text].apply(lambda column: column.str.{self.method()}())"


class ChangeCase(_Text):
    """Change text to upper case, lower case, title case (Each Word) or sentence case (First letter).

    Say: make email lowercase
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["email"], "to": "lower"}
    kind: Literal["change_case"] = "change_case"
    to: Literal["upper", "lower", "title", "sentence"] = Field(description="the case to change to")

    def method(self) -> str:
        return _METHODS[self.to]

    def describe(self) -> str:
        return f"Change {self._in('all text')} to {self.to} case"

    def outcome(self, change: Change) -> str:
        changed = count(sum(change.cells_changed.values()), "value")
        return f"Changed {changed} in {self._in('all columns of text')} to {self.to} case"


class Trim(_Text):
    """Trim white space from the beginning and the end of text.

    Say: trim spaces in name
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name"]}
    kind: Literal["trim"] = "trim"

    def method(self) -> str:
        return "strip"

    def describe(self) -> str:
        return f"Trim white space in {self._in('all text')}"

    def outcome(self, change: Change) -> str:
        trimmed = count(sum(change.cells_changed.values()), "value")
        return f"Trimmed {trimmed} in {self._in('all columns of text')}"
