"""What is said of rows: which to keep, which to drop, in which order, how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.transformations import (
    DropDuplicates,
    DropNulls,
    DropRows,
    Filter,
    Head,
    Sample,
    Select,
    Sort,
    SortKey,
    Tail,
    TopN,
    Transformation,
)
from workbench.transformations.conditions import And, IsNull, Not, Or
from workbench.transformations.expressions import ColumnRef
from workers.planner.columns import split_name
from workers.planner.lexer import Token
from workers.planner.meaning.base import Columns
from workers.planner.meaning.conditions import Tail as Remark
from workers.planner.meaning.conditions import joined
from workers.planner.meaning.implied import ImpliedMeaning
from workers.planner.parsing import Either, Reading, Unfit

__all__ = ["RowMeaning"]

Steps = tuple[Transformation, ...]
_MOST_ROWS = 2**62
_SAYS_HOW_OLD = {"age", "year", "date", "time", "day", "born", "birth", "birthday", "created"}
_IN_TIME = {"latest", "newest", "most recent", "earliest"}  # of what these are said, if of nothing


@dataclass(frozen=True)
class _Key:
    """A column to sort by; which way, if that was said."""

    column: str
    descending: bool | None = None


def _nulls_of(condition: Any, kind: type[And | Or]) -> list[str] | None:
    """The columns of a condition that says of nothing but nulls, joined in one way."""
    parts: tuple[Any, ...] = condition.conditions if isinstance(condition, kind) else (condition,)
    return [part.column for part in parts] if all(isinstance(part, IsNull) for part in parts) else None


class RowMeaning(ImpliedMeaning):
    """Reads the rules of ``grammar/rows.lark``."""

    def keep_rows(self, condition: Any) -> Steps:
        if isinstance(condition, Not) and _nulls_of(condition.condition, Or) == list(self.scope.names):
            return (DropNulls(),)
        return (Filter(where=condition),)

    def terse_rows(self, condition: Any) -> Any:
        return self.filter_rows(condition)

    def filter_rows(self, condition: Any) -> Any:
        if _nulls_of(condition, Or) is not None:
            return Either((self.keep_rows(condition), self.drop_rows(condition)))
        return self.keep_rows(condition)

    def keep_values(self, column: str, values: Any) -> Any:
        said = self._is_in(column, values)
        return Reading(self.keep_rows(said.value), said.cost)

    def condition_value(self, values: Any) -> Any:
        return values

    def keep_unless(self, condition: Any) -> Steps:
        return self.drop_rows(condition)

    def drop_unless(self, condition: Any) -> Steps:
        return self.keep_rows(condition)

    def keep_subject(self, column: str, remark: Remark) -> Any:
        said = self.said(ColumnRef(column=column), remark)
        said = said if isinstance(said, Reading) else Reading(said)
        return Reading(self.keep_rows(said.value), said.cost)

    def filter_things(self, noun: str, condition: Any) -> Steps:
        """Read "filter the cities that have more than 3 schools": the column only says what the rows are."""
        if self.scope.kind(noun) not in {"text", "other"} or noun in condition.columns():
            raise Unfit
        return self.keep_rows(condition)

    def keep_remarked(self, remark: Remark, column: str) -> Any:
        return self.keep_subject(column, remark)

    def drop_subject(self, column: str, remark: Remark) -> Any:
        said = self.said(ColumnRef(column=column), remark)
        said = said if isinstance(said, Reading) else Reading(said)
        return Reading(self.drop_rows(said.value), said.cost)

    def keep_rows_and_columns(self, columns: Columns, condition: Any) -> Steps:
        return (Filter(where=condition), Select(columns=columns.names))

    def drop_terse(self, condition: Any) -> Any:
        if isinstance(condition, And) and _nulls_of(condition, And) is None:
            some = joined(Or, condition.conditions)
            return Either((self.drop_rows(condition), self.drop_rows(some)))
        return self.drop_rows(condition)

    def drop_rows(self, condition: Any) -> Steps:
        names = self.scope.names
        for kind, how in ((Or, "any"), (And, "all")):
            nulls = _nulls_of(condition, kind)
            if nulls:
                every = len(nulls) > 1 and tuple(nulls) == names
                return (self._drop_nulls(None if every else tuple(nulls), how),)
        return (DropRows(where=condition),)

    def _drop_nulls(self, columns: tuple[str, ...] | None, how: Any = "any") -> DropNulls:
        how = "any" if columns is not None and len(columns) == 1 else how
        return DropNulls(columns=columns, how=how)

    def drop_nulls(self) -> Steps:
        return (DropNulls(),)

    def drop_nulls_of(self, columns: Columns | tuple[str, ...]) -> Steps:
        if isinstance(columns, Columns):
            return (self._drop_nulls(None if columns.every else columns.names),)
        return (self._drop_nulls(columns),)

    def drop_empty_rows(self) -> Steps:
        return (DropNulls(how="all"),)

    def dedupe(self, *said: Any) -> Steps:
        columns = next((part for part in said if isinstance(part, Columns)), None)
        keep = next((part for part in said if isinstance(part, str)), "first")
        names = None if columns is None or columns.every else columns.names
        if names is not None and not any(isinstance(part, str) for part in said):
            self.assume("kept the first row of each, as it was not said which")
        return (DropDuplicates(columns=names, keep=keep),)

    def best_kept(self, rank: Token, column: str | None = None) -> SortKey:
        times = self.scope.of_kind("time")
        if column is None and (rank.text.casefold() not in _IN_TIME or len(times) != 1):
            raise Unfit(
                f"It is not clear by which column '{rank.text}' is meant.",
                "Say 'keep the first' or 'the last', as the rows stand; or name the column.",
                rank,
                final=True,
            )
        descending = "HIGHEST" in rank.type if rank.text.casefold() != "oldest" else column is None
        return SortKey(column=column or times[0], descending=descending)

    def dedupe_best(self, columns: Columns, key: SortKey) -> Steps:
        if key.column in columns.names:
            raise Unfit(f"{key.column} cannot both make the groups and rank the rows in them.")
        return (TopN(n=1, order_by=(key,), by=columns.names),)

    def kept(self, token: Token) -> str:
        return "first" if "FIRST" in token.type else "last"

    def kept_none(self, _: Token) -> str:
        return "none"

    # Order

    def sort(self, *said: Any) -> Steps:
        keys: tuple[_Key, ...] = next(part for part in said if isinstance(part, tuple))
        around = {part for part in said if isinstance(part, bool)}
        if len(around) > 1:
            raise Unfit("The order is said to be both ascending and descending.", "Say one of them.")
        if around and all(key.descending is None for key in keys):
            keys = tuple(_Key(key.column, *around) for key in keys)
        elif around and keys[-1].descending is None and isinstance(said[-1], bool):
            keys = (*keys[:-1], _Key(keys[-1].column, *around))
        elif around:
            raise Unfit("It is not clear which columns the order is meant for.", "Say it after each column.")
        if len({key.column for key in keys}) < len(keys):
            raise Unfit("A column is named twice in the order.", "Name each column once.")
        self.assume_ascending("sorted by", keys)
        return (Sort(by=tuple(SortKey(column=key.column, descending=bool(key.descending)) for key in keys)),)

    def assume_ascending(self, what: str, keys: Sequence[_Key]) -> None:
        """Say that an order is ascending where no direction was said."""
        unsaid = [key.column for key in keys if key.descending is None]
        if unsaid:
            self.assume(f"{what} {' and '.join(unsaid)} ascending, as no direction was said")

    def sort_it(self, direction: bool | None = None) -> Steps:
        if self.scope.it is None:
            choices = ", ".join(self.scope.made or self.scope.names[:8])
            raise Unfit(
                "It is not clear by which column to sort.", f"Name it, as in 'sort by'; there are: {choices}."
            )
        key = _Key(self.scope.it, direction)
        self.assume(f"sorted by {key.column}, which was made last")
        self.assume_ascending("sorted by", [key])
        return (Sort(by=(SortKey(column=key.column, descending=bool(direction)),)),)

    def sort_by_text(self, token: Token) -> Steps:
        """Sort groups alphabetically by what makes them: the one text that there is."""
        texts = self.scope.of_kind("text")
        if len(texts) != 1:
            raise Unfit("It is not clear by which column to sort.", "Name it, as in 'sort by'.", token)
        return (Sort(by=(SortKey(column=texts[0]),)),)

    def keys(self, *keys: _Key) -> tuple[_Key, ...]:
        return keys

    def keys_and(self, *keys: _Key) -> Any:
        *others, last = keys
        if last.descending and all(key.descending is None for key in others):
            return Either((keys, tuple(_Key(key.column, True) for key in keys)))
        return keys

    def key(self, column: str, direction: bool | None = None) -> _Key:
        return _Key(column, direction)

    def old_first(self, *_: Token) -> bool:
        return True

    def young_first(self, *_: Token) -> bool:
        return False

    def key_by_age(self, column: str, old_first: bool) -> _Key:
        """The oldest have the highest age, and the earliest date."""
        parts = set(split_name(column))
        if self.scope.kind(column) != "time" and not parts & _SAYS_HOW_OLD:
            raise Unfit(f"'{column}' does not say how old something is.", "Say 'ascending' or 'descending'.")
        aged = self.scope.kind(column) != "time" and "age" in parts
        return _Key(column, old_first is aged)

    def key_after(self, direction: bool, column: str) -> _Key:
        return _Key(column, direction)

    def key_only(self, column: str, direction: bool) -> tuple[_Key, ...]:
        return (_Key(column, direction),)

    def asc(self, *_: Token) -> bool:
        return False

    def desc(self, *_: Token) -> bool:
        return True

    # How many

    def _rows(self, token: Token) -> int:
        number = token.number
        if not isinstance(number, int) or not 0 < number < _MOST_ROWS or "%" in token.text:
            raise Unfit(f"'{token.text}' is no number of rows.", "Give a whole number from 1.", token)
        return number

    def head(self, token: Token | None = None) -> Steps:
        return (Head(n=self._rows_or_one(token)),)

    def tail(self, token: Token | None = None) -> Steps:
        return (Tail(n=self._rows_or_one(token)),)

    def _rows_or_one(self, token: Token | None) -> int:
        if token is None:
            self.assume("took one row, as no number was said")
        return 1 if token is None else self._rows(token)

    def head_few(self, *_: Token) -> Steps:
        return (Head(),)

    def tail_few(self, *_: Token) -> Steps:
        return (Tail(),)

    def head_rows(self, rows: Token) -> Steps:
        return self.head_few() if _is_plural(rows) else self.head()

    def tail_rows(self, rows: Token) -> Steps:
        return self.tail_few() if _is_plural(rows) else self.tail()

    def head_of(self, token: Token, condition: Any) -> Steps:
        return Filter(where=condition), Head(n=self._rows(token))

    def tail_of(self, token: Token, condition: Any) -> Steps:
        return Filter(where=condition), Tail(n=self._rows(token))

    def top_it(self, token: Token) -> Steps:
        return self._top_it(token, descending=True) or (Head(n=self._rows(token)),)

    def bottom_it(self, token: Token) -> Steps:
        return self._top_it(token, descending=False) or (Tail(n=self._rows(token)),)

    def _top_it(self, token: Token, *, descending: bool) -> Steps:
        """The top of groups that nobody sorted is by what was computed of them, not by their names."""
        if not self.scope.unsorted:
            return ()
        if self.scope.it is None:
            raise Unfit(f"It is not clear by which column '{token.text}' is counted off.", "Say 'top … by'.")
        self.assume(f"counted off by {self.scope.it}, which was made last")
        return self._top((token, self.scope.it), descending=descending)

    def top(self, *said: Any) -> Steps:
        return self._top(said, descending=True)

    def bottom(self, *said: Any) -> Steps:
        return self._top(said, descending=False)

    def _top(self, said: tuple[Any, ...], *, descending: bool) -> Steps:
        column = str(said[-1])
        count = self._rows(said[0]) if len(said) > 1 else 1
        return Sort(by=(SortKey(column=column, descending=descending),)), Head(n=count)

    def sample(self, token: Token) -> Steps:
        self.assume_chance()
        return self.drawn(token)

    def assume_chance(self) -> None:
        """Say that what depends on chance comes out otherwise each time."""
        self.assume("drawn anew each time, as no seed was said")

    def drawn(self, token: Token) -> Steps:
        """Draw rows: a part of them, or a number."""
        if "%" in token.text and token.number is not None:
            if not 0 < token.number <= 1:
                raise Unfit(f"A sample of {token.text} is not possible.", "Give a part of up to 100%.", token)
            return (Sample(fraction=float(token.number)),)
        if isinstance(token.number, float) and 0 < token.number < 1:
            return (Sample(fraction=token.number),)
        return (Sample(n=self._rows(token)),)


def _is_plural(noun: Token) -> bool:
    return noun.text.casefold().endswith("s")
