"""Text: rewritten, measured, taken apart and put together."""

from __future__ import annotations

from workers.apply.text import addresses, clusters, columns, rewriting  # noqa: F401 - they register

__all__: list[str] = []
