"""New tables made of an old one."""

from __future__ import annotations

# isort: off
# In the order of the catalogue.
from workbench.transformations.shape.grouping import Aggregation, Group
from workbench.transformations.shape.counting import Describe, ValueCounts
from workbench.transformations.shape.crossing import Crosstab
from workbench.transformations.shape.pivoting import Pivot, Unpivot
from workbench.transformations.shape.exploding import Explode
from workbench.transformations.shape.turning import PromoteHeader, Transpose

# isort: on

__all__ = [
    "Aggregation",
    "Crosstab",
    "Describe",
    "Explode",
    "Group",
    "Pivot",
    "PromoteHeader",
    "Transpose",
    "Unpivot",
    "ValueCounts",
]
