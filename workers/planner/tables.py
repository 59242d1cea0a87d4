"""What the planner knows of the tables: names, dtypes, and a bounded sample of their text values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["Kind", "Table", "TableColumn", "Tables", "kind_of"]

Kind = str
"""What a dtype means to somebody who speaks: number, text, time, boolean, or other."""


def kind_of(dtype: str) -> Kind:
    """Say what a dtype, by pandas' name, means to somebody who speaks.

    Example:
        >>> kind_of("Int64"), kind_of("datetime64[us, UTC]"), kind_of("str")
        ('number', 'time', 'text')
    """
    name = dtype.casefold()
    if name.startswith(("int", "uint", "float", "double", "decimal", "number")):
        return "number"
    if name.startswith(("datetime", "timestamp", "date")):
        return "time"
    if name.startswith("bool"):
        return "boolean"
    if name.startswith(("str", "object", "category", "text", "large_string")):
        return "text"
    return "other"


@dataclass(frozen=True)
class TableColumn:
    """A column: its name, its dtype by pandas' name, and some of its distinct text values."""

    name: str
    dtype: str
    values: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """What its dtype means: number, text, time, boolean, or other."""
        return kind_of(self.dtype)


@dataclass(frozen=True)
class Table:
    """A table by its name and columns."""

    name: str
    columns: tuple[TableColumn, ...]


@dataclass(frozen=True)
class Tables:
    """The table that a message speaks of, and the others that it may name.

    Example:
        >>> Tables(Table("people", (TableColumn("email", "str"),))).current.columns[0].kind
        'text'
    """

    current: Table
    others: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}))
