"""What an analyst sees in JupyterLab: cards that live, are cancelled, and stay."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.support.jupyterlab import NotebookPage
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser


def sorts(steps: int) -> str:
    """A chat that takes a second or so for each of its steps."""
    return ", then ".join(f"sort by {('name', 'city')[step % 2]}" for step in range(steps))


# The last two would go on for much longer than the test, and are cancelled.
SOURCES = (
    "from workbench import Workbench\ns = Workbench().open('people.parquet')",
    f"t = s.chat({sorts(8)!r})",
    "print(t.done)",
    "from pathlib import Path\nwhile not Path('go').exists(): pass",
    "t.result().rows_after",
    f"u = s.chat({sorts(30)!r})",
    "u.result()",
    "print('free')",
    f"v = s.chat({sorts(29)!r})",
    "print(v.wait().status)",
)
OPEN, CHAT, DONE, BUSY, RESULT, INTERRUPTED, INTERRUPT, FREE, CANCELLED, STATUS = range(len(SOURCES))


def live_line(card: Locator, than: str = "") -> str:
    """Wait for another line about a task's steps; gives it."""

    def another() -> str:
        found = re.search(r"Applying step \d+", card.inner_text())
        return found[0] if found and found[0] != than else ""

    return wait_until(another, seconds=30, what="another step on the card")


def states(stack) -> list[str]:
    """How the tasks ended, the oldest first."""
    with stack.http() as http:
        return [task["status"] for task in reversed(http.get("/tasks").json()["items"])]


@pytest.mark.timeout(240)
def test_cards_live_are_cancelled_and_stay(stack, lab, people, page):
    notebook = NotebookPage(page, lab, lab.write("people.ipynb", *SOURCES))
    notebook.run(OPEN)
    expect(notebook.outputs(OPEN)).to_contain_text("Opened people.parquet")

    the_kernel_is_free_and_the_card_is_live(notebook, lab)
    an_interrupt_cancels(notebook)
    the_button_cancels(notebook)
    assert states(stack) == ["SUCCESS", "SUCCESS", "REVOKED", "REVOKED"]
    the_cards_stay_without_their_kernel(notebook)


def the_kernel_is_free_and_the_card_is_live(notebook: NotebookPage, lab) -> None:
    notebook.run(CHAT)
    card = notebook.outputs(CHAT)
    expect(card.locator("progress")).to_be_visible()
    first = live_line(card)
    notebook.run(DONE)
    expect(notebook.outputs(DONE)).to_have_text("False")
    notebook.start(BUSY)
    notebook.running(BUSY)
    second = live_line(card, than=first)
    live_line(card, than=second)
    notebook.running(BUSY)
    (lab.folder / "go").touch()
    notebook.run(RESULT)
    expect(notebook.outputs(RESULT)).to_have_text("1000000")
    expect(card).to_contain_text("Sorted 1,000,000 rows by name")
    expect(card.locator("progress")).to_have_count(0)


def an_interrupt_cancels(notebook: NotebookPage) -> None:
    notebook.run(INTERRUPTED)
    card = notebook.outputs(INTERRUPTED)
    notebook.start(INTERRUPT)
    notebook.running(INTERRUPT)
    live_line(card)
    notebook.interrupt()
    notebook.ended(INTERRUPT)
    expect(notebook.outputs(INTERRUPT)).to_contain_text("KeyboardInterrupt")
    expect(card).to_contain_text("Cancelled: The task was cancelled.")
    notebook.run(FREE)
    expect(notebook.outputs(FREE)).to_have_text("free")


def the_button_cancels(notebook: NotebookPage) -> None:
    notebook.run(CANCELLED)
    card = notebook.outputs(CANCELLED)
    live_line(card)
    card.get_by_role("button", name="Cancel").click()
    expect(card).to_contain_text("Cancelled: The task was cancelled.")
    notebook.run(STATUS)
    expect(notebook.outputs(STATUS)).to_have_text("REVOKED")


def the_cards_stay_without_their_kernel(notebook: NotebookPage) -> None:
    shown = notebook.page.locator(".jp-OutputArea-output").all_inner_texts()
    saved = notebook.save()
    assert "widgets" not in saved.metadata
    assert "<script" not in str(saved.cells)
    assert "vnd.jupyter.widget-view" not in str(saved.cells)
    notebook.load_with_a_fresh_kernel()
    outputs = notebook.page.locator(".jp-OutputArea-output")
    expect(outputs).to_have_text([re.compile(re.escape(text.split("\n")[0])) for text in shown])
    assert outputs.all_inner_texts() == shown
    expect(outputs.locator("script")).to_have_count(0)
    assert "not found" not in " ".join(outputs.all_inner_texts())
