"""What the words of this family share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from workbench.transformations.base import Effect, Scope, Transformation
from workbench.transformations.conditions import Condition
from workbench.transformations.expressions import Moment
from workbench.transformations.fields import Names, Scalar, listed, quoted

__all__ = ["Values", "column_code", "found_code", "grouped", "value_code"]


class Values(Transformation):
    """Rows stay in place; values of some columns, or of all that it applies to, change."""

    effect: ClassVar[Effect] = Effect.COLUMNS
    scope: ClassVar[Scope] = Scope.ROW

    columns: Names | None

    def reads(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)

    def writes(self, columns: Sequence[str]) -> list[str]:
        return list(self.columns) if self.columns is not None else list(columns)

    def _in(self, every: str) -> str:
        return listed(self.columns) if self.columns is not None else every


def column_code(name: str) -> str:
    """Write a column of ``df`` as Python source."""
    return f"df[{name!r}]"


def value_code(value: Scalar | Moment | None) -> str:
    """Write a value as Python source that pandas takes beside a column."""
    # pandas reads a text in the zone of the column that it meets; a Timestamp would have to know it.
    return repr(value.describe() if isinstance(value, Moment) else value)


def found_code(where: Condition, values: Mapping[str, str]) -> str:
    """Write values that are put into columns, or taken away, where a condition holds.

    Args:
        where: The condition.
        values: For each column, as Python source, what to put there; nothing for a null.
    """
    # A mask that is NA would count as true.
    found = where.to_pandas() if where.certain else f"({where.to_pandas()}).fillna(False)"
    lines = []
    if len(values) > 1:
        lines, found = [f"found = {found}"], "found"
    for column, value in values.items():
        lines += [f"{column} = {column}.mask({found}{f', {value}' if value else ''})"]
    return "\n".join(lines)


def grouped(by: Sequence[str]) -> str:
    """Write the groups as the method that makes them.

    Example:
        >>> grouped(["city"])
        ".groupby(['city'], dropna=False)"
    """
    return f".groupby({quoted(by)}, dropna=False)" if by else ""
