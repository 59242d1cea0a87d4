"""Columns: chosen, dropped, renamed, read as another type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import Names, NewName, chosen, count, listed, quoted, shown

__all__ = ["Cast", "Drop", "Rename", "Select"]

TRUE = ("true", "yes", "t", "y", "on", "1", "1.0")
FALSE = ("false", "no", "f", "n", "off", "0", "0.0")


class _Columns(Transformation):
    """Rows stay in place; which columns there are, or how they are called, changes."""

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.ROW

    def reads(self, columns: Sequence[str]) -> list[str]:
        return []

    def writes(self, columns: Sequence[str]) -> list[str]:
        return []


class Select(_Columns):
    """Keep some columns, in the order in which they are named.

    Say: keep only the columns name, city and price
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["name", "city", "price"]}
    kind: Literal["select"] = "select"
    columns: Names = Field(description="which columns to keep")

    def describe(self) -> str:
        return f"Keep only {_columns(self.columns)}"

    def outcome(self, change: Change) -> str:
        before = len(self.columns) + len(change.columns_removed)
        return f"Kept {len(self.columns):,} of {count(before, 'column')}: {listed(self.columns)}"

    def to_pandas(self) -> str:
        return f"df = df[{quoted(self.columns)}]"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in self.columns}


class Drop(_Columns):
    """Drop columns.

    Say: drop the columns notes and internal id
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["notes", "internal id"]}
    kind: Literal["drop_columns"] = "drop_columns"
    columns: Names = Field(description="which columns to drop")

    def describe(self) -> str:
        return f"Drop {_columns(self.columns)}"

    def outcome(self, change: Change) -> str:
        return f"Dropped {_columns(self.columns)}"

    def to_pandas(self) -> str:
        return f"df = df.drop(columns={quoted(self.columns)})"

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in columns if name not in self.columns}


class Rename(_Columns):
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


class Cast(_Columns):
    """Read columns as another type.

    Whole numbers keep all their digits; a number with a fraction is no integer, and one that needs more than
    64 bits is an error. Booleans are read from true and false, yes and no, t and f, y and n, on and off, 1
    and 0, in any case. Points in time are read in ISO 8601 form, or in the form that is given; one with an
    offset is taken to UTC, and none keeps a zone.

    Say: convert year to integer
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["year"], "to": "integer"}
    kind: Literal["cast"] = "cast"
    columns: Names = Field(description="which columns to read anew")
    to: Literal["integer", "float", "text", "boolean", "datetime"] = Field(description="the type to read as")
    on_error: Literal["null", "fail"] = Field(
        default="null", description="what to do with a value that cannot be read"
    )
    format: str | None = Field(
        default=None,
        min_length=1,
        description="how points in time are written, in strptime's codes; ISO 8601 if not given",
        examples=["%d/%m/%Y"],
    )

    @model_validator(mode="after")
    def _format_of_times(self) -> Cast:
        if self.format is not None and self.to != "datetime":
            raise ValueError("a format is for datetime alone")
        return self

    def _target(self) -> str:
        return f"{listed(self.columns)} to {self.to}"

    def describe(self) -> str:
        return (
            f"Convert {self._target()}{'' if self.on_error == 'null' else ', failing on unreadable values'}"
        )

    def outcome(self, change: Change) -> str:
        lost = sum(change.nulls_made.get(name, 0) for name in self.columns)
        unread = f"; {count(lost, 'value')} could not be read and became null" if lost else ""
        return f"Converted {self._target()}{unread}"

    def to_pandas(self) -> str:
        lines = [self._line(chosen([name])) for name in self.columns]
        if self.to == "boolean":
            readable = f"dict.fromkeys({list(TRUE)}, True) | dict.fromkeys({list(FALSE)}, False)"
            lines.insert(0, f"truth = {readable}")
        return "\n".join(lines)

    def _line(self, column: str) -> str:
        coerce = ", errors='coerce'" if self.on_error == "null" else ""
        match self.to:
            case "text":
                return f"{column} = {column}.astype('str')"
            case "float":
                return f"{column} = pd.to_numeric({column}{coerce}).astype('float64')"
            case "integer" if self.on_error == "fail":
                # Without its nulls, text is read digit by digit; the assignment puts them back.
                return f"{column} = pd.to_numeric({column}.dropna()).astype('Int64')"
            case "integer":
                return (
                    f"whole = pd.to_numeric({column}{coerce}) % 1 == 0\n"
                    f"{column} = pd.to_numeric({column}[whole]).astype('Int64')"
                )
            case "boolean":
                return (
                    f"{column} = {column}.astype('str').str.strip().str.lower().map(truth).astype('boolean')"
                )
            case "datetime":
                how = f"format={self.format or 'ISO8601'!r}{coerce}, utc=True"
                return f"{column} = pd.to_datetime({column}, {how}).dt.tz_localize(None).dt.as_unit('us')"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)


def _columns(names: Sequence[str]) -> str:
    return f"the column{'' if len(names) == 1 else 's'} {listed(names)}"
