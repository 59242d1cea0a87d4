"""What is computed: each function by its name, a quantile by its part."""

from __future__ import annotations

from workers.planner.lexer import Token
from workers.planner.meaning.conditions import ConditionMeaning
from workers.planner.parsing import Unfit

__all__ = ["HOW_MANY", "FunctionMeaning"]

HOW_MANY = "how many"  # a count that may be meant as a sum
_ASKED_HOW_MANY = ("how many", "number of", "total number of")


class FunctionMeaning(ConditionMeaning):
    """Reads the rule ``function`` of ``grammar/groups.lark``."""

    def functions(self, *names: str | float) -> tuple[str | float, ...]:
        return tuple(dict.fromkeys(names))

    def function(self, name: str | float) -> str | float:
        return name

    def count(self, token: Token) -> str:
        return HOW_MANY if token.text.casefold().removeprefix("the ") in _ASKED_HOW_MANY else "count"

    def mean(self, *_: Token) -> str:
        return "mean"

    def median(self, *_: Token) -> str:
        return "median"

    def sum(self, *_: Token) -> str:
        return "sum"

    def min(self, *_: Token) -> str:
        return "min"

    def max(self, *_: Token) -> str:
        return "max"

    def nunique(self, *_: Token) -> str:
        return "distinct"

    def std(self, *_: Token) -> str:
        return "std"

    def var(self, *_: Token) -> str:
        return "var"

    def null_count(self, *_: Token) -> str:
        return "nulls"

    def list_of(self, *_: Token) -> str:
        return "list"

    def any_true(self, *_: Token) -> str:
        return "any"

    def all_true(self, *_: Token) -> str:
        return "all"

    def quantile(self, token: Token) -> float:
        number = token.number
        if number is None or not 0 <= number <= 1:
            raise Unfit("A quantile is between 0 and 1.", "Say it as in '0.9 quantile of price'.", token)
        return float(number)

    def percentile_ten(self, *_: Token) -> float:
        return 0.1

    def lower_quartile(self, *_: Token) -> float:
        return 0.25

    def upper_quartile(self, *_: Token) -> float:
        return 0.75

    def percentile_ninety(self, *_: Token) -> float:
        return 0.9

    def percentile_ninetyfive(self, *_: Token) -> float:
        return 0.95

    def percentile_ninetynine(self, *_: Token) -> float:
        return 0.99

    def first(self, *_: Token) -> str:
        return "first"

    def last(self, *_: Token) -> str:
        return "last"

    def mode_of(self, token: Token) -> str:
        self.require_counted(token)
        return "mode"

    def require_counted(self, token: Token) -> None:
        """Refuse "the most popular" of a table that says of each row how popular it is."""
        rated = [name for name in self.scope.names if "popular" in name.casefold()]
        if "popular" in token.text.casefold() and rated:
            raise Unfit(
                f"It is not clear whether '{token.text}' is by {rated[0]}, or by the number of rows.",
                f"Say 'highest {rated[0]}', or 'most frequent'.",
                token,
                final=True,
            )
