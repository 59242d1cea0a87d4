"""Rows counted off or drawn: the first, the last, from one to another, at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.fields import RowCount, count, quoted
from workbench.transformations.keys import By, for_each
from workbench.transformations.rows.base import Rows

__all__ = ["Head", "Sample", "Slice", "Tail"]

_FARTHEST = 2**62


class Head(Rows):
    """Keep the first rows.

    Say: keep the first 100 rows
    """

    example: ClassVar[Mapping[str, Any]] = {"n": 100}
    kind: Literal["head"] = "head"
    n: RowCount = Field(default=5, description="how many rows")

    def describe(self) -> str:
        return f"Keep the first {count(self.n, 'row') if self.n > 1 else 'row'}"

    def outcome(self, change: Change) -> str:
        return f"Kept the first {change.rows_after:,} of {count(change.rows_before, 'row')}"

    def to_pandas(self) -> str:
        return f"df = df.head({self.n})"


class Tail(Rows):
    """Keep the last rows, of the table or of each group; they stay where they are to each other.

    Say: keep the last 100 rows
    """

    example: ClassVar[Mapping[str, Any]] = {"n": 100}
    kind: Literal["tail"] = "tail"
    n: RowCount = Field(default=5, description="how many rows")
    by: By = ()

    def describe(self) -> str:
        return f"Keep the last {count(self.n, 'row') if self.n > 1 else 'row'}{for_each(self.by)}"

    def outcome(self, change: Change) -> str:
        kept = f"{change.rows_after:,} of {count(change.rows_before, 'row')}"
        if not self.by:
            return f"Kept the last {kept}"
        return f"Kept {kept}: the last {count(self.n, 'row') if self.n > 1 else 'row'}{for_each(self.by)}"

    def to_pandas(self) -> str:
        groups = f".groupby({quoted(self.by)}, dropna=False)" if self.by else ""
        return f"df = df{groups}.tail({self.n}).reset_index(drop=True)"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.by)


class Slice(Rows):
    """Keep, or drop, the rows from one to another, or every so many of them; counted as slices are in Python.

    ``start`` counts from 0 and ``stop`` is not kept any more, so rows 101 to 200 are ``start=100, stop=200``.
    Negative numbers count from the end: ``stop=-5`` drops the last 5 rows.

    Say: keep rows 101 to 200
    """

    example: ClassVar[Mapping[str, Any]] = {"start": 100, "stop": 200}
    kind: Literal["slice"] = "slice"
    start: int = Field(default=0, ge=-_FARTHEST, le=_FARTHEST, description="the first row, from 0")
    stop: int | None = Field(
        default=None,
        ge=-_FARTHEST,
        le=_FARTHEST,
        description="the row after the last one; the end if none",
    )
    step: int = Field(default=1, ge=1, le=_FARTHEST, description="every how many rows one is meant")
    drop: bool = Field(default=False, description="drop these rows, and keep the others")

    @model_validator(mode="after")
    def _some_rows(self) -> Slice:
        stop = self.stop
        if (stop is not None and (self.start < 0) == (stop < 0) and stop <= self.start) or stop == 0:
            raise ValueError("stop must come after start")
        if self.drop and (self.start, stop, self.step) == (0, None, 1):
            raise ValueError("no row would be left")
        return self

    def _span(self) -> str:
        start, stop = self.start, self.stop
        if stop is None:
            rows = "all rows" if start == 0 else f"the rows from {_place(start)} on"
        elif stop == start + 1:
            return f"row {_place(start)}" if start >= 0 else f"{_place(start)} row"
        elif start == 0 and stop < 0:
            rows = f"all rows but the last {-stop:,}" if stop < -1 else "all rows but the last one"
        else:
            rows = f"the rows from {_place(start)} to {_place(stop - 1)}"
        return rows if self.step == 1 else f"one of every {self.step:,} rows, of {rows}"

    def describe(self) -> str:
        return f"{'Drop' if self.drop else 'Keep'} {self._span()}"

    def outcome(self, change: Change) -> str:
        if self.drop:
            return f"Dropped {change.rows_removed:,} of {count(change.rows_before, 'row')}: {self._span()}"
        return f"Kept {change.rows_after:,} of {count(change.rows_before, 'row')}: {self._span()}"

    def to_pandas(self) -> str:
        bounds = [str(self.start or ""), str(self.stop if self.stop is not None else "")]
        bounds += [str(self.step)] if self.step != 1 else []
        if self.drop:
            return f"df = df.drop(df.index[{':'.join(bounds)}]).reset_index(drop=True)"
        return f"df = df.iloc[{':'.join(bounds)}].reset_index(drop=True)"


def _place(index: int) -> str:
    """Write a position as people count: from 1, or from the end.

    Example:
        >>> _place(0), _place(-1), _place(-3)
        ('1', 'the last', 'the 3rd last')
    """
    if index >= 0:
        return f"{index + 1:,}"
    from_end = -index
    if from_end == 1:
        return "the last"
    teen = from_end % 100 in {11, 12, 13}
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(from_end % 10, "th")
    return f"the {from_end:,}{ending} last"


class Sample(Rows):
    """Draw rows at random, without putting them back, in random order; with a seed always the same ones.

    With ``by`` it draws ``n`` rows, or the fraction, of each group: a stratified sample. A fraction of a
    group is rounded to whole rows, halves to the even number.

    Say: take a random sample of 100 rows
    """

    example: ClassVar[Mapping[str, Any]] = {"n": 100}
    kind: Literal["sample"] = "sample"
    n: RowCount | None = Field(default=None, description="how many rows; all if there are fewer")
    fraction: float | None = Field(default=None, gt=0, le=1, description="which part of the rows")
    by: By = ()
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="makes the draw repeatable")

    @model_validator(mode="after")
    def _one_size(self) -> Sample:
        if (self.n is None) == (self.fraction is None):
            raise ValueError("give either n or fraction")
        return self

    @property
    def deterministic(self) -> bool:
        return self.seed is not None

    def _how(self) -> str:
        return for_each(self.by) + (f" with seed {self.seed}" if self.seed is not None else "")

    def describe(self) -> str:
        size = (
            count(self.n, "row") if self.n is not None else f"{(self.fraction or 0) * 100:.12g}% of the rows"
        )
        return f"Draw {size} at random{self._how()}"

    def outcome(self, change: Change) -> str:
        drawn = f"{change.rows_after:,} of {count(change.rows_before, 'row')}"
        return f"Drew {drawn} at random{self._how()}"

    def to_pandas(self) -> str:
        seed = [f"random_state={self.seed}"] if self.seed is not None else []
        if self.by:
            return self._stratified(f"df.sample({', '.join(['frac=1', *seed])})")
        size = f"n=min({self.n}, len(df))" if self.n is not None else f"frac={self.fraction!r}"
        return f"df = df.sample({', '.join([size, *seed, 'ignore_index=True'])})"

    def _stratified(self, shuffled: str) -> str:
        # groupby().sample() fails where a group has fewer rows, and where a category is null.
        groups = f"groupby({quoted(self.by)}, dropna=False)"
        if self.n is not None:
            return f"df = {shuffled}.{groups}.head({self.n}).reset_index(drop=True)"
        return (
            f"shuffled = {shuffled}\n"
            f"groups = shuffled.{groups}\n"
            f"sizes = groups[{self.by[0]!r}].transform('size')\n"
            f"df = shuffled[groups.cumcount() < ({self.fraction!r} * sizes).round()].reset_index(drop=True)"
        )

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.by)
