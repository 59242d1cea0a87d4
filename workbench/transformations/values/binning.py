"""Numbers put into bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.fields import NewName, count, listed, quoted, show_scalar, shown

__all__ = ["Bin"]

Edge = Annotated[int | float, Field(allow_inf_nan=False, ge=-(2**63), lt=2**64)]
_NOTHING = "pd.Categorical([None] * len(df), categories=pd.Index({}, dtype='str'), ordered=True)"


class Bin(Transformation):
    """Put numbers into bins: as many as said, of equal width or with equally many rows; or between edges.

    The result is an ordered category with text for its categories: the labels, or the bounds as pandas
    writes them, (0.0, 10.0], where the round bracket leaves out its bound and the square one takes it in.
    Bins take in their right edge, the first one also its left; with ``right=False`` they take in their left
    edge, and a number on the last edge has no bin. What lies outside of the edges is null and reported;
    ``open_ends`` adds a bin below the first edge and one above the last. Where many rows have the same value
    there may be fewer bins with equally many rows than were asked for; that is reported.

    Say: bin price into 5 bins
    """

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.TABLE
    means_nulls: ClassVar[bool] = True  # the deed itself says which and why
    example: ClassVar[Mapping[str, Any]] = {"column": "price", "bins": 5}
    kind: Literal["bin"] = "bin"
    column: str = Field(description="whose numbers")
    bins: Annotated[int, Field(ge=1, le=1_000)] | None = Field(default=None, description="how many bins")
    method: Literal["width", "quantile"] = Field(
        default="width", description="bins of equal width, or with equally many rows"
    )
    edges: Annotated[tuple[Edge, ...], Field(min_length=1, max_length=1_000)] | None = Field(
        default=None, description="where one bin ends and the next begins, ascending, instead of a number"
    )
    open_ends: bool = Field(default=False, description="edges: whether all beyond them has a bin of its own")
    labels: tuple[Annotated[str, Field(min_length=1)], ...] | None = Field(
        default=None, description="a name for each bin, from the lowest"
    )
    right: bool = Field(default=True, description="whether a bin takes in its right edge, not its left")
    name: Annotated[
        NewName,
        Field(
            default_factory=lambda given: f"{given.get('column')}_bin",
            description="the name of the column to make; column_bin if not given",
        ),
    ]

    @model_validator(mode="after")
    def _one_way(self) -> Bin:
        if (self.bins is None) == (self.edges is None):
            raise ValueError("give either a number of bins or edges")
        if self.method == "quantile" and (self.edges is not None or not self.right):
            raise ValueError("bins with equally many rows go without edges and take in their right edge")
        if self.edges is None and self.open_ends:
            raise ValueError("open ends go with edges")
        return self

    @model_validator(mode="after")
    def _edges_ascend(self) -> Bin:
        if self.edges is not None:
            if any(low >= high for low, high in pairwise(self.edges)):
                raise ValueError("the edges do not ascend")
            if len(self.edges) < 2 and not self.open_ends:
                raise ValueError("a bin needs two edges, or open ends")
        return self

    @model_validator(mode="after")
    def _a_label_each(self) -> Bin:
        if self.labels is not None:
            if len(set(self.labels)) < len(self.labels):
                raise ValueError("two bins have the same label")
            if len(self.labels) != self.number:
                raise ValueError(f"there are {self.number} bins and {len(self.labels)} labels")
        return self

    @property
    def number(self) -> int:
        """How many bins it asks for."""
        if self.edges is None:
            return self.bins or 0
        return len(self.edges) + (1 if self.open_ends else -1)

    def bounds(self) -> list[float]:
        """The edges, with infinities where the ends are open."""
        edges = list(self.edges or ())
        return [float("-inf"), *edges, float("inf")] if self.open_ends else edges

    def _binned(self) -> str:
        if self.edges is not None:
            ends = ", with open ends" if self.open_ends else ""
            bins = f"bins at {listed([show_scalar(edge) for edge in self.edges])}{ends}"
        else:
            equal = "of equal width" if self.method == "width" else "with equally many rows"
            bins = f"{count(self.number, 'bin')} {equal}"
        labels = f", called {listed(self.labels)}" if self.labels is not None else ""
        closed = "" if self.right else ", each with its left edge"
        return f"{shown(self.column)} in {bins}{labels}{closed}"

    def describe(self) -> str:
        return f"Compute {shown(self.name)} = {self._binned()}"

    def outcome(self, change: Change) -> str:
        verb = "Added" if self.name in change.columns_added else "Replaced"
        return f"{verb} {shown(self.name)} = {self._binned()}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.column]

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.name]

    def to_pandas(self) -> str:
        labels = f", labels={quoted(self.labels)}" if self.labels is not None else ""
        named = "" if self.labels is not None else ".cat.rename_categories(str)"
        closed = "" if self.right else ", right=False"
        if self.edges is not None:
            bounds = ", ".join(f"float('{b}')" if abs(b) == float("inf") else repr(b) for b in self.bounds())
            lowest = ", include_lowest=True" if self.right else ""
            cut = f"pd.cut(df[{self.column!r}], [{bounds}]{labels}{closed}{lowest}){named}"
            return f"df[{self.name!r}] = {cut}"
        if self.method == "width":
            cut = f"pd.cut(df[{self.column!r}], {self.bins}{labels}{closed}){named}"
        else:
            dropped = "" if self.labels is not None else ", duplicates='drop'"
            cut = f"pd.qcut(df[{self.column!r}], {self.bins}{labels}{dropped}){named}"
        nothing = _NOTHING.format(quoted(self.labels or ()))
        return f"df[{self.name!r}] = {cut} if df[{self.column!r}].notna().any() else {nothing}"
