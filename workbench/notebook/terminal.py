"""The progress of a task in a terminal: a bar that goes away once the task has ended."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from workbench.notebook.cards import percent_line, render_text
from workbench.notebook.html import one_line
from workbench.status import TaskStatus

__all__ = ["TerminalView"]


class TerminalView:
    """A bar on standard error; where that is not a terminal, one line per change of state.

    What came out is left to the caller to print.

    Args:
        console: Where to draw.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._progress: Progress | None = None
        self._last: object = None

    def open(self, status: TaskStatus) -> None:
        """Begin, unless it has ended already."""
        if not status.ended:
            self.update(status)

    def update(self, status: TaskStatus) -> None:
        """Move the bar, or write a line if the state or the stage is another."""
        if self._console.is_terminal:
            bar = self._bar()
            bar.update(bar.task_ids[0], completed=status.progress, line=_line(status))
            return
        key = (status.state, status.stage, status.reconnecting)
        if key != self._last:
            self._last = key
            self._console.print(render_text(status), markup=False, highlight=False, soft_wrap=True)

    def close(self, status: TaskStatus) -> None:  # noqa: ARG002 - what came out is the caller's to say
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _bar(self) -> Progress:
        if self._progress is None:
            columns = (BarColumn(bar_width=30), TextColumn("{task.fields[line]}"), TimeElapsedColumn())
            self._progress = Progress(*columns, console=self._console, transient=True)
            self._progress.add_task("", total=100, line="")
            self._progress.start()
        return self._progress


def _line(status: TaskStatus) -> Text:
    """How far it is, and with what."""
    return Text(f"{percent_line(status)}  {one_line(status.title)[:60]}")
