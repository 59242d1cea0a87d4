"""The client when things go wrong on the way: what it repeats, what it survives, what it raises."""

import gc
import threading
import weakref

import pytest

import workbench
from tests.support.waiting import wait_until
from workbench.client import Workbench
from workbench.errors import (
    ApiUnavailable,
    Conflict,
    InvalidParameter,
    TooManyTasks,
    Unauthorized,
)


def test_a_wrong_token_is_said_at_once(fake_api):
    with pytest.raises(Unauthorized):
        Workbench("http://workbench.test", "wrong", http=fake_api.transport())


def test_nothing_listens():
    with pytest.raises(ApiUnavailable, match="Nothing answers at") as caught:
        Workbench("http://127.0.0.1:9", "token")
    assert "workbench up" in caught.value.hint


@pytest.mark.parametrize("url", ["workbench.test", "ftp://x", "http://", "::"])
def test_not_a_url(url):
    with pytest.raises(InvalidParameter, match="not the URL"):
        Workbench(url, "token")


def test_a_submission_is_repeated_when_the_connection_breaks_and_made_once(session, fake_api):
    fake_api.down = 2
    task = session.chat("one")
    task.result()
    assert len(session.nodes) == 2


def test_an_undo_whose_answer_was_lost_is_repeated_with_its_key(session, fake_api, monkeypatch):
    import httpx

    for message in ("one", "two"):
        session.chat(message).result()
    keys, handle = [], fake_api.handle

    def losing(method, url, headers, body):
        if url.endswith("/undo"):
            keys.append(headers["idempotency-key"])
            if len(keys) == 1:
                raise httpx.ReadError("cut")
        return handle(method, url, headers, body)

    monkeypatch.setattr(fake_api, "handle", losing)
    assert len(session.undo()) == 2
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_an_answer_that_was_lost_does_not_submit_twice(session, fake_api, monkeypatch):
    import httpx

    lose, seen = [True], []
    handle = fake_api.handle

    def losing(method, url, headers, body):
        answer = handle(method, url, headers, body)
        if url.endswith("/chat"):
            seen.append(headers["idempotency-key"])
            if lose:
                lose.pop()
                raise httpx.ReadError("cut")
        return answer

    monkeypatch.setattr(fake_api, "handle", losing)
    session.chat("one").result()
    assert len(seen) == 2
    assert len(set(seen)) == 1
    assert len(session.nodes) == 2


@pytest.fixture
def pauses(wb):
    """How long the client has waited, and no waiting."""
    slept = []
    wb._link.http._sleep = slept.append
    return slept


def test_a_loop_of_too_many_commands_is_slowed_down_and_loses_none(session, fake_api, pauses, capsys):
    session._link.progress = "text"
    for _ in range(4):
        fake_api.full = 3
        session.chat("one")
    assert len(session.nodes) == 5
    assert pauses == [1.0, 2.0, 5.0] * 4


def test_an_upload_waits_for_room_and_arrives_whole(wb, session, fake_api, pauses, csv_file):
    fake_api.full = 2
    assert len(session.add(csv_file, name="again")) == 3
    assert pauses == [1.0, 2.0]


def test_what_is_held_back_says_so(session, fake_api, monkeypatch, capsys):
    session._link.progress = "text"
    fake_api.full = 2
    clock = iter(range(1000))
    monkeypatch.setattr("workbench.task.time.monotonic", lambda: next(clock))
    monkeypatch.setattr(session._link.http, "_sleep", lambda seconds: None)
    session.chat("one")
    said = capsys.readouterr().err
    assert said.count("not taken yet: The session has 200 tasks that wait or run. It is submitted again") == 1


def test_where_no_task_ends_the_client_gives_up(session, fake_api, pauses, capsys):
    session._link.progress = "text"
    fake_api.full = 10**6
    with pytest.raises(TooManyTasks):
        session.chat("one")
    assert 900 <= sum(pauses) < 910
    assert "failed: The session has 200 tasks" in capsys.readouterr().err


def test_waiting_for_room_can_be_interrupted(session, fake_api, monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    session._link.progress = "text"
    fake_api.full = 1
    monkeypatch.setattr(session._link.http, "_sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.chat("one")
    assert "The submission was interrupted" in capsys.readouterr().err
    assert len(session.nodes) == 1


def test_polling_survives_an_outage(session, fake_api, moment):
    fake_api.script("slow", moment(0.5, 50, "Sorting"))
    task = session.chat("slow")
    fake_api.down = 5
    assert task.result(timeout=30).sentence == "Dropped 1 row"


def test_a_workbench_lives_as_long_as_its_sessions(fake_api, csv_file):
    def opened():
        wb = Workbench("http://workbench.test", fake_api.token, http=fake_api.transport(), progress="none")
        return wb.open(csv_file)

    session = opened()
    gc.collect()
    assert session.chat("one").result().sentence == "Dropped 1 row"
    connection = weakref.ref(session._link.http)
    del session
    wait_until(lambda: gc.collect() >= 0 and connection() is None, what="the connection's end")


def test_a_closed_workbench_says_so(wb, session):
    wb.close()
    with pytest.raises(Conflict, match="was closed"):
        _ = session.df


def test_closing_ends_those_who_wait(fake_api, csv_file, moment):
    fake_api.script("slow", moment(60, 50, "Sorting"))
    wb = Workbench("http://workbench.test", fake_api.token, http=fake_api.transport(), progress="none")
    task = wb.open(csv_file).chat("slow")
    threading.Timer(0.1, wb.close).start()
    with pytest.raises(Conflict, match="was closed"):
        task.result(timeout=20)


def test_another_server_is_not_taken_for_a_workbench():
    import httpx

    page = httpx.MockTransport(lambda request: httpx.Response(200, text="<html>hello</html>"))
    with pytest.raises(workbench.errors.InternalError, match="not JSON"):
        Workbench("http://workbench.test", "token", http=page)
    gone = httpx.MockTransport(lambda request: httpx.Response(404, text="nothing here"))
    with pytest.raises(workbench.errors.InternalError, match="with 404"):
        Workbench("http://workbench.test", "token", http=gone)
