"""Views against a display that records what it is told."""

import io
import logging

import pytest
from ipywidgets.widgets.widget import _instances as widgets_there_are

from workbench.errors import ApiUnavailable, InvalidParameter
from workbench.models import TaskState
from workbench.notebook.cards import render_html
from workbench.notebook.views import (
    GuardedView,
    HtmlView,
    NullView,
    TextView,
    WidgetView,
    in_notebook,
    new_view,
    running_cell,
    view_kind,
)
from workbench.status import Result, TaskStatus

BEGIN = TaskStatus("sort by age")
HALF = TaskStatus("sort by age", TaskState.PROGRESS, 50, "Sorting", "applying", seconds=1.0)
DONE = TaskStatus("sort by age", TaskState.SUCCESS, 100, result=Result("Sorted 3 rows", rows_after=3))


class Display:
    """Records what is displayed, and each update of it, in order."""

    def __init__(self):
        self.shown = []

    def __call__(self, thing, *, raw=False, display_id=None):
        assert display_id is True
        self.shown.append(("display", thing))
        return self

    def update(self, thing, *, raw=False):
        self.shown.append(("update", thing))

    @property
    def kinds(self):
        return [kind for kind, _ in self.shown]

    @property
    def last(self):
        return self.shown[-1][1]


def test_html_is_displayed_once_and_replaced_from_then_on():
    display = Display()
    view = HtmlView(display)
    for act, status in ((view.open, BEGIN), (view.update, HALF), (view.close, DONE)):
        act(status)
    assert display.kinds == ["display", "update", "update"]
    assert "Sorted 3 rows" in display.last["text/html"]
    assert "Sorted 3 rows" in display.last["text/plain"]


def test_html_is_not_sent_again_when_it_looks_the_same():
    display = Display()
    view = HtmlView(display)
    view.open(BEGIN)
    view.update(BEGIN)
    view.update(TaskStatus("sort by age", seconds=0.4))
    assert display.kinds == ["display"]


def test_the_last_card_is_sent_again_when_closed_again():
    display = Display()
    view = HtmlView(display)
    view.open(BEGIN)
    view.close(DONE)
    view.close(DONE)
    assert display.kinds == ["display", "update", "update"]


def test_widgets_are_replaced_by_the_card_and_closed():
    before = set(widgets_there_are)
    display = Display()
    view = WidgetView(display, lambda: None)
    view.open(BEGIN)
    (_, box), *_ = display.shown
    card, button = box.children
    view.update(HALF)
    assert card.value == render_html(HALF)
    view.close(DONE)
    assert display.kinds == ["display", "update"]
    assert "Sorted 3 rows" in display.last["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in display.last
    assert box.comm is None
    assert button.comm is None
    assert not set(widgets_there_are) - before
    view.update(HALF)  # a late one changes nothing
    assert display.kinds == ["display", "update"]


def test_a_task_that_has_ended_needs_no_widgets():
    display = Display()
    view = WidgetView(display, lambda: None)
    view.open(DONE)
    view.close(DONE)
    assert all("Sorted 3 rows" in thing["text/html"] for _, thing in display.shown)
    assert display.kinds == ["display", "update"]


def test_the_button_cancels_once():
    display, cancelled = Display(), []
    view = WidgetView(display, lambda: cancelled.append(True))
    view.open(BEGIN)
    _, button = display.last.children
    button.click()
    assert cancelled == [True]
    assert button.disabled
    view.close(DONE)


def test_a_cancel_that_fails_can_be_tried_again(caplog):
    def unavailable():
        raise ApiUnavailable("Nothing answers.")

    display = Display()
    view = WidgetView(display, unavailable)
    view.open(BEGIN)
    _, button = display.last.children
    button.click()
    assert "Nothing answers." in caplog.text
    assert not button.disabled
    assert button.description == "Cancel"
    view.close(DONE)


def test_text_is_a_line_per_change_of_state():
    stream = io.StringIO()
    view = TextView(stream)
    view.open(BEGIN)
    waiting = TaskStatus("sort by age", seconds=0.6)
    later = TaskStatus("sort by age", TaskState.PROGRESS, 60, "Sorting", "applying", seconds=1.1)
    for status in (BEGIN, waiting, waiting, HALF, later):
        view.update(status)
    view.close(DONE)
    view.close(DONE)
    assert stream.getvalue().splitlines() == [
        "sort by age: waiting",
        "sort by age: 50 % · Sorting",
        "sort by age: Sorted 3 rows · 3 rows",
    ]


def test_a_task_that_ends_soon_is_one_line_of_text():
    stream = io.StringIO()
    view = TextView(stream)
    view.open(BEGIN)
    view.update(BEGIN)
    view.close(DONE)
    assert stream.getvalue() == "sort by age: Sorted 3 rows · 3 rows\n"


def test_text_on_a_stream_that_cannot_write_it():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    TextView(stream).close(DONE)
    assert raw.getvalue() == b"sort by age: Sorted 3 rows ? 3 rows\n"


def test_a_broken_view_is_logged_once_and_then_silent(caplog):
    class Broken(NullView):
        calls = 0

        def update(self, status):
            Broken.calls += 1
            raise RuntimeError("no front end")

    view = GuardedView(Broken())
    with caplog.at_level(logging.WARNING):
        view.update(BEGIN)
        view.update(BEGIN)
        view.close(DONE)
    assert Broken.calls == 1
    assert len(caplog.records) == 1


def test_outside_of_jupyter_progress_is_text(monkeypatch):
    monkeypatch.delenv("WORKBENCH_PROGRESS", raising=False)
    assert not in_notebook()
    assert running_cell() is None
    assert view_kind() == "text"
    assert view_kind("none") == "none"
    assert isinstance(new_view("none", lambda: None), NullView)


def test_the_environment_chooses_the_view(monkeypatch):
    monkeypatch.setenv("WORKBENCH_PROGRESS", "html")
    assert view_kind() == "html"
    assert view_kind("text") == "text"


def test_an_unknown_view_is_refused():
    with pytest.raises(InvalidParameter, match="auto, widget, html, text"):
        view_kind("balloons")
