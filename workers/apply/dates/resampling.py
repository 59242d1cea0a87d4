"""A row for each period of time."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.errors import InvalidParameter, TypeMismatch
from workbench.transformations.dates import resampling as words
from workbench.transformations.fields import count, shown
from workers.apply.base import apply, require_columns
from workers.apply.dates.base import local, times_of
from workers.apply.kinds import Kind, kind_of_dtype, shown_dtype
from workers.apply.notes import warn

__all__: list[str] = []

_MOST_PERIODS = 10_000_000
_SECONDS = {"year": 31_536_000, "quarter": 7_776_000, "month": 2_419_200, "week": 604_800, "day": 82_800}
_SECONDS |= {"hour": 3_600, "minute": 60, "second": 1}


@apply.register
def _(step: words.Resample, frame: pd.DataFrame) -> pd.DataFrame:
    times_of(frame, step.column, "resampling")
    require_columns(frame, step.reads([]))
    dropped = int(frame[step.column].isna().sum())
    if dropped:
        warn(f"{count(dropped, 'row')} without {shown(step.column)} left out")
    periods = apply(step.truncate(), frame).dropna(subset=[step.column])
    # A deed finds a plain index.
    result = apply(step.group(), periods.reset_index(drop=True))
    return _filled(step, frame, result) if step.fill_missing else result


def _filled(step: words.Resample, frame: pd.DataFrame, result: pd.DataFrame) -> pd.DataFrame:
    """Add the periods that no row is of."""
    for each in step.aggregations:
        if each.function == "sum" and kind_of_dtype(frame[str(each.column)].dtype) is Kind.DURATIONS:
            dtype = shown_dtype(frame[str(each.column)])
            raise TypeMismatch.of(str(each.column), dtype, "numbers", doing="filling missing periods with 0")
    if result.empty:
        return result
    keys = [*step.by, step.column]
    periods = pd.DataFrame({step.column: _every(step, result[step.column])})
    groups = result[list(step.by)].drop_duplicates()
    if len(groups) * len(periods) > _MOST_PERIODS:
        raise _too_many(step)
    missing = groups.merge(periods, how="cross") if step.by else periods
    missing = missing[~missing.set_index(keys).index.isin(result.set_index(keys).index)]
    if missing.empty:
        return result
    zeros: dict[str, Any] = dict.fromkeys(step.zeros(), 0)
    # Beside nulls, these would become objects, or floats without all of their digits.
    kept: dict[str, Any] = {name: words.NULLABLE.get(str(result[name].dtype)) for name in step.nulls()}
    result = result.astype({name: dtype for name, dtype in kept.items() if dtype is not None})
    return pd.concat([result, missing.assign(**zeros)]).sort_values(keys, ignore_index=True)


def _every(step: words.Resample, times: pd.Series) -> pd.DatetimeIndex:
    by_time = step.period in ("hour", "minute", "second")
    # By the clocks, as not every zone's days begin at midnight.
    begins = times if by_time else local(times).dt.floor("D")
    first, last = begins.min(), begins.max()
    if (last - first).total_seconds() / _SECONDS[step.period] > _MOST_PERIODS:
        raise _too_many(step)
    periods = pd.date_range(first, last, freq=words.FREQUENCIES[step.period])
    if not by_time:
        first_of_two: Any = periods.notna()
        periods = periods.tz_localize(times.dt.tz, ambiguous=first_of_two, nonexistent="shift_forward")
    return periods.as_unit(times.dt.unit)


def _too_many(step: words.Resample) -> InvalidParameter:
    return InvalidParameter(
        f"Every {step.period} from the first to the last would make more than {_MOST_PERIODS:,} rows.",
        "Choose a longer period, or leave the missing ones out.",
        parameter="period",
    )
