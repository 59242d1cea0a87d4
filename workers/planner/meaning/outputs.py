"""What is said of the result of groups: what its columns are called, how it is rounded and ordered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.transformations import Rename, Round, Select, Sort, SortKey, Transformation
from workers.planner.columns import singular, split_name
from workers.planner.lexer import Token
from workers.planner.meaning.base import LOOSE, BaseMeaning, Named
from workers.planner.parsing import Reading, Unfit
from workers.planner.scope import Scope

__all__ = ["Layout", "OutputMeaning"]

Steps = tuple[Transformation, ...]
Names = tuple[Named, ...]
_MOST_DECIMALS = 15
# How people call what a function computes, by the word that its column's name begins with.
_CALLED = {
    "mean": {"mean", "average", "avg"},
    "sum": {"sum", "total", "overall"},
    "count": {"count", "number", "total", "frequency", "occurrence", "size", "no", "num"},
    "distinct": {"distinct", "unique", "number", "count", "different"},
    "max": {"max", "maximum", "highest", "largest", "latest", "top", "biggest"},
    "min": {"min", "minimum", "lowest", "smallest", "earliest"},
    "median": {"median"},
    "std": {"std", "standard", "deviation", "stdev"},
    "var": {"var", "variance"},
    "mode": {"mode", "common", "frequent", "popular"},
    "nulls": {"null", "missing"},
    "percentage": {"percentage", "percent", "rate", "share", "proportion"},
    "share": {"share", "rate", "ratio", "proportion", "fraction", "percentage"},
}


@dataclass(frozen=True)
class Layout:
    """What the columns of a result are called: its index, and the others; or all of them alike."""

    names: Names
    index: Names = ()

    def steps(self, scope: Scope) -> Steps:
        """Give the columns of a result these names, or take those that have them."""
        keys = tuple(name for name in scope.names if name not in scope.made)
        said = (*self.index, *self.names)
        if scope.made and len(said) == len(scope.names) and len(self.index) in {0, len(keys)}:
            return self._renamed((*keys, *scope.made), said, len(keys))
        if scope.made and not self.index and len(said) == len(scope.made):
            return self._renamed(scope.made, said, 0)
        return self._taken(scope, said)

    def _taken(self, scope: Scope, said: Names) -> Steps:
        """The result has these columns already: only they are taken."""
        columns = [name.target for name in said if name.column in scope.names]
        if len(columns) < len(said) or len(set(columns)) < len(columns):
            raise Unfit("These are no names for what was computed.", "Rename the columns one by one.")
        return () if tuple(columns) == scope.names else (Select(columns=tuple(columns)),)

    def _renamed(self, before: tuple[str, ...], said: Names, keys: int) -> Steps:
        """Call the columns as it was said, if it is clear which name is meant for which."""
        for at, (column, name) in enumerate(zip(before, said, strict=True)):
            own = _fit(column, name.text, computed=at >= keys)
            others = [_fit(other, name.text, computed=place >= keys) for place, other in enumerate(before)]
            if own == 0 or own < max(others):
                raise Unfit(
                    f"It is not clear whether '{name.text}' is meant as the name of {column}.",
                    f"Say 'rename {column} to' a name.",
                    final=True,
                )
        named = {column: name.text for column, name in zip(before, said, strict=True)}
        changed = {column: name for column, name in named.items() if column != name}
        return (Rename(columns=changed),) if changed else ()


class OutputMeaning(BaseMeaning):
    """Reads the rules of ``grammar/outputs.lark``."""

    def named_result(self, layout: Layout) -> Steps:
        return layout.steps(self.scope)

    def name_list(self, *names: Named) -> Names:
        return names

    def index_and_values(self, index: Names, names: Names) -> Layout:
        return Layout(names, index)

    def values_and_index(self, names: Names, index: Names) -> Layout:
        return Layout(names, index)

    def every_name(self, names: Names) -> Layout:
        return Layout(names)

    # How it is rounded and ordered

    def rounded_result(self, steps: Steps) -> Steps:
        return steps

    def round_made(self, decimals: Token | None = None) -> Steps:
        number = 0 if decimals is None else decimals.number
        names = tuple(name for name in self.scope.made if self.scope.kind(name) == "number")
        if not names or not isinstance(number, int) or not 0 <= number <= _MOST_DECIMALS:
            raise Unfit(
                "It is not clear what to round.", "Say 'round', a column, and the number of decimals."
            )
        return (Round(columns=names, decimals=number),)

    def round_made_whole(self) -> Steps:
        return self.round_made()

    def sort_by_function(self, function: str | float, direction: bool | Token = False) -> Reading:
        prefix = "" if isinstance(function, float) else "count" if function == "how many" else function
        found = [name for name in self.scope.made if prefix and name.partition("_")[0] == prefix]
        if len(found) != 1:
            raise Unfit("It is not clear by which column to sort.", "Name the column.")
        key = SortKey(column=found[0], descending=direction is not False)
        return Reading((Sort(by=(key,)),), LOOSE)

    def sort_by_count(self, things: Token, direction: bool | Token = False) -> Any:
        del things
        found = [name for name in self.scope.made if name.partition("_")[0] in {"count", "distinct"}]
        if len(found) != 1:
            raise Unfit("It is not clear by which column to sort.", "Name the column.")
        return (Sort(by=(SortKey(column=found[0], descending=direction is not False),)),)


def _fit(column: str, name: str, *, computed: bool) -> int:
    """How many words of a name stand for the column: its own words, and those for what was computed."""
    words = set(map(singular, split_name(name)))
    parts = [singular(part) for part in split_name(column)]
    fitting = len(words & set(parts[1:] if computed else parts))
    if computed:
        fitting += bool(words & _CALLED.get(parts[0], {parts[0]}))
    return fitting
