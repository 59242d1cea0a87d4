"""Cards and lines: pure functions, compared with what they should be."""

import pytest

from workbench.errors import TaskCancelled, UnknownColumn
from workbench.explanation import Explanation, IgnoredWords, ReadWords
from workbench.models import TaskState
from workbench.notebook.cards import render_html, render_text, result_html, result_text
from workbench.status import Result, TaskStatus

NOTE = "2 values could not be read"
DROPPED = Result(
    "Dropped 150 rows where email was null",
    node_id="1",
    rows_before=10_000,
    rows_after=9_850,
    columns_changed=("age",),
    columns_added=("total",),
    warnings=(NOTE,),
    code="df = df.dropna(subset=['email'])",
)
NASTY = '<script>alert("x")</script><img src=x onerror=alert(1)>' + "\u202e\x1b[31m&'\"" * 40


def status(**facts):
    return TaskStatus(**{"title": "remove rows where email is null", **facts})


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "waiting"),
        ({"seconds": 12.3}, "waiting · 12 s"),
        ({"stage": "uploading", "message": "uploading, 30 %"}, "uploading, 30 %"),
        (
            {"state": TaskState.PROGRESS, "progress": 50, "message": "Applying step 1 of 2", "seconds": 1.0},
            "50 % · Applying step 1 of 2",
        ),
        (
            {"state": TaskState.PROGRESS, "progress": 50, "reconnecting": True},
            "reconnecting to the workbench …",
        ),
        (
            {"state": TaskState.SUCCESS, "result": DROPPED},
            f"{DROPPED.sentence} · 10,000 → 9,850 rows · changed: age · added: total · note: {NOTE}",
        ),
        (
            {"state": TaskState.FAILURE, "error": UnknownColumn.among("emial", ["email"])},
            "failed: There is no column 'emial'. Did you mean 'email'?",
        ),
        (
            {"state": TaskState.REVOKED, "error": TaskCancelled("The task was cancelled.")},
            "cancelled: The task was cancelled.",
        ),
    ],
)
def test_a_status_as_a_line(facts, line):
    assert render_text(status(**facts)) == f"remove rows where email is null: {line}"


def test_times_can_be_left_out(monkeypatch):
    monkeypatch.setenv("WORKBENCH_STABLE_OUTPUT", "1")
    assert render_text(status(seconds=12.3)) == "remove rows where email is null: waiting"


def test_a_running_card_has_a_bar_and_a_final_card_has_none():
    running = render_html(status(state=TaskState.PROGRESS, progress=50, message="Writing"))
    assert '<progress value="50" max="100"' in running
    assert "50 % · Writing" in running
    final = render_html(status(state=TaskState.SUCCESS, result=DROPPED))
    assert "<progress" not in final
    for text in ("Dropped 150 rows", "10,000 → 9,850 rows", "changed: age", "2 values", "df.dropna"):
        assert text in final


def test_a_failed_card_says_cause_and_hint():
    html = render_html(status(state=TaskState.FAILURE, error=UnknownColumn.among("emial", ["email"])))
    assert "There is no column &#x27;emial&#x27;." in html
    assert "Did you mean &#x27;email&#x27;?" in html


def nasty_statuses():
    nasty = Result(
        NASTY * 5,
        rows_before=10**12,
        rows_after=0,
        columns_added=(NASTY,) * 9,
        columns_removed=(NASTY,) * 9,
        columns_changed=(NASTY,) * 9,
        warnings=(NASTY,) * 9,
        code=NASTY * 20,
        explanation=Explanation(words=(), assumed=(NASTY,) * 9),
    )
    error = UnknownColumn(NASTY * 5, NASTY * 5)
    return [
        TaskStatus(NASTY * 9, TaskState.SUCCESS, result=nasty),
        TaskStatus(NASTY * 9, TaskState.FAILURE, error=error),
        TaskStatus(NASTY * 9, TaskState.PROGRESS, 50, NASTY * 9, seconds=1e9),
        TaskStatus("數據" * 4000, TaskState.PROGRESS, 50, "\ud800" * 4000),
    ]


@pytest.mark.parametrize("nasty", nasty_statuses())
def test_a_card_is_small_escaped_and_static_whatever_is_in_it(nasty):
    html = render_html(nasty)
    assert len(html.encode(errors="replace")) < 2048
    for forbidden in ("<script", "<img", "data-", "var(--"):
        assert forbidden not in html
    assert "\n" not in render_text(nasty)
    assert "\x1b" not in render_text(nasty)


def test_a_result_as_text():
    assert result_text(DROPPED) == (
        "Dropped 150 rows where email was null\n"
        "  10,000 → 9,850 rows · changed: age · added: total\n"
        "  note: 2 values could not be read\n"
        "\n"
        "  df = df.dropna(subset=['email'])"
    )
    assert repr(DROPPED) == result_text(DROPPED)


def test_what_was_assumed_is_said_and_no_more_of_the_explanation():
    explanation = Explanation(
        words=(ReadWords(text="sort by", start=0, end=7, role="command", became="sort"),),
        assumed=("sorted by age ascending, as no direction was said", "took 'old' for the column age"),
        ignored=(IgnoredWords(text="please", start=15, end=21),),
    )
    result = Result.read(
        {"transformation": "Sorted by age", "explanation": explanation.model_dump(mode="json")}
    )
    assert result.explanation == explanation
    said = "assumed: sorted by age ascending, as no direction was said; took 'old' for the column age"
    assert result_text(result) == f"Sorted by age\n  {said}"
    assert render_text(status(state=TaskState.SUCCESS, result=result)).endswith(f"Sorted by age · {said}")
    html = result_html(result)
    assert "took &#x27;old&#x27; for the column age" in html
    assert "please" not in html


def test_a_dry_run_shows_its_preview_and_says_that_nothing_changed():
    facts = {"columns": [{"name": "age", "dtype": "int64"}], "rows": [[31]]}
    result = Result.read(
        {"dry_run": True, "description": "Drop rows", "rows_after": 1, "preview": facts, "node_id": None}
    )
    assert "nothing was changed" in result_text(result)
    assert "<td" in result_html(result)
    assert result.node is None
