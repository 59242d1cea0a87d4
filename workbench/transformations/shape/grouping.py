"""Groups: rows of equal values, and what is computed of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from keyword import iskeyword
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import NewName, count, listed, quoted, require_distinct, shown

__all__ = ["Aggregation", "Group"]

Function = Literal[
    "count",
    "distinct",
    "nulls",
    "sum",
    "mean",
    "median",
    "quantile",
    "min",
    "max",
    "std",
    "var",
    "mode",
    "first",
    "last",
    "any",
    "all",
    "list",
]

_NOUNS = {
    "count": "count of values in",
    "distinct": "number of distinct values in",
    "sum": "sum of",
    "mean": "mean of",
    "median": "median of",
    "min": "minimum of",
    "max": "maximum of",
    "std": "standard deviation of",
    "var": "variance of",
    "nulls": "number of nulls in",
    "mode": "most frequent value of",
    "any": "whether any is true of",
    "all": "whether all are true of",
    "list": "list of",
    "first": "first value of",
    "last": "last value of",
}


def _default_name(given: dict[str, Any]) -> str:
    column = given.get("column")
    if given.get("q") is not None:
        return f"p{given['q'] * 100:g}_{column}"
    return given["function"] if column is None else f"{given['function']}_{column}"


class Aggregation(BaseModel):
    """One number, or one value, out of the rows of a group.

    Nulls are left out by all functions but ``nulls``, which counts them; ``count`` without a column counts
    rows. ``std`` and ``var`` are those of a sample. ``quantile`` needs ``q``, and lies between two values
    where none is at that place. ``mode`` is the most frequent value; of equally frequent ones, the smallest.
    ``any`` and ``all`` are of booleans; of no values, ``any`` is false and ``all`` is true. ``list`` holds
    the values in the order of the rows.

    Example:
        >>> Aggregation(function="mean", column="dep_delay").name
        'mean_dep_delay'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    function: Function = Field(description="what to compute")
    column: str | None = Field(default=None, description="of which column; count alone needs none")
    q: float | None = Field(
        default=None, ge=0, le=1, description="for quantile alone: which one; 0.5 is the median"
    )
    name: NewName = Field(
        default_factory=_default_name,
        description="the name of the column that it makes; function_column, or p90_column, if not given",
    )

    @model_validator(mode="after")
    def _of_something(self) -> Aggregation:
        if self.column is None and self.function != "count":
            raise ValueError(f"{self.function} needs a column")
        if (self.q is None) == (self.function == "quantile"):
            raise ValueError("quantile needs q, which the other functions do not take")
        return self

    def source(self, any_column: str) -> tuple[str, str]:
        """Say it as pandas' named aggregation: of which column, which method.

        Args:
            any_column: A column whose size is taken where rows are counted.
        """
        if self.column is None:
            return any_column, "size"
        return self.column, "nunique" if self.function == "distinct" else self.function

    @property
    def named(self) -> bool:
        """Whether pandas' named aggregation can compute it."""
        return self.function not in {"nulls", "quantile", "mode", "list"}

    def describe(self) -> str:
        """Say it in English: "mean of dep_delay"."""
        if self.column is None:
            return "number of rows"
        if self.q is not None:
            return f"{self.q * 100:g}% quantile of {shown(self.column)}"
        return f"{_NOUNS[self.function]} {shown(self.column)}"


class Group(Transformation):
    """Put the rows with equal values together and compute one row of each group, sorted by those values.

    Nulls make a group of their own, the last one. Without ``by`` the whole table is one group.

    Say: average dep_delay by carrier
    """

    effect: ClassVar[Effect] = Effect.TABLE
    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {
        "by": ["carrier"],
        "aggregations": [{"function": "mean", "column": "dep_delay"}],
    }
    kind: Literal["group"] = "group"
    by: tuple[str, ...] = Field(default=(), description="whose values make the groups; none: all is one")
    aggregations: tuple[Aggregation, ...] = Field(min_length=1, description="what to compute of each group")

    @model_validator(mode="after")
    def _names_differ(self) -> Group:
        require_distinct([*self.by, *(aggregation.name for aggregation in self.aggregations)])
        return self

    def _computed(self) -> str:
        return listed([aggregation.describe() for aggregation in self.aggregations])

    def describe(self) -> str:
        if not self.by:
            return f"Summarise all rows: {self._computed()}"
        return f"Group by {listed(self.by)}: {self._computed()}"

    def outcome(self, change: Change) -> str:
        before = count(change.rows_before, "row")
        if not self.by:
            return f"Summarised {before}: {self._computed()}"
        after = count(change.rows_after, "row")
        return f"Grouped {before} by {listed(self.by)} into {after}: {self._computed()}"

    def to_pandas(self) -> str:
        of = self.reads([])
        if not of:
            counts = ", ".join(f"{each.name!r}: [len(df)]" for each in self.aggregations)
            return f"df = pd.DataFrame({{{counts}}})"
        if all(each.named for each in self.aggregations):
            return self._named_code(of[0])
        return self._one_by_one_code()

    def _named_code(self, any_column: str) -> str:
        names = {each.name: _keyword(each.name, self.writes([])) for each in self.aggregations}
        computed = _arguments({names[each.name]: each.source(any_column) for each in self.aggregations})
        given = {keyword: name for name, keyword in names.items() if keyword != name}
        renamed = f".rename(columns={given!r})" if given else ""
        if self.by:
            grouped = f"df.groupby({quoted(self.by)}, as_index=False, dropna=False)"
            return f"df = {grouped}.agg({computed}){renamed}"
        # A category that is there even if no row is: the whole table, one row also of an empty one.
        return (
            "whole = pd.Categorical(['all'] * len(df), categories=['all'])\n"
            f"df = df.groupby(whole, observed=False).agg({computed}){renamed}.reset_index(drop=True)"
        )

    def _one_by_one_code(self) -> str:
        lines = [f"groups = {self._groups('df')}"]
        made = []
        for place, each in enumerate(self.aggregations):
            of = f"groups[{each.column!r}]"
            match each.function:
                case "nulls":
                    code = f"{of}.size() - {of}.count()"
                case "quantile":
                    code = f"{of}.quantile({each.q!r})"
                case "list":
                    code = f"{of}.agg(lambda values: values.dropna().tolist()).astype(object)"
                case "mode":
                    keys = quoted(self.with_value(str(each.column)))
                    sizes = f"df.groupby({keys}, dropna=False).size()"
                    often = f"{sizes}.sort_values(ascending=False, kind='stable')"
                    rows = self.rows_name(str(each.column))
                    lines.append(f"often{place} = {often}.reset_index(name={rows!r})")
                    # Of nulls alone, the index has forgotten the type.
                    lines.append(f"often{place} = often{place}.astype(df[{keys}].dtypes)")
                    code = f"{self._groups(f'often{place}')}[{each.column!r}].first()"
                case _ if each.column is None:
                    code = "groups.size()"
                case _:
                    code = f"{of}.{each.source('')[1]}()"
            made.append(f"    {each.name!r}: {code},\n")
        index = "" if self.by else "drop=True"
        return "\n".join([*lines, f"df = pd.DataFrame({{\n{''.join(made)}}}).reset_index({index})"])

    def _groups(self, frame: str) -> str:
        if self.by:
            return f"{frame}.groupby({quoted(self.by)}, dropna=False)"
        whole = f"pd.Categorical(['all'] * len({frame}), categories=['all'])"
        return f"{frame}.groupby({whole}, observed=False)"

    def with_value(self, column: str) -> list[str]:
        """The columns whose combinations are counted to find the most frequent value of one."""
        return list(dict.fromkeys([*self.by, column]))

    def rows_name(self, column: str) -> str:
        """What the column of those counts is called: as none of the others."""
        name = "rows"
        while name in self.with_value(column):
            name += "_"
        return name

    def reads(self, columns: Sequence[str]) -> list[str]:
        of = [aggregation.column for aggregation in self.aggregations if aggregation.column is not None]
        return list(dict.fromkeys([*self.by, *of]))

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [*self.by, *(aggregation.name for aggregation in self.aggregations)]


_TAKEN = {"self", "func", "engine", "engine_kwargs"}  # parameters of pandas' agg itself


def _keyword(name: str, taken: Sequence[str]) -> str:
    keyword = name
    while keyword in _TAKEN or (keyword != name and keyword in taken):
        keyword += "_"
    return keyword


def _arguments(computed: Mapping[str, tuple[str, str]]) -> str:
    # Python folds identifiers beyond ASCII, so only plain ones are sure to stay as they are.
    if all(name.isascii() and name.isidentifier() and not iskeyword(name) for name in computed):
        return ", ".join(f"{name}={source!r}" for name, source in computed.items())
    return f"**{dict(computed)!r}"
