"""Dates and times: read, written, taken apart, moved and compared."""

from __future__ import annotations

from workers.apply.dates import arithmetic, parts, reading, resampling, zones  # noqa: F401 - they register

__all__: list[str] = []
