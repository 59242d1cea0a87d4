"""What the words of this family share: a column of times that is read, the codes of formats, zones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import NewName, shown

__all__ = ["InOneColumn", "MadeOfTimes", "ReadFormat", "WrittenFormat", "Zone"]

_READ = frozenset("aAbBdfHIjmMpSyYz%")
_WRITTEN = frozenset("aAbBdfGHIjmMpSuUVwWyYzZ%")


def _codes(known: frozenset[str], text: str) -> list[str]:
    """Give the codes of a format, all of them known."""
    found = re.findall("%(.?)", text, re.DOTALL)
    unknown = next((code for code in found if code not in known), None)
    if unknown is not None:
        raise ValueError(f"'%{unknown}' is no code of a date; those are Python's, such as %d/%m/%Y")
    return [code for code in found if code != "%"]


def _readable(text: str) -> str:
    codes = _codes(_READ, text)
    if len(set(codes)) < len(codes):
        raise ValueError(f"{text!r} has a code twice")
    if not set(codes) & {"y", "Y"}:
        raise ValueError(f"{text!r} has no year: %Y, or %y for one of two digits")
    return text


def _writable(text: str) -> str:
    if not _codes(_WRITTEN, text):
        raise ValueError(f"{text!r} has no code of a date, such as %Y")
    return text


ReadFormat = Annotated[str, Field(min_length=2, max_length=100), AfterValidator(_readable)]
"""How points in time are written, in the codes of Python's strptime."""

WrittenFormat = Annotated[str, Field(min_length=2, max_length=100), AfterValidator(_writable)]
"""How to write points in time, in the codes of Python's strftime."""


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {zone!r}; zones are called as in Europe/Berlin") from error
    return zone


Zone = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_known)]
"""A time zone by its IANA name."""


class MadeOfTimes(Transformation):
    """Each row's points in time alone give the values of columns."""

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.ROW

    def targets(self) -> dict[str, str]:
        """Name the columns that it adds or replaces, each with a dtype: times are ``datetime64[us]``."""
        raise NotImplementedError

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.targets())


class InOneColumn(MadeOfTimes):
    """A column of times is read, and replaced, or another one is made of it."""

    column: str = Field(description="the column of dates or times")
    into: NewName | None = Field(
        default=None, description="the column to add or to replace; the column itself if not given"
    )

    @property
    def target(self) -> str:
        """The column that it sets."""
        return self.column if self.into is None else self.into

    def targets(self) -> dict[str, str]:
        return {self.target: "datetime64[us]"}

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.column]

    def _says(self) -> tuple[str, str]:
        """Say what it does: the verb as a command, and what comes after it."""
        raise NotImplementedError

    def _into(self) -> str:
        return "" if self.target == self.column else f" into {shown(self.target)}"

    def describe(self) -> str:
        verb, what = self._says()
        return f"{verb} {what}{self._into()}"

    def outcome(self, change: Change) -> str:
        verb, what = self._says()
        return f"{verb}{'d' if verb.endswith('e') else 'ed'} {what}{self._into()}"
