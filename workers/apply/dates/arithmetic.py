"""Dates and times moved, and how far they are from each other."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.errors import TypeMismatch
from workbench.transformations.dates import arithmetic as words
from workbench.transformations.fields import count, shown
from workers.apply.base import apply, with_columns
from workers.apply.dates.base import in_years, local, times_of, zoned_again
from workers.apply.kinds import shown_dtype, written
from workers.apply.notes import warn
from workers.apply.overflow import in_range

__all__: list[str] = []


@apply.register
def _(step: words.ShiftDates, frame: pd.DataFrame) -> pd.DataFrame:
    times = times_of(frame, step.column, "moving dates")
    with in_years(step.column):
        offset: Any = _offset(step)
        by_calendar = step.unit in words.CALENDAR
        made = zoned_again(local(times) + offset, times) if by_calendar else times + offset
    return with_columns(frame, {step.target: made})


def _offset(step: words.ShiftDates) -> Any:
    arguments: dict[str, Any] = dict(step.arguments())
    return pd.DateOffset(**arguments) if arguments else pd.offsets.BusinessDay(step.n)


@apply.register
def _(step: words.DateDiff, frame: pd.DataFrame) -> pd.DataFrame:
    start = times_of(frame, step.column, "the difference of dates")
    end = _end(step, frame, start)
    if step.unit == "business_day":
        return with_columns(frame, {step.into: _business_days(end) - _business_days(start)})
    if step.unit not in words.MONTHS:
        length: dict[str, Any] = {f"{step.unit}s": 1}
        one: Any = pd.Timedelta(**length)
        what = f"The difference of {shown(step.column)} and its end"
        with in_range(what, start.dtype, [step.column]):
            return with_columns(frame, {step.into: (end - start) / one})
    months = _whole_months(local(start), local(end))
    size = words.MONTHS[step.unit]
    whole = months if size == 1 else months // size + ((months % size != 0) & (months < 0))
    return with_columns(frame, {step.into: whole})


@apply.register
def _(step: words.Age, frame: pd.DataFrame) -> pd.DataFrame:
    births = times_of(frame, step.column, "the age")
    start = local(births).dt.floor("D")
    end = local(_end(step, frame, births)).dt.floor("D")
    unborn = int((end < start).sum())
    if unborn:
        warn(f"{count(unborn, 'value')} of {step.column} lie after the day of the age, which is null there")
    return with_columns(frame, {step.into: (_whole_months(start, end) // 12).where(end >= start)})


def _end(step: words.Age | words.DateDiff, frame: pd.DataFrame, start: pd.Series) -> pd.Series:
    """Give the times to count to."""
    if isinstance(step.until, str):
        end = times_of(frame, step.until, "the difference of dates")
        _require_same_clocks(step, start, end)
        return end
    zone = start.dt.tz
    moment = (
        pd.Timestamp.now(tz=zone).normalize()
        if step.until is None
        else pd.Timestamp(written(step.until, start), tz=zone)
    )
    return pd.Series(moment, index=frame.index)


def _require_same_clocks(step: words.Age | words.DateDiff, start: pd.Series, end: pd.Series) -> None:
    by_calendar = isinstance(step, words.Age) or step.unit in words.CALENDAR_SPANS
    one, other = start.dt.tz, end.dt.tz
    if (one is None) != (other is None) or (by_calendar and str(one) != str(other)):
        raise TypeMismatch(
            f"The clocks differ: '{start.name}' is {shown_dtype(start)}, '{end.name}' {shown_dtype(end)}.",
            "Set or convert the time zone of one of them first.",
            column=str(end.name),
            dtype=str(end.dtype),
        )


def _whole_months(start: pd.Series, end: pd.Series) -> pd.Series:
    """Count the months that are over, forward or back."""
    months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    into_start = start - start.dt.to_period("M").dt.start_time
    into_end = end - end.dt.to_period("M").dt.start_time
    short = ((end >= start) & (into_end < into_start)).astype("int64")
    long = ((end < start) & (into_end > into_start)).astype("int64")
    whole: pd.Series = (months - short + long).astype("Int64")
    return whole


def _business_days(times: pd.Series) -> pd.Series:
    """Count the days from Monday to Friday before each one, from some Monday on."""
    since: pd.Series = local(times).dt.floor("D") - pd.Timestamp(words.MONDAY)
    days = since.dt.days.astype("Int64")
    before: pd.Series = days // 7 * 5 + (days % 7).clip(upper=5)
    return before
