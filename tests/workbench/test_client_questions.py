"""Questions through the client: the answer, its table, and going on with it."""

import pytest

from workbench.errors import NotFound
from workbench.status import Result

QUESTION = "how many people are there per age?"
CARRIERS = {
    "columns": [{"name": "age", "dtype": "int64"}, {"name": "count", "dtype": "int64"}],
    "rows": [[27, 1], [31, 1]],
    "total": 2,
}


@pytest.fixture
def asked(fake_api, session):
    answer = {"asks": True, "head_moved": False, "answer": "27 (1), 31 (1).", "preview": CARRIERS}
    fake_api.script(QUESTION, **answer)
    return session.chat(QUESTION)


def test_a_question_has_an_answer_and_the_head_stays(session, asked):
    source = session.head

    result = asked.result()

    assert (result.asks, result.head_moved, result.answer) == (True, False, "27 (1), 31 (1).")
    assert result.sentence == result.answer
    assert session.head == source
    assert result.node in session.nodes
    assert result.node.parents == [source]


def test_a_command_is_no_question(session):
    result = session.chat("drop the first row").result()

    assert (result.asks, result.head_moved, result.answer) == (False, True, None)
    assert session.head == result.node


def test_an_answer_that_is_kept_is_the_head(fake_api, session, asked):
    kept = asked.result().keep()

    assert session.head == kept == asked.result().node
    ((method, path),) = {(one[0], one[1]) for one in fake_api.requests if one[0] == "PATCH"}
    assert (method, path) == ("PATCH", f"/sessions/{session.id}")


def test_what_made_nothing_cannot_be_kept(session):
    dry = session.chat("drop the first row", dry_run=True).result()

    assert dry.head_moved is False
    with pytest.raises(NotFound, match="no table to go on with"):
        dry.keep()


def test_an_answer_shows_its_sentence_and_its_table(asked):
    result = asked.result()

    assert repr(result).splitlines()[:7] == [
        "27 (1), 31 (1).",
        "  beside the line: the table stays as it is",
        "",
        "  age  count",
        "int64  int64",
        "   27      1",
        "   31      1",
    ]
    for html in (asked._repr_html_(), result._repr_html_()):
        assert "27 (1), 31 (1)." in html
        assert html.count("<td") == 4
        assert "<script" not in html
    assert "27 (1), 31 (1). · beside the line" in repr(asked)


def test_a_wide_table_is_left_out_of_the_card_and_shown_with_the_result():
    from workbench.models import TaskState
    from workbench.notebook.cards import render_html, result_html
    from workbench.status import TaskStatus

    wide = {"columns": [{"name": f"c{n}", "dtype": "int64"} for n in range(9)], "rows": [list(range(9))]}
    facts = {"asks": True, "head_moved": False, "answer": "1 of 9 rows.", "preview": wide, "node_id": "1"}
    result = Result.read(facts)

    card = render_html(TaskStatus("which?", TaskState.SUCCESS, result=result))
    assert "<td" not in card
    assert len(card) < 2048
    assert "<td" in result_html(result)
