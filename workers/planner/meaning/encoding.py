"""What makes flags and integers of values."""

from __future__ import annotations

from typing import Any

from workbench.transformations import (
    BinaryEncode,
    LabelEncode,
    MapValues,
    OneHot,
    OrdinalEncode,
    Transformation,
)
from workbench.transformations.fields import listed
from workbench.transformations.values import Replacement
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns, Named, Value
from workers.planner.meaning.typed import TypedMeaning
from workers.planner.parsing import Reading, Unfit

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

    def encode_said(self, column: str, *pairs: tuple[Value, Token]) -> Reading:
        """Each value has a number that was said; the others have none."""
        replaced, cost = [], 0
        for old, number in pairs:
            reading = self.scalar(column, old)
            replaced.append(Replacement(old=reading.value, new=number.number))
            cost += reading.cost
        return Reading((MapValues(column=column, values=tuple(replaced)),), cost)

    def number_for(self, number: Token, value: Value) -> tuple[Value, Token]:
        return value, number

    def number_of_value(self, value: Value, number: Token) -> tuple[Value, Token]:
        return value, number

    def encoded_columns(self, columns: Columns) -> Columns:
        return columns

    def encoded_others(self, *said: Any) -> Columns:
        """All columns but some: of those that were said to be meant, else of the table."""
        meant = said[0].names if len(said) > 1 else self.scope.names
        left = tuple(name for name in meant if name not in said[-1])
        unknown = [name for name in said[-1] if name not in meant]
        if not left or unknown:
            raise Unfit(f"{listed(unknown or said[-1])} is none of them.", "Name the columns to encode.")
        return Columns(left)

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
