"""New tables made of an old one."""

from __future__ import annotations

from workbench.transformations.shape.grouping import Aggregation, Group

__all__ = ["Aggregation", "Group"]
