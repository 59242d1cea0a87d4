"""What is said of numbers clipped, scaled and binned, of values looked up, and of flags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from workbench.transformations import (
    Abs,
    Bin,
    Clip,
    FlagDuplicates,
    FlagNulls,
    MapValues,
    Scale,
    Transformation,
)
from workbench.transformations.values import Replacement
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns, Named, Value
from workers.planner.meaning.typed import TypedMeaning
from workers.planner.parsing import Reading, Unfit

__all__ = ["MeasuringMeaning"]

Steps = tuple[Transformation, ...]
_MOST_BINS = 1_000
_WHOLE = 100  # percent
_NTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)", re.IGNORECASE)


@dataclass(frozen=True)
class _Scaling:
    """How to scale which columns."""

    columns: tuple[str, ...]
    facts: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class _Labels:
    """The names of bins."""

    texts: tuple[str, ...]


class MeasuringMeaning(TypedMeaning):
    """Reads the rules of ``grammar/measuring.lark``."""

    # Bounds

    def clip_between(self, columns: Columns, low: Value, high: Value) -> Steps:
        return self._clip(columns, lower=_plain(low), upper=_plain(high))

    def clip_lower(self, columns: Columns, low: Value) -> Steps:
        return self._clip(columns, lower=_plain(low))

    def clip_upper(self, columns: Columns, high: Value) -> Steps:
        return self._clip(columns, upper=_plain(high))

    def clip_quantiles(self, columns: Columns, low: Token, high: Token) -> Steps:
        return self._clip(columns, lower_quantile=_part(low), upper_quantile=_part(high))

    def winsorize(self, columns: Columns, part: Token) -> Steps:
        low = _part(part)
        if low >= 0.5:
            raise Unfit(f"'{part.text}' would leave nothing between the bounds.", "Say less than 50%.", part)
        return self._clip(columns, lower_quantile=low, upper_quantile=1 - low)

    def clip_percentiles(self, columns: Columns, low: float, high: float, _: Token) -> Steps:
        if not low < high:
            raise Unfit("The lower percentile must come first.", "Say: the 5th and 95th percentiles.")
        return self._clip(columns, lower_quantile=low, upper_quantile=high)

    def clip_upper_percentile(self, columns: Columns, part: float) -> Steps:
        return self._clip(columns, upper_quantile=part)

    def nth(self, token: Token) -> float:
        found = _NTH.fullmatch(token.text)
        if found is None or not 0 < int(found[1]) < _WHOLE:
            raise Unfit
        return int(found[1]) / _WHOLE

    def _clip(self, columns: Columns, **bounds: Any) -> Steps:
        return (Clip(columns=self._numbers(columns, "clipped"), **bounds),)

    def absolute(self, columns: Columns) -> Steps:
        self._of_numbers(columns, "made absolute")
        return (Abs(columns=None if columns.every else columns.names),)

    # Scales

    def scale(self, scaling: _Scaling, *more: Any) -> Steps:
        facts: dict[str, Any] = dict(scaling.facts)
        for part in more:
            if isinstance(part, Columns):
                facts["by"] = part.names
            elif len(scaling.columns) > 1:
                raise Unfit("One name was given for several columns.", "Scale column by column.")
            else:
                facts["into"] = (part.target,)
        return (Scale(columns=scaling.columns, **facts),)

    def scale_named(self, scaling: _Scaling, name: Named, groups: Columns) -> Steps:
        return self.scale(scaling, groups, name)

    def scaling(self, said: _Scaling) -> _Scaling:
        return said

    def scale_between(self, columns: Columns, low: Value, high: Value) -> _Scaling:
        ends = {"low": low.number, "high": high.number} if (low.number, high.number) != (0, 1) else {}
        return self._scaling(columns, "min_max", **ends)

    def scale_min_max(self, columns: Columns) -> _Scaling:
        return self._scaling(columns, "min_max")

    def scale_z_score(self, columns: Columns) -> _Scaling:
        return self._scaling(columns, "z_score")

    def scale_how(self, columns: Columns) -> _Scaling:
        names = self._numbers(columns, "scaled")
        raise Unfit(
            "It is not said how to scale: to a range, or to z-scores.",
            f"Say 'min-max scale {names[0]}' for the range from 0 to 1, or 'standardize {names[0]}'.",
        )

    def scale_robust(self, columns: Columns) -> _Scaling:
        return self._scaling(columns, "robust")

    def _scaling(self, columns: Columns, method: str, **more: Any) -> _Scaling:
        return _Scaling(self._numbers(columns, "scaled"), (("method", method), *more.items()))

    # Bins

    def bin_width(self, column: str, number: Token, *said: Any) -> Steps:
        return self._bin(column, said, bins=_count(number))

    def bin_quantile(self, column: str, number: Token, *said: Any) -> Steps:
        return self._bin(column, said, bins=_count(number), method="quantile")

    def bin_counted(self, column: str, number: Token, parts: int, *said: Any) -> Steps:
        if number.number != parts:
            raise Unfit(f"There are {parts} of these.", "Say either the number or the name.", number)
        return self.bin_parts(column, parts, *said)

    def bin_added(self, parts: int, column: str, *said: Any) -> Steps:
        return self.bin_parts(column, parts, *said)

    def bin_into(self, name: Named, column: str, number: Token, *said: Any) -> Steps:
        return self.bin_width(column, number, name, *said)

    def bin_parts(self, column: str, number: int, *said: Any) -> Steps:
        return self._bin(column, said, bins=number, method="quantile")

    def bin_at(self, column: str, *said: Any) -> Steps:
        return self._bin(column, said, open_ends=True)

    def bin_edges(self, column: str, *said: Any) -> Steps:
        return self._bin(column, said)

    def bin_name(self, name: Named) -> Named:
        return name

    def bin_labels(self, values: tuple[Value, ...]) -> _Labels:
        return _Labels(tuple(value.text for value in values))

    def quartiles(self, *_: Token) -> int:
        return 4

    def quintiles(self, *_: Token) -> int:
        return 5

    def deciles(self, *_: Token) -> int:
        return 10

    def _bin(self, column: str, said: tuple[Any, ...], **facts: Any) -> Steps:
        self._of_numbers(Columns((column,)), "put into bins")
        edges = tuple(part.number for part in said if isinstance(part, Value))
        for key, values in (
            ("edges", [edges] if edges else []),
            ("name", [part.target for part in said if isinstance(part, Named)]),
            ("labels", [part.texts for part in said if isinstance(part, _Labels)]),
        ):
            if len(values) > 1:
                raise Unfit  # said twice
            if values:
                facts[key] = values[0]
        return (Bin(column=column, **facts),)

    # Values looked up

    def map_values(self, column: str, *said: Any) -> Any:
        facts = dict(part for part in said if isinstance(part[0], str))
        pairs, cost = [], 0
        for old, new in (part for part in said if not isinstance(part[0], str)):
            reading = self.scalar(column, old)
            value, more = self.plain(new)
            null = new.token is not None and "NULL" in new.token.type and not new.quoted
            pairs.append(Replacement(old=reading.value, new=None if null else value))
            cost += reading.cost + (0 if null else more)
        return Reading((MapValues(column=column, values=tuple(pairs), **facts),), cost)

    def map_default(self, value: Value) -> tuple[str, Any]:
        return "default", self.plain(value)[0]

    def map_keep(self) -> tuple[str, Any]:
        return "otherwise", "keep"

    # Flags

    def flag_nulls(self, *said: Any) -> Steps:
        return (FlagNulls(**self._flag(said)),)

    def flag_duplicates(self, *said: Any) -> Steps:
        return (FlagDuplicates(**self._flag(said)),)

    def _flag(self, said: tuple[Any, ...]) -> dict[str, Any]:
        columns = next((part for part in said if isinstance(part, Columns)), None)
        name = next((part for part in said if isinstance(part, Named)), None)
        facts: dict[str, Any] = {}
        if columns is not None and not columns.every:
            facts["columns"] = columns.names
        if name is not None:
            if name.column is not None:
                raise Unfit  # "flag nulls in email": where to look
            facts["into"] = name.text
        return facts

    def _numbers(self, columns: Columns, what: str) -> tuple[str, ...]:
        """The columns that were named; of all, those that hold numbers."""
        self._of_numbers(columns, what)
        return self.numeric_columns().names if columns.every else columns.names


def _count(token: Token) -> int:
    if not isinstance(token.number, int) or not 1 <= token.number <= _MOST_BINS or "%" in token.text:
        raise Unfit(f"'{token.text}' is no number of bins.", "Give a whole number from 1 to 1,000.", token)
    return token.number


def _plain(value: Value) -> int | float | None:
    if "%" in value.text:
        raise Unfit("It is not clear what the percentage is of.", "Say it as in '5% and 95% quantiles'.")
    return value.number


def _part(token: Token) -> float:
    """Read a percentage, or a part of one."""
    number = token.number
    if number is None or not 0 <= number <= 1:
        raise Unfit(f"'{token.text}' is no part of the whole.", "Say it as 5% or 0.05.", token)
    return round(float(number), 12)
