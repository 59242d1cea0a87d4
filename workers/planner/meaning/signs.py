"""What is said of signs in text: where it is split and joined, which are taken away or put beside it."""

from __future__ import annotations

from typing import Any

from workbench.transformations import Derive, JoinColumns, ReplaceText, SplitColumn, Transformation
from workbench.transformations.expressions import Arithmetic, ColumnRef, Literal_
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns, Named
from workers.planner.meaning.text import SEPARATORS, TextMeaning
from workers.planner.parsing import Unfit, WrongType

__all__ = ["SignMeaning"]

Steps = tuple[Transformation, ...]
_SIGNS = {
    "dollar": "$", "$": "$", "percent": "%", "%": "%", "percentage": "%", "euro": "€", "pound": "£",
    "at": "@", "@": "@", "asterisk": "*", "star": "*", "hash": "#", "plus": "+", "minus": "-",
    "equals": "=", "quote": '"', "double": '"', "quotation": '"', "single": "'", "apostrophe": "'",
    "question": "?", "exclamation": "!", "tilde": "~", "backslash": "\\",
}  # fmt: skip
_FEWEST, _MOST = 2, 50  # columns that a text is split into


class SignMeaning(TextMeaning):
    """Reads what ``grammar/text.lark`` says of signs, and of columns taken apart and put together."""

    # Taken apart

    def split_column(self, column: str, separator: str, names: tuple[str, ...]) -> Steps:
        self._texts(Columns((column,)), "cannot be split")
        return (SplitColumn(column=column, separator=separator, into=names),)

    def split_into(self, column: str, names: tuple[str, ...], separator: str) -> Steps:
        return self.split_column(column, separator, names)

    def split_where(self, column: str, names: tuple[str, ...]) -> Steps:
        """Split where the values that are known leave no doubt: at the one sign that all have so often."""
        known = next(each.values for each in self.scope.columns if each.name == column)
        signs = dict.fromkeys(SEPARATORS.values())
        fitting = [s for s in signs if known and all(value.count(s) == len(names) - 1 for value in known)]
        if len(fitting) != 1:
            raise Unfit(
                f"It is not said where to split {column}.",
                "Say it as in: at space, by comma, at '/'.",
                final=True,
            )
        return self.split_column(column, fitting[0], names)

    def split_counted(self, column: str, separator: str, number: Token) -> Steps:
        many = number.number
        if not isinstance(many, int) or not _FEWEST <= many <= _MOST:
            raise Unfit("A text is split into two columns or more.", "Say into how many.", number)
        names = tuple(f"{column}_{place}" for place in range(1, many + 1))
        taken = [name for name in names if name in self.scope.names]
        if taken:
            raise Unfit(f"There is a column '{taken[0]}' already.", "Name the new columns.")
        return self.split_column(column, separator, names)

    def split_counted_first(self, column: str, number: Token, separator: str) -> Steps:
        return self.split_counted(column, separator, number)

    def split_how_often(self, column: str, separator: str) -> Steps:
        del separator
        raise Unfit(
            f"It is not said what {column} is to be split into.",
            "Name the columns, as in 'into user and domain'; or say 'into rows'.",
        )

    def names_of_parts(self, *names: Named) -> tuple[str, ...]:
        targets = [self._target(name) for name in names]
        word = targets[-1].rpartition(" ")[2]
        if word.casefold() == "name" and " " in targets[-1] and not any(" " in name for name in targets[:-1]):
            targets = [*(f"{name} {word}" for name in targets[:-1]), targets[-1]]  # "first and last name"
        return tuple(targets)

    # Put together

    def join_columns(self, columns: Columns, separator: str, name: Named) -> Steps:
        if len(columns.names) < _FEWEST:
            raise Unfit("Joining takes two columns or more.", "Name the columns to join.")
        times = [column for column in columns.names if self.scope.kind(column) == "time"]
        if times:
            raise WrongType(f"'{times[0]}' does not hold text.", f"Convert {times[0]} to text first.")
        return (JoinColumns(columns=columns.names, separator=separator, into=self._target(name)),)

    def join_into(self, columns: Columns, name: Named, separator: str) -> Steps:
        return self.join_columns(columns, separator, name)

    def join_named(self, name: Named, columns: Columns, separator: str) -> Steps:
        return self.join_columns(columns, separator, name)

    def join_by_what(self, columns: Columns, name: Named) -> Steps:
        del columns
        raise Unfit(
            "It is not said what is to stand between the joined values.",
            f"Say it: 'with space', 'with comma', or 'with \"\"' for nothing, into {name.text}.",
        )

    def join_nameless(self, columns: Columns, separator: str) -> Steps:
        del columns, separator
        raise Unfit(
            "It is not said how the joined column is called.", "Say it at the end: 'as' and its name."
        )

    # Signs

    def sign(self, said: str) -> str:
        return said

    def named_separator(self, token: Token) -> str:
        word = token.text.casefold()
        return SEPARATORS.get(word) or SEPARATORS.get(word.removesuffix("s")) or _sign(word)

    def named_sign(self, token: Token) -> str:
        return _sign(token.text.casefold())

    def said_separator(self, token: Token) -> str:
        return token.text

    def dash(self, *_: Token) -> str:
        return "-"

    def slash(self, *_: Token) -> str:
        return "/"

    def separator(self, said: str) -> str:
        return said

    def drop_signs(self, *said: Any) -> Steps:
        *signs, columns = said
        return self._replaced(columns, dict.fromkeys(signs, ""))

    def strip_signs(self, *said: Any) -> Steps:
        if " " in said[:-1]:
            raise Unfit  # space is trimmed
        return self.drop_signs(*said)

    def drop_every_sign(self, *said: Any) -> Steps:
        if said[:-1] == (" ",):
            return self.drop_all_space(None, said[-1])
        return self.drop_signs(*said)

    def drop_all_space(self, _: Token | None, columns: Columns) -> Steps:
        return (ReplaceText(columns=self._of_text(columns), old=r"\s+", new="", regex=True),)

    def replace_sign(self, old: str, new: str, columns: Columns) -> Steps:
        return self._replaced(columns, {old: new})

    def replace_sign_in(self, old: str, columns: Columns, new: str) -> Steps:
        return self._replaced(columns, {old: new})

    def _replaced(self, columns: Columns, signs: dict[str, str]) -> Steps:
        names = self._of_text(columns)
        for sign in signs:
            if any(home in (names or ()) for home, _ in self.scope.values.exactly(sign)):
                raise Unfit(  # "remove 'Paris' from city": these rows, or the word?
                    f"It is not clear whether '{sign}' is meant as a whole value, or as a part of the text.",
                    f"Say 'drop rows where … is {sign}', or 'remove the text '{sign}' from …'.",
                    final=True,
                )
        return tuple(ReplaceText(columns=names, old=old, new=new) for old, new in signs.items())

    def put_in_front(self, text: Token, columns: Columns) -> Steps:
        return self._beside(columns, lambda name: (Literal_(value=text.text), ColumnRef(column=name)))

    def put_behind(self, text: Token, columns: Columns) -> Steps:
        return self._beside(columns, lambda name: (ColumnRef(column=name), Literal_(value=text.text)))

    def put_affix(self, affix: str, text: Token, columns: Columns) -> Steps:
        return (self.put_in_front if affix == "prefix" else self.put_behind)(text, columns)

    def put_affix_perhaps(self, affix: str, text: Token, columns: Columns) -> Steps:
        if columns.every or any(self.scope.kind(name) != "text" for name in columns.names):
            raise Unfit  # to the names
        return self.put_affix(affix, text, columns)

    def _beside(self, columns: Columns, parts: Any) -> Steps:
        names = self._of_text(columns) or self.scope.of_kind("text")
        steps = []
        for name in names:
            left, right = parts(name)
            steps.append(Derive(column=name, expression=Arithmetic(op="add", left=left, right=right)))
        return tuple(steps)

    def _of_text(self, columns: Columns) -> tuple[str, ...] | None:
        return self._texts(columns, "has no signs to change")


def _sign(words: str) -> str:
    """The sign that words name: "dollar signs", "dashes"."""
    if words in {"line break", "newline", "line breaks", "newlines"}:
        return "\n"
    first = words.split(maxsplit=1)[0]
    plain = first.removesuffix("es") if first in {"dashes", "slashes"} else first.removesuffix("s")
    known = {**SEPARATORS, **_SIGNS, "forward": "/", "ampersand": "&", "period": ".", "full": "."}
    return known.get(first) or known[plain]
