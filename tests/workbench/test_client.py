"""The client against a stand-in for the API: what it sends, what it gives, what it raises."""

import os
import signal
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest

import workbench
from workbench.client import Workbench
from workbench.errors import (
    ApiUnavailable,
    Conflict,
    FileEmpty,
    FileMissing,
    FileUnreadable,
    InvalidParameter,
    NodeNotFound,
    NothingToUndo,
    SessionEmpty,
    SessionNotFound,
    TaskTimedOut,
    Unauthorized,
    UnknownColumn,
)
from workbench.notebook.views import NullView

UNKNOWN = UnknownColumn.among("emial", ["email"])


@pytest.fixture
def session(wb, csv_file):
    return wb.open(csv_file)


def test_a_file_becomes_a_session_named_after_it(wb, session):
    assert session.name == "people"
    assert list(session.datasets.names()) == ["people"]
    assert session.head.shape == (3, 2)
    assert session.head.dataset == "people"
    assert wb.sessions.names() == ["people"]


def test_several_files_and_frames_in_the_order_given(wb, csv_file):
    session = wb.open(orders=csv_file, customers=pd.DataFrame({"id": [1, 2]}), name="shop")
    assert session.name == "shop"
    assert session.datasets.names() == ["orders", "customers"]
    assert session.head.dataset == "orders"
    assert session["customers"].df["id"].tolist() == [1, 2]


def test_a_file_that_cannot_be_read_leaves_no_session(wb, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(FileEmpty, match=r"empty\.csv is empty"):
        wb.open(empty)
    assert len(wb.sessions) == 0


@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [
        ("people.csv", FileMissing, r"There is no file 'people\.csv'"),
        (".", FileUnreadable, "is a folder"),
        ("https://example.org/a.csv", InvalidParameter, "only local files"),
        (42, InvalidParameter, "A int cannot be opened"),
        (None, InvalidParameter, "nothing to open"),
    ],
)
def test_what_cannot_be_opened_is_said_before_anything_is_sent(
    wb, fake_api, source, kind, said, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    sent = len(fake_api.requests)
    with pytest.raises(kind, match=said):
        wb.open(source)
    assert len(fake_api.requests) == sent


def test_a_mistyped_path_gets_a_suggestion(wb, csv_file):
    with pytest.raises(FileMissing) as caught:
        wb.open(csv_file.with_name("poeple.csv"))
    assert "people.csv" in caught.value.hint


def test_chat_gives_a_task_at_once_and_its_result(session, fake_api, moment):
    fake_api.script("slow", moment(0.3, 50, "Sorting"))
    begun = time.monotonic()
    task = session.chat("slow")
    assert time.monotonic() - begun < 0.2
    assert not task.done
    result = task.result()
    assert task.done
    assert task.status == "SUCCESS"
    assert task.progress == 100
    assert result.sentence == "Dropped 1 row"
    assert (result.rows_before, result.rows_after) == (3, 2)
    assert result.node == session.head
    assert result.code == "df = df.iloc[1:]"


def test_a_short_task_is_seen_as_it_ends(session, fake_api, moment):
    fake_api.script("quick", moment(0.02, 50, "Sorting"))
    begun = time.monotonic()
    session.chat("quick").result()
    assert time.monotonic() - begun < 0.15


def test_a_failed_task_raises_what_the_worker_said(session, fake_api):
    fake_api.script("bad", error=UNKNOWN)
    task = session.chat("bad")
    with pytest.raises(UnknownColumn, match="no column 'emial'") as caught:
        task.result()
    assert caught.value == UNKNOWN
    assert task.wait() is task
    assert task.error == UNKNOWN


def test_reading_the_session_waits_for_the_commands_before(session, fake_api, moment):
    fake_api.script("slow", moment(0.2, 50, "Sorting"))
    session.chat("slow")
    assert len(session.df) == 2


def test_reading_says_once_that_the_last_command_failed(session, fake_api):
    fake_api.script("bad", error=UNKNOWN)
    session.chat("bad")
    with pytest.raises(UnknownColumn):
        _ = session.df
    assert len(session.df) == 3
    session.chat("bad")
    session.chat("good")
    assert len(session.df) == 2


def test_a_failure_that_was_raised_already_is_not_raised_again(session, fake_api):
    fake_api.script("bad", error=UNKNOWN)
    with pytest.raises(UnknownColumn):
        session.chat("bad").result()
    assert len(session.df) == 3


def test_undo_waits_for_the_commands_before(session, fake_api, moment):
    fake_api.script("slow", moment(0.2, 50, "Sorting"))
    session.chat("slow")
    assert session.undo().shape == (3, 2)
    with pytest.raises(NothingToUndo):
        session.undo()


def test_checkout_and_branching(session):
    source = session.head
    session.chat("one").result()
    session.chat("two").result()
    assert len(session.df) == 1
    assert session.checkout(source) == source
    assert session.chat("three", node=session.nodes[1]).result().rows_before == 2
    assert [len(node.parents) for node in session.nodes] == [0, 1, 1, 1]


def test_a_preview_changes_nothing(session):
    result = session.preview("drop the first row")
    assert result.dry_run
    assert result.node is None
    assert result.preview["rows"] == [[None, 27], ["c@x.org", 40]] or result.preview["rows"][0][0] == ""
    assert len(session.nodes) == 1


def test_a_plan_is_sent_as_json(session, fake_api):
    from workbench.transformations import Plan, registry

    kind = "drop_nulls"
    task = session.apply(Plan.parse([{"kind": kind, "columns": ["email"]}]), registry[kind](columns=["age"]))
    assert task.title.startswith("Drop rows where email")
    task.result()
    assert [path for _, path, *_ in fake_api.requests if "transformations" in path]


def test_a_frame_has_the_dtypes_of_the_node(wb, fake_api):
    frame = pd.DataFrame(
        {
            "n": pd.array([1, None], dtype="Int64"),
            "s": pd.Series(["a", None], dtype="str"),
            "b": pd.array([True, None], dtype="boolean"),
            "t": pd.to_datetime(["2013-01-01", None]).astype("datetime64[us]"),
            "c": pd.Categorical(["x", "y"]),
            "f": [1.5, None],
        }
    )
    session = wb.open(frame)
    node = fake_api.nodes[session.head.id]
    for column in node["columns"]:
        column["dtype"] = str(frame[column["name"]].dtype)
    fake_api.tables[node["id"]] = fake_api.tables[node["id"]].replace_schema_metadata(None)
    pd.testing.assert_frame_equal(session.df, frame)


def test_a_frame_is_the_callers_own_and_is_read_once(session, fake_api):
    first = session.df
    first.loc[0, "age"] = -1
    first["new"] = 1
    assert session.df["age"].tolist() == [31, 27, 40]
    assert len([path for _, path, *_ in fake_api.requests if path.endswith("/data")]) == 1


def test_rows_are_read_a_page_at_a_time(session):
    rows = session.head.rows(1, 1)
    assert (len(rows), rows.total, rows.offset) == (1, 3, 1)
    assert rows[0][1] == 27


@pytest.mark.parametrize("ending", ["csv", "parquet", "arrow", "jsonl", "tsv", "xlsx"])
def test_export_by_ending(session, tmp_path, ending):
    path = session.export(tmp_path / f"out.{ending}")
    assert path.stat().st_size > 0
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_export_to_nowhere(session, tmp_path):
    with pytest.raises(InvalidParameter, match="format is not known"):
        session.export(tmp_path / "out.docx")
    with pytest.raises(InvalidParameter, match="no folder"):
        session.export(tmp_path / "none" / "out.csv")


def test_sessions_are_found_again_with_their_tasks(wb, session):
    session.chat("one").result()
    found = wb.session("people")
    assert found.id == session.id
    assert [task.status for task in found.tasks] == ["SUCCESS", "SUCCESS"]
    assert [task.title for task in found.tasks] == ["one", "open people"]
    assert found.tasks[0].result().sentence == "Dropped 1 row"
    assert wb.session(session.id).name == "people"
    with pytest.raises(SessionNotFound) as caught:
        wb.session("poeple")
    assert "people" in caught.value.hint


def test_rename_and_delete(wb, session):
    assert session.rename("folk").name == "folk"
    session.delete()
    assert len(wb.sessions) == 0


def test_an_empty_session_says_what_to_do(wb):
    session = wb.new("empty")
    with pytest.raises(SessionEmpty, match=r"session\.add"):
        _ = session.df
    assert "no data yet" in repr(session)
    assert "no data yet" in session._repr_html_()


def test_an_unknown_node(session):
    with pytest.raises(NodeNotFound):
        session.checkout("nope").rows()


def test_waiting_has_a_limit(session, fake_api, moment):
    fake_api.script("slow", moment(0.5, 50, "Sorting"))
    task = session.chat("slow")
    with pytest.raises(TaskTimedOut):
        task.result(timeout=0.05)
    assert task.result().sentence == "Dropped 1 row"


def test_cancel(session, fake_api, moment):
    fake_api.script("slow", moment(60, 50, "Sorting"))
    task = session.chat("slow").cancel()
    assert task.done
    assert task.status == "REVOKED"
    assert task.cancel() is task


def test_a_task_behind_another_can_be_cancelled_at_once(session, fake_api, moment):
    fake_api.script("slow", moment(60, 50, "Sorting"))
    first, second = session.chat("slow"), session.chat("slow")
    assert second.cancel().done
    assert not first.done
    assert first.cancel().done


def test_an_interrupt_while_waiting_cancels_and_is_raised(session, fake_api, moment):
    fake_api.script("slow", moment(60, 50, "Sorting"))
    task = session.chat("slow")
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        task.result()
    assert time.monotonic() - begun < 0.7
    assert task.status == "REVOKED"


def test_an_interrupt_while_the_card_is_opened_cancels_as_well(session, fake_api, moment, monkeypatch):
    shown = []

    class Interrupted(NullView):
        def open(self, status):
            raise KeyboardInterrupt

        def close(self, status):
            shown.append(status.state)

    monkeypatch.setattr("workbench.task.new_view", lambda kind, on_cancel: Interrupted())
    fake_api.script("slow", moment(60, 50, "Sorting"))
    with pytest.raises(KeyboardInterrupt):
        session.chat("slow")
    assert [task.status()["status"] for task in fake_api.tasks.values()][-1] == "REVOKED"
    assert set(shown) == {"REVOKED"}
    assert len(session.df) == 3


def test_several_may_wait_for_one_task(session, fake_api, moment):
    fake_api.script("slow", moment(0.2, 50, "Sorting"))
    task = session.chat("slow")
    results = []
    threads = [threading.Thread(target=lambda: results.append(task.result())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert [result.sentence for result in results] == ["Dropped 1 row"] * 4


def test_outside_of_jupyter_progress_is_lines_on_stderr(fake_api, csv_file, capsys, moment):
    fake_api.script("slow", moment(1.6, 50, "Sorting"))
    with Workbench("http://workbench.test", fake_api.token, http=fake_api.transport(), progress="text") as wb:
        session = wb.open(csv_file)
        session.chat("slow").result()
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "open people: Opened people.csv · 3 rows",
        "slow: 50 % · Sorting",
        "slow: Dropped 1 row · 3 → 2 rows",
    ]


# When things go wrong on the way


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


def test_polling_survives_an_outage(session, fake_api, moment):
    fake_api.script("slow", moment(0.5, 50, "Sorting"))
    task = session.chat("slow")
    fake_api.down = 5
    assert task.result(timeout=30).sentence == "Dropped 1 row"


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


# How it shows itself


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


# The package


def test_exported_names():
    for name in workbench.__all__:
        assert getattr(workbench, name) is not None
    assert set(workbench.__all__) <= set(dir(workbench))
    with pytest.raises(AttributeError):
        _ = workbench.nonsense


def test_importing_the_client_is_light():
    heavy = {"pandas", "pyarrow", "celery", "fastapi", "redis", "supabase", "IPython", "ipywidgets", "dask"}
    script = f"""
import sys, workbench
early = set(sys.modules)
assert not any(name.startswith(("pydantic", "httpx", "workbench.")) for name in early), early
from workbench import Workbench, Session, Node, Task, Plan, col, errors
print(sorted({heavy!r} & set(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out == "[]\n"


def test_plain_python_ends_quietly_while_a_task_runs(fake_url, fake_api, csv_file, moment):
    fake_api.script("slow", moment(60, 50, "Sorting"))
    script = f"""
from workbench import Workbench
wb = Workbench({fake_url!r}, {fake_api.token!r}, progress="none")
wb.open({str(csv_file)!r}).chat("slow")
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_plain_python_shows_an_error_with_its_hint(fake_url):
    script = f"from workbench import Workbench; Workbench({fake_url!r}, 'wrong')"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=False
    )
    assert run.returncode == 1
    assert "workbench.errors.Unauthorized: The token does not fit. Look into runtime.json." in run.stderr
    assert "httpx" not in run.stderr


def test_upload_is_streamed(wb, fake_api, tmp_path, monkeypatch):
    from workbench import sources

    sizes = []
    read = sources.Counted.read

    def recording(self, size=-1):
        sizes.append(size)
        return read(self, size)

    monkeypatch.setattr(sources.Counted, "read", recording)
    path = tmp_path / "large.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 100_000)
    wb.open(path)
    assert max(sizes) <= 1 << 20
    assert -1 not in sizes
