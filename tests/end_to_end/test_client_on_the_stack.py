"""The notebook client on the real stack, in plain Python."""

import pandas as pd
import pytest

from tests.support.nycflights import nycflights
from workbench import Workbench
from workbench.errors import (
    DataError,
    FileEmpty,
    MessageAmbiguous,
    NothingToRedo,
    PlannerRefusal,
    SessionNotFound,
    TaskCancelled,
    UnknownColumn,
)
from workbench.transformations import DropNulls, Head, Plan


@pytest.fixture
def wb(stack):
    with Workbench(data_dir=stack.data_dir, progress="none") as made:
        assert made.url == stack.url
        yield made


@pytest.fixture
def flights(wb, flights_csv, tmp_path):
    path = tmp_path / "flights.csv"
    path.write_bytes(flights_csv)
    return wb.open(path)


def test_the_main_job(flights):
    source = flights.head
    task = flights.chat("remove rows where dep_time is null")
    result = task.result()
    missing = int(nycflights().head(1_000).dep_time.isna().sum())
    assert result.rows_affected == missing
    assert result.sentence == f"Dropped {missing} rows where dep_time was null"
    assert (result.rows_before, result.rows_after) == (1_000, 1_000 - missing)
    assert result.node == flights.head
    assert task.progress == 100

    frame = flights.df
    assert len(frame) == 1_000 - missing
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == flights.head.columns

    assert flights.undo() == source
    assert len(flights.df) == 1_000
    assert flights.redo() == result.node
    with pytest.raises(NothingToRedo):
        flights.redo()
    assert flights.checkout(source) == source
    assert [len(node.parents) for node in flights.nodes] == [0, 1]


def test_the_code_makes_the_same_frame(flights, tmp_path, monkeypatch):
    flights.chat("drop rows without dep_delay, then average dep_delay by carrier")
    expected = flights.df
    monkeypatch.chdir(tmp_path)  # the recipe reads the file by its name
    scope = {}
    exec(flights.code(), scope)
    pd.testing.assert_frame_equal(scope["df"], expected)


def test_commands_apply_in_their_order(flights):
    for limit in (900, 800, 700, 600):
        flights.chat(f"keep the first {limit} rows")
    assert len(flights.df) == 600
    assert [len(node) for node in flights.nodes] == [1_000, 900, 800, 700, 600]
    assert [task.status for task in flights.tasks] == ["SUCCESS"] * 5
    assert flights.tasks[0].title == "keep the first 600 rows"


def test_a_plan_of_ones_own(flights):
    result = flights.apply(Plan.parse([DropNulls(columns=("dep_time",)).model_dump(mode="json")])).result()
    assert result.node.steps[0]["kind"] == "drop_nulls"
    assert result.node.code() == flights.code()


def test_a_preview_commits_nothing(flights):
    result = flights.preview("keep rows where origin is JFK")
    assert result.dry_run
    assert "JFK" in result.code
    assert len(result.preview["rows"]) > 0
    assert "nothing was changed" in repr(result)
    assert len(flights.nodes) == 1


def test_frames_and_files_side_by_side(wb, tmp_path):
    customers = pd.DataFrame(
        {
            "id": pd.array([1, 2, None], dtype="Int64"),
            "name": ["a", "b", None],
            "kind": pd.Categorical(["x", "y", "x"]),
            "since": pd.to_datetime(["2013-01-01", None, "2014-01-01"]).tz_localize("UTC"),
        }
    )
    orders = tmp_path / "orders.csv"
    orders.write_text("id,amount\n1,10\n2,\n")
    session = wb.open(customers, name="shop", orders=orders)
    assert session.name == "shop"
    assert session.datasets.names() == ["data", "orders"]
    pd.testing.assert_frame_equal(session.df, customers)
    assert session["orders"].columns == {"id": "int64", "amount": "Int64"}
    more = session.add(pd.DataFrame({"x": [1.5]}), name="more")
    assert more.df["x"].tolist() == [1.5]
    assert session.head.dataset == "data"


def test_a_sample(wb):
    session = wb.open_sample("flights")
    assert session.head.shape == (20_000, 19)
    assert session.name == "flights"


def test_a_failure_is_raised_with_its_reason(flights):
    with pytest.raises(UnknownColumn, match="no column 'dep_dellay'") as caught:
        flights.apply(DropNulls(columns=("dep_dellay",))).result()
    assert "dep_delay" in caught.value.hint
    with pytest.raises((PlannerRefusal, DataError)):
        flights.chat("frobnicate the quux").result()
    assert len(flights.nodes) == 1


def test_a_result_explains_how_the_message_was_understood(flights):
    message = "please keep only the flights from jfk, then sort by departure delay"
    previewed = flights.preview(message)
    result = flights.chat(message).result()
    again = flights.chat(message, node=flights.nodes[0]).result()

    assert result.explanation == previewed.explanation == again.explanation
    assert again.facts["reused"]
    assert {word.text: word.became for word in result.explanation.words if word.role == "column"} == {
        "departure delay": "dep_delay"
    }
    assert result.explanation.assumed == (
        "took 'jfk' for 'JFK', a value of origin",
        "took 'departure delay' for the column dep_delay",
        "sorted by dep_delay ascending, as no direction was said",
    )
    assert [words.text for words in result.explanation.ignored] == ["please", "the"]
    assert "assumed: took 'jfk' for 'JFK'" in repr(result)
    assert flights.tasks[0].result().explanation == again.explanation


def test_a_question_is_answered_by_its_number(flights):
    task = flights.chat("sort by carrier and dep_delay descending, then keep the first 5 rows")
    with pytest.raises(MessageAmbiguous) as caught:
        task.result()
    assert [len(reading["plan"]) for reading in caught.value.details["readings"]] == [2, 2]

    answered = flights.chat("2").result()

    assert answered.plan == tuple(caught.value.details["readings"][1]["plan"])
    assert flights.df["carrier"].tolist() == ["WN"] * 5
    with pytest.raises(PlannerRefusal):
        flights.chat("1").result()  # nothing is asked any more


def test_times_are_told_from_when_the_command_was_given(flights):
    before = pd.Timestamp.now("UTC").tz_localize(None).normalize() - pd.Timedelta(days=90)
    result = flights.chat("drop rows where time_hour is older than 90 days").result()
    after = pd.Timestamp.now("UTC").tz_localize(None).normalize() - pd.Timedelta(days=90)

    assert result.rows_after == 0
    told = pd.Timestamp(result.plan[0]["where"]["right"]["timestamp"])
    assert before <= told <= after
    assert result.explanation.assumed[0].startswith(f"'older than 90 days' is before {told.date()}")


def test_a_plan_that_was_given_as_such_has_no_explanation(flights):
    result = flights.apply(Head(n=5)).result()
    assert result.facts["explanation"] is None
    assert result.explanation is None


def test_a_bad_file_leaves_no_session(wb, tmp_path):
    path = tmp_path / "nothing-in-it.csv"
    path.touch()
    with pytest.raises(FileEmpty):
        wb.open(path)
    with pytest.raises(SessionNotFound):
        wb.session("nothing-in-it")


def test_a_waiting_task_is_cancelled(flights):
    first = flights.chat("sort by arr_delay")
    second = flights.chat("sort by dep_delay").cancel()
    first.result()
    second.wait()
    if second.error is not None:
        assert isinstance(second.error, TaskCancelled)
    assert len(flights.nodes) == (2 if second.error else 3)


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "arrow", "feather", "jsonl", "xlsx"])
def test_what_is_exported_can_be_opened_again(wb, flights, tmp_path, ending):
    flights.chat("keep the first 20 rows")
    path = flights.export(tmp_path / f"again.{ending}")
    again = wb.open(path)
    assert len(again.df) == 20
    assert list(again.df.columns) == list(flights.df.columns)


def test_another_kernel_goes_on(wb, stack, flights):
    flights.rename("to be continued")
    flights.chat("sort by dep_delay")
    with Workbench(stack.url, stack.token, progress="none") as other:
        found = other.session("to be continued")
        assert [task.result().node is not None for task in found.tasks] == [True, True]
        assert found.head == flights.head
        found.delete()
        with pytest.raises(SessionNotFound):
            other.session("to be continued")


def test_the_catalogue(wb):
    words = wb.transformations
    assert words["drop_nulls"]["kind"] == "drop_nulls"
    assert "drop_nulls" in repr(words)
    assert all(row.strip() for row in repr(words).splitlines())


def test_pages_and_profiles(flights):
    rows = flights.head.rows(990, 100)
    assert (len(rows), rows.total) == (10, 1_000)
    profile = flights.head.profile()
    assert profile.names() == list(flights.head.columns)
    assert profile["dep_time"]["nulls"] == int(nycflights().head(1_000).dep_time.isna().sum())
    assert "dep_time" in repr(profile)
