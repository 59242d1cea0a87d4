"""Columns: chosen, dropped, moved, renamed, read as another type."""

from __future__ import annotations

from workers.apply.columns import casting, choosing, detecting, naming  # noqa: F401 - they register

__all__: list[str] = []
