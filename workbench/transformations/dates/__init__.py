"""Dates and times: read, written, taken apart, moved and compared."""

from __future__ import annotations

# isort: off
# In the order of the catalogue.
from workbench.transformations.dates.reading import FormatDates, ParseDates
from workbench.transformations.dates.parts import DatePart, TruncateDates
from workbench.transformations.dates.arithmetic import Age, DateDiff, ShiftDates
from workbench.transformations.dates.zones import ConvertTimeZone, SetTimeZone
from workbench.transformations.dates.resampling import Resample

# isort: on
from workbench.transformations.dates.base import MadeOfTimes

__all__ = [
    "Age",
    "ConvertTimeZone",
    "DateDiff",
    "DatePart",
    "FormatDates",
    "MadeOfTimes",
    "ParseDates",
    "Resample",
    "SetTimeZone",
    "ShiftDates",
    "TruncateDates",
]
