"""Combine: with the rows and columns of other datasets of the session."""

from __future__ import annotations

from workers.apply.combine import joins, nearest, sets, stacks  # noqa: F401 - they register

__all__: list[str] = []
