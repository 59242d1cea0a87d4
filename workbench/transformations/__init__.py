"""The catalogue as words: one module a family, one class a transformation.

Importing this package fills the registry; ``Plan`` is made of what is in it.
"""

from __future__ import annotations

# The families, before the plan that is the union of their classes.
from workbench.transformations import rows
from workbench.transformations.base import Effect, Scope, Transformation, registry
from workbench.transformations.expressions import col

from workbench.transformations.plan import Plan  # isort: skip
from workbench.transformations.rows import *  # noqa: F403

__all__ = ["Effect", "Plan", "Scope", "Transformation", "col", "registry"]
__all__ += rows.__all__
