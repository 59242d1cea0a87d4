"""What makes flags and integers of values."""

from __future__ import annotations

from typing import Any

from workbench.transformations import BinaryEncode, LabelEncode, OneHot, OrdinalEncode, Transformation
from workers.planner.meaning.base import Columns, Named, Value
from workers.planner.meaning.typed import TypedMeaning
from workers.planner.parsing import Unfit

__all__ = ["EncodeMeaning"]

Steps = tuple[Transformation, ...]


class EncodeMeaning(TypedMeaning):
    """Reads the rules of ``grammar/encode.lark``."""

    def one_hot(self, columns: Columns, *options: dict[str, Any]) -> Steps:
        said: dict[str, Any] = {}
        for option in options:
            if said.keys() & option.keys():
                raise Unfit  # said twice
            said |= option
        return (OneHot(columns=columns.names, **said),)

    def without_first(self) -> dict[str, Any]:
        return {"drop_first": True}

    def with_nulls(self) -> dict[str, Any]:
        return {"dummy_na": True}

    def with_prefix(self, prefix: Named) -> dict[str, Any]:
        return {"prefix": prefix.text}

    def ordinal(self, columns: Columns, values: tuple[Value, ...]) -> Steps:
        return (OrdinalEncode(columns=columns.names, order=self.ordered(columns.names, values)),)

    def label(self, columns: Columns) -> Steps:
        return (LabelEncode(columns=columns.names),)

    def label_by_appearance(self, columns: Columns) -> Steps:
        return (LabelEncode(columns=columns.names, by="appearance"),)

    def binary(self, columns: Columns) -> Steps:
        return (BinaryEncode(columns=columns.names),)

    def ordered(self, columns: tuple[str, ...], values: tuple[Value, ...]) -> tuple[Any, ...]:
        """Read values in an order as the columns hold them: numbers of numbers, else text as it is known."""
        order = tuple(self._one_of(columns[0], value) for value in values)
        if len(set(order)) < len(order):
            raise Unfit("A value is named twice.", "Name each value once.")
        return order

    def _one_of(self, column: str, value: Value) -> Any:
        if self.scope.kind(column) == "number":
            if value.number is None:
                raise Unfit(
                    f"'{column}' holds numbers, and '{value.text}' is none.", "Name numbers.", value.token
                )
            return value.number
        known = self.scope.values.matching(column, value.text)
        found = known[0] if len(known) == 1 else value.text
        self.tell(value.token, "value", found, column)
        return found
