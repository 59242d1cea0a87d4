"""Time zones: given to times that have none, and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.models import Change
from workbench.transformations.dates.base import MadeOfTimes, Zone
from workbench.transformations.fields import Names, listed

__all__ = ["ConvertTimeZone", "SetTimeZone"]


class _OfZones(MadeOfTimes):
    """Columns of times change where they stand."""

    columns: Names = Field(description="which columns of times")

    def zone_after(self) -> str | None:
        """The zone that the columns are in afterwards."""
        raise NotImplementedError

    def targets(self) -> dict[str, str]:
        zone = self.zone_after()
        return dict.fromkeys(self.columns, f"datetime64[us, {zone}]" if zone else "datetime64[us]")

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns)


class SetTimeZone(_OfZones):
    """Say in which time zone the clocks stood that gave the times; the clock readings stay.

    Without a zone, the zone that there is goes and the clock readings stay. Readings that the clocks of the
    zone repeated or skipped are an error, or what ``ambiguous`` and ``nonexistent`` say.

    Say: set the time zone of order_date to Europe/Berlin
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["order_date"], "zone": "Europe/Berlin"}
    kind: Literal["set_time_zone"] = "set_time_zone"
    zone: Zone | None = Field(default=None, description="the zone, by its IANA name; none: take it away")
    ambiguous: Literal["fail", "null", "earlier", "later"] = Field(
        default="fail", description="what to make of a reading that the clocks showed twice"
    )
    nonexistent: Literal["fail", "null", "forward", "backward"] = Field(
        default="fail", description="what to make of a reading that the clocks never showed"
    )

    def zone_after(self) -> str | None:
        return self.zone

    def _what(self) -> str:
        return f"the time zone of {listed(self.columns)}"

    def describe(self) -> str:
        return f"Take away {self._what()}" if self.zone is None else f"Set {self._what()} to {self.zone}"

    def outcome(self, change: Change) -> str:
        return f"Took away {self._what()}" if self.zone is None else f"Set {self._what()} to {self.zone}"

    def to_pandas(self) -> str:
        if self.zone is None:
            return "\n".join(f"df[{n!r}] = df[{n!r}].dt.tz_localize(None)" for n in self.columns)
        lines = []
        for name in self.columns:
            first = {
                "earlier": f"df[{name!r}].notna().to_numpy()",
                "later": f"df[{name!r}].isna().to_numpy()",
            }
            ambiguous = first.get(self.ambiguous, repr(AMBIGUOUS.get(self.ambiguous)))
            lines.append(
                f"df[{name!r}] = df[{name!r}].dt.tz_localize("
                f"{self.zone!r}, ambiguous={ambiguous}, nonexistent={NONEXISTENT[self.nonexistent]!r})"
            )
        return "\n".join(lines)


AMBIGUOUS = {"fail": "raise", "null": "NaT"}
"""What pandas calls the choices for readings that were shown twice, where it has a word for them."""

NONEXISTENT = {
    "fail": "raise",
    "null": "NaT",
    "forward": "shift_forward",
    "backward": "shift_backward",
}
"""What pandas calls the choices for readings that were never shown."""


class ConvertTimeZone(_OfZones):
    """Show the same moments by the clocks of another time zone.

    Say: convert order_date to the time zone America/New_York
    """

    example: ClassVar[Mapping[str, Any]] = {"columns": ["order_date"], "zone": "America/New_York"}
    kind: Literal["convert_time_zone"] = "convert_time_zone"
    zone: Zone = Field(description="the zone, by its IANA name")

    def zone_after(self) -> str | None:
        return self.zone

    def describe(self) -> str:
        return f"Convert {listed(self.columns)} to the time zone {self.zone}"

    def outcome(self, change: Change) -> str:
        return f"Converted {listed(self.columns)} to the time zone {self.zone}"

    def to_pandas(self) -> str:
        return "\n".join(f"df[{n!r}] = df[{n!r}].dt.tz_convert({self.zone!r})" for n in self.columns)
