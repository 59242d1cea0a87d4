"""Columns made of text: its length, a part of it, its pieces; and several columns put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import NamedText, Names, NewName, count, listed, quoted, shown
from workbench.transformations.text.calls import Call, written

__all__ = ["JoinColumns", "MadeOfText", "SplitColumn", "Substring", "TextLength"]


class MadeOfText(Transformation):
    """Each row's text alone gives the values of other columns.

    A column of categories that are text is read as text, so the exported lines begin with ``astype('str')``.
    """

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.ROW

    def makes(self) -> str:
        """Name the dtype of what is made."""
        return "str"

    def targets(self) -> tuple[str, ...]:
        """Name the columns that it adds or replaces."""
        raise NotImplementedError

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.targets())


class OfOneColumn(MadeOfText):
    """A column of text is read, and one column is made."""

    column: str = Field(description="the column of text")
    into: NewName = Field(description="the column to add or to replace")

    def calls(self) -> tuple[Call, ...]:
        """The chain that makes it of the text, up to ``ending``."""
        raise NotImplementedError

    def ending(self) -> Literal["Int64", "float64"] | None:
        """Name the dtype to cast to in the end, if another one than that of the chain."""
        return None

    def makes(self) -> str:
        return self.ending() or super().makes()

    def what(self) -> str:
        """Say what is made, as a noun."""
        raise NotImplementedError

    def targets(self) -> tuple[str, ...]:
        return (self.into,)

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.column]

    def describe(self) -> str:
        return f"Put {self.what()} into {shown(self.into)}"

    def outcome(self, change: Change) -> str:
        verb = "Added" if self.into in change.columns_added else "Replaced"
        return f"{verb} {shown(self.into)} with {self.what()}"

    def to_pandas(self) -> str:
        ending = f".astype({self.ending()!r})" if self.ending() else ""
        return f"df[{self.into!r}] = df[{self.column!r}].astype('str'){written(self.calls())}{ending}"


class TextLength(OfOneColumn):
    """Count the characters of text; a null has no length.

    Say: add the length of notes as size
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "notes", "into": "size"}
    kind: Literal["text_length"] = "text_length"

    def calls(self) -> tuple[Call, ...]:
        return (Call("len"),)

    def ending(self) -> Literal["Int64"]:
        return "Int64"

    def what(self) -> str:
        return f"the length of {shown(self.column)}"


Position = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class Substring(OfOneColumn):
    """Take the characters of text from one position up to, but not including, another one.

    Positions are Python's: they begin at 0, and negative ones count from the end. Text that is too short
    gives as much as there is.

    Say: take the first 3 characters of internal id as prefix
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "internal id", "into": "prefix", "stop": 3}
    kind: Literal["substring"] = "substring"
    start: Position | None = Field(default=None, description="the first position; the beginning if not given")
    stop: Position | None = Field(
        default=None, description="the position before which to stop; the end if not given"
    )

    @model_validator(mode="after")
    def _bounded(self) -> Substring:
        if self.start is None and self.stop is None:
            raise ValueError("give start, stop, or both")
        return self

    def calls(self) -> tuple[Call, ...]:
        return (Call("slice", (self.start, self.stop)),)

    def what(self) -> str:
        return f"{self._characters()} of {shown(self.column)}"

    def _characters(self) -> str:
        match self.start, self.stop:
            case (None | 0, int(end)) if end > 0:
                return f"the first {count(end, 'character')}"
            case (int(begin), None) if begin < 0:
                return f"the last {count(-begin, 'character')}"
            case _:
                start, stop = ("" if bound is None else bound for bound in (self.start, self.stop))
                return f"the characters [{start}:{stop}]"


class SplitColumn(MadeOfText):
    """Split text at a separator into columns.

    The last column takes all that is left; where there are fewer parts than columns, the others are null.
    The column itself stays, unless it is named among the new ones.

    Say: split name by space into forename and surname
    """

    example: ClassVar[Mapping[str, Any]] = {
        "column": "name",
        "separator": " ",
        "into": ["forename", "surname"],
    }
    kind: Literal["split_column"] = "split_column"
    column: str = Field(description="the column of text")
    separator: NamedText = Field(description="the text to split at, as it stands")
    into: Annotated[Names, Field(min_length=2, max_length=100)] = Field(
        description="the columns to add or to replace, in the order of the parts"
    )

    def targets(self) -> tuple[str, ...]:
        return self.into

    def call(self) -> Call:
        """The call that does it; it gives a frame with as many columns as are needed, at most."""
        return Call("split", (self.separator,), {"n": len(self.into) - 1, "expand": True, "regex": False})

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.column]

    def describe(self) -> str:
        return f"Split {shown(self.column)} at {self.separator!r} into {listed(self.into)}"

    def outcome(self, change: Change) -> str:
        return f"Split {shown(self.column)} at {self.separator!r} into {listed(self.into)}"

    def to_pandas(self) -> str:
        return (
            f"parts = df[{self.column!r}].astype('str'){self.call()}\n"
            f"df[{quoted(self.into)}] = parts.reindex(columns=range({len(self.into)})).astype('str')"
        )


class JoinColumns(MadeOfText):
    """Join columns, as text, with a separator between them.

    Numbers and booleans are written out. A null makes the result null, or is left out with its separator;
    where all are null, so is the result.

    Say: join name and city with comma as label
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name", "city"], "separator": ",", "into": "label"}
    kind: Literal["join_columns"] = "join_columns"
    columns: Annotated[Names, Field(min_length=2, max_length=100)] = Field(
        description="which columns, in the order in which they are joined"
    )
    separator: Annotated[str, Field(max_length=1_000)] = Field(
        default="", description="the text to put between them"
    )
    into: NewName = Field(description="the column to add or to replace")
    nulls: Literal["null", "skip"] = Field(
        default="null", description="whether a null makes the result null, or is left out"
    )

    def targets(self) -> tuple[str, ...]:
        return (self.into,)

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)

    def _joined(self) -> str:
        between = f" with {self.separator!r} between" if self.separator else ""
        skipping = ", leaving nulls out" if self.nulls == "skip" else ""
        return f"{listed(self.columns)}{between} into {shown(self.into)}{skipping}"

    def describe(self) -> str:
        return f"Join {self._joined()}"

    def outcome(self, change: Change) -> str:
        return f"Joined {self._joined()}"

    def to_pandas(self) -> str:
        texts = [f"df[{name!r}].astype('str')" for name in self.columns]
        if self.nulls == "null":
            joint = f" + {self.separator!r} + " if self.separator else " + "
            return f"df[{self.into!r}] = {joint.join(texts)}"
        texts = [f"({self.separator!r} + {text}).fillna('')" for text in texts]
        # Each has the separator before it, so that of the first one goes.
        return (
            f"joined = ({' + '.join(texts)}).str.slice({len(self.separator)})\n"
            f"df[{self.into!r}] = joined.where(df[{quoted(self.columns)}].notna().any(axis=1))"
        )
