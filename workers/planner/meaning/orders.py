"""The order of columns, sorts said in other ways, and remarks that change nothing."""

from __future__ import annotations

from typing import Any

from workbench.transformations import Select, Sort, Transformation
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns
from workers.planner.meaning.rows import RowMeaning
from workers.planner.parsing import Unfit

__all__ = ["OrderMeaning"]

Steps = tuple[Transformation, ...]


class OrderMeaning(RowMeaning):
    """Reads the rules of ``grammar/orders.lark``."""

    def swap_columns(self, one: str, other: str) -> Steps:
        changed = {one: other, other: one}
        return (Select(columns=tuple(changed.get(name, name) for name in self.scope.names)),)

    # Sorts

    def highest_first(self, _: Token, column: str) -> Steps:
        return self.sort((self.key(column, direction=True),))

    def lowest_first(self, _: Token, column: str) -> Steps:
        return self.sort((self.key(column, direction=False),))

    def newest_first(self, rank: Token) -> Steps:
        key = self.best_kept(rank)
        return (Sort(by=(key,)),)

    def direction_sort(self, direction: bool, keys: Any) -> Steps:
        if len(keys) > 1 and any(key.descending is None for key in keys) and direction:
            return self.sort(tuple(self.key(key.column, direction) for key in keys))
        return self.sort(direction, keys)

    def sort_things(self, noun: str, keys: Any) -> Steps:
        """Read "sort the cities by size": the column's plural only says what the rows are."""
        if self.scope.kind(noun) not in {"text", "other"} or noun in {key.column for key in keys}:
            raise Unfit
        return self.sort(keys)

    # Remarks

    def nothing(self, *_: Any) -> Steps:
        return ()

    def no_index(self, columns: Columns) -> Steps:
        names = " and ".join(columns.names)
        raise Unfit(
            f"Tables here have no index: {names} can be used like any other column.",
            f"Say 'move {names} to the front' to have it stand first.",
            final=True,
        )
