"""Columns: read as another type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.base import Scope, unread
from workbench.transformations.columns.amounts import MINUS, SPACES, amount_pattern
from workbench.transformations.columns.common import OfColumns
from workbench.transformations.expressions import noun
from workbench.transformations.fields import MOVING, Names, Scalar, chosen, listed

__all__ = ["FALSE", "TRUE", "Cast"]

TRUE = ("true", "yes", "t", "y", "on", "1", "1.0")
FALSE = ("false", "no", "f", "n", "off", "0", "0.0")


class Cast(OfColumns):
    """Read columns as another type.

    Whole numbers keep all their digits; a number with a fraction is no integer, and one that needs more than
    64 bits is an error. With a decimal mark, numbers are also read as people write them: with currency signs
    ($, €, EUR, …), marks between thousands, a minus behind, parentheses for negative ones, and percent, of
    which 12 is 0.12. Booleans are read from true and false, yes and no, t and f, y and n, on and off, 1 and
    0, in any case. Points in time are read in ISO 8601 form, or in the form that is given; one with an offset
    is taken to UTC, and none keeps a zone. A date is a point in time at midnight. Categories are those that
    are given, in their order, or all values there are.

    Say: convert year to integer
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["year"], "to": "integer"}
    kind: Literal["cast"] = "cast"
    columns: Names = Field(description="which columns to read anew")
    to: Literal["integer", "float", "text", "boolean", "datetime", "date", "category"] = Field(
        description="the type to read as"
    )
    on_error: Literal["null", "keep", "fail"] = Field(
        default="null",
        description="what to do about an unreadable value: make it null, keep the column as it is, or fail",
    )
    format: str | None = Field(
        default=None,
        min_length=1,
        description="how points in time are written, in strptime's codes; ISO 8601 if not given",
        examples=["%d/%m/%Y"],
    )
    decimal: Literal[".", ","] | None = Field(
        default=None,
        description="the decimal mark of numbers as people write them; without it, plain numbers are read",
    )
    order: Annotated[tuple[Scalar, ...], Field(min_length=1, max_length=10_000)] | None = Field(
        default=None, description="the categories, from low to high; others become null"
    )

    @model_validator(mode="after")
    def _parameters_fit(self) -> Cast:
        if self.format is not None and self.to not in {"datetime", "date"}:
            raise ValueError("a format is for datetime and date alone")
        if self.decimal is not None and self.to not in {"integer", "float"}:
            raise ValueError("a decimal mark is for integer and float alone")
        if self.order is not None:
            if self.to != "category":
                raise ValueError("an order is for category alone")
            if len(set(self.order)) < len(self.order):
                raise ValueError("a category is given twice")
            if len({noun(value) for value in self.order}) > 1:
                raise ValueError("the categories are of different types")
        return self

    @property
    def open_ended(self) -> bool:
        # What a column is afterwards is for its values to decide.
        return self.on_error == "keep"

    def spans(self) -> Scope:
        whole = self.on_error == "keep" or (self.to == "category" and self.order is None)
        return Scope.TABLE if whole else Scope.ROW

    def _target(self) -> str:
        how = {".": " with a decimal point", ",": " with a decimal comma", None: ""}[self.decimal]
        order = f" in the order {listed([str(value) for value in self.order])}" if self.order else ""
        return f"{listed(self.columns)} to {self.to}{how}{order}"

    def describe(self) -> str:
        unread = {
            "null": "",
            "keep": ", keeping a column as it is where a value is unreadable",
            "fail": ", failing on unreadable values",
        }
        return f"Convert {self._target()}{unread[self.on_error]}"

    def outcome(self, change: Change) -> str:
        return f"Converted {self._target()}{unread(change, self.columns)}"

    def to_pandas(self) -> str:
        lines = []
        if self.to == "boolean":
            lines.append(f"truth = dict.fromkeys({list(TRUE)}, True) | dict.fromkeys({list(FALSE)}, False)")
        if self.decimal is not None:
            lines.append(f"amount = {amount_pattern(self.decimal)!r}")
        for name in self.columns:
            lines += self._lines(chosen([name]))
        return "\n".join(lines)

    def _lines(self, column: str) -> list[str]:
        if self.on_error == "fail" and self.decimal is None and self.to in _RAISING:
            return [f"{column} = {_RAISING[self.to].format(column=column)}"]
        before, value = self._amounts(column) if self.decimal is not None else self._value(column)
        raises = self.on_error == "fail" and self.to in {"datetime", "date"}
        if raises:
            before = [f"assert not {_moving(column)}.any()"]
        if self.on_error == "null" or self.to == "text" or raises:
            return [*before, f"{column} = {value}"]
        value = f"{value}.reindex(df.index)" if self.to == "integer" else value
        readable = f"read.notna().equals({column}.notna())"
        if self.on_error == "fail":
            return [*before, f"read = {value}", f"assert {readable}", f"{column} = read"]
        return [*before, f"read = {value}", f"if {readable}:", f"    {column} = read"]

    def _value(self, column: str) -> tuple[list[str], str]:
        """Write what comes before, and the column as it is read."""
        match self.to:
            case "text":
                return [], f"{column}.astype('str')"
            case "float":
                return [], f"pd.to_numeric({column}, errors='coerce').astype('float64')"
            case "integer":
                whole = f"whole = pd.to_numeric({column}, errors='coerce') % 1 == 0"
                return [whole], f"pd.to_numeric({column}[whole]).astype('Int64')"
            case "boolean":
                return [], f"{column}.astype('str').str.strip().str.lower().map(truth).astype('boolean')"
            case "category":
                if self.order is None:
                    return [], f"{column}.astype('category')"
                order = list(self.order)
                made = f"pd.CategoricalDtype({order!r}, ordered=True)"
                return [], f"{column}.where({column}.isin({order!r})).astype({made})"
            case _:
                coerce = "" if self.on_error == "fail" else ", errors='coerce'"
                how = f"format={self.format or 'ISO8601'!r}{coerce}, utc=True"
                day = ".dt.normalize()" if self.to == "date" else ""
                still = column if self.on_error == "fail" else f"{column}.mask({_moving(column)})"
                return [], f"pd.to_datetime({still}, {how}).dt.tz_localize(None).dt.as_unit('us'){day}"

    def _amounts(self, column: str) -> tuple[list[str], str]:
        plain = self.decimal == "."
        of = f"{column}[numbers.isna()]" if plain else column
        comma = "" if plain else ".str.replace(',', '.')"
        lines = [
            f"text = {of}.astype('str').str.replace({SPACES!r}, ' ', regex=True)",
            f"text = text.str.replace({MINUS!r}, '-').str.strip()",
            "text = text.where(text.str.fullmatch(amount))",
            f"digits = text.str.replace('[^0-9{self.decimal}%]', '', regex=True){comma}",
            "digits = digits.str.replace('%', 'e-2')",
            "digits = digits.mask(text.str.contains('[-(]'), '-' + digits)",
        ]
        if plain:
            lines.insert(0, f"numbers = pd.to_numeric({column}, errors='coerce')")
        if self.to == "float":
            read = "pd.to_numeric(digits).astype('float64')"
            return lines, f"numbers.astype('float64').fillna({read})" if plain else read
        read = "pd.to_numeric(digits[pd.to_numeric(digits) % 1 == 0]).astype('Int64')"
        if plain:
            read = f"pd.concat([pd.to_numeric({column}[numbers % 1 == 0]).astype('Int64'), {read}])"
        return lines, read

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)


def _moving(column: str) -> str:
    """Write what finds the words that pandas reads as the moment at which it does."""
    return f"{column}.astype('object').isin({list(MOVING)})"


# What pandas itself refuses to read; without its nulls, text is read digit by digit, and the assignment puts
# them back.
_RAISING = {
    "float": "pd.to_numeric({column}).astype('float64')",
    "integer": "pd.to_numeric({column}.dropna()).astype('Int64')",
}
