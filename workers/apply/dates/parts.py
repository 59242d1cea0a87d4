"""Parts of dates and times, and times cut off at a unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench.transformations.dates import parts as words
from workers.apply.base import apply, with_columns
from workers.apply.dates.base import in_years, local, times_of, zoned_again

__all__: list[str] = []

_PARTS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "year": lambda times: times.dt.year.astype("Int64"),
    "quarter": lambda times: times.dt.quarter.astype("Int64"),
    "month": lambda times: times.dt.month.astype("Int64"),
    "month_name": lambda times: times.dt.month_name().astype("str"),
    "week": lambda times: times.dt.isocalendar().week.astype("Int64"),
    "iso_year": lambda times: times.dt.isocalendar().year.astype("Int64"),
    "day": lambda times: times.dt.day.astype("Int64"),
    "weekday": lambda times: times.dt.day_of_week.astype("Int64") + 1,
    "weekday_name": lambda times: times.dt.day_name().astype("str"),
    "day_of_year": lambda times: times.dt.day_of_year.astype("Int64"),
    "date": lambda times: local(times).dt.floor("D"),
    "time": lambda times: times.dt.strftime("%H:%M:%S").astype("str"),
    "hour": lambda times: times.dt.hour.astype("Int64"),
    "minute": lambda times: times.dt.minute.astype("Int64"),
    "second": lambda times: times.dt.second.astype("Int64"),
    "is_weekend": lambda times: times.dt.day_of_week.astype("Int64") >= 5,
}


@apply.register
def _(step: words.DatePart, frame: pd.DataFrame) -> pd.DataFrame:
    times = times_of(frame, step.column, "taking parts of dates")
    made = {name: _PARTS[part](times) for name, part in zip(step.into, step.parts, strict=True)}
    return with_columns(frame, made)


@apply.register
def _(step: words.TruncateDates, frame: pd.DataFrame) -> pd.DataFrame:
    times = times_of(frame, step.column, "truncating dates")
    readings = local(times)
    with in_years(step.column):
        near = _near(step, readings)
    if step.to in ("hour", "minute", "second"):
        # Only what is over is taken away, so an hour that the clocks repeat stays the one that it is.
        return with_columns(frame, {step.target: times + (near - readings)})
    return with_columns(frame, {step.target: zoned_again(near, times)})


def _near(step: words.TruncateDates, readings: pd.Series) -> pd.Series:
    """The beginning of the period before each reading, after it, or nearer to it."""
    if step.to in words.PERIODS:
        start: pd.Series = readings.dt.to_period(words.PERIODS[step.to]).dt.start_time.astype(readings.dtype)
    else:
        start = readings.dt.floor(words.FLOORS[step.to])
    if step.how == "floor":
        return start
    length: dict[str, Any] = dict(words.OFFSETS[step.to])
    after: pd.Series = start + pd.DateOffset(**length)
    stays = readings == start if step.how == "ceil" else readings - start < after - readings
    near: pd.Series = start.where(stays, after)
    return near
