"""What takes rows and columns of other datasets: joins, rows below, rows that are there, too, or are not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from workbench.transformations import (
    Append,
    Difference,
    Intersection,
    Join,
    JoinNearest,
    Transformation,
    Union,
)
from workbench.transformations.fields import listed
from workers.planner.columns import ColumnIndex, singular
from workers.planner.lexer import Token
from workers.planner.meaning.base import BaseMeaning, Columns
from workers.planner.parsing import Unfit
from workers.planner.tables import Table

__all__ = ["CombineMeaning"]

Steps = tuple[Transformation, ...]


@dataclass(frozen=True)
class _Said:
    """A column of another dataset, as it was said."""

    text: str
    token: Token


@dataclass(frozen=True)
class _Joined:
    """What is joined: keys by pairs (None: the partner has the same name), and the columns to take."""

    table: Table
    pairs: tuple[tuple[str, _Said | None], ...] = ()
    taken: tuple[_Said, ...] = ()


@dataclass(frozen=True)
class _Pairs:
    pairs: tuple[tuple[str, _Said | None], ...]


@dataclass(frozen=True)
class _Taking:
    columns: tuple[_Said, ...]


class CombineMeaning(BaseMeaning):
    """Reads the rules of ``grammar/combine.lark``."""

    def dataset(self, token: Token) -> Table:
        self.tell(token, "dataset", token.dataset)
        return self.scope.others[str(token.dataset)]

    def bare_dataset(self, token: Token) -> Table:
        if token.quoted or token.homes:
            raise Unfit  # a value
        return self.dataset(token)

    def datasets(self, *tables: Table) -> tuple[str, ...]:
        names = tuple(table.name for table in tables)
        if len(set(names)) < len(names):
            raise Unfit("A dataset is named twice.", "Name each dataset once.")
        return names

    # Joins

    def join(self, joined: _Joined) -> Steps:
        self.assume("rows without a match are kept, as no kind of join was said")
        return self.join_how("left", joined)

    def join_how(self, how: Any, joined: _Joined) -> Steps:
        table = joined.table
        taken = tuple(self._theirs(table, said) for said in joined.taken) or None
        if taken and how in {"semi", "anti"}:
            raise Unfit("Rows are only chosen here: no columns are taken.", "Use a left join to take some.")
        if how == "cross":
            if joined.pairs:
                raise Unfit("A cross join compares no columns.", "Leave them out, or use a left join.")
            return (Join(dataset=table.name, how=how, columns=taken),)
        left = tuple(name for name, _ in joined.pairs) or (self._only_key(table),)
        right = tuple(self._partner(table, name, said) for name, said in joined.pairs) or left
        keys: dict[str, Any] = {"on": left} if left == right else {"left_on": left, "right_on": right}
        return (Join(dataset=table.name, how=how, columns=taken, **keys),)

    def join_by(self, joined: _Joined, how: Any) -> Steps:
        return self.join_how(how, joined)

    def join_by_keys(self, table: Table, how: Any, pairs: _Pairs | None = None) -> Steps:
        return self.join_how(how, _Joined(table, pairs.pairs if pairs else ()))

    def look_up(self, columns: tuple[_Said, ...], table: Table, pairs: _Pairs | None = None) -> Steps:
        own = tuple(replace(said, text=_without_owner(said.text, table.name)) for said in columns)
        return self.join_how("left", _Joined(table, pairs.pairs if pairs else (), own))

    def their_columns(self, *columns: _Said) -> tuple[_Said, ...]:
        return columns

    def join_found(self, kept: bool, column: str, table: Table) -> Steps:
        return self.join_how("semi" if kept else "anti", _Joined(table, ((column, None),)))

    def join_column_not_found(self, kept: bool, column: str, table: Table) -> Steps:
        if not kept:
            raise Unfit
        return self.join_how("anti", _Joined(table, ((column, None),)))

    def join_not_found(self, kept: bool, column: str, table: Table) -> Steps:
        return self.join_found(not kept, column, table)

    def choose_kept(self) -> bool:
        return True

    def choose_dropped(self) -> bool:
        return False

    def dataset_joined(self, table: Table, *more: Any) -> _Joined:
        pairs = next((part.pairs for part in more if isinstance(part, _Pairs)), ())
        taken = next((part.columns for part in more if isinstance(part, _Taking)), ())
        return _Joined(table, pairs, taken)

    def pairs(self, *pairs: tuple[str, _Said | None]) -> _Pairs:
        return _Pairs(pairs)

    def pair(self, name: str) -> tuple[str, _Said | None]:
        return name, None

    def pair_named(self, name: str, said: _Said) -> tuple[str, _Said | None]:
        return name, said

    def taking(self, *columns: _Said) -> _Taking:
        return _Taking(columns)

    def other_name(self, *tokens: Token) -> _Said:
        first = tokens[0]
        self.tell_all(tokens, "column", self._words(first, tokens[-1]))
        return _Said(first.text if len(tokens) == 1 else self._words(first, tokens[-1]), first)

    def join_left(self, _: Token) -> str:
        return "left"

    def join_inner(self, _: Token) -> str:
        return "inner"

    def join_right(self, _: Token) -> str:
        return "right"

    def join_outer(self, _: Token) -> str:
        return "outer"

    def join_semi(self, _: Token) -> str:
        return "semi"

    def join_anti(self, _: Token) -> str:
        return "anti"

    def join_cross(self, _: Token) -> str:
        return "cross"

    def _partner(self, table: Table, name: str, said: _Said | None) -> str:
        if said is not None:
            return self._theirs(table, said)
        if name not in _names(table):
            raise Unfit(
                f"'{table.name}' has no column '{name}'.",
                f"Say which of its columns is meant, as in '{name} = …'; it has {listed(_names(table))}.",
            )
        return name

    def _theirs(self, table: Table, said: _Said) -> str:
        name = _column_of(table, said)
        self.tell(said.token, "column", name, table.name)
        return name

    def _only_key(self, table: Table) -> str:
        """The one column that both have; where there are none or several, nothing is guessed."""
        kinds = {column.name: column.kind for column in table.columns}
        common = [column.name for column in self.scope.columns if kinds.get(column.name) == column.kind]
        if len(common) == 1:
            self.assume(f"compared by {common[0]}, the only column that both tables have")
            return common[0]
        if common:
            raise Unfit(
                f"Which columns are compared? The table and {table.name} both have {listed(common)}.",
                f"Say which, as in 'on {common[0]}'.",
            )
        raise Unfit(
            f"Which columns are compared? The table and {table.name} have none of the same name and type.",
            f"Say it as in 'on a = b'; {table.name} has {listed(_names(table))}.",
        )

    # The nearest

    def join_nearest(self, side: Any, table: Table, on: tuple[str, tuple[str, ...] | None]) -> Steps:
        for name in (on[0], *(on[1] or ())):
            self._partner(table, name, None)
        return (JoinNearest(dataset=table.name, direction=side, on=on[0], by=on[1]),)

    def join_as_of(self, table: Table, on: tuple[str, tuple[str, ...] | None]) -> Steps:
        return self.join_nearest("backward", table, on)

    def nearest_on(self, column: str, by: Columns | None = None) -> tuple[str, tuple[str, ...] | None]:
        return column, by.names if by else None

    def side_nearest(self, _: Token) -> str:
        return "nearest"

    def side_backward(self, _: Token) -> str:
        return "backward"

    def side_forward(self, _: Token) -> str:
        return "forward"

    # Rows

    def append(self, names: tuple[str, ...]) -> Steps:
        return (Append(datasets=names),)

    def union(self, names: tuple[str, ...]) -> Steps:
        return (Union(datasets=names),)

    def not_in_dataset(self, table: Table) -> Steps:
        return (Difference(dataset=table.name),)

    def not_in_alike(self, table: Table) -> Steps:
        self._require_alike(table)
        return self.not_in_dataset(table)

    def in_alike(self, table: Table) -> Steps:
        self._require_alike(table)
        return self.in_dataset(table)

    def _require_alike(self, table: Table) -> None:
        """Refuse "flights not found in planes": it has other columns, so which are compared?"""
        if not set(_names(table)) <= set(self.scope.names):
            raise Unfit(
                f"Which columns are compared? {table.name} has columns that the table has not.",
                "Say it as in 'keep rows whose key is in planes'.",
                final=True,
            )

    def in_dataset(self, table: Table) -> Steps:
        return (Intersection(dataset=table.name),)


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _without_owner(text: str, dataset: str) -> str:
    """What is said to be a dataset's, without the dataset: of "airline's name" the "name"."""
    owner, _, rest = text.partition(" ")
    for ending in ("'s", "’s", "'", "’"):
        if rest and owner.endswith(ending):
            owned = singular(owner.removesuffix(ending).casefold())
            return rest if owned == singular(dataset.casefold()) else text
    return text


def _column_of(table: Table, said: _Said) -> str:
    """The column of another dataset that is named, whatever its case and separators."""
    found = ColumnIndex(_names(table)).named(said.text, said.text.casefold().split())
    if len(found) != 1:
        raise Unfit(
            f"'{table.name}' has no column '{said.text}'.",
            f"Its columns are {listed(_names(table))}.",
            said.token,
        )
    return found[0].column
