"""A file is opened, a sentence is said, and a new version stands beside the old one."""

from itertools import pairwise

import pytest

from tests.support.nycflights import nycflights

PENDING = {"status": "PENDING", "message": "Task queued for processing"}


@pytest.fixture
def session(caller, flights_csv):
    return caller.opened("flights.csv", flights_csv)


def test_a_message_becomes_a_node(caller, http, session):
    answer = http.post(f"/sessions/{session}/chat", json={"message": "remove rows where dep_time is null"})

    assert answer.status_code == 202
    task_id = answer.json()["task_id"]
    assert answer.json() == {"task_id": task_id, **PENDING}
    assert answer.headers["location"].endswith(f"/api/v1/tasks/{task_id}")

    ended = caller.ended(task_id)
    missing = int(nycflights().head(1_000).dep_time.isna().sum())
    assert ended["task_id"] == task_id
    assert ended["status"] == "SUCCESS"
    assert ended["result"]["rows_affected"] == missing
    assert ended["result"]["transformation"] == f"Dropped {missing} rows where dep_time was null"

    status = http.get(f"/tasks/{task_id}").json()
    assert (status["task_id"], status["status"], status["progress"]) == (task_id, "SUCCESS", 100)

    node = http.get(f"/nodes/{ended['result']['node_id']}").json()
    assert node["rows"] == 1_000 - missing
    assert http.get(f"/sessions/{session}").json()["head"] == node["id"]
    assert [made["rows"] for made in caller.nodes(session)] == [1_000, 1_000 - missing]


def test_several_steps_in_one_message(caller, http, session):
    ended = caller.chat(
        session, "drop rows without dep_delay, then average dep_delay by carrier and sort it descending"
    )

    expected = (
        nycflights()
        .head(1_000)
        .dropna(subset=["dep_delay"])
        .groupby("carrier")["dep_delay"]
        .mean()
        .sort_values(ascending=False)
    )
    page = http.get(f"/nodes/{ended['result']['node_id']}/rows").json()
    assert [row[0] for row in page["rows"]] == list(expected.index)
    assert [row[1] for row in page["rows"]] == pytest.approx(list(expected))


def test_the_code_of_a_node_makes_the_same_frame(caller, http, session, flights_csv, tmp_path, monkeypatch):
    caller.chat(session, "keep rows where origin is JFK")
    ended = caller.chat(session, "average arr_delay by dest, then sort by dest")
    node = ended["result"]["node_id"]
    (tmp_path / "flights.csv").write_bytes(flights_csv)
    monkeypatch.chdir(tmp_path)
    scope: dict = {}

    exec(http.get(f"/nodes/{node}/recipe", params={"format": "python"}).text, scope)

    rows = http.get(f"/nodes/{node}/rows", params={"limit": 1_000}).json()["rows"]
    assert [row[0] for row in rows] == list(scope["df"]["dest"])
    assert [row[1] for row in rows] == pytest.approx(list(scope["df"].iloc[:, 1].astype(float)), nan_ok=True)


def test_commands_of_a_session_apply_in_the_order_in_which_they_came(caller, http, session):
    messages = ["first 500 rows", "drop rows without dep_delay", "first 100 rows", "first 10 rows"]

    tasks = [
        http.post(f"/sessions/{session}/chat", json={"message": message}).json()["task_id"]
        for message in messages
    ]
    results = [caller.ended(task)["result"] for task in tasks]

    for earlier, later in pairwise(results):
        assert http.get(f"/nodes/{later['node_id']}").json()["parents"] == [earlier["node_id"]]
    assert http.get(f"/sessions/{session}").json()["head"] == results[-1]["node_id"]


def test_a_command_that_fails_leaves_the_head_where_it_was(caller, http, session):
    head = http.get(f"/sessions/{session}").json()["head"]

    ended = caller.chat(session, "remove rows where dep_tiem is null")

    assert ended["status"] == "FAILURE"
    assert "dep_tiem" in ended["error"]["detail"]
    assert "dep_time" in ended["error"]["hint"]
    assert http.get(f"/sessions/{session}").json()["head"] == head
    assert len(caller.nodes(session)) == 1


def test_the_same_command_on_the_same_data_is_not_computed_again(caller, http, session):
    first = caller.chat(session, "sort by distance descending")
    http.post(f"/sessions/{session}/undo")
    again = caller.chat(session, "sort by distance descending")

    assert again["result"]["node_id"] == first["result"]["node_id"]
    assert again["result"]["reused"] is True
    assert len(caller.nodes(session)) == 2


def test_a_dry_run_shows_what_would_happen_and_keeps_nothing(caller, session):
    ended = caller.chat(session, "keep rows where origin is JFK", dry_run=True)

    assert ended["result"]["code"].startswith("df = df[")
    assert {row[ORIGIN] for row in ended["result"]["preview"]["rows"]} == {"JFK"}
    assert len(caller.nodes(session)) == 1


ORIGIN = list(nycflights().columns).index("origin")


def test_a_test_task_runs(caller, http):
    answer = http.post("/tasks/test", params={"message": "Hello"})

    assert answer.status_code == 202
    assert answer.json()["status"] == "PENDING"
    assert answer.json()["message"].startswith("Test task submitted")
    assert caller.ended(answer.json()["task_id"])["result"]["message"] == "Hello"
