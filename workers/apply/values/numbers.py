"""Numbers rounded, cut off at bounds, made positive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations.fields import show_scalar, shown
from workbench.transformations.values import numbers as words
from workers.apply.base import apply, require_kind, require_numbers, with_columns
from workers.apply.kinds import Kind, require_fit
from workers.apply.notes import warn
from workers.apply.overflow import require_negatable, rounded_exactly, warn_of_lost_digits
from workers.apply.values.base import columns_of

__all__: list[str] = []

_WHOLE = {"floor": np.floor, "ceil": np.ceil, "trunc": np.trunc}


@apply.register
def _(step: words.Round, frame: pd.DataFrame) -> pd.DataFrame:
    names = _numbers(step, frame)
    require_numbers(frame, names, "rounding")
    made = {}
    for name in names:
        with _room(frame[name]):
            made[name] = _rounded(step, frame[name])
    return with_columns(frame, made)


def _rounded(step: words.Round, column: pd.Series) -> pd.Series:
    if step.significant is not None:
        digits = step.significant
        rounded = column.map(lambda number: float(f"{number:.{digits}g}"), na_action="ignore")
        made = rounded.astype(column.dtype)
        if not ((made == rounded) | rounded.isna()).all():
            raise OverflowError  # beyond the range of a small integer type, numpy begins again at its start
        return made
    if step.how == "half_even":
        with np.errstate(invalid="ignore"):  # numbers too large, which are looked at anew
            made = column.round(step.decimals)
        return _exact(made, step, column, lambda number: round(number, step.decimals))
    if step.decimals == 0:
        whole: pd.Series = _WHOLE[step.how](column)
        return whole
    return _to_multiples(step, column) if step.decimals < 0 else _to_decimals(step, column)


def _to_multiples(step: words.Round, column: pd.Series) -> pd.Series:
    """Round to tens, hundreds, …, with whole numbers alone, which lose no digit."""
    size = 10**-step.decimals
    below = column // size * size
    match step.how:
        case "ceil":
            other = below + size
        case "trunc":
            other = below.mask((column < 0).fillna(False), below + size)
        case _:
            other = below
    made = column.mask((below < column).fillna(False), other)
    return _exact(made, step, column, lambda number: _EXACT[step.how](number, size))


_EXACT: dict[str, Callable[[int, int], int]] = {
    "floor": lambda number, size: number // size * size,
    "ceil": lambda number, size: -(-number // size) * size,
    "trunc": lambda number, size: (number // size if number > 0 else -(-number // size)) * size,
}


def _exact(made: pd.Series, step: words.Round, column: pd.Series, exact: Callable[[int], int]) -> pd.Series:
    """Give the rounded numbers, if whole ones kept their digits."""
    if step.decimals < 0 and not rounded_exactly(made, column, 10**-step.decimals, exact):
        raise OverflowError
    return made


def _to_decimals(step: words.Round, column: pd.Series) -> pd.Series:
    """Round to the nearest, and go one step further where that is on the wrong side."""
    nearest, size = column.round(step.decimals), 10**-step.decimals
    over, under = nearest > column, nearest < column
    if step.how == "trunc":
        over, under = over & (column > 0), under & (column < 0)
    made = nearest
    if step.how in {"floor", "trunc"}:
        made = made.mask(over.fillna(False), (nearest - size).round(step.decimals))
    if step.how in {"ceil", "trunc"}:
        made = made.mask(under.fillna(False), (nearest + size).round(step.decimals))
    return made


@apply.register
def _(step: words.Abs, frame: pd.DataFrame) -> pd.DataFrame:
    names = _numbers(step, frame)
    require_kind(frame, names, Kind.NUMBERS, Kind.DURATIONS, doing="taking the sign off")
    for name in names:
        require_negatable(frame[name], f"{shown(name)} without its sign")
    return with_columns(frame, {name: frame[name].abs() for name in names})


@apply.register
def _(step: words.Clip, frame: pd.DataFrame) -> pd.DataFrame:
    require_numbers(frame, step.columns, "clipping")
    made = {}
    for name in step.columns:
        column, low, high = frame[name], step.lower, step.upper
        if step.by_quantile:
            warn_of_lost_digits(column)
            column = column.astype("float64")
            low, high = (
                None if part is None else float(column.quantile(part))
                for part in (step.lower_quantile, step.upper_quantile)
            )
            _tell_bounds(name, low, high)
        else:
            for bound in (low, high):
                if bound is not None:
                    require_fit(bound, column)
        made[name] = column.clip(low, high)
    return with_columns(frame, made)


def _tell_bounds(name: str, low: float | None, high: float | None) -> None:
    bounds = [bound for bound in (low, high) if bound is not None and not np.isnan(bound)]
    known = [show_scalar(float(f"{bound:.6g}")) for bound in bounds]
    if known:
        warn(f"The bounds of {name} are {' and '.join(known)}")


def _numbers(step: words.Round | words.Abs, frame: pd.DataFrame) -> Sequence[str]:
    return step.columns if step.columns is not None else columns_of(frame, Kind.NUMBERS)


@contextmanager
def _room(column: pd.Series) -> Iterator[None]:
    """Turn what pandas raises about numbers beyond a type's range into an error that names the column."""
    try:
        yield
    except (OverflowError, ValueError, TypeError) as error:
        raise TypeMismatch(
            f"Column '{column.name}' is {column.dtype}, which has no room for its rounded numbers.",
            "Cast the column to float first.",
            column=str(column.name),
        ) from error
