"""Combine: with the rows and columns of other datasets of the session."""

from __future__ import annotations

# isort: off
# In the order of the catalogue.
from workbench.transformations.combine.joins import Join
from workbench.transformations.combine.nearest import JoinNearest
from workbench.transformations.combine.stacks import Append, Union
from workbench.transformations.combine.sets import Difference, Intersection

# isort: on

__all__ = ["Append", "Difference", "Intersection", "Join", "JoinNearest", "Union"]
