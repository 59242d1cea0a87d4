"""Columns: chosen, dropped, moved, renamed, read as another type."""

from __future__ import annotations

# isort: off
# In the order of the catalogue.
from workbench.transformations.columns.choosing import Drop, DropBy, Duplicate, Move, Select, SelectBy
from workbench.transformations.columns.ordering import SortColumns
from workbench.transformations.columns.naming import Rename, RenameWith
from workbench.transformations.columns.casting import Cast
from workbench.transformations.columns.detecting import DetectTypes

# isort: on

__all__ = [
    "Cast",
    "DetectTypes",
    "Drop",
    "DropBy",
    "Duplicate",
    "Move",
    "Rename",
    "RenameWith",
    "Select",
    "SelectBy",
    "SortColumns",
]
