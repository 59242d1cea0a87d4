"""Rows that become headers, and rows that change places with columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import count, shown

__all__ = ["PromoteHeader", "Transpose"]


class PromoteHeader(Transformation):
    """Take a row as the names of the columns, and drop it with the rows above it.

    A column whose cell in that row is empty keeps its name, and a name that is taken gets a number:
    ``name_2``. The values stay as they are; what was read as text can be cast afterwards.

    Say: use the first row as header
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"row": 1}
    kind: Literal["promote_header"] = "promote_header"
    row: int = Field(default=1, ge=1, le=1_000, description="which row, from 1")

    @property
    def open_ended(self) -> bool:
        return True

    def describe(self) -> str:
        above = " and drop the rows above it" if self.row > 1 else ""
        return f"Use row {self.row} as the names of the columns{above}"

    def outcome(self, change: Change) -> str:
        left = count(change.rows_after, "row")
        return f"Used row {self.row} as the names of the columns; {left} left"

    def to_pandas(self) -> str:
        cell = f"df[name].iloc[{self.row - 1}:{self.row}].dropna()"
        return (
            f"names = [next((str(cell).strip() for cell in {cell}), '') or name for name in df]\n"
            "for place, name in enumerate(names):\n"
            "    number = 2\n"
            "    while names[place] in names[:place]:\n"
            "        names[place] = f'{name}_{number}'\n"
            "        number += 1\n"
            f"df = df.iloc[{self.row}:].set_axis(names, axis='columns').reset_index(drop=True)"
        )

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return []


class Transpose(Transformation):
    """Let rows and columns change places: a row for each column, a column for each row.

    The new columns are called as the values of ``header``, which must differ, or ``row_1``, ``row_2``, …; the
    column ``column`` holds the old names. Columns of one type keep it, numbers of several become decimal, and
    all else becomes text. More than 1,000 rows are refused.

    Say: transpose with city as header
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"header": "city"}
    kind: Literal["transpose"] = "transpose"
    header: str | None = Field(default=None, description="whose values name the new columns")

    @property
    def open_ended(self) -> bool:
        return True

    def _names(self) -> str:
        return "" if self.header is None else f", with {shown(self.header)} as header"

    def describe(self) -> str:
        return f"Transpose rows and columns{self._names()}"

    def outcome(self, change: Change) -> str:
        before, after = count(change.rows_before, "row"), count(change.rows_after, "row")
        return f"Transposed {before} into {after}{self._names()}"

    def to_pandas(self) -> str:
        if self.header is None:
            names = "[f'row_{number}' for number in range(1, len(df) + 1)]"
            rows = "df"
        else:
            label = "'null' if pd.isna(key) else str(key) or '(empty)'"
            names = f"[{label} for key in df[{self.header!r}]]"
            rows = f"df.drop(columns={self.header!r})"
        return (
            f"names = {names}\n"
            f"rows = {rows}\n"
            "if rows.dtypes.nunique() > 1:\n"
            "    numbers = rows.select_dtypes('number', exclude='timedelta')\n"
            "    rows = rows.astype('float64' if len(numbers.columns) == len(rows.columns) else 'str')\n"
            "df = rows.T.set_axis(names, axis='columns').reset_index(names='column')"
        )

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([*([self.header] if self.header is not None else []), *columns]))

    def writes(self, columns: Sequence[str]) -> list[str]:
        return ["column"]
