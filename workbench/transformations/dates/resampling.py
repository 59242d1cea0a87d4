"""A row for each period of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.dates.parts import Period, TruncateDates
from workbench.transformations.fields import count, listed, quoted, shown
from workbench.transformations.shape import Aggregation, Group

__all__ = ["FREQUENCIES", "NULLABLE", "Resample"]

FREQUENCIES = {
    "year": "YS",
    "quarter": "QS",
    "month": "MS",
    "week": "W-MON",
    "day": "D",
    "hour": "h",
    "minute": "min",
    "second": "s",
}
"""How pandas calls the distance from the beginning of one period to that of the next."""

NULLABLE = {"bool": "boolean", "int64": "Int64", "uint64": "UInt64"}
"""What values become that would change, or lose digits, beside nulls."""

_OF_NOTHING = ("count", "distinct", "nulls", "sum")  # functions that give 0 where there are no rows

_FILL = """\
if len(df):
    {periods}
    periods = periods.as_unit(df[{column!r}].dt.unit).to_frame(name={column!r})
    missing = {groups}
    missing = missing[~missing.set_index({keys}).index.isin(df.set_index({keys}).index)]
    if len(missing):{nullable}
        df = pd.concat([df, missing{zeros}]).sort_values({keys}, ignore_index=True)"""


_KEPT = """
        nullable = {nullable}
        df = df.astype({{name: nullable.get(str(df[name].dtype), df[name].dtype) for name in {names}}})"""
_BY_TIME = "periods = pd.date_range({times}.min(), {times}.max(), freq={freq!r})"
# By the clocks, as not every zone's days begin at midnight.
_BY_CLOCKS = """\
days = {times}.dt.tz_localize(None).dt.floor('D')
periods = pd.date_range(days.min(), days.max(), freq={freq!r})
periods = periods.tz_localize({times}.dt.tz, ambiguous=periods.notna(), nonexistent='shift_forward')"""


class Resample(Transformation):
    """Compute one row of all rows of a year, quarter, month, week, day, hour, minute or second, in order.

    The column then holds the beginning of each period; weeks begin on Mondays. Rows without a time are left
    out. With ``fill_missing``, periods without rows get one too, from the first period of the table to its
    last one, for each group: counts and sums are 0 there, all else is null.

    Say: resample order_date by month with the sum of price
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {
        "column": "order_date",
        "period": "month",
        "aggregations": [{"function": "sum", "column": "price"}],
    }
    kind: Literal["resample"] = "resample"
    column: str = Field(description="the column of dates or times")
    period: Period = Field(description="how long a period is")
    aggregations: tuple[Aggregation, ...] = Field(min_length=1, description="what to compute of each period")
    by: tuple[str, ...] = Field(default=(), description="whose values make groups of their own")
    fill_missing: bool = Field(default=False, description="whether periods without rows get a row, too")

    @model_validator(mode="after")
    def _computable(self) -> Resample:
        self.group()  # its names must differ
        if any(aggregation.column == self.column for aggregation in self.aggregations):
            raise ValueError(f"'{self.column}' becomes the period, so nothing can be computed of it")
        return self

    def truncate(self) -> TruncateDates:
        """The step that makes periods of times."""
        return TruncateDates(column=self.column, to=self.period)

    def group(self) -> Group:
        """The step that computes a row of each period."""
        return Group(by=(*self.by, self.column), aggregations=self.aggregations)

    def zeros(self) -> list[str]:
        """The columns that are 0 in a period without rows."""
        return [each.name for each in self.aggregations if each.function in _OF_NOTHING]

    def nulls(self) -> list[str]:
        """The columns that are null in a period without rows."""
        return [each.name for each in self.aggregations if each.function not in _OF_NOTHING]

    def _what(self) -> str:
        computed = listed([aggregation.describe() for aggregation in self.aggregations])
        groups = f" for each {listed(self.by)}" if self.by else ""
        filled = ", with the periods that have no rows" if self.fill_missing else ""
        return f"by the {self.period} of {shown(self.column)}{groups}: {computed}{filled}"

    def describe(self) -> str:
        return f"Summarise {self._what()}"

    def outcome(self, change: Change) -> str:
        before, after = count(change.rows_before, "row"), count(change.rows_after, "row")
        return f"Summarised {before} into {after} {self._what()}"

    def to_pandas(self) -> str:
        lines = [
            self.truncate().to_pandas(),
            f"df = df.dropna(subset=[{self.column!r}])",
            self.group().to_pandas(),
        ]
        if self.fill_missing:
            groups = f"df[{quoted(self.by)}].drop_duplicates().merge(periods, how='cross')"
            zeros = f".assign(**{dict.fromkeys(self.zeros(), 0)!r})" if self.zeros() else ""
            by_time = self.period in ("hour", "minute", "second")
            periods = (_BY_TIME if by_time else _BY_CLOCKS).format(
                times=f"df[{self.column!r}]", freq=FREQUENCIES[self.period]
            )
            lines.append(
                _FILL.format(
                    column=self.column,
                    periods=periods.replace("\n", "\n    "),
                    groups=groups if self.by else "periods",
                    keys=quoted([*self.by, self.column]),
                    zeros=zeros,
                    nullable=_KEPT.format(nullable=NULLABLE, names=self.nulls()) if self.nulls() else "",
                )
            )
        return "\n".join(lines)

    def reads(self, columns: Sequence[str]) -> list[str]:
        return self.group().reads(columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return self.group().writes(columns)
