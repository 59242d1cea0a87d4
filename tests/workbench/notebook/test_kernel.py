"""In a real kernel, driven as a notebook is: what is saved when it has run."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.support.fake_api import TOKEN
from workbench.errors import UnknownColumn

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def run(fake_url, csv_file, tmp_path, monkeypatch):
    """Execute cells after one that opens a session; give the cells with their outputs."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")

    def execute(*sources, progress="widget", allow_errors=False):
        monkeypatch.setenv("WORKBENCH_PROGRESS", progress)
        first = (
            "from workbench import Workbench\n"
            f"wb = Workbench({fake_url!r}, {TOKEN!r})\n"
            f"s = wb.open({str(csv_file)!r})"
        )
        cells = [nbformat.v4.new_code_cell(source) for source in (first, *sources)]
        notebook = nbformat.v4.new_notebook(cells=cells)
        NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=allow_errors).execute()
        return notebook

    return execute


def card_of(cell):
    """The only output of a cell, as HTML."""
    (output,) = cell.outputs
    assert set(output.data) == {"text/html", "text/plain"}, output.data
    return output.data["text/html"]


def test_each_task_leaves_one_static_card_in_its_cell(run, fake_api, moment):
    fake_api.script("slow", moment(0.3, 20, "Planning"), moment(0.3, 60, "Sorting"))
    notebook = run("t = s.chat('slow')", "t.result();", "s.chat('quick')", "s.chat('slow').result()")
    opened, slow, waited, quick, result = notebook.cells
    assert "Opened people.csv" in card_of(opened)
    for cell in (slow, quick, result):
        html = card_of(cell)
        assert "Dropped 1 row" in html
        assert len(html.encode()) < 2048
        for forbidden in ("<script", "data-", "var(--", "<progress"):
            assert forbidden not in html
    assert waited.outputs == []


@pytest.mark.parametrize("progress", ["widget", "html"])
def test_a_card_that_nobody_waits_for_is_final_once_the_session_is_read(run, fake_api, moment, progress):
    fake_api.script("slow", moment(0.4, 50, "Sorting"))
    notebook = run("t = s.chat('slow')", "print('meanwhile')", "len(s.df)", progress=progress)
    assert "Dropped 1 row" in card_of(notebook.cells[1])
    assert notebook.cells[3].outputs[0].data["text/plain"] == "2"


def test_a_preview_shows_its_rows_below_the_card(run):
    card, rows = run("s.preview('drop the first row')").cells[1].outputs
    assert "nothing was changed" in card.data["text/html"]
    assert "<table" in rows.data["text/html"]
    assert "c@x.org" in rows.data["text/plain"]


def test_a_short_task_makes_no_widget_at_all(run):
    notebook = run("t = s.chat('quick')", "t.result();")
    assert "widgets" not in notebook.metadata
    assert "Dropped 1 row" in card_of(notebook.cells[1])


def test_html_progress_leaves_no_widget_state(run, fake_api, moment):
    fake_api.script("slow", moment(0.4, 50, "Sorting"))
    notebook = run("s.chat('slow').result()", progress="html")
    assert "widgets" not in notebook.metadata


def test_chat_does_not_block_the_kernel(run, fake_api, moment):
    fake_api.script("slow", moment(1.5, 50, "Sorting"))
    notebook = run(
        "t = s.chat('slow')",
        "print(t.done)",
        "t.result().sentence",
    )
    assert notebook.cells[2].outputs[0].text == "False\n"
    assert notebook.cells[3].outputs[0].data["text/plain"] == "'Dropped 1 row'"


def test_the_card_is_live_while_the_task_runs(run, fake_api, moment):
    fake_api.script("slow", moment(1.5, 50, "Sorting the rows"))
    notebook = run(
        "seen = []\n"
        "publish = get_ipython().display_pub.publish\n"
        "def recording(data, *a, update=False, **k):\n"
        "    seen.append((update, data.get('text/plain')))\n"
        "    return publish(data, *a, update=update, **k)\n"
        "get_ipython().display_pub.publish = recording\n"
        "t = s.chat('slow')",
        "import time\n"
        "deadline = time.monotonic() + 10\n"
        "while not t.done and time.monotonic() < deadline: time.sleep(0.01)\n"
        "t.wait()\n"
        "print([update for update, _ in seen][:2], any('50 % · Sorting' in text for _, text in seen))\n"
        "print('Dropped 1 row' in seen[-1][1])",
        progress="html",
    )
    assert notebook.cells[2].outputs[-1].text == "[False, True] True\nTrue\n"


def test_an_error_is_short_and_fails_the_cell(run, fake_api):
    fake_api.script("bad", error=UnknownColumn.among("emial", ["email"]))
    notebook = run("t = s.chat('bad')", "t.result()", allow_errors=True)
    assert "There is no column" in card_of(notebook.cells[1])
    (output,) = notebook.cells[2].outputs
    assert output.output_type == "error"
    assert output.ename == "UnknownColumn"
    assert [ANSI.sub("", line) for line in output.traceback] == [
        "UnknownColumn [unknown_column]: There is no column 'emial'.",
        "  Did you mean 'email'?",
    ]


def test_a_failed_cell_stops_the_notebook(run, fake_api):
    fake_api.script("bad", error=UnknownColumn.among("emial", ["email"]))
    with pytest.raises(CellExecutionError, match="There is no column 'emial'"):
        run("s.chat('bad')", "s.df", "print('never')")


def test_an_interrupt_cancels_and_leaves_the_card(run, fake_api, moment):
    fake_api.script("slow", moment(60, 50, "Sorting"))
    notebook = run(
        "import os, signal, threading\n"
        "t = s.chat('slow')\n"
        "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "t.result()",
        "s.head.shape[0]",
        allow_errors=True,
    )
    card, error = notebook.cells[1].outputs
    assert "Cancelled" in card.data["text/html"]
    assert error.ename == "KeyboardInterrupt"
    assert error.traceback == ["KeyboardInterrupt: 'slow' was cancelled."]
    assert notebook.cells[2].outputs[0].data["text/plain"] == "3"
    assert [task.status()["status"] for task in fake_api.tasks.values()][-1] == "REVOKED"


def test_a_restarted_kernel_finds_its_session(run, fake_url):
    notebook = run(
        "s.chat('one').result();",
        "%reset -f",
        f"from workbench import Workbench\nwb = Workbench({fake_url!r}, {TOKEN!r})",
        "[task.result().sentence for task in wb.session('people').tasks]",
    )
    assert notebook.cells[4].outputs[0].data["text/plain"] == "['Dropped 1 row', 'Opened people.csv']"


def test_objects_show_themselves_as_html(run):
    notebook = run("wb", "s", "s.head", "s.nodes", "s.datasets", "wb.sessions")
    for cell in notebook.cells[1:]:
        html = card_of(cell)
        assert "people" in html or "Workbench" in html


def test_the_magic_takes_a_message_as_it_stands(run, fake_api):
    notebook = run(
        "%load_ext workbench.notebook",
        "%wb s keep rows where name is O'Hara and {x} > 1",
        "%%wb --wait s\ndrop rows without email\nthen sort by age",
        "t = %wb s one\nt.title",
        "def inner(mine):\n    get_ipython().run_line_magic('wb', '-w mine two')\ninner(s)",
    )
    for cell in notebook.cells[2:]:
        assert "Dropped 1 row" in cell.outputs[0].data["text/html"]
    titles = [cell.outputs[0].data["text/plain"].partition(": ")[0] for cell in notebook.cells[2:5]]
    assert titles == [
        "keep rows where name is O'Hara and {x} > 1",
        "drop rows without email then sort by age",
        "one",
    ]


def test_a_question_after_the_magic_is_no_call_for_help(run):
    notebook = run(
        "%load_ext workbench.notebook",
        "%reload_ext workbench.notebook",
        "%wb s how many rows?",
        "t = %wb s which of them are old?\nt.title",
        "%%wb s\nhow many rows?",
    )
    said = [cell.outputs[0].data["text/plain"].partition(": ")[0] for cell in notebook.cells[3:]]
    assert said == ["how many rows?", "which of them are old?", "how many rows?"]
    assert notebook.cells[4].outputs[-1].data["text/plain"] == "'which of them are old?'"


def test_the_magic_says_what_is_wrong(run):
    notebook = run(
        "%load_ext workbench.notebook", "%wb t sort by age", "%wb s", "%wb --loud s sort", allow_errors=True
    )
    said = [cell.outputs[0].evalue for cell in notebook.cells[2:]]
    assert "no session in a variable 't'" in said[0]
    assert "not told what should happen" in said[1]
    assert "unrecognized arguments: --loud" in said[2]


def test_the_kernel_ends_quietly(run, tmp_path):
    notebook = run("t = s.chat('one')", "wb.close()")
    assert all(output.output_type != "error" for cell in notebook.cells for output in cell.outputs)
    assert Path(tmp_path).exists()
