"""Encode: values as numbers and flags, for models and sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.expressions import noun
from workbench.transformations.fields import Names, Scalar, chosen, count, listed, quoted

__all__ = ["BinaryEncode", "LabelEncode", "OneHot", "OrdinalEncode"]


class _Encoding(Transformation):
    """Rows stay in place; columns of values become columns of numbers or flags."""

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.TABLE

    columns: Names = Field(description="which columns to encode")

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)


class _Spread(_Encoding):
    """The values decide how many columns take the place of each; these stand at the end."""

    @property
    def open_ended(self) -> bool:
        return True

    def writes(self, columns: Sequence[str]) -> list[str]:
        return []

    def carries(self, columns: Sequence[str]) -> dict[str, str]:
        return {name: name for name in columns if name not in self.columns}

    def _made(self, change: Change) -> str:
        return f"{listed(self.columns)} as {count(len(change.columns_added), 'column')}"


class OneHot(_Spread):
    """Make a column of true and false for each value of a column, which goes away, as pandas' get_dummies.

    The new columns are called by the column and the value, and stand at the end, in order of the values. A
    null is false in all of them, unless it gets a column of its own, the last one, called by the column and
    ``null``. More than 1,000 columns are refused.

    Say: one-hot encode city
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["city"]}
    kind: Literal["one_hot"] = "one_hot"
    prefix: str | None = Field(
        default=None, min_length=1, description="what their names begin with; the column's name if not given"
    )
    drop_first: bool = Field(default=False, description="whether to leave out the first value's column")
    dummy_na: bool = Field(default=False, description="whether nulls get a column of their own")

    @model_validator(mode="after")
    def _one_prefix(self) -> OneHot:
        if self.prefix is not None and len(self.columns) > 1:
            raise ValueError("a prefix is for one column alone")
        return self

    def of_nulls(self, column: str) -> str:
        """The name of the column for the nulls of a column."""
        return f"{self.prefix or column}_null"

    def options(self) -> dict[str, Any]:
        """What is asked of get_dummies, besides the columns."""
        options = {"prefix": self.prefix, "drop_first": self.drop_first, "dummy_na": self.dummy_na}
        return {name: value for name, value in options.items() if value}

    def _how(self) -> str:
        first = ", without the first value" if self.drop_first else ""
        nulls = ", nulls with a column of their own" if self.dummy_na else ""
        prefix = f", called {self.prefix}_value" if self.prefix is not None else ""
        return f"{prefix}{first}{nulls}"

    def describe(self) -> str:
        return f"One-hot encode {listed(self.columns)}{self._how()}"

    def outcome(self, change: Change) -> str:
        return f"One-hot encoded {self._made(change)}"

    def to_pandas(self) -> str:
        options = "".join(f", {name}={value!r}" for name, value in self.options().items())
        if not self.dummy_na:
            return f"df = pd.get_dummies(df, columns={quoted(self.columns)}{options})"
        lines = []
        for name in self.columns:
            prefix = "" if self.prefix is not None else f", prefix={name!r}"
            lines += [
                f"flags = pd.get_dummies(df[{name!r}]{prefix}{options})",
                f"flags.columns = [*flags.columns[:-1], {self.of_nulls(name)!r}][:len(flags.columns)]",
                f"df = pd.concat([df.drop(columns={name!r}), flags], axis='columns')",
            ]
        return "\n".join(lines)


class OrdinalEncode(_Encoding):
    """Put integers in the place of values, in the order that is given: the first becomes 0, or the start.

    Say: ordinal encode status in the order low, medium, high
    """

    scope: ClassVar[Scope] = Scope.ROW
    example: ClassVar[Mapping[str, Any]] = {"columns": ["status"], "order": ["low", "medium", "high"]}
    kind: Literal["ordinal"] = "ordinal"
    order: Annotated[tuple[Scalar, ...], Field(min_length=1, max_length=10_000)] = Field(
        description="the values, from low to high"
    )
    start: int = Field(default=0, ge=-(2**31), lt=2**31, description="the integer of the first value")
    on_error: Literal["null", "fail"] = Field(
        default="null", description="what to do with a value that is not in the order"
    )

    @model_validator(mode="after")
    def _each_once(self) -> OrdinalEncode:
        if len(set(self.order)) < len(self.order):
            raise ValueError("a value is given twice")
        if len({noun(value) for value in self.order}) > 1:
            raise ValueError("the values are of different types")
        return self

    def codes(self) -> dict[Any, int]:
        """The integer of each value."""
        return {value: self.start + at for at, value in enumerate(self.order)}

    def _what(self) -> str:
        values = listed([str(value) for value in self.order])
        return f"{listed(self.columns)} from {self.start} in the order {values}"

    def describe(self) -> str:
        return f"Encode {self._what()}{', failing on others' if self.on_error == 'fail' else ''}"

    def outcome(self, change: Change) -> str:
        lost = change.values_lost(self.columns)
        others = f"; {count(lost, 'value')} not in the order became null" if lost else ""
        return f"Encoded {self._what()}{others}"

    def to_pandas(self) -> str:
        lines = [f"codes = {self.codes()!r}"]
        for column in (chosen([name]) for name in self.columns):
            if self.on_error == "fail":
                lines.append(f"assert {column}.dropna().isin(codes).all()")
            lines.append(f"{column} = {column}.astype('object').map(codes).astype('Int64')")
        return "\n".join(lines)


class LabelEncode(_Encoding):
    """Put integers from 0 in the place of values, in the order of the values, or of their first appearance.

    Nulls stay null. What became of which value is reported.

    Say: label encode city
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["city"]}
    kind: Literal["label"] = "label"
    by: Literal["value", "appearance"] = Field(default="value", description="which value comes first")

    def describe(self) -> str:
        return f"Label encode {listed(self.columns)} by {self.by}"

    def outcome(self, change: Change) -> str:
        return f"Label encoded {listed(self.columns)} by {self.by}"

    def to_pandas(self) -> str:
        return "\n".join(
            f"codes = pd.Series(pd.factorize({column}, sort={self.by == 'value'})[0], dtype='Int64')\n"
            f"{column} = codes.mask(codes < 0)"
            for column in (chosen([name]) for name in self.columns)
        )


class BinaryEncode(_Spread):
    """Make columns of 0 and 1 for the binary digits of the label code of each value of a column.

    The codes are those of the label encoding, in the order of the values; the column goes away. The new ones
    are called by the column and numbered from 0, the highest digit first. Nulls stay null in all of them.

    Say: binary encode city
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["city"]}
    kind: Literal["binary"] = "binary"

    def describe(self) -> str:
        return f"Binary encode {listed(self.columns)}"

    def outcome(self, change: Change) -> str:
        return f"Binary encoded {self._made(change)}"

    def to_pandas(self) -> str:
        lines = ["made = {}"]
        for name in self.columns:
            lines += [
                f"codes, values = pd.factorize(df[{name!r}], sort=True)",
                "codes = pd.Series(codes, dtype='Int64')",
                "codes, bits = codes.mask(codes < 0), max(len(values) - 1, 1).bit_length()",
                "for bit in range(bits):",
                f"    made[{name!r} + f'_{{bit}}'] = codes // 2 ** (bits - 1 - bit) % 2",
            ]
        return "\n".join([*lines, f"df = df.drop(columns={quoted(self.columns)}).assign(**made)"])
