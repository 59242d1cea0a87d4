"""New tables made of an old one."""

from __future__ import annotations

# isort: off
# In the order of the catalogue.
from workbench.transformations.shape.grouping import Aggregation, Group
from workbench.transformations.shape.counting import ValueCounts
from workbench.transformations.shape.pivoting import Pivot, Unpivot

# isort: on

__all__ = ["Aggregation", "Group", "Pivot", "Unpivot", "ValueCounts"]
