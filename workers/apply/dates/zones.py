"""Time zones: given to times that have none, and changed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.errors import TypeMismatch, ValueUnreadable
from workbench.transformations.dates import zones as words
from workers.apply.base import apply, with_columns
from workers.apply.dates.base import local, times_of
from workers.apply.kinds import shown_dtype

__all__: list[str] = []


@apply.register
def _(step: words.SetTimeZone, frame: pd.DataFrame) -> pd.DataFrame:
    columns = {name: times_of(frame, name, "setting the time zone") for name in step.columns}
    if step.zone is None:
        return with_columns(frame, {name: local(times) for name, times in columns.items()})
    for times in columns.values():
        if times.dt.tz is not None:
            raise TypeMismatch(
                f"Column '{times.name}' is {shown_dtype(times)}: it has a time zone already.",
                "Convert it to the other zone; or take its zone away first.",
                column=str(times.name),
                dtype=str(times.dtype),
            )
    return with_columns(frame, {name: _localized(step, times) for name, times in columns.items()})


def _localized(step: words.SetTimeZone, times: pd.Series) -> pd.Series:
    ambiguous: Any = {"earlier": times.notna().to_numpy(), "later": times.isna().to_numpy()}.get(
        step.ambiguous, words.AMBIGUOUS.get(step.ambiguous)
    )
    nonexistent: Any = words.NONEXISTENT[step.nonexistent]
    try:
        zoned: pd.Series = times.dt.tz_localize(step.zone, ambiguous=ambiguous, nonexistent=nonexistent)
    except (ValueError, NotImplementedError) as error:
        reason = str(error).partition(" due to")[0].partition(",")[0].partition(". ")[0]
        raise ValueUnreadable(
            f"Column '{times.name}' has a reading that is no single moment in {step.zone}: {reason}.",
            "Choose what becomes of it, with ambiguous (shown twice) or nonexistent (never shown).",
            column=str(times.name),
        ) from error
    return zoned


@apply.register
def _(step: words.ConvertTimeZone, frame: pd.DataFrame) -> pd.DataFrame:
    columns = {name: times_of(frame, name, "converting the time zone") for name in step.columns}
    for times in columns.values():
        if times.dt.tz is None:
            raise TypeMismatch(
                f"Column '{times.name}' is {shown_dtype(times)}: it has no time zone to convert from.",
                "Set the time zone that its clocks stood in first.",
                column=str(times.name),
                dtype=str(times.dtype),
            )
    return with_columns(frame, {name: times.dt.tz_convert(step.zone) for name, times in columns.items()})
