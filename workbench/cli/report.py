"""What ``workbench run`` prints: what was opened, what each command did, the result, and its code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from workbench.printable import printable

if TYPE_CHECKING:
    from workbench.node import Node
    from workbench.status import Result

__all__ = ["Report"]


class Report:
    """Prints for people: in colour on a terminal, as plain lines elsewhere.

    Args:
        console: Where to print.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def opened(self, node: Node, source: Path) -> None:
        """Say what was opened."""
        rows, columns = node.shape
        self._line(Text.assemble((printable(source.name), "bold"), f": {rows:,} rows × {columns} columns"))

    def done(self, number: int, command: str, result: Result) -> None:
        """Say what a command did."""
        from workbench.notebook.cards import result_line

        self._line(Text.assemble((f"{number}. ", "cyan"), (printable(command), "bold")))
        self._line(Text(f"   {result_line(result)}"))

    def table(self, node: Node) -> None:
        """Show the first rows."""
        self._line(Text(f"\n{node.rows()!r}\n"))

    def outcome(self, node: Node) -> None:
        """Show the first rows of the result, and the pandas that makes it."""
        self.table(node)
        code = printable(node.code().strip())
        if self._console.is_terminal:
            self._console.print(
                Padding(Syntax(code, "python", theme="ansi_dark", word_wrap=True), (0, 0, 0, 2))
            )
        else:
            self._line(Text("\n".join(f"  {line}".rstrip() for line in code.splitlines())))

    def written(self, path: Path, rows: int) -> None:
        """Say where the result was written."""
        self._line(Text(f"\nWrote {rows:,} rows to {printable(str(path))}", style="green"))

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)
