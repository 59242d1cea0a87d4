"""What the deeds of this family share: columns of times, and the clocks of their zones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd

from workbench.errors import ValueUnreadable
from workers.apply.base import require_kind
from workers.apply.kinds import Kind

__all__ = ["in_years", "local", "times_of", "zoned_again"]


def times_of(frame: pd.DataFrame, name: str, doing: str) -> pd.Series:
    """Give a column of times.

    Raises:
        UnknownColumn: If there is none of that name.
        TypeMismatch: If it holds something else.
    """
    require_kind(frame, [name], Kind.TIMES, doing=doing)
    return frame[name]


def local(times: pd.Series) -> pd.Series:
    """Give the readings of the clocks, without the zone."""
    readings: pd.Series = times.dt.tz_localize(None)
    return readings


def zoned_again(readings: pd.Series, like: pd.Series) -> pd.Series:
    """Put readings of clocks into a column's zone: the first such moment, or the one after a gap."""
    times: pd.Series = readings.dt.tz_localize(
        like.dt.tz, ambiguous=readings.notna().to_numpy(), nonexistent="shift_forward"
    )
    return times


@contextmanager
def in_years(name: str) -> Iterator[None]:
    """Turn pandas' errors about times that it cannot hold into a ValueUnreadable."""
    try:
        yield
    except (
        pd.errors.OutOfBoundsDatetime,
        pd.errors.OutOfBoundsTimedelta,
        NotImplementedError,
        OverflowError,
    ) as error:
        raise ValueUnreadable(
            f"Moving '{name}' that far leaves the years that can be stored: {error}.",
            "Move it by less.",
            column=name,
        ) from error
