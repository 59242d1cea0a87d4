"""Text: rewritten, measured, taken apart and put together."""

from __future__ import annotations

# isort: off
# In the order of the catalogue.
from workbench.transformations.text.rewriting import (
    ChangeCase,
    CollapseSpaces,
    NormalizeUnicode,
    Pad,
    RemoveCharacters,
    Rewriting,
    Trim,
)
from workbench.transformations.text.replacing import ReplaceText
from workbench.transformations.text.columns import (
    JoinColumns,
    MadeOfText,
    SplitColumn,
    Substring,
    TextLength,
)
from workbench.transformations.text.clusters import ClusterValues
from workbench.transformations.text.matching import Extract, ExtractBetween, ExtractPart, FlagText
from workbench.transformations.text.addresses import ExtractUrlParameter

# isort: on

__all__ = [
    "ChangeCase",
    "ClusterValues",
    "CollapseSpaces",
    "Extract",
    "ExtractBetween",
    "ExtractPart",
    "ExtractUrlParameter",
    "FlagText",
    "JoinColumns",
    "MadeOfText",
    "NormalizeUnicode",
    "Pad",
    "RemoveCharacters",
    "ReplaceText",
    "Rewriting",
    "SplitColumn",
    "Substring",
    "TextLength",
    "Trim",
]
