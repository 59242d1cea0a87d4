"""The catalogue as words: one module a family, one class a transformation.

Importing this package fills the registry; ``Plan`` is made of what is in it.
"""

from __future__ import annotations

# isort: off
# The families, in the order of the catalogue, before the plan that is the union of their classes.
from workbench.transformations import (
    rows,
    columns,
    values,
    text,
    derive,
    shape,
    dates,
    window,
    encode,
    combine,
)
from workbench.transformations.base import Effect, Scope, Transformation, registry
from workbench.transformations.builder import col

from workbench.transformations.plan import Plan

# isort: on
from workbench.transformations.catalogue import catalogue
from workbench.transformations.columns import *  # noqa: F403
from workbench.transformations.combine import *  # noqa: F403
from workbench.transformations.dates import *  # noqa: F403
from workbench.transformations.derive import *  # noqa: F403
from workbench.transformations.encode import *  # noqa: F403
from workbench.transformations.rows import *  # noqa: F403
from workbench.transformations.shape import *  # noqa: F403
from workbench.transformations.text import *  # noqa: F403
from workbench.transformations.values import *  # noqa: F403
from workbench.transformations.window import *  # noqa: F403

__all__ = ["Effect", "Plan", "Scope", "Transformation", "catalogue", "col", "registry"]
for _family in (rows, columns, values, text, derive, shape, dates, window, encode, combine):
    __all__ += _family.__all__
