"""The client against a stand-in for the API: what it sends, what it gives, what it raises."""

import os
import signal
import threading

import pandas as pd
import pytest

from workbench.client import Workbench
from workbench.errors import (
    FileEmpty,
    FileMissing,
    FileUnreadable,
    InvalidParameter,
    NodeNotFound,
    NothingToUndo,
    SessionEmpty,
    SessionNotFound,
    TaskTimedOut,
    UnknownColumn,
)
from workbench.notebook.views import NullView

UNKNOWN = UnknownColumn.among("emial", ["email"])


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
    fake_api.script("slow", moment(1.0, 50, "Sorting"))
    task = session.chat("slow")
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
    fake_api.script("quick", moment(0.2, 50, "Sorting"))
    task = session.chat("quick")
    task.result()
    # It waits at the API, which answers at the end; whoever asks at intervals would ask more often.
    asked = [path for _, path, _, _ in fake_api.requests if path.endswith(f"/tasks/{task.id}")]
    assert 1 <= len(asked) <= 3


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
    with pytest.raises(KeyboardInterrupt):
        task.result()
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
