"""Values: nulls filled, values replaced, set and looked up, numbers rounded, clipped, scaled and binned."""

from __future__ import annotations

# isort: off
# In the order of the catalogue.
from workbench.transformations.values.nulls import FillNulls, NullValues, NullWhere
from workbench.transformations.values.replacing import Replace, Replacement
from workbench.transformations.values.mapping import MapValues
from workbench.transformations.values.conditional import SetWhere
from workbench.transformations.values.numbers import Abs, Clip, Round
from workbench.transformations.values.scaling import Scale
from workbench.transformations.values.binning import Bin
from workbench.transformations.values.flags import FlagDuplicates, FlagNulls

# isort: on

__all__ = [
    "Abs",
    "Bin",
    "Clip",
    "FillNulls",
    "FlagDuplicates",
    "FlagNulls",
    "MapValues",
    "NullValues",
    "NullWhere",
    "Replace",
    "Replacement",
    "Round",
    "Scale",
    "SetWhere",
]
