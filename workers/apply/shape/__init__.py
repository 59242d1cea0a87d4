"""New tables made of an old one."""

from __future__ import annotations

from workers.apply.shape import counting, grouping, pivoting  # noqa: F401 - they register

__all__: list[str] = []
