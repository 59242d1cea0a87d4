"""How the client's objects show themselves, in text and in HTML."""

import pandas as pd
import pytest

from workbench.errors import (
    SessionNotFound,
)


def test_everything_shows_itself_in_text_and_html(wb, session):
    session.chat("one").result()
    things = [
        wb,
        wb.sessions,
        wb.transformations,
        session,
        session.head,
        session.nodes,
        session.datasets,
        session.tasks,
        session.tasks[0],
        session.head.rows(),
        session.tasks[0].result(),
    ]
    for thing in things:
        assert repr(thing)
        html = thing._repr_html_()
        assert html.startswith("<")
        assert "<script" not in html
        assert len(html) < 20_000


def test_a_session_shows_its_size_its_line_and_its_first_rows(session):
    session.chat("one").result()
    text = repr(session)
    assert text.splitlines()[:2] == [
        "<Session 'people': 2 rows × 2 columns>",
        "people (3 rows) → Drop 1 row (2 rows)",
    ]
    assert "c@x.org" in text
    assert "c@x.org" in session._repr_html_()


def test_a_session_shows_that_the_workbench_is_away(session, fake_api):
    fake_api.down = 1000
    assert "Nothing answers" in repr(session)
    assert "Nothing answers" in session._repr_html_()


def test_names_complete_as_keys(wb, session):
    assert wb.sessions._ipython_key_completions_() == ["people"]
    assert session._ipython_key_completions_() == ["people"]
    assert wb.sessions["people"].id == session.id
    with pytest.raises(SessionNotFound, match="Did you mean 'people'"):
        wb.sessions["peple"]


def test_names_of_data_are_escaped(wb):
    frame = pd.DataFrame({"<script>alert(1)</script>": ["<img src=x onerror=alert(1)>"]})
    session = wb.open(frame, name="<b>x</b>")
    html = session._repr_html_() + session.nodes._repr_html_() + wb.sessions._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>x" not in html
