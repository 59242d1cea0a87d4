"""Lists that show themselves as a small table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar, overload

from workbench.errors import NotFound, nearest
from workbench.notebook.html import FAINT, LINE, TABLE, clip, one_line

__all__ = ["Listing"]

T = TypeVar("T")
_MOST = 50
_CELL, _LAST_CELL = 50, 100  # characters


class Listing(Sequence[T], Generic[T]):
    """Items in order, also to be had by name.

    Args:
        items: The items.
        name: Gives an item's name.
        row: Gives what the table shows of an item.
        heads: The heads of the table's columns.
        missing: The error of a name that is not there.
    """

    def __init__(
        self,
        items: Iterable[T],
        *,
        name: Callable[[T], str],
        row: Callable[[T], Sequence[str]],
        heads: Sequence[str],
        missing: type[NotFound] = NotFound,
    ) -> None:
        self._items = tuple(items)
        self._name, self._row, self._heads, self._missing = name, row, tuple(heads), missing

    @overload
    def __getitem__(self, key: int | str) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> Sequence[T]: ...
    def __getitem__(self, key: int | str | slice) -> T | Sequence[T]:
        if not isinstance(key, str):
            return self._items[key]
        for item in self._items:
            if self._name(item) == key:
                return item
        error = self._missing.of(key)
        near = nearest(key, self.names())
        if near:
            error.hint = f"Did you mean {' or '.join(repr(name) for name in near)}?"
        raise error

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def names(self) -> list[str]:
        """The names of the items."""
        return [self._name(item) for item in self._items]

    def _ipython_key_completions_(self) -> list[str]:
        return self.names()

    def __repr__(self) -> str:
        rows = [self._heads, *(self._cells(item) for item in self._items[:_MOST])]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, *self._left_out()])

    def _cells(self, item: T) -> tuple[str, ...]:
        """What the text table shows of an item: each on one line, and cut; the last may be longer."""
        cells = [one_line(text) for text in self._row(item)]
        limits = [_CELL] * (len(cells) - 1) + [_LAST_CELL]
        return tuple(
            text if len(text) <= limit else text[: limit - 1] + "…"
            for text, limit in zip(cells, limits, strict=True)
        )

    def _repr_html_(self) -> str:
        cell = f"padding:2px 10px;border-bottom:1px solid {LINE};text-align:left"
        head = "".join(f'<th style="{cell};{FAINT}">{clip(text, 60)}</th>' for text in self._heads)
        body = "".join(
            "<tr>"
            + "".join(f'<td style="{cell}">{clip(one_line(text), 300)}</td>' for text in self._row(item))
            + "</tr>"
            for item in self._items[:_MOST]
        )
        note = "".join(f'<div style="{FAINT}">{text}</div>' for text in self._left_out())
        return f'<table style="{TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}'

    def _left_out(self) -> list[str]:
        left = len(self._items) - _MOST
        return [f"… and {left:,} more"] if left > 0 else []
