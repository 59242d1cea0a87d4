"""What is said of columns by what they are like: which, where they stand, and how they are to be called."""

from __future__ import annotations

from typing import Any

from workbench.transformations import (
    DropBy,
    Duplicate,
    Move,
    RenameWith,
    SelectBy,
    SortColumns,
    Transformation,
)
from workers.planner.lexer import Token
from workers.planner.meaning.base import BaseMeaning, Columns, Named, Value
from workers.planner.meaning.text import SEPARATORS
from workers.planner.parsing import NothingLeft, Reading, Unfit

__all__ = ["ColumnRuleMeaning"]

Steps = tuple[Transformation, ...]
_RULES = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with", "matches": "matches"}


class ColumnRuleMeaning(BaseMeaning):
    """Reads the rules of ``grammar/column_rules.lark``."""

    def select_by(self, criterion: dict[str, Any]) -> Steps:
        return (SelectBy(**criterion),)

    def drop_by(self, criterion: dict[str, Any]) -> Steps:
        step = DropBy(**criterion)
        if (
            step.type is None
            and step.nulls_over is None
            and step.holding is None
            and len(step.named(self.scope.names)) == len(self.scope.names)
        ):
            raise NothingLeft("No column would be left.", "Name the columns to drop, or the ones to keep.")
        return (step,)

    def column_criterion(self, criterion: dict[str, Any]) -> dict[str, Any]:
        return criterion

    def named_like(self, test: tuple[str, str, bool, int]) -> Reading:
        op, text, quoted, cost = test
        if op == "matches":
            # A user's own expression is tried by the deed, which gives it no more than some time.
            return Reading({"matches": text}, cost)
        asked = SelectBy(**{_RULES[op]: text}, case=quoted)
        found = asked.named(self.scope.names)
        if not found:
            raise Unfit(f"No column's name fits '{text}'.", "Say it as in a column's name.")
        if quoted:
            return Reading({_RULES[op]: text}, cost)
        # What is not quoted is meant as the names have it.
        spelled = {_spelled(name, text, op) for name in found}
        if len(spelled) == 1:
            return Reading({_RULES[op]: spelled.pop()}, cost)
        return Reading({_RULES[op]: text.lower(), "case": False}, cost)

    def sort_columns(self, descending: bool = False) -> Steps:
        return (SortColumns(descending=descending),)

    def empty_columns(self, *_: Token) -> dict[str, Any]:
        return {"holding": "nothing"}

    def constant_columns(self, *_: Token) -> dict[str, Any]:
        return {"holding": "one_value"}

    def date_columns(self, token: Token) -> dict[str, Any]:
        word = "date" if "date" in token.text.casefold() else "time"
        others = [
            name for name in self.scope.names if word in name.casefold() and self.scope.kind(name) != "time"
        ]
        if others:
            raise Unfit(
                f"{others[0]} holds no points in time; it is not clear whether it is meant, too.",
                f"Name the columns, or say 'columns containing {word}'.",
                final=True,
            )
        return {"type": "dates"}

    def boolean_columns(self, *_: Token) -> dict[str, Any]:
        return {"type": "booleans"}

    def category_columns(self, token: Token) -> dict[str, Any]:
        if token.text.casefold().removeprefix("all ").startswith(("non", "object")):
            raise Unfit  # those of text, too
        return {"type": "categories"}

    def half(self) -> float:
        return 0.5

    def so_much(self, share: Token) -> float:
        number = share.number
        if number is None or "%" not in share.text or not 0 <= number < 1:
            raise Unfit(
                f"'{share.text}' is no share of the values.",
                "Give it in percent, as in 'more than 50% nulls'.",
                share,
            )
        return float(number)

    def nulls_over(self, share: float) -> dict[str, Any]:
        return {"nulls_over": share}

    def nulls_any(self) -> dict[str, Any]:
        return {"nulls_over": 0}

    # Where they stand

    def move_first(self, columns: Columns) -> Steps:
        return self._moved(columns, to="first")

    def move_last(self, columns: Columns) -> Steps:
        return self._moved(columns, to="last")

    def move_before(self, columns: Columns, beside: str) -> Steps:
        return self._moved(columns, before=beside)

    def move_after(self, columns: Columns, beside: str) -> Steps:
        return self._moved(columns, after=beside)

    def reorder(self, names: tuple[str, ...]) -> Steps:
        return self.move_first(Columns(names))

    def make_first(self, column: str) -> Steps:
        return self._moved(Columns((column,)), to="first")

    def make_last(self, column: str) -> Steps:
        return self._moved(Columns((column,)), to="last")

    def _moved(self, columns: Columns, **place: Any) -> Steps:
        if columns.every:
            raise Unfit("All columns cannot be moved.", "Name the columns to move.")
        return (Move(columns=columns.names, **place),)

    def duplicate(self, column: str, name: Named | None = None) -> Steps:
        step = Duplicate(column=column) if name is None else Duplicate(column=column, name=name.text)
        if step.name in self.scope.names:
            raise Unfit(f"There is a column '{step.name}' already.", "Choose another name for the copy.")
        return (step,)

    # How they are called

    def clean_names(self) -> Steps:
        return (RenameWith(style="clean"),)

    def style_names(self, style: str) -> Steps:
        return self._renamed(None, style=style)

    def style_names_first(self, style: str) -> Steps:
        return self._renamed(None, style=style)

    def style_some(self, columns: Columns, style: str) -> Steps:
        if style in {"upper", "lower", "title"}:
            raise Unfit  # of the values
        return self._renamed(columns, style=style)

    def style_verb(self, style: str) -> str:
        return style

    def name_style(self, style: str) -> str:
        return style

    def snake_name(self, *_: Token) -> str:
        return "snake"

    def camel_name(self, *_: Token) -> str:
        return "camel"

    def pascal_name(self, *_: Token) -> str:
        return "pascal"

    def kebab_name(self, *_: Token) -> str:
        return "kebab"

    def upper_name(self, *_: Token) -> str:
        return "upper"

    def lower_name(self, *_: Token) -> str:
        return "lower"

    def title_name(self, *_: Token) -> str:
        return "title"

    def add_affix(self, affix: str, text: Named, columns: Columns | None) -> Steps:
        return self._renamed(columns, **{f"add_{affix}": text.text})

    def names_of_all(self) -> None:
        return None

    def add_in_front(self, text: Named, _: None) -> Steps:
        return self._renamed(None, add_prefix=text.text)

    def add_affix_named(self, text: Named, affix: str, columns: Columns | None) -> Steps:
        return self.add_affix(affix, text, columns)

    def add_affix_after(self, affix: str, columns: Columns | None, text: Named) -> Steps:
        return self.add_affix(affix, text, columns)

    def remove_affix_named(self, text: Named, affix: str, columns: Columns | None) -> Steps:
        return self.remove_affix(affix, text, columns)

    def remove_affix_everywhere(self, text: Named, affix: str) -> Steps:
        return self.remove_affix(affix, text, None)

    def remove_affix_of_all(self, affix: str, text: Named) -> Steps:
        return self.remove_affix(affix, text, None)

    def remove_affix(self, affix: str, text: Named, columns: Columns | None) -> Steps:
        names = self.scope.names if columns is None else columns.names
        if not any(
            (str.startswith if affix == "prefix" else str.endswith)(name, text.text) for name in names
        ):
            raise Unfit(f"No column's name has the {affix} '{text.text}'.", "Give it as in the names.")
        return self._renamed(columns, **{f"remove_{affix}": text.text})

    def prefix(self, *_: Token) -> str:
        return "prefix"

    def suffix(self, *_: Token) -> str:
        return "suffix"

    def all_names(self) -> None:
        return None

    def some_names(self, columns: Columns) -> Columns | None:
        return None if columns.every else columns

    def replace_in_names(self, old: Value, new: Value) -> Steps:
        return self._renamed(None, replace=self._in_names(old), by=_sign(new))

    def remove_in_names(self, old: Value) -> Steps:
        return self._renamed(None, replace=self._in_names(old))

    def _in_names(self, value: Value) -> str:
        """What is to be replaced in names: refused where it is in none, and so perhaps meant otherwise."""
        text = _sign(value)
        if not any(text in name for name in self.scope.names):
            raise Unfit(
                f"There is no '{text}' in a column's name.",
                "Put what is in the names in quotes.",
                value.token,
            )
        return text

    def _renamed(self, columns: Columns | None, **rule: Any) -> Steps:
        step = RenameWith(columns=None if columns is None or columns.every else columns.names, **rule)
        names = step.names(self.scope.names)
        after = [names.get(name, name) for name in self.scope.names]
        twice = next((name for at, name in enumerate(after) if name in after[:at]), None)
        if twice is not None:
            raise Unfit(f"There would be two columns called '{twice}'.", "Name the columns to rename.")
        return (step,)


def _sign(value: Value) -> str:
    """What a value says of a name: "spaces" are signs there, unless they are quoted."""
    if value.quoted or value.token is None or "SEPARATOR" not in value.token.type:
        return value.text
    return SEPARATORS[value.text.casefold().removesuffix("s")]


def _spelled(name: str, text: str, op: str) -> str:
    """A text as it stands in a name, where case does not matter."""
    match op:
        case "startswith":
            return name[: len(text)]
        case "endswith":
            return name[-len(text) :]
        case _:
            at = name.lower().find(text.lower())
            return name[at : at + len(text)]
