"""Rows in an order: sorted, counted off by rank, shuffled, numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect
from workbench.transformations.fields import NewName, RowCount, count, listed, quoted, shown
from workbench.transformations.keys import (
    By,
    OrderBy,
    SortKey,
    distinct_keys,
    for_each,
    key_names,
    order,
    sorting,
)
from workbench.transformations.rows.base import Rows

__all__ = ["AddRowNumber", "Shuffle", "Sort", "SortKey", "TopN"]

LONGEST_NUMBER = 40  # digits to which numbers in texts are filled with zeros, for the natural order

_Keys = Annotated[tuple[SortKey, ...], AfterValidator(distinct_keys), Field(min_length=1)]


class Sort(Rows):
    """Sort the rows by one or more columns; rows that are equal in them keep their order.

    In the columns that ``natural`` names, numbers inside texts count as numbers: file2 comes before file10.

    Say: sort by price descending, then by name
    """

    example: ClassVar[Mapping[str, Any]] = {
        "by": [{"column": "price", "descending": True}, {"column": "name"}]
    }
    kind: Literal["sort"] = "sort"
    by: _Keys = Field(description="the first column decides, then the next")
    nulls: Literal["first", "last"] = Field(default="last", description="where rows with nulls go")
    natural: By = Field(default=(), description="columns of text whose numbers count as numbers")

    @model_validator(mode="after")
    def _natural_keys(self) -> Sort:
        others = [name for name in self.natural if name not in key_names(self.by)]
        if others:
            raise ValueError(f"natural names '{others[0]}', which is not sorted by")
        return self

    def _order(self) -> str:
        natural = ""
        if self.natural:
            whose = f" of {listed(self.natural)}" if len(self.natural) < len(self.by) else ""
            natural = f", in natural order{whose}"
        return order(self.by) + natural + (", nulls first" if self.nulls == "first" else "")

    def describe(self) -> str:
        return f"Sort by {self._order()}"

    def outcome(self, change: Change) -> str:
        return f"Sorted {count(change.rows_after, 'row')} by {self._order()}"

    def to_pandas(self) -> str:
        more = ["na_position='first'"] if self.nulls == "first" else []
        more += ["ignore_index=True"]
        if not self.natural:
            return f"df = {sorting(self.by, *more)}"
        filled = f"column.str.replace(r'[0-9]+', lambda found: found[0].zfill({LONGEST_NUMBER}), regex=True)"
        if len(self.natural) < len(self.by):
            filled += f" if column.name in {quoted(self.natural)} else column"
        return f"df = {sorting(self.by, *more, f'key=lambda column: {filled}')}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return key_names(self.by)


class TopN(Rows):
    """Keep the rows that come first in an order: the top n or the top percent, of the table or of each group.

    They stand in that order afterwards, those of all groups together; nulls come last. Without an order they
    are the first ones as they stand. A fraction of the rows is rounded up to whole ones. With ``with_ties``
    rows that are equal to the last one that is kept stay, too, so there may be more.

    Say: top 3 by price for each city
    """

    example: ClassVar[Mapping[str, Any]] = {
        "n": 3,
        "order_by": [{"column": "price", "descending": True}],
        "by": ["city"],
    }
    kind: Literal["top_n"] = "top_n"
    n: RowCount | None = Field(
        default=None, description="how many rows, of each group; 1 if no fraction is given"
    )
    fraction: float | None = Field(
        default=None, gt=0, le=1, description="which part of the rows, instead of n"
    )
    order_by: OrderBy = ()
    by: By = ()
    with_ties: bool = Field(default=False, description="keep also what is equal to the last row kept")

    @model_validator(mode="before")
    @classmethod
    def _one_row_if_not_said(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("n") is None and given.get("fraction") is None:
            return {**given, "n": 1}
        return given

    @model_validator(mode="after")
    def _of_something(self) -> TopN:
        if self.n is not None and self.fraction is not None:
            raise ValueError("give either n or fraction")
        if self.with_ties and not self.order_by:
            raise ValueError("ties are rows that are equal in order_by, which is not given")
        return self

    def _which(self) -> str:
        if self.fraction is not None:
            rows = f"{self.fraction * 100:.12g}% of the rows"
        else:
            rows = "row" if self.n == 1 else f"{self.n:,} rows"
        ties = ", with ties" if self.with_ties else ""
        ordered = f" by {order(self.order_by)}" if self.order_by else ""
        return f"{rows}{ordered}{for_each(self.by)}{ties}"

    def describe(self) -> str:
        return f"Keep the first {self._which()}"

    def outcome(self, change: Change) -> str:
        kept = f"{change.rows_after:,} of {count(change.rows_before, 'row')}"
        return f"Kept {kept}: the first {self._which()}"

    def to_pandas(self) -> str:
        ordered = sorting(self.order_by) if self.order_by else "df"
        groups = f".groupby({quoted(self.by)}, dropna=False)" if self.by else ""
        if not self.with_ties and self.n is not None:
            return f"df = {ordered}{groups}.head({self.n}).reset_index(drop=True)"
        places = f"ordered{groups}.cumcount()" if self.by else "pd.Series(range(len(ordered)), ordered.index)"
        lines = [f"ordered = {ordered}", f"places = {places}"]
        if self.with_ties:
            equal = ", ".join(f"ordered[{name!r}]" for name in self._equal_in())
            lines.append(f"places = places.groupby([{equal}], dropna=False).transform('min')")
        limit = str(self.n)
        if self.fraction is not None:
            # Rounded, so that 7% of 100 rows are 7: 0.07 * 100 is a little more.
            size = f"ordered{groups}[{self.by[0]!r}].transform('size')" if self.by else "len(ordered)"
            lines.append(
                f"limit = ({self.fraction!r} * {size}).round(6)"
                if self.by
                else f"limit = round({self.fraction!r} * {size}, 6)"
            )
            limit = "limit"
        return "\n".join([*lines, f"df = ordered[places < {limit}].reset_index(drop=True)"])

    def _equal_in(self) -> list[str]:
        """The columns in which rows are equal that tie."""
        return list(dict.fromkeys([*self.by, *key_names(self.order_by)]))

    def reads(self, columns: Sequence[str]) -> list[str]:
        return self._equal_in()


class Shuffle(Rows):
    """Put the rows into random order; with a seed always the same one.

    Say: shuffle the rows
    """

    example: ClassVar[Mapping[str, Any]] = {}
    kind: Literal["shuffle"] = "shuffle"
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="makes the order repeatable")

    @property
    def deterministic(self) -> bool:
        return self.seed is not None

    def _seeded(self) -> str:
        return f" with seed {self.seed}" if self.seed is not None else ""

    def describe(self) -> str:
        return f"Shuffle the rows{self._seeded()}"

    def outcome(self, change: Change) -> str:
        return f"Shuffled {count(change.rows_after, 'row')}{self._seeded()}"

    def to_pandas(self) -> str:
        seed = [f"random_state={self.seed}"] if self.seed is not None else []
        return f"df = df.sample({', '.join(['frac=1', *seed, 'ignore_index=True'])})"


class AddRowNumber(Rows):
    """Number the rows, from 1: as they stand or in an order, in the table or in each group anew.

    The rows stay where they are; a column of that name is replaced.

    Say: number the rows by city in order of price
    """

    effect: ClassVar[Effect] = Effect.COLUMNS
    example: ClassVar[Mapping[str, Any]] = {"by": ["city"], "order_by": [{"column": "price"}]}
    kind: Literal["add_row_number"] = "add_row_number"
    name: NewName = Field(default="row_number", description="the name of the column that it makes")
    start: int = Field(default=1, ge=-(2**53), le=2**53, description="the number of the first row")
    by: By = ()
    order_by: OrderBy = ()

    def _sentence(self) -> str:
        start = f", from {self.start:,}" if self.start != 1 else ""
        ordered = f", in order of {order(self.order_by)}" if self.order_by else ""
        return f"as {shown(self.name)}{start}{for_each(self.by)}{ordered}"

    def describe(self) -> str:
        return f"Number the rows {self._sentence()}"

    def outcome(self, change: Change) -> str:
        return f"Numbered {count(change.rows_after, 'row')} {self._sentence()}"

    def to_pandas(self) -> str:
        ordered = sorting(self.order_by) if self.order_by else "df"
        if self.by:
            start = f" {'+' if self.start > 0 else '-'} {abs(self.start)}" if self.start else ""
            numbers = f"{ordered}.groupby({quoted(self.by)}, dropna=False).cumcount(){start}"
        else:
            numbers = f"range({self.start}, len(df) + {self.start})"
            # A range is given to the rows as they stand; with an index, to the rows that it names.
            numbers = f"pd.Series({numbers}, {ordered}.index, dtype='int64')"
        return f"df[{self.name!r}] = {numbers}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([*self.by, *key_names(self.order_by)]))

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [self.name]
