"""Rows: chosen, dropped, ordered, numbered."""

from __future__ import annotations

# isort: off
# In the order of the catalogue.
from workbench.transformations.rows.choosing import DropDuplicates, DropNulls, DropRows, Filter
from workbench.transformations.rows.ordering import AddRowNumber, Shuffle, Sort, SortKey, TopN
from workbench.transformations.rows.counting import Head, Sample, Slice, Tail
from workbench.transformations.rows.outliers import DropOutliers

# isort: on

__all__ = [
    "AddRowNumber",
    "DropDuplicates",
    "DropNulls",
    "DropOutliers",
    "DropRows",
    "Filter",
    "Head",
    "Sample",
    "Shuffle",
    "Slice",
    "Sort",
    "SortKey",
    "Tail",
    "TopN",
]
