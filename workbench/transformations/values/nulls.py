"""Nulls filled, and nulls made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Scope
from workbench.transformations.conditions import Predicate
from workbench.transformations.expressions import Moment, noun, show_value
from workbench.transformations.fields import EVERY, Names, Scalar, count, listed, quoted
from workbench.transformations.keys import By, OrderBy, for_each, key_names, order, sorting
from workbench.transformations.values.base import Values, column_code, found_code, grouped, value_code

__all__ = ["FillNulls", "NullValues", "NullWhere"]

_FROM_ROWS = {"forward", "backward", "interpolate"}
_AVERAGES = {"mean", "median"}
_OF_NUMBERS = {*_AVERAGES, "min", "max", "interpolate"}
_FILLINGS = {
    "forward": "the value above",
    "backward": "the value below",
    "interpolate": "what lies between their neighbours",
    "min": "the minimum",
    "max": "the maximum",
}


class FillNulls(Values):
    """Fill the nulls of columns with a value, or with one taken from the column.

    Without columns, all are filled that the value or the method fits: a number fills the columns of numbers,
    a text those of text; mean, median, min, max and interpolate those of numbers that have nulls. Mean,
    median and interpolate make the column float64. Of several modes the smallest is taken. Forward takes the
    value of the nearest row above that has one, backward of the nearest below; interpolate draws a straight
    line between the two, each row one step, and leaves the nulls before the first value and after the last.

    Say: fill nulls in age with the median
    """

    scope: ClassVar[Scope] = Scope.TABLE
    example: ClassVar[Mapping[str, Any]] = {"columns": ["age"], "method": "median"}
    kind: Literal["fill_nulls"] = "fill_nulls"
    columns: Names | None = Field(default=None, description="where to fill; all that fit if not given")
    value: Scalar | Moment | None = Field(default=None, description="what to fill with")
    method: Literal["mean", "median", "mode", "min", "max", "forward", "backward", "interpolate"] | None = (
        Field(default=None, description="how to find what to fill with, instead of a value")
    )
    by: By = ()
    order_by: OrderBy = ()
    limit: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        default=None, description="forward, backward, interpolate: how many nulls to fill after one value"
    )

    @model_validator(mode="after")
    def _one_filling(self) -> FillNulls:
        if (self.value is None) == (self.method is None):
            raise ValueError("give either value or method")
        if self.by and self.method is None:
            raise ValueError("a value is the same in all groups")
        if (self.order_by or self.limit is not None) and self.method not in _FROM_ROWS:
            raise ValueError("order_by and limit go with forward, backward and interpolate")
        if set(self.by) & set(self.columns or ()):
            raise ValueError("a column cannot be filled in groups of its own values")
        return self

    def _filling(self) -> str:
        if self.method is None:
            return show_value(self.value)
        filling = _FILLINGS.get(self.method, f"the {self.method}")
        most = f", at most {count(self.limit, 'null')} in a row" if self.limit is not None else ""
        in_order = f", in order of {order(self.order_by)}" if self.order_by else ""
        return f"{filling}{most}{for_each(self.by)}{in_order}"

    def describe(self) -> str:
        return f"Fill nulls in {self._in('all columns')} with {self._filling()}"

    def outcome(self, change: Change) -> str:
        filled = count(sum(change.nulls_filled.values()), "null")
        return f"Filled {filled} in {self._in('all columns')} with {self._filling()}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([*super().reads(columns), *self.by, *key_names(self.order_by)]))

    def writes(self, columns: Sequence[str]) -> list[str]:
        return [name for name in super().writes(columns) if name not in self.by]

    def to_pandas(self) -> str:
        if self.method in {"forward", "backward"}:
            return self._from_rows()
        if self.columns is not None:
            return "\n".join(self._filled(column_code(name), repr(name)) for name in self.columns)
        if self.method is None:
            name = noun(self.value)
            return f"{name} = {EVERY[name]}\ndf[{name}] = df[{name}].fillna({value_code(self.value)})"
        chosen = "df.columns"
        if self.method in _OF_NUMBERS:
            numbers = EVERY["numbers"].removesuffix(".columns")
            chosen = f"{numbers}.loc[:, lambda numbers: numbers.isna().any()].columns"
        kept = f".difference({quoted(self.by)}, sort=False)" if self.by else ""
        filled = self._filled("df[name]", "name").replace("\n", "\n    ")
        return f"for name in {chosen}{kept}:\n    {filled}"

    def _from_rows(self) -> str:
        filled = f"{'ffill' if self.method == 'forward' else 'bfill'}"
        filled += f"(limit={self.limit})" if self.limit is not None else "()"
        rows = f"{self._rows()}{grouped(self.by)}"
        if self.columns is not None:
            names = repr(self.columns[0]) if len(self.columns) == 1 else quoted(self.columns)
            return f"df[{names}] = {rows}[{names}].{filled}"
        if not self.by and not self.order_by:
            return f"df = df.{filled}"
        kept = f".difference({quoted(self.by)}, sort=False)" if self.by else ""
        return f"names = df.columns{kept}\ndf[names] = {rows}[names].{filled}"

    def _rows(self) -> str:
        """Write the rows in their order; what is computed of them finds its way back by the index."""
        return sorting(self.order_by) if self.order_by else "df"

    def _filled(self, column: str, name: str) -> str:
        """Write how one column is filled; ``name`` is its name as Python source."""
        groups = f"df{grouped(self.by)}[{name}]"
        match self.method:
            case None:
                return f"{column} = {column}.fillna({value_code(self.value)})"
            case "interpolate":
                return self._interpolated(column, name)
            case "mode" if self.by:
                modes = "lambda values: values.fillna(values.mode().get(0, pd.NA))"
                return f"{column} = {column}.fillna({groups}.transform({modes}))"
            case "mode":
                return f"{column} = {column}.fillna({column}.mode().get(0, pd.NA))"
            case _ if self.by:
                floats = f"{column} = {column}.astype('float64')\n" if self.method in _AVERAGES else ""
                return f"{floats}{column} = {column}.fillna({groups}.transform({self.method!r}))"
            case _:
                floats = ".astype('float64')" if self.method in _AVERAGES else ""
                return f"{column} = {column}{floats}.fillna({column}.{self.method}())"

    def _interpolated(self, column: str, name: str) -> str:
        limit = f", limit={self.limit}" if self.limit is not None else ""
        line = f"interpolate(limit_area='inside'{limit})"
        if not self.by:
            return f"{column} = {self._rows()}[{name}].astype('float64').{line}"
        rows = f"{self._rows()}.astype({{{name}: 'float64'}}){grouped(self.by)}[{name}]"
        return f"{column} = {rows}.transform(lambda values: values.{line})"


class NullWhere(Values):
    """Make values null in the rows that meet a condition.

    Plain whole numbers become floats where nulls come among them, as in pandas.

    Say: set price to null where price is below 0
    """

    example: ClassVar[Mapping[str, Any]] = {
        "columns": ["price"],
        "where": {"op": "lt", "left": {"column": "price"}, "right": {"value": 0}},
    }
    means_nulls: ClassVar[bool] = True
    kind: Literal["null_where"] = "null_where"
    columns: Names = Field(description="whose values to take away")
    where: Predicate = Field(description="in which rows")

    def describe(self) -> str:
        return f"Make {listed(self.columns)} null where {self.where.describe()}"

    def outcome(self, change: Change) -> str:
        made = count(sum(change.nulls_made.values()), "value")
        return f"Made {made} of {listed(self.columns)} null where {self.where.describe()}"

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([*self.columns, *self.where.columns()]))

    def to_pandas(self) -> str:
        return found_code(self.where, {column_code(name): "" for name in self.columns})


class NullValues(Values):
    """Make null what was written for a missing value: N/A, -, unknown.

    A value is one of the spellings if it is equal to it but for upper and lower case and for white space
    around it. Without columns, all columns of text are looked at; numbers that stand for nothing, such as
    -999, are for replace.

    Say: treat "N/A" and "-" as null
    """

    example: ClassVar[Mapping[str, Any]] = {"values": ["N/A", "-"]}
    means_nulls: ClassVar[bool] = True
    kind: Literal["null_values"] = "null_values"
    columns: Names | None = Field(default=None, description="where to look; all columns of text if not given")
    values: tuple[str, ...] = Field(min_length=1, max_length=1_000, description="the spellings of a null")

    def spellings(self) -> list[str]:
        """What is compared with the values, which are stripped and in lower case then."""
        return list(dict.fromkeys(value.strip().lower() for value in self.values))

    def _values(self) -> str:
        return listed([repr(value) for value in self.values])

    def describe(self) -> str:
        return f"Make {self._values()} null in {self._in('all columns of text')}"

    def outcome(self, change: Change) -> str:
        made = count(sum(change.nulls_made.values()), "value")
        return f"Made {made} null in {self._in('all columns of text')}: {self._values()}"

    def to_pandas(self) -> str:
        def emptied(column: str) -> str:
            return f"{column}.mask({column}.str.strip().str.lower().isin({self.spellings()!r}))"

        if self.columns is not None:
            return "\n".join(f"{c} = {emptied(c)}" for c in map(column_code, self.columns))
        return f"text = {EVERY['text']}\ndf[text] = df[text].apply(lambda column: {emptied('column')})"
