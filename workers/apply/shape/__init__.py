"""New tables made of an old one."""

from __future__ import annotations

from workers.apply.shape import counting, crossing, exploding, grouping, pivoting, turning  # noqa: F401 - they register

__all__: list[str] = []
