"""What is said of rows by their rank or place: the top of each group, slices, samples, outliers, numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from workbench.transformations import (
    DropNulls,
    DropOutliers,
    Shuffle,
    Slice,
    Sort,
    SortKey,
    Tail,
    TopN,
    Transformation,
)
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns
from workers.planner.meaning.rows import RowMeaning
from workers.planner.parsing import Unfit, WrongType

__all__ = ["RankedMeaning"]

Steps = tuple[Transformation, ...]
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)", re.IGNORECASE)
_YEAR = re.compile("(19|20)[0-9]{2}")
_MOST_ROWS_NAMED = 20
_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True)
class _Share:
    """Which part of the rows."""

    fraction: float


@dataclass(frozen=True)
class _Counted:
    """How many rows or which part, and by what they are ranked; in which groups, if said between."""

    size: int | _Share
    key: SortKey
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Seed:
    number: int


@dataclass(frozen=True)
class _Manner:
    """How a sort goes besides its keys."""

    name: str
    value: Any


@dataclass(frozen=True)
class _Outliers:
    columns: tuple[str, ...] | None


class RankedMeaning(RowMeaning):
    """Reads the rules of ``grammar/ranked.lark``."""

    # The top of each group

    def top_n(self, counted: _Counted, *said: Any) -> Steps:
        groups = [part.names for part in said if isinstance(part, Columns)] + [counted.by] * bool(counted.by)
        ties = [part for part in said if isinstance(part, Token)]
        if len(groups) > 1 or len(ties) > 1:
            raise Unfit  # groups or ties that are said twice
        by = groups[0] if groups else ()
        if counted.key.column in by:
            raise Unfit(f"{counted.key.column} cannot both make the groups and rank the rows in them.")
        return (TopN(**_sized(counted.size), order_by=(counted.key,), by=by, with_ties=bool(ties)),)

    def top_n_first(self, columns: Columns, counted: _Counted, *ties: Token) -> Steps:
        return self.top_n(counted, columns, *ties)

    def head_of_each(self, number: Token, columns: Columns, keys: Any = ()) -> Steps:
        order = tuple(SortKey(column=key.column, descending=bool(key.descending)) for key in keys)
        self.assume_ascending("in order of", keys)
        if not keys:
            self.assume("took the rows in the order in which they stand, as none was said")
        return (TopN(n=self._rows(number), order_by=order, by=columns.names),)

    def head_of_each_first(self, columns: Columns, number: Token, keys: Any = ()) -> Steps:
        return self.head_of_each(number, columns, keys)

    def tail_of_each(self, *said: Any) -> Steps:
        number = next(part for part in said if isinstance(part, Token))
        by = next(part.names for part in said if isinstance(part, Columns))
        return (Tail(n=self._rows(number), by=by),)

    def last_of_each(self, columns: Columns) -> Steps:
        return (Tail(n=1, by=columns.names),)

    def share_by_sign(self, number: Token) -> _Share:
        if "%" not in number.text:
            raise Unfit
        return self._share(number.number, number)

    def share_by_word(self, number: Token) -> _Share:
        if "%" in number.text or number.number is None:
            raise Unfit
        return self._share(round(number.number / 100, 12), number)

    def _share(self, fraction: float | None, token: Token) -> _Share:
        if fraction is None or not 0 < fraction <= 1:
            raise Unfit(f"'{token.text}' is no part of the rows.", "Give one of up to 100%.", token)
        return _Share(float(fraction))

    def head_share(self, share: _Share) -> Steps:
        return (TopN(fraction=share.fraction),)

    def highest(self, *said: Any) -> _Counted:
        return self._counted(said, descending=True)

    def lowest(self, *said: Any) -> _Counted:
        return self._counted(said, descending=False)

    def highest_in(self, *said: Any) -> _Counted:
        return self._counted(said, descending=True)

    def lowest_in(self, *said: Any) -> _Counted:
        return self._counted(said, descending=False)

    def _counted(self, said: tuple[Any, ...], *, descending: bool) -> _Counted:
        share = next((part for part in said if isinstance(part, _Share)), None)
        number = next((self._rows(part) for part in said if isinstance(part, Token)), 1)
        by = next((part.names for part in said if isinstance(part, Columns)), ())
        return _Counted(share or number, SortKey(column=str(said[-1]), descending=descending), by)

    # From one row to another

    def slice(self, first: Token, last: Token) -> Steps:
        start, stop = self._rows(first), self._rows(last)
        if stop < start:
            raise Unfit(f"Row {stop:,} comes before row {start:,}.", "Say the first row first.", last)
        return (Slice(start=start - 1, stop=stop),)

    def slice_between(self, first: Token, last: Token) -> Steps:
        if self.scope.of_kind("time") and _YEAR.fullmatch(first.text) and _YEAR.fullmatch(last.text):
            raise Unfit(
                f"It is not clear whether {first.text} and {last.text} are years or the numbers of rows.",
                f"Name the column of the dates, or say 'rows {first.text} to {last.text}'.",
                first,
            )
        return self.slice(first, last)

    def drop_first(self, number: Token | None = None) -> Steps:
        return (Slice(start=1 if number is None else self._rows(number)),)

    def drop_last(self, number: Token | None = None) -> Steps:
        return (Slice(stop=-1 if number is None else -self._rows(number)),)

    def every_nth(self, word: Token) -> Steps:
        text = word.text.casefold()
        match = _ORDINAL.fullmatch(text)
        if match is None and text not in {*_ORDINALS, "other"}:
            raise Unfit
        step = int(match[1]) if match else 2 + (_ORDINALS.index(text) if text in _ORDINALS else 0)
        return self._every(step, word)

    def every_number(self, number: Token) -> Steps:
        return self._every(self._rows(number), number)

    def _every(self, step: int, token: Token) -> Steps:
        if step < 2:
            raise Unfit(f"'{token.text}' takes no rows away.", "Say 'every second row' or more.", token)
        return (Slice(step=step),)

    def every_nth_from(self, word: Token, first: Token) -> Steps:
        (every,) = self.every_nth(word)
        return (every.model_copy(update={"start": self._rows(first) - 1}),)

    def drop_every_nth(self, word: Token) -> Steps:
        return _dropped(*self.every_nth(word))

    def drop_every_number(self, number: Token) -> Steps:
        return _dropped(*self.every_number(number))

    def keep_row(self, number: Token) -> Steps:
        return (self._row(number),)

    def drop_row(self, number: Token) -> Steps:
        return (self._row(number, drop=True),)

    def _row(self, number: Token, *, drop: bool = False) -> Slice:
        place = self._rows(number)
        return Slice(start=place - 1, stop=place, drop=drop)

    def drop_some_rows(self, *numbers: Token) -> Steps:
        if len(numbers) > _MOST_ROWS_NAMED:
            raise Unfit("These are too many rows to name.", "Say a condition, or 'rows … to …'.")
        # From the last one on, so that those before keep their numbers.
        found = sorted({self._rows(number): number for number in numbers}.items(), reverse=True)
        return tuple(self._row(number, drop=True) for _, number in found)

    def drop_between(self, first: Token, last: Token) -> Steps:
        (meant,) = self.slice(first, last)
        return (meant.model_copy(update={"drop": True}),)

    def drop_ordinal(self, word: Token) -> Steps:
        text = word.text.casefold()
        match = _ORDINAL.fullmatch(text)
        if (match is None and text not in _ORDINALS) or text in {"1st", "0th"}:
            raise Unfit
        place = int(match[1]) if match else 2 + _ORDINALS.index(text)
        return (Slice(start=place - 1, stop=place, drop=True),)

    # Drawn and shuffled

    def sample_of_each(self, number: Token, *said: Any) -> Steps:
        (drawn,) = self.drawn(number)
        if _seed_of(said) is None:
            self.assume_chance()
        by = next((part.names for part in said if isinstance(part, Columns)), ())
        return (drawn.model_copy(update={"by": by, "seed": _seed_of(said)}),)

    def sample_seeded(self, number: Token, seed: _Seed) -> Steps:
        return self.sample_of_each(number, seed)

    def seed(self, _: Token, number: Token) -> _Seed:
        if not isinstance(number.number, int) or not 0 <= number.number < 2**32 or "%" in number.text:
            raise Unfit(f"'{number.text}' is no seed.", "Give a whole number from 0.", number)
        return _Seed(number.number)

    def shuffle(self, *said: Any) -> Steps:
        if _seed_of(said) is None:
            self.assume_chance()
        return (Shuffle(seed=_seed_of(said)),)

    # Sorted in a manner

    def sort_rows(self, *said: Any) -> Steps:
        manners = [part for part in said if isinstance(part, _Manner)]
        if len({manner.name for manner in manners}) < len(manners):
            raise Unfit  # said twice
        keys = cast("Sort", self.sort(*(part for part in said if not isinstance(part, _Manner)))[0]).by
        given = {manner.name: manner.value for manner in manners}
        natural = tuple(key.column for key in keys) if given.pop("natural", False) else ()
        self._require_texts(natural)
        return (Sort(by=keys, natural=natural, **given),)

    def sort_naturally(self, keys: Any) -> Steps:
        return self.sort_rows(keys, self.naturally())

    def naturally(self, *_: Token) -> _Manner:
        return _Manner("natural", True)

    def nulls_first(self, *_: Token) -> _Manner:
        return _Manner("nulls", "first")

    def nulls_last(self, *_: Token) -> _Manner:
        return _Manner("nulls", "last")

    def _require_texts(self, names: tuple[str, ...]) -> None:
        for name in names:
            if self.scope.kind(name) not in {"text", "other"}:
                raise WrongType(
                    f"'{name}' does not hold text, so it has no natural order of its own.",
                    f"Sort by {name} as it is.",
                )

    # Too few values

    def drop_fewer(self, number: Token) -> Steps:
        least = self._rows(number)
        if least > len(self.scope.names):
            raise Unfit(f"The table has only {len(self.scope.names)} columns.", "Give a smaller number.")
        return (DropNulls(min_non_null=least),)

    # Outliers

    def drop_outliers(self, outliers: _Outliers, *bounds: dict[str, Any]) -> Steps:
        given: dict[str, Any] = {}
        for bound in bounds:
            if set(bound) & set(given):
                raise Unfit  # said twice
            given.update(bound)
        for name in outliers.columns or ():
            if self.scope.kind(name) not in {"number", "other"}:
                raise WrongType(
                    f"'{name}' does not hold numbers, so it has no outliers.", f"Convert {name} first."
                )
        if "method" not in given:
            self.assume("outliers are beyond 1.5 times the interquartile range, as no method was said")
        return (DropOutliers(columns=outliers.columns, **given),)

    def keep_outliers(self, outliers: _Outliers, *bounds: dict[str, Any]) -> Steps:
        return self.drop_outliers(outliers, {"keep": "outliers"}, *bounds)

    def drop_outside(self, column: str, bound: dict[str, Any]) -> Steps:
        return self.drop_outliers(_Outliers((column,)), bound)

    def removal_zscore(self, columns: Columns | None = None) -> Steps:
        return self.drop_outliers(self.outliers(columns), {"method": "zscore"})

    def removal_iqr(self, columns: Columns | None = None) -> Steps:
        return self.drop_outliers(self.outliers(columns))

    def removal(self, columns: Columns, *bounds: dict[str, Any]) -> Steps:
        return self.drop_outliers(self.outliers(columns), *bounds)

    def removal_of_one(self, column: str, *bounds: dict[str, Any]) -> Steps:
        return self.drop_outliers(_Outliers((column,)), *bounds)

    def keep_outside(self, column: str, bound: dict[str, Any]) -> Steps:
        return self.keep_outliers(_Outliers((column,)), bound)

    def outliers(self, columns: Columns | None = None) -> _Outliers:
        return _Outliers(None if columns is None or columns.every else columns.names)

    def outliers_of_either(self, names: tuple[str, ...]) -> _Outliers:
        return _Outliers(names)

    def bounds(self, bound: dict[str, Any]) -> dict[str, Any]:
        return bound

    def bounds_of_groups(self, columns: Columns) -> dict[str, Any]:
        return {"by": columns.names}

    def by_iqr(self, _: Token, factor: Token | None = None) -> dict[str, Any]:
        return _far("iqr", factor)

    def by_zscore(self, _: Token, factor: Token | None = None) -> dict[str, Any]:
        return _far("zscore", factor)

    def beyond_deviations(self, factor: Token) -> dict[str, Any]:
        return _far("zscore", factor)

    def by_percentile(self, _: Token, low: Token, high: Token) -> dict[str, Any]:
        lower, upper = _percentile(low), _percentile(high)
        if not lower < upper:
            raise Unfit("The lower percentile must come first.", "Say it as in '5 and 95'.", low)
        return {"method": "percentile", "lower": lower, "upper": upper}

    def outside_ordinals(self, low: Token, high: Token, percentile: Token) -> dict[str, Any]:
        return self.by_percentile(percentile, low, high)

    def outside_percentiles(self, percentile: Token, low: Token, high: Token) -> dict[str, Any]:
        return self.by_percentile(percentile, low, high)


def _sized(size: int | _Share) -> dict[str, Any]:
    return {"fraction": size.fraction} if isinstance(size, _Share) else {"n": size}


def _dropped(every: Transformation) -> Steps:
    """Drop every n-th row: the n-th, the 2n-th, …, as people count; the first of n is kept."""
    step = cast("Slice", every).step
    return (Slice(start=step - 1, step=step, drop=True),)


def _seed_of(said: tuple[Any, ...]) -> int | None:
    return next((part.number for part in said if isinstance(part, _Seed)), None)


def _far(method: str, factor: Token | None) -> dict[str, Any]:
    if factor is None:
        return {"method": method}
    if not factor.number or not 0 < factor.number <= 1e6 or "%" in factor.text:
        raise Unfit(f"'{factor.text}' is no distance.", "Give a number above 0.", factor)
    return {"method": method, "factor": float(factor.number)}


def _percentile(token: Token) -> float:
    """Read "5", "5th" or "5%" as the part that it is."""
    match = _ORDINAL.fullmatch(token.text)
    number = int(match[1]) if match else token.number
    if number is None or ("%" not in token.text and not 0 <= number <= 100):
        raise Unfit(f"'{token.text}' is no percentile.", "Give one from 0 to 100.", token)
    return float(number) if "%" in token.text else number / 100
