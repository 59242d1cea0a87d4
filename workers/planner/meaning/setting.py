"""What is said of values in some rows: set to a value, computed, taken away; and what is written for null."""

from __future__ import annotations

from typing import Any

from workbench.transformations import (
    FillNulls,
    NullValues,
    NullWhere,
    Replace,
    ReplaceText,
    SetWhere,
    Transformation,
)
from workbench.transformations.conditions import IsNull
from workbench.transformations.expressions import ColumnRef, Literal_, Moment
from workbench.transformations.values import Replacement
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns, Value
from workers.planner.meaning.implied import ImpliedMeaning
from workers.planner.parsing import Reading, Unfit, WrongType
from workers.planner.quantities import Period

__all__ = ["SettingMeaning"]

Steps = tuple[Transformation, ...]
_SAYS_EMPTY = {"empty", "blank", "nothing"}


class SettingMeaning(ImpliedMeaning):
    """Reads the rules of ``grammar/setting.lark``."""

    def set_where(self, columns: Columns, to: Any, condition: Any) -> Any:
        self._named_nulls(columns, condition)
        if not isinstance(to, Value):
            self._computable(columns)
            return (SetWhere(columns=columns.names, where=condition, expression=to),)
        if to.token is not None and "NULL" in to.token.type and not to.quoted:
            raise Unfit  # "to null" takes away
        readings = [self.scalar(name, to) for name in columns.names]
        values = {_stored(reading.value) for reading in readings}
        if len(values) > 1:
            raise Unfit(f"'{to.text}' is not the same in the columns named.", "Set column by column.")
        value, cost = values.pop(), sum(reading.cost for reading in readings)
        if isinstance(condition, IsNull) and columns.names == (condition.column,):
            return Reading((FillNulls(columns=columns.names, value=value),), cost)
        return Reading((SetWhere(columns=columns.names, where=condition, value=value),), cost)

    def set_part(self, part: tuple[str, Any], to: Any) -> Any:
        column, condition = part
        return self.set_where(Columns((column,)), to, condition)

    def null_part(self, part: tuple[str, Any]) -> Steps:
        column, condition = part
        return self.null_where(Columns((column,)), condition)

    def part_compared(self, column: str, op: Any, bound: Any) -> tuple[str, Any]:
        return column, self._compare(op, ColumnRef(column=column), bound)

    def part_of_values(self, op: Any, bound: Any, column: str) -> tuple[str, Any]:
        return self.part_compared(column, op, bound)

    def part_values_compared(self, column: str, op: Any, bound: Any) -> tuple[str, Any]:
        return self.part_compared(column, op, bound)

    def part_signed(self, op: Any, column: str) -> tuple[str, Any]:
        return column, self.of_sign(op, column)

    def null_empty_texts(self, _: Token, columns: Columns | None = None) -> Any:
        return (
            NullValues(columns=None if columns is None or columns.every else columns.names, values=("",)),
        )

    def where_set(self, condition: Any, columns: Columns, to: Any) -> Any:
        return self.set_where(columns, to, condition)

    def set_value(self, value: Value) -> Value:
        return value

    def set_formula(self, formula: Any) -> Any:
        if isinstance(formula, Literal_):
            raise Unfit  # a value, and read as one
        return formula

    def null_where(self, columns: Columns, condition: Any) -> Steps:
        return (NullWhere(columns=columns.names, where=condition),)

    def where_null(self, condition: Any, columns: Columns) -> Steps:
        return self.null_where(columns, condition)

    def null_values(self, values: tuple[Value, ...], columns: Columns | None = None) -> Any:
        if any(value.column is not None and not value.quoted for value in values):
            raise Unfit  # "make price null": a column is no spelling
        empty = next((v for v in values if v.text.casefold() in _SAYS_EMPTY and not v.quoted), None)
        if empty is not None:
            raise Unfit(
                f"It is not clear whether the word '{empty.text}' stands in the table.",
                "Put it in quotes if it does; two quotes with nothing between are an empty text.",
                empty.token,
                final=True,
            )
        cost = sum(self.text_cost(value) for value in values)
        names = None if columns is None or columns.every else columns.names
        if any(value.number is not None for value in values):
            return self._null_numbers(values, names)
        for name in names or ():
            if self.scope.kind(name) not in {"text", "other"}:
                raise WrongType(
                    f"'{name}' does not hold text, so nothing in it spells a null.",
                    f"Say 'set {name} to null where …'.",
                )
        spellings = tuple(dict.fromkeys(value.text for value in values))
        return Reading((NullValues(columns=names, values=spellings),), cost)

    def _null_numbers(self, values: tuple[Value, ...], names: tuple[str, ...] | None) -> Steps:
        if names is None or any(self.scope.kind(name) != "number" for name in names):
            raise Unfit(
                f"It is not clear in which columns of numbers '{values[0].text}' stands for a null.",
                "Name them, as in 'treat -999 as null in price'; a text goes in quotes.",
                final=True,
            )
        readings = [self.scalar(names[0], value) for value in values]
        pairs = tuple(Replacement(old=reading.value, new=None) for reading in readings)
        return (Replace(columns=names, values=pairs),)

    def null_values_in(self, columns: Columns, values: tuple[Value, ...]) -> Any:
        return self.null_values(values, columns)

    def replace_text(self, old: Value, new: Value, columns: Columns | None = None) -> Any:
        if any(value.column is not None and not value.quoted for value in (old, new)):
            raise Unfit  # "replace every price with 0": a column is no part of text
        if old.token is not None and old.token.homes and not old.quoted and columns is not None:
            raise Unfit  # "change every CA in state": a whole value
        cost = self.text_cost(old) + self.text_cost(new)
        return Reading(self._text_replaced(columns, old=old.text, new=new.text), cost)

    def replace_text_in(self, old: Value, columns: Columns, new: Value) -> Any:
        return self.replace_text(old, new, columns)

    def drop_text(self, old: Token, columns: Columns | None = None) -> Steps:
        return self._text_replaced(columns, old=old.text, new="")

    def replace_pattern(self, old: Token, new: Value, columns: Columns | None = None) -> Steps:
        return self._text_replaced(columns, old=old.text, new=new.text, regex=True)

    def drop_pattern(self, old: Token, columns: Columns | None = None) -> Steps:
        return self._text_replaced(columns, old=old.text, new="", regex=True)

    def _text_replaced(self, columns: Columns | None, **facts: Any) -> Steps:
        names = None if columns is None or columns.every else columns.names
        for name in names or ():
            if self.scope.kind(name) not in {"text", "other"}:
                raise WrongType(f"'{name}' does not hold text.", f"Convert {name} to text first.")
        return (ReplaceText(columns=names, **facts),)

    def _named_nulls(self, columns: Columns, condition: Any) -> None:
        """Refuse "set price to 0 where null": nulls of which column is not said."""
        parts = getattr(condition, "conditions", ())
        if len(parts) > 1 and {getattr(part, "column", None) for part in parts} == set(self.scope.names):
            raise Unfit(
                "It is not clear in which column the nulls are meant.",
                f"Say 'fill nulls in {columns.names[0]} with …', or name the column behind 'where'.",
                final=True,
            )

    def _computable(self, columns: Columns) -> None:
        for name in columns.names:
            if self.scope.kind(name) in {"text", "time", "boolean"}:
                raise Unfit  # "set name to city where …": which of the two is a value?


def _stored(value: Any) -> Any:
    return Moment(timestamp=value.start) if isinstance(value, Period) else value
