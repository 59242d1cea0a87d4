"""Where progress is drawn: nowhere, as lines of text, as a card, or as a card with a Cancel button.

A view is opened in the cell that submits a task, so that the output belongs there, and updated from
whichever thread hears of a change. Closing it replaces what is there by a static card: a notebook saved
and opened again shows what happened, whether or not a kernel or a widget manager is there.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from workbench.errors import InvalidParameter
from workbench.notebook.cards import render_html, render_text
from workbench.status import TaskStatus

__all__ = [
    "GuardedView",
    "HtmlView",
    "NullView",
    "ProgressView",
    "TextView",
    "in_notebook",
    "new_view",
    "running_cell",
    "show_bundle",
    "view_kind",
]

_log = logging.getLogger(__name__)

# What ends within this time ends before its first line would have been read.
_SOON_SECONDS = 0.5
_KINDS = ("auto", "widget", "html", "text", "terminal", "none")


class ProgressView(Protocol):
    """Shows one task, from its submission to its end."""

    def open(self, status: TaskStatus) -> None:
        """Begin to show, in the caller's cell."""
        ...

    def update(self, status: TaskStatus) -> None:
        """Show a later status."""
        ...

    def close(self, status: TaskStatus) -> None:
        """Show the last status for good; may be repeated."""
        ...


class NullView:
    """Shows nothing."""

    def open(self, status: TaskStatus) -> None:
        """Do nothing."""

    def update(self, status: TaskStatus) -> None:
        """Do nothing."""

    def close(self, status: TaskStatus) -> None:
        """Do nothing."""


class TextView:
    """Writes one line per change of state, and one at the end; a task that ends soon has only that."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._last: object = None

    def open(self, status: TaskStatus) -> None:
        """Write nothing: whoever waits hears of it."""

    def update(self, status: TaskStatus) -> None:
        """Write a line if the state or the stage is another."""
        key = (status.state, status.stage, status.reconnecting)
        if key != self._last and status.seconds >= _SOON_SECONDS:
            self._last = key
            self._write(render_text(status))

    def close(self, status: TaskStatus) -> None:
        """Write what came out."""
        if self._last != "closed":
            self._last = "closed"
            self._write(render_text(status))

    def _write(self, line: str) -> None:
        stream = self._stream or sys.stderr  # looked up late: tests and notebooks replace it
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()


class HtmlView:
    """A card, replaced in place through its display id.

    Args:
        display: ``IPython.display.display`` or its like: called with a MIME bundle, ``raw=True`` and
            ``display_id=True``, it returns a handle with ``update``.
    """

    def __init__(self, display: Callable[..., Any]) -> None:
        self._display = display
        self._handle: Any = None
        self._shown: dict[str, str] | None = None

    def open(self, status: TaskStatus) -> None:
        """Display the card."""
        self._shown = _bundle(status)
        self._handle = self._display(self._shown, raw=True, display_id=True)

    def update(self, status: TaskStatus) -> None:
        """Replace the card, if it looks different."""
        bundle = _bundle(status)
        if self._handle is not None and bundle != self._shown:
            self._shown = bundle
            self._handle.update(bundle, raw=True)

    def close(self, status: TaskStatus) -> None:
        """Replace the card by the last one, whether or not it was sent before: a thread's may be lost."""
        if self._handle is None:
            self.open(status)
        else:
            self._shown = _bundle(status)
            self._handle.update(self._shown, raw=True)


class WidgetView:
    """The card with a Cancel button beside it, replaced by the static card at the end.

    Args:
        display: As for ``HtmlView``.
        on_cancel: What the button does.
    """

    def __init__(self, display: Callable[..., Any], on_cancel: Callable[[], object]) -> None:
        self._card = HtmlView(display)
        self._display = display
        self._on_cancel = on_cancel
        self._live: Any = None
        self._widgets: list[Any] = []
        self._handle: Any = None

    def open(self, status: TaskStatus) -> None:
        """Display the widgets; a task that has ended already is a card from the start."""
        if status.ended:
            self._card.open(status)
            return
        import ipywidgets

        self._live = ipywidgets.HTML()
        button = ipywidgets.Button(
            description="Cancel",
            tooltip="Stop this command; while a cell runs, interrupt the kernel instead",
            layout=ipywidgets.Layout(width="96px", flex="0 0 auto", margin="0 0 0 16px"),
        )
        button.on_click(self._clicked)
        box = ipywidgets.HBox([self._live, button], layout=ipywidgets.Layout(align_items="center"))
        self._widgets = [self._live, button, box]
        self.update(status)
        self._handle = self._display(box, display_id=True)

    def update(self, status: TaskStatus) -> None:
        """Redraw the card."""
        if self._live is not None:
            self._live.value = render_html(status)

    def close(self, status: TaskStatus) -> None:
        """Replace the widgets by the card, then close them; an opening that was interrupted has no handle."""
        if self._handle is None:
            self._card.close(status)
        else:
            self._handle.update(_bundle(status), raw=True)
        for widget in reversed(self._widgets):
            for part in (getattr(widget, "style", None), widget.layout, widget):
                if part is not None:
                    part.close()
        self._widgets, self._live = [], None

    def _clicked(self, button: Any) -> None:
        button.disabled, button.description = True, "Cancelling"
        try:
            self._on_cancel()
        except Exception:  # as when the API does not answer: it can be tried again
            button.disabled, button.description = False, "Cancel"
            raise


class GuardedView:
    """Keeps errors of a view away from the polling: a broken view is logged, once, and then silent."""

    def __init__(self, view: ProgressView) -> None:
        self._view = view

    def open(self, status: TaskStatus) -> None:
        """Open the view."""
        self._do("open", status)

    def update(self, status: TaskStatus) -> None:
        """Update the view."""
        self._do("update", status)

    def close(self, status: TaskStatus) -> None:
        """Close the view."""
        self._do("close", status)

    def _do(self, what: str, status: TaskStatus) -> None:
        try:
            getattr(self._view, what)(status)
        except Exception:  # noqa: BLE001 - whatever a front end raises, the task goes on
            _log.warning(
                "The view of a task failed to %s; its progress is no longer shown.", what, exc_info=True
            )
            self._view = NullView()


def view_kind(wanted: str | None = None) -> str:
    """Choose how progress is shown.

    Args:
        wanted: "widget", "html", "text", "terminal" (a bar that goes away) or "none"; "auto" chooses
            widgets in Jupyter and text elsewhere.
            By default what the environment variable ``WORKBENCH_PROGRESS`` says, else "auto".

    Raises:
        InvalidParameter: When there is no such kind.
    """
    kind = wanted or os.environ.get("WORKBENCH_PROGRESS") or "auto"
    if kind not in _KINDS:
        raise InvalidParameter(f"There is no progress view '{kind}'.", f"Choose one of {', '.join(_KINDS)}.")
    if kind == "auto":
        return "widget" if in_notebook() else "text"
    return kind


def new_view(kind: str, on_cancel: Callable[[], object]) -> ProgressView:
    """Make a view of a kind that ``view_kind`` gave.

    Args:
        kind: "widget", "html", "text", "terminal" or "none".
        on_cancel: What a Cancel button does.
    """
    if kind == "none":
        return NullView()
    if kind == "text":
        return GuardedView(TextView())
    if kind == "terminal":
        from workbench.notebook.terminal import TerminalView

        return GuardedView(TerminalView())
    display = _display()
    view: ProgressView = HtmlView(display) if kind == "html" else WidgetView(display, on_cancel)
    return GuardedView(view)


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs us."""
    return getattr(_shell(), "kernel", None) is not None


def running_cell() -> int | None:
    """The number of the cell that runs; None outside of a Jupyter kernel."""
    return int(_shell().execution_count) if in_notebook() else None


def _shell() -> Any:
    """IPython's shell; None where IPython was never imported."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def show_bundle(html: str, text: str) -> None:
    """Display something in the cell that runs; as text in IPython's terminal."""
    _display()({"text/html": html, "text/plain": text}, raw=True)


def _display() -> Callable[..., Any]:
    from IPython.display import display

    found: Callable[..., Any] = display
    return found


def _bundle(status: TaskStatus) -> dict[str, str]:
    return {"text/html": render_html(status), "text/plain": render_text(status)}
