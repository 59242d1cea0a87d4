"""New tables made of an old one."""

from __future__ import annotations

from workers.apply.shape import grouping  # noqa: F401 - it registers

__all__: list[str] = []
