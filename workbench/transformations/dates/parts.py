"""Parts of dates and times, and times cut off at a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.models import Change
from workbench.transformations.dates.base import InOneColumn, MadeOfTimes
from workbench.transformations.fields import NewName, listed, shown

__all__ = ["FLOORS", "OFFSETS", "PERIODS", "DatePart", "Part", "Period", "TruncateDates"]

Part = Literal[
    "year", "quarter", "month", "month_name", "week", "iso_year", "day", "weekday", "weekday_name",
    "day_of_year", "date", "time", "hour", "minute", "second", "is_weekend",
]  # fmt: skip

_WHOLE = ".astype('Int64')"
_CODE: dict[str, str] = {
    "year": f".year{_WHOLE}",
    "quarter": f".quarter{_WHOLE}",
    "month": f".month{_WHOLE}",
    "month_name": ".month_name().astype('str')",
    "week": f".isocalendar().week{_WHOLE}",
    "iso_year": f".isocalendar().year{_WHOLE}",
    "day": f".day{_WHOLE}",
    "weekday": f".day_of_week{_WHOLE} + 1",
    "weekday_name": ".day_name().astype('str')",
    "day_of_year": f".day_of_year{_WHOLE}",
    "date": ".tz_localize(None).dt.floor('D')",
    "time": ".strftime('%H:%M:%S').astype('str')",
    "hour": f".hour{_WHOLE}",
    "minute": f".minute{_WHOLE}",
    "second": f".second{_WHOLE}",
    "is_weekend": f".day_of_week{_WHOLE} >= 5",
}
_DTYPES = {
    "month_name": "str",
    "weekday_name": "str",
    "time": "str",
    "date": "datetime64[us]",
    "is_weekend": "boolean",
}
_NOUNS = {
    "month_name": "name of the month",
    "week": "ISO week",
    "iso_year": "year of the ISO week",
    "weekday": "number of the weekday",
    "weekday_name": "name of the weekday",
    "day_of_year": "day of the year",
    "time": "time of day",
}


def _default_names(given: dict[str, Any]) -> tuple[str, ...]:
    column = str(given.get("column"))
    joint = " " if " " in column else "_"
    return tuple(f"{column}{joint}{part.replace('_', joint)}" for part in given.get("parts", ()))


class DatePart(MadeOfTimes):
    """Put parts of a date or time into columns: its year, month, weekday, hour and others.

    Weekdays are counted from 1, Monday, to 7, Sunday; weeks as ISO 8601 does, where the first days of a year
    can belong to the last week of the year before: ``iso_year`` is the year of the week. Names are English.
    ``date`` leaves the time of day out, ``time`` is the time of day as text. In a time zone the parts are
    those of its clocks.

    Say: extract the year from order_date
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "order_date", "parts": ["year"]}
    kind: Literal["date_part"] = "date_part"
    column: str = Field(description="the column of dates or times")
    parts: tuple[Part, ...] = Field(min_length=1, description="which parts, each once")
    into: Annotated[
        tuple[NewName, ...],
        Field(
            default_factory=_default_names,
            description="the columns to add or to replace, one for each part; column_part if not given",
        ),
    ]

    @model_validator(mode="after")
    def _one_name_each(self) -> DatePart:
        if len(set(self.parts)) < len(self.parts):
            raise ValueError("a part is named twice")
        if len(self.into) != len(self.parts):
            raise ValueError("give as many names as parts")
        if len(set(self.into)) < len(self.into):
            raise ValueError("two columns would have one name")
        return self

    def _what(self) -> str:
        nouns = [_NOUNS.get(part, part) for part in self.parts if part != "is_weekend"]
        parts = f"the {listed(nouns)} of " if nouns else "whether a day of "
        weekend = ", and whether it is a weekend," if nouns else " is at a weekend"
        tail = weekend if "is_weekend" in self.parts else ""
        return f"{parts}{shown(self.column)}{tail} into {listed(self.into)}"

    def describe(self) -> str:
        return f"Put {self._what()}"

    def outcome(self, change: Change) -> str:
        return f"Put {self._what()}"

    def to_pandas(self) -> str:
        if len(self.parts) == 1:
            return f"df[{self.into[0]!r}] = df[{self.column!r}].dt{_CODE[self.parts[0]]}"
        lines = [
            f"df[{name!r}] = times.dt{_CODE[part]}" for name, part in zip(self.into, self.parts, strict=True)
        ]
        return "\n".join([f"times = df[{self.column!r}]", *lines])

    def targets(self) -> dict[str, str]:
        return {name: _DTYPES.get(part, "Int64") for name, part in zip(self.into, self.parts, strict=True)}

    def reads(self, columns: Sequence[str]) -> list[str]:
        return [self.column]


Period = Literal["year", "quarter", "month", "week", "day", "hour", "minute", "second"]

PERIODS = {"year": "Y", "quarter": "Q", "month": "M", "week": "W"}
"""The periods that are not all equally long or begin at no multiple of their length, as pandas calls them."""

FLOORS = {"day": "D", "hour": "h", "minute": "min", "second": "s"}
"""The others, likewise."""


OFFSETS: dict[str, dict[str, int]] = {
    "quarter": {"months": 3},
    **{unit: {f"{unit}s": 1} for unit in ("year", "month", "week", "day", "hour", "minute", "second")},
}
"""How long each period is, as pandas' DateOffset takes it."""

_WAYS = {
    "floor": ("Truncate", "to the beginning of the"),
    "ceil": ("Round", "up to the next"),
    "round": ("Round", "to the nearest"),
}


class TruncateDates(InOneColumn):
    """Take times back to the beginning of their year, quarter, month, week, day, hour, minute or second.

    ``how`` can be ``ceil``, which takes them on to the beginning of the next one, and ``round``, which takes
    the nearer of the two, the later if both are equally near; what is such a beginning stays. Weeks begin on
    Mondays. In a time zone it is the first moment by its clocks: of a day whose midnight they skip, the
    moment after the gap.

    Say: truncate order_date to month
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "order_date", "to": "month"}
    kind: Literal["truncate_dates"] = "truncate_dates"
    to: Period = Field(description="to the beginning of what")
    how: Literal["floor", "ceil", "round"] = Field(
        default="floor", description="back to it, on to the next one, or to the nearer of both"
    )

    def _says(self) -> tuple[str, str]:
        verb, where = _WAYS[self.how]
        return verb, f"{shown(self.column)} {where} {self.to}"

    def to_pandas(self) -> str:
        times, target = f"df[{self.column!r}]", f"df[{self.target!r}]"
        lines = [f"local = {times}.dt.tz_localize(None)"]
        by_clock = self.to in ("hour", "minute", "second")
        if by_clock and self.how == "floor":
            # What is over is taken away, so an hour that the clocks repeat stays the one that it is.
            lines.append(f"{target} = {times} - (local - local.dt.floor({FLOORS[self.to]!r}))")
            return "\n".join(lines)
        lines.append(f"start = {self._start()}")
        near = "start"
        if self.how != "floor":
            offset = ", ".join(f"{name}={value}" for name, value in OFFSETS[self.to].items())
            stays = "local == start" if self.how == "ceil" else "local - start < after - local"
            lines += [f"after = start + pd.DateOffset({offset})", f"near = start.where({stays}, after)"]
            near = "near"
        if by_clock:
            return "\n".join([*lines, f"{target} = {times} + (near - local)"])
        clocks = "ambiguous=local.notna().to_numpy(), nonexistent='shift_forward'"
        return "\n".join([*lines, f"{target} = {near}.dt.tz_localize({times}.dt.tz, {clocks})"])

    def _start(self) -> str:
        if self.to in PERIODS:
            return f"local.dt.to_period({PERIODS[self.to]!r}).dt.start_time.astype(local.dtype)"
        return f"local.dt.floor({FLOORS[self.to]!r})"
