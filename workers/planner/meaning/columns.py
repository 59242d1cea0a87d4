"""What is said of columns: which to keep and to drop, how they are called, what they hold."""

from __future__ import annotations

from typing import Any

from workbench.transformations import Cast, DetectTypes, Drop, Rename, Select, Transformation
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns, Named, Value
from workers.planner.meaning.encoding import EncodeMeaning
from workers.planner.parsing import NothingLeft, Unfit, WrongType

__all__ = ["ColumnMeaning"]

Steps = tuple[Transformation, ...]
_DATES = "dates"  # said of what may hold times of day, too


class ColumnMeaning(EncodeMeaning):
    """Reads the rules of ``grammar/columns.lark``."""

    def select(self, columns: Columns) -> Steps:
        if columns.every:
            raise Unfit(
                "All columns are kept as they are: there is nothing to do.", "Name the columns to keep."
            )
        return (Select(columns=columns.names),)

    def drop_columns(self, columns: Columns) -> Steps:
        if len(columns.names) == len(self.scope.names):
            raise NothingLeft("No column would be left.", "Name the columns to drop, or the ones to keep.")
        return (Drop(columns=columns.names),)

    def select_placed(self, names: tuple[str, ...]) -> Steps:
        return self.select(Columns(names))

    def drop_placed_columns(self, names: tuple[str, ...]) -> Steps:
        return self.drop_columns(Columns(names))

    def drop_one(self, column: str) -> Steps:
        return self.drop_columns(Columns((column,)))

    def rename(self, *renamings: tuple[str, str]) -> Steps:
        names = dict(renamings)
        after = [names.get(name, name) for name in self.scope.names]
        if len(names) < len(renamings):
            raise Unfit("A column is renamed twice.", "Give each column one new name.")
        for new in names.values():
            if after.count(new) > 1:
                raise Unfit(f"There would be two columns called '{new}'.", "Choose another name.")
        return (Rename(columns=names),)

    def rename_call(self, column: str, name: Named) -> Steps:
        return self.rename((column, name.text))

    def renaming(self, column: str, name: Named) -> tuple[str, str]:
        return column, name.text

    def renamed_list(self, *names: str) -> tuple[str, ...]:
        return names

    def names_listed(self, *names: Named) -> tuple[str, ...]:
        return tuple(name.text for name in names)

    def rename_each(self, columns: tuple[str, ...], names: tuple[str, ...]) -> Steps:
        if len(columns) != len(names):
            raise Unfit(f"{len(columns)} columns and {len(names)} names were given.", "Give each one name.")
        return self.rename(*zip(columns, names, strict=True))

    def rename_all(self, names: tuple[str, ...]) -> Steps:
        if len(names) != len(self.scope.names):
            raise Unfit(
                f"The table has {len(self.scope.names)} columns, and {len(names)} names were given.",
                "Give a name for each column, or say which one is to be called how.",
                final=True,
            )
        changed = [pair for pair in zip(self.scope.names, names, strict=True) if pair[0] != pair[1]]
        if not changed:
            raise Unfit("The columns have these names already.", "Give other names.")
        return self.rename(*changed)

    def cut_columns(self, names: tuple[str, ...]) -> Steps:
        return self.drop_columns(Columns(names))

    def cast(self, *typings: tuple[Columns | None, str]) -> Steps:
        steps: dict[str, list[str]] = {}
        said = [name for columns, _ in typings if columns is not None for name in columns.names]
        for columns, to in typings:
            others = columns is None
            named, kind = (
                self.typing(self._others_than(said or self.scope.made), to) if others else (columns, to)
            )
            steps.setdefault(kind, []).extend(named.names if named is not None else ())
        converted = [name for names in steps.values() for name in names]
        if len(set(converted)) < len(converted):
            raise Unfit("A column is converted twice.", "Name each column once.")
        return tuple(Cast(columns=tuple(names), to=to) for to, names in steps.items())

    def cast_make(self, columns: Columns | tuple[str, ...], to: str) -> Steps:
        return self.cast(self.typing(columns if isinstance(columns, Columns) else Columns(columns), to))

    def cast_amounts(self, columns: Columns, to: str, decimal: str) -> Steps:
        if to not in {"integer", "float"}:
            raise Unfit
        return (Cast(columns=columns.names, to=to, decimal=decimal),)

    def cast_currency(self, columns: Columns, _: Any, decimal: str = ".") -> Steps:
        number = next((name for name in columns.names if self.scope.kind(name) == "number"), None)
        if number is not None:
            raise Unfit(f"'{number}' holds numbers already.", "Amounts are read from text.", final=True)
        return (Cast(columns=columns.names, to="float", decimal=decimal),)

    def cast_or(self, columns: Columns, to: str, on_error: str) -> Steps:
        columns, to = self.typing(columns, to)
        return (Cast(columns=columns.names, to=to, on_error=on_error),)

    def cast_ordered(self, columns: Columns, to: str, values: tuple[Value, ...]) -> Steps:
        if to != "category":
            raise Unfit
        order = self.ordered(columns.names, values)
        return (Cast(columns=columns.names, to="category", order=order),)

    def decimal_point(self, *_: Any) -> str:
        return "."

    def decimal_comma(self, *_: Any) -> str:
        return ","

    def or_null(self, *_: Any) -> str:
        return "null"

    def or_fail(self, *_: Any) -> str:
        return "fail"

    def or_keep(self, *_: Any) -> str:
        return "keep"

    def typing(self, columns: Columns, to: str) -> tuple[Columns, str]:
        if to == _DATES:
            self._no_times(columns.names)
        return columns, "datetime" if to == _DATES else to

    def typing_values(self, *said: Any) -> tuple[Columns, str]:
        *_, columns, to = said
        return self.typing(columns, to)

    def typing_from(self, columns: Columns, _: str, to: str) -> tuple[Columns, str]:
        return self.typing(columns, to)

    def typing_others(self, to: str) -> tuple[None, str]:
        return None, to

    def _no_times(self, names: tuple[str, ...]) -> None:
        """Refuse to convert to dates what holds points in time: their time of day would stay."""
        for name in names:
            if self.scope.kind(name) == "time":
                raise Unfit(
                    f"'{name}' holds points in time already; should their time of day go?",
                    f"Say 'convert {name} to date only', or 'truncate {name} to day'.",
                    final=True,
                )

    def detect_types(self) -> Steps:
        return (DetectTypes(),)

    def detect_types_of(self, columns: Columns) -> Steps:
        if columns.every or columns.names == self.scope.of_kind("text"):
            return (DetectTypes(),)
        for name in columns.names:
            if self.scope.kind(name) not in {"text", "other"}:
                raise WrongType(
                    f"'{name}' does not hold text, so it has a type already.",
                    f"Say to which one to convert {name}.",
                )
        return (DetectTypes(columns=columns.names),)

    def a_type(self, to: str) -> str:
        return to

    def integer(self, *_: Any) -> str:
        return "integer"

    def float(self, *_: Any) -> str:
        return "float"

    def string(self, *_: Any) -> str:
        return "text"

    def boolean(self, *_: Any) -> str:
        return "boolean"

    def datetime(self, token: Token) -> str:
        return _DATES if token.text.casefold() in {"date", "dates"} else "datetime"

    def calendar_date(self, *_: Any) -> str:
        return "date"

    def category(self, *_: Any) -> str:
        return "category"
