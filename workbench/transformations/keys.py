"""In which groups and in which order: what sorting, ranking, counting off and windows share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from workbench.transformations.fields import listed, quoted, shown

__all__ = ["By", "OrderBy", "SortKey", "distinct_keys", "for_each", "key_names", "order", "sorting"]


class SortKey(BaseModel):
    """A column to sort by, and which way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str = Field(description="what to sort by")
    descending: bool = Field(default=False, description="largest first")


def distinct_keys(keys: tuple[SortKey, ...]) -> tuple[SortKey, ...]:
    """Raise ValueError if a column is named twice."""
    names = key_names(keys)
    if len(set(names)) < len(names):
        raise ValueError("a column is named twice")
    return keys


def _distinct_names(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("a column is named twice")
    return names


By = Annotated[
    tuple[str, ...],
    AfterValidator(_distinct_names),
    Field(description="whose values make the groups, nulls one of their own; none: all is one"),
]
OrderBy = Annotated[
    tuple[SortKey, ...],
    AfterValidator(distinct_keys),
    Field(description="in which order the rows follow each other, nulls last; as they stand if not given"),
]


def key_names(keys: Sequence[SortKey]) -> list[str]:
    """Name the columns that decide an order."""
    return [key.column for key in keys]


def order(keys: Sequence[SortKey]) -> str:
    """Write an order as English.

    Example:
        >>> order([SortKey(column="price", descending=True), SortKey(column="name")])
        'price descending, then name'
    """
    return ", then ".join(f"{shown(key.column)}{' descending' if key.descending else ''}" for key in keys)


def for_each(by: Sequence[str]) -> str:
    """Write groups as the end of a sentence.

    Example:
        >>> for_each(["city"]), for_each([])
        (', for each city', '')
    """
    return f", for each {listed(by)}" if by else ""


def sorting(keys: Sequence[SortKey], *more: str) -> str:
    """Write the sorting of ``df`` as pandas; rows that are equal keep their order.

    Example:
        >>> sorting([SortKey(column="price", descending=True)])
        "df.sort_values('price', ascending=False, kind='stable')"
    """
    names, ascending = key_names(keys), [not key.descending for key in keys]
    arguments = [repr(names[0]) if len(names) == 1 else quoted(names)]
    if not all(ascending):
        arguments += [f"ascending={ascending if any(ascending) else False}"]
    before = [argument for argument in more if argument.startswith("na_position")]
    after = [argument for argument in more if argument not in before]
    return f"df.sort_values({', '.join([*arguments, *before, 'kind=' + repr('stable'), *after])})"
