"""What copying a session shows: a bar while it lasts, a few sentences at its end."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from workbench.printable import printable
from workbench.store.moving import HeadThere, Moved

__all__ = ["CopyProgress", "say_moved"]


class CopyProgress:
    """A bar of blocks and bytes on a terminal, nothing elsewhere: see ``workbench.store.moving.Watch``.

    Args:
        console: Where to draw.
        name: What is copied.
    """

    def __init__(self, console: Console, name: str) -> None:
        self.copied = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed}/{task.total} blocks · {task.fields[size]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(
            Text(name).plain[:60].replace("[", "\\["), total=None, size=decimal(0)
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begin(self, blocks: int) -> None:
        """So many blocks are to be looked at."""
        self._bar.update(self._task, total=blocks, completed=0)

    def block(self) -> None:
        """Another one is copied, or was there."""
        self._bar.advance(self._task)

    def bytes(self, count: int) -> None:
        """So many more bytes are copied."""
        self.copied += count
        self._bar.update(self._task, size=decimal(self.copied))


def say_moved(console: Console, moved: Moved, source: str, target: str) -> None:
    """Say what was copied, what was there, and what the user should know.

    Args:
        console: Where to print.
        moved: What was copied.
        source: Where from.
        target: Where to.
    """
    console.print(Text(_summary(moved, source, target)))
    if moved.head is HeadThere.KEPT:
        own = f", with {_count(moved.own_nodes, 'node')} of its own" if moved.own_nodes else ""
        line = f"The session went on by itself on {target}{own}: its head stays where it is there."
        console.print(Text(f"{line} Check out another node to go on from that.", style="yellow"))
    if moved.unfinished:
        line = f"Commands of the session are running on {source}: what they make is not copied yet."
        console.print(Text(f"{line} Run this again when they have ended.", style="yellow"))


def _summary(moved: Moved, source: str, target: str) -> str:
    blocks = moved.blocks
    there = f"{_count(moved.nodes_there, 'node')} and {_count(blocks.there, 'block')}"
    name = f"'{printable(moved.session.name)}' ({moved.session.id})"
    if not moved.nodes and not blocks.copied and moved.head is not HeadThere.MOVED:
        return f"{name} is on {target} already: {there}, checked."
    made = f"{_count(moved.nodes, 'node')} and {_count(blocks.copied, 'block')} ({decimal(blocks.bytes)})"
    rest = f"; {there} were there" if moved.nodes_there or blocks.there else ""
    return f"Copied {name} from {source} to {target}: {made}{rest}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
