"""Windows: what a row gets from the rows around it, in each group and in an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import NewName, quoted, shown
from workbench.transformations.keys import By, OrderBy, SortKey, for_each, key_names, order, sorting

__all__ = ["Cumulate", "Diff", "Rank", "Rolling", "Shift"]

_STATISTICS = {
    "sum": "sum",
    "mean": "mean",
    "median": "median",
    "min": "minimum",
    "max": "maximum",
    "std": "standard deviation",
    "count": "count of values",
}


def _default_name(given: dict[str, Any]) -> str:
    return f"{given.get('function', 'rank')}_{given.get('column')}"


Column = Annotated[str, Field(description="of which column")]
Distance = Annotated[int, Field(ge=1, le=10_000)]
Made = Annotated[
    NewName,
    Field(description="the name of the column that it makes; function_column if not given"),
]


class _Window(Transformation):
    """A column out of the rows around each row; the rows stay where they are."""

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.TABLE

    # Each class has them as fields of its own, so that the name comes after what it is made of.
    if TYPE_CHECKING:
        column: str
        by: tuple[str, ...]
        order_by: tuple[SortKey, ...]
        name: str

    def _computed(self) -> str:
        """Say what is computed, without groups and order."""
        raise NotImplementedError

    def _method(self) -> str:
        """Write the method of pandas that computes it."""
        raise NotImplementedError

    def _sentence(self) -> str:
        ordered = f", in order of {order(self.order_by)}" if self.order_by else ""
        return f"{shown(self.name)} = {self._computed()}{for_each(self.by)}{ordered}"

    def describe(self) -> str:
        return f"Compute {self._sentence()}"

    def outcome(self, change: Change) -> str:
        verb = "Added" if self.name in change.columns_added else "Replaced"
        return f"{verb} {self._sentence()}"

    def to_pandas(self) -> str:
        groups = f".groupby({quoted(self.by)}, dropna=False)" if self.by else ""
        return f"df[{self.name!r}] = {self._ordered()}{groups}[{self.column!r}].{self._method()}"

    def _over_windows(self) -> str:
        """Write it with groups that are numbered: windows over categories would lose the rows of a null."""
        if not self.by:
            return _Window.to_pandas(self)
        made = f"{self._ordered()}.groupby(groups)[{self.column!r}].{self._method()}.droplevel(0)"
        return f"groups = df.groupby({quoted(self.by)}, dropna=False).ngroup()\ndf[{self.name!r}] = {made}"

    def _ordered(self) -> str:
        """Write the rows in their order; what is computed finds its way back by the index."""
        return sorting(self.order_by) if self.order_by else "df"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([self.column, *self.by, *key_names(self.order_by)]))

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.name]


class Cumulate(_Window):
    """Compute the running sum, mean, minimum, maximum, standard deviation or count: of all rows so far.

    Nulls are left out. In a row without a value the sum, the minimum and the maximum are null; the others
    are those of the rows before. The sum of booleans counts how often it was true.

    Say: running total of price by city
    """

    example: ClassVar[Mapping[str, Any]] = {"function": "sum", "column": "price", "by": ["city"]}
    kind: Literal["cumulate"] = "cumulate"
    function: Literal["sum", "mean", "min", "max", "std", "count"] = Field(description="what to compute")
    column: Column
    by: By = ()
    order_by: OrderBy = ()
    name: Annotated[
        NewName,
        Field(
            default_factory=lambda given: f"cumulative_{_default_name(given)}",
            description="the name of the column that it makes; cumulative_function_column if not given",
        ),
    ]

    def _computed(self) -> str:
        return f"cumulative {_STATISTICS[self.function]} of {shown(self.column)}"

    def to_pandas(self) -> str:
        if self.function in {"mean", "std"}:
            return self._over_windows()
        if self.function != "count":
            return super().to_pandas()
        keys = ", ".join(f"df[{name!r}]" for name in self.by)
        groups = f".groupby([{keys}], dropna=False)" if self.by else ""
        return f"df[{self.name!r}] = {self._ordered()}[{self.column!r}].notna(){groups}.cumsum()"

    def _method(self) -> str:
        if self.function in {"sum", "min", "max"}:
            return f"cum{self.function}()"
        return f"expanding().{self.function}()"


class Shift(_Window):
    """Take the value of the row before (lag) or after (lead), or of one some rows away; null where none is.

    Whole numbers and booleans that cannot hold nulls become numbers with a decimal point, or are refused
    where that would change them.

    Say: previous price per city
    """

    example: ClassVar[Mapping[str, Any]] = {"function": "lag", "column": "price", "by": ["city"]}
    kind: Literal["shift"] = "shift"
    function: Literal["lag", "lead"] = Field(default="lag", description="from a row before, or after")
    column: Column
    n: Distance = Field(default=1, description="how many rows away")
    by: By = ()
    order_by: OrderBy = ()
    name: Made = Field(default_factory=_default_name)

    def _computed(self) -> str:
        way = "before" if self.function == "lag" else "after"
        return f"{shown(self.column)} from {_row(self.n, way)}"

    def _method(self) -> str:
        return f"shift({self.n if self.function == 'lag' else -self.n})"


class Diff(_Window):
    """Compute how much a value differs from that of the row before, or of one some rows before.

    The difference is in the unit of the column, of points in time it is a duration; the percent change is a
    fraction: 0.1 is 10%.

    Say: percent change of price per city
    """

    example: ClassVar[Mapping[str, Any]] = {"function": "pct_change", "column": "price", "by": ["city"]}
    kind: Literal["diff"] = "diff"
    function: Literal["diff", "pct_change"] = Field(default="diff", description="absolute, or as a fraction")
    column: Column
    n: Distance = Field(default=1, description="how many rows before")
    by: By = ()
    order_by: OrderBy = ()
    name: Made = Field(default_factory=_default_name)

    def _computed(self) -> str:
        what = "difference" if self.function == "diff" else "percent change"
        return f"{what} of {shown(self.column)} from {_row(self.n, 'before')}"

    def _method(self) -> str:
        return f"{self.function}({self.n})"


class Rolling(_Window):
    """Compute a statistic over a moving window: a row and the rows before it.

    Nulls are left out; a window with fewer than ``min_periods`` values gives null.

    Say: rolling mean of price over 7 rows
    """

    example: ClassVar[Mapping[str, Any]] = {"function": "mean", "column": "price", "window": 7}
    kind: Literal["rolling"] = "rolling"
    function: Literal["mean", "sum", "min", "max", "std", "median"] = Field(description="what to compute")
    column: Column
    window: Annotated[int, Field(ge=2, lt=2**31)] = Field(description="how many rows, this one included")
    min_periods: int | None = Field(
        default=None, ge=1, description="how many values a window must have; as many as rows if not given"
    )
    by: By = ()
    order_by: OrderBy = ()
    name: Annotated[
        NewName,
        Field(
            default_factory=lambda given: f"rolling_{_default_name(given)}",
            description="the name of the column that it makes; rolling_function_column if not given",
        ),
    ]

    @model_validator(mode="after")
    def _attainable(self) -> Rolling:
        if self.min_periods is not None and self.min_periods > self.window:
            raise ValueError("min_periods is more than the window has rows")
        return self

    def _computed(self) -> str:
        needed = f" (at least {self.min_periods})" if self.min_periods is not None else ""
        return (
            f"rolling {_STATISTICS[self.function]} of {shown(self.column)} over {self.window:,} rows{needed}"
        )

    def to_pandas(self) -> str:
        return self._over_windows()

    def _method(self) -> str:
        needed = f", min_periods={self.min_periods}" if self.min_periods is not None else ""
        return f"rolling({self.window}{needed}).{self.function}()"


_TIES = {
    "min": "",
    "average": ", equal values at their average rank",
    "max": ", equal values at their highest rank",
    "first": ", equal values one after the other",
    "dense": ", without gaps",
}


class Rank(_Window):
    """Rank the rows by a column, from 1; nulls have no rank.

    Equal values get the lowest of their ranks (``min``), the highest (``max``), their ``average``, a rank
    each in the order in which they stand (``first``), or the lowest without gaps after it (``dense``).

    Say: rank of price by city descending
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "price", "descending": True, "by": ["city"]}
    kind: Literal["rank"] = "rank"
    column: Column
    descending: bool = Field(default=False, description="the largest is the first")
    method: Literal["min", "max", "average", "first", "dense"] = Field(
        default="min", description="what equal values get"
    )
    by: By = ()
    order_by: OrderBy = ()
    name: Annotated[
        NewName,
        Field(
            default_factory=_default_name,
            description="the name of the column that it makes; rank_column if not given",
        ),
    ]

    def _computed(self) -> str:
        order = " descending" if self.descending else ""
        return f"rank by {shown(self.column)}{order}{_TIES[self.method]}"

    def _method(self) -> str:
        ascending = ", ascending=False" if self.descending else ""
        whole = "" if self.method == "average" else ".astype('Int64')"
        return f"rank(method={self.method!r}{ascending}){whole}"


def _row(n: int, way: str) -> str:
    return f"the row {way}" if n == 1 else f"{n:,} rows {way}"
