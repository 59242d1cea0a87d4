"""Rows: chosen, dropped, ordered, numbered."""

from __future__ import annotations

from workers.apply.rows import choosing, counting, ordering, outliers  # noqa: F401 - they register

__all__: list[str] = []
