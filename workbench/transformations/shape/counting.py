"""Tables that say what is in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import Names, NewName, count, listed, quoted, require_distinct, shown

__all__ = ["Describe", "ValueCounts"]


class ValueCounts(Transformation):
    """Count how often each value of a column occurs, or each combination of values of several.

    The most frequent comes first, and of equally frequent ones the smallest; without ``sort`` they come in
    their own order. Nulls are counted, too, as the last of equals. ``normalize`` gives shares of the counted
    rows instead: 0.1 is 10%.

    Say: count the values of status
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"columns": ["status"]}
    kind: Literal["value_counts"] = "value_counts"
    columns: Names = Field(description="whose values to count")
    normalize: bool = Field(default=False, description="give shares instead of counts")
    sort: bool = Field(default=True, description="the most frequent first; in the order of the values if not")
    dropna: bool = Field(default=False, description="leave out rows with a null in one of the columns")
    name: NewName = Field(
        default_factory=lambda given: "share" if given.get("normalize") else "count",
        description="the name of the column of counts; count, or share, if not given",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> ValueCounts:
        require_distinct([*self.columns, self.name])
        return self

    def _sentence(self) -> str:
        what = "share of" if self.normalize else "number of"
        nulls = " without nulls" if self.dropna else ""
        order = "the most frequent first" if self.sort else "in their order"
        combined = "combination of " if len(self.columns) > 1 else "value of "
        return f"{shown(self.name)} = {what} rows of each {combined}{listed(self.columns)}{nulls}, {order}"

    def describe(self) -> str:
        return f"Count values: {self._sentence()}"

    def outcome(self, change: Change) -> str:
        before, after = count(change.rows_before, "row"), count(change.rows_after, "value")
        return f"Counted {after} in {before}: {self._sentence()}"

    def to_pandas(self) -> str:
        lines = [f"sizes = df.groupby({quoted(self.columns)}, dropna={self.dropna}).size()"]
        if self.sort:
            lines.append("sizes = sizes.sort_values(ascending=False, kind='stable')")
        counted = "(sizes / sizes.sum())" if self.normalize else "sizes"
        return "\n".join([*lines, f"df = {counted}.reset_index(name={self.name!r})"])

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [*self.columns, self.name]


class Describe(Transformation):
    """Make a row for each column: its dtype, how many values and nulls it has, and what they are like.

    Counted are values that are not null, nulls, and distinct values. The mean, the standard deviation and the
    quartiles (``q25``, ``median``, ``q75``) are there for numbers alone; the smallest and the largest value
    for all but categories and Python's own objects; they, and the most frequent value (of equals, the
    smallest), are text.

    Say: describe the table
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {}
    kind: Literal["describe"] = "describe"
    columns: Names | None = Field(default=None, description="which columns to describe; all if not given")

    def _whose(self) -> str:
        return "each column" if self.columns is None else listed(self.columns)

    def describe(self) -> str:
        return f"Describe {self._whose()}"

    def outcome(self, change: Change) -> str:
        return f"Described {self._whose()}, in {count(change.rows_before, 'row')}"

    def to_pandas(self) -> str:
        lines = [f"df = df[{quoted(self.columns)}]"] if self.columns is not None else []
        lines += [
            "numbers = df.select_dtypes('number', exclude='timedelta').astype('float64')",
            "known = {name: df[name].dropna() for name in df if df[name].notna().any()}",
            "unordered = ('object', 'category')",
            "ordered = {name: of for name, of in known.items() if of.dtype not in unordered}",
            "df = pd.DataFrame(",
            "    {",
            "        'dtype': df.dtypes.astype('str'),",
            "        'count': df.count(),",
            "        'nulls': df.isna().sum(),",
            "        'distinct': df.nunique(),",
            "        'mean': numbers.mean(),",
            "        'std': numbers.std(),",
            "        'min': pd.Series({name: str(of.min()) for name, of in ordered.items()}, dtype='str'),",
            "        'q25': numbers.quantile(0.25),",
            "        'median': numbers.median(),",
            "        'q75': numbers.quantile(0.75),",
            "        'max': pd.Series({name: str(of.max()) for name, of in ordered.items()}, dtype='str'),",
            "        'most_frequent': df.apply(lambda of: next(map(str, of.mode()), None)).astype('str'),",
            "    },",
            "    index=df.columns,",
            ").reset_index(names='column')",
        ]
        return "\n".join(lines)

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(columns if self.columns is None else self.columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(DESCRIBED)


DESCRIBED = (
    *("column", "dtype", "count", "nulls", "distinct", "mean", "std", "min", "q25", "median", "q75", "max"),
    "most_frequent",
)
"""The columns of a description."""
