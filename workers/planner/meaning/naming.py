"""What is said of a result behind the step that makes it: that it is kept, and how it is called."""

from __future__ import annotations

from typing import Any

from workers.planner.lexer import Token
from workers.planner.meaning.base import UNLIKELY, BaseMeaning, Named
from workers.planner.parsing import Reading, Unfit
from workers.planner.retaken import renamed

__all__ = ["NamingMeaning"]

_TO = frozenset({"to", "into", "in", "as"})


class NamingMeaning(BaseMeaning):
    """Reads the rules of ``grammar/naming.lark``."""

    def name_for_it(self, token: Token) -> Token:
        return token

    def saved_as_it_is(self, *_: Any) -> Reading:
        return Reading((), UNLIKELY)

    def saved_column(self, *said: Any) -> Any:
        return self._result_called(said[-1], column=True)

    def saved_as(self, *said: Any) -> Any:
        word, name = said[-2], said[-1]
        words = set(word.text.casefold().split())
        if "TO" in word.type and "AS_NAME" not in word.type and not words <= _TO:
            raise Unfit
        if "variable" in words:
            return Reading((), UNLIKELY)
        return self._result_called(name, column=bool(words & {"column", "feature", "field"}))

    def saved_table(self, *_: Any) -> Reading:
        """What the table is called outside of the session changes nothing in it."""
        return Reading((), UNLIKELY)

    def saved_name(self, name: Named) -> Any:
        return self._result_called(name, column=True)

    def _result_called(self, name: Named, *, column: bool) -> Any:
        """The last step with another name for what it makes; of a whole table the name does not matter."""
        if self.scope.earlier is None or self.scope.step is None:
            raise Unfit("It is not clear what is to be saved.", "Say it behind the step that makes it.")
        retaken = renamed(self.scope, name.target if name.column is None else name.column)
        if retaken is not None:
            return Reading((retaken,), UNLIKELY)
        if column or self.scope.step.effect == "columns":
            raise Unfit(
                f"It is not clear which column is to be called '{name.text}'.",
                "Name the column in the step that makes it.",
                final=True,
            )
        return self.saved_table(name)
