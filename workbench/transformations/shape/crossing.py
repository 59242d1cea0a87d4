"""A table of two columns against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import count, shown
from workbench.transformations.shape.grouping import Aggregation

__all__ = ["Crosstab"]

_WHOLES = {"all": "all rows", "index": "its row", "columns": "its column"}


class Crosstab(Transformation):
    """Set two columns against each other: a row for each value of one, a column for each of the other.

    Each cell counts the rows that belong there, or holds the ``aggregate`` of ``value`` (0 for counts and
    sums where there is no row, else null). ``normalize`` gives shares instead of counts and sums: of all, of
    the row (``index``) or of the column (``columns``). ``margins`` adds a column and a last row ``total``, in
    which the first column becomes text. Nulls make a last row and a column ``null``.

    Say: crosstab of city and status
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"index": "city", "columns": "status"}
    kind: Literal["crosstab"] = "crosstab"
    index: str = Field(description="whose values make the rows")
    columns: str = Field(description="whose values make the columns")
    value: str | None = Field(
        default=None, description="what the cells are made of; rows are counted if not given"
    )
    aggregate: Literal["count", "sum", "mean", "median", "min", "max"] = Field(
        default="count", description="what to make of the values of a cell"
    )
    normalize: Literal["all", "index", "columns"] | None = Field(
        default=None, description="give shares: of all, of the row or of the column"
    )
    margins: bool = Field(default=False, description="add totals of the rows and the columns")

    @model_validator(mode="after")
    def _fits_together(self) -> Crosstab:
        if self.index == self.columns:
            raise ValueError("a column cannot be set against itself")
        if self.value is None and self.aggregate != "count":
            raise ValueError(f"{self.aggregate} needs a value")
        if not self.additive and (self.margins or self.normalize):
            raise ValueError("totals and shares are for counts and sums alone")
        return self

    @property
    def open_ended(self) -> bool:
        return True

    @property
    def additive(self) -> bool:
        """Whether cells add up to totals, and are 0 where there is no row."""
        return self.aggregate in {"count", "sum"}

    def cell(self) -> Aggregation:
        """What is computed of the rows of a cell."""
        return Aggregation(function=self.aggregate, column=self.value)

    def _sentence(self) -> str:
        what = "share" if self.normalize else self.cell().describe()
        of = f" of {_WHOLES[self.normalize]} by {self.cell().describe()}" if self.normalize else ""
        totals = ", with totals" if self.margins else ""
        return f"{what}{of} for each {shown(self.index)}, a column for each {shown(self.columns)}{totals}"

    def describe(self) -> str:
        return f"Cross-tabulate: {self._sentence()}"

    def outcome(self, change: Change) -> str:
        size = f"{count(change.rows_before, 'row')} into {count(change.rows_after, 'row')}"
        return f"Cross-tabulated {size}: {self._sentence()}"

    def to_pandas(self) -> str:
        groups = f"df.groupby([{self.index!r}, {self.columns!r}], dropna=False)"
        cells = "size()" if self.value is None else f"agg({self.aggregate!r})"
        of = "" if self.value is None else f"[{self.value!r}]"
        filled = ", fill_value=0" if self.additive else ""
        lines = [
            f"df = {groups}{of}.{cells}.unstack({self.columns!r}{filled})",
            "df.columns = ['null' if pd.isna(key) else str(key) or '(empty)' for key in df.columns]",
        ]
        if self.margins:
            lines += [
                "df['total'] = df.sum(axis='columns')",
                "df.index = df.index.astype('str')",
                f"df = pd.concat([df, df.sum().to_frame('total').T]).rename_axis(index={self.index!r})",
            ]
        without = ".drop(columns='total')" if self.margins else ""
        match self.normalize:
            case "all" if self.margins:
                lines.append("df = df / df.loc['total', 'total']")
            case "all":
                lines.append("df = df / df.sum().sum()")
            case "index":
                lines.append(f"df = df.div(df{without}.sum(axis='columns'), axis='index')")
            case "columns" if self.margins:
                lines.append("df = df / df.loc['total']")
            case "columns":
                lines.append("df = df / df.sum()")
        return "\n".join([*lines, "df = df.reset_index()"])

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([self.index, self.columns, *([self.value] if self.value else [])]))

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.index]
