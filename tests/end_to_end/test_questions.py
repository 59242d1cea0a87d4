"""Questions, and what is said of the line itself, on the real stack: over HTTP and through the client."""

import pytest

from tests.support.nycflights import nycflights
from workbench import Workbench

FLIGHTS = nycflights().head(1_000)


@pytest.fixture
def flights(stack, flights_csv, tmp_path):
    path = tmp_path / "flights.csv"
    path.write_bytes(flights_csv)
    with Workbench(data_dir=stack.data_dir, progress="none") as wb:
        yield wb.open(path)


def test_a_question_is_answered_beside_the_line_and_kept(flights):
    source = flights.head

    asked = flights.chat("How many flights are there per origin?").result()

    sizes = FLIGHTS.groupby("origin").size()
    assert asked.answer == ", ".join(f"{origin} ({size})" for origin, size in sizes.items()) + "."
    assert asked.asks
    assert not asked.head_moved
    assert asked.node.df["count"].tolist() == sizes.tolist()
    assert flights.head == source
    assert flights.chat("first 10 rows").result().node.parents == [source]
    assert asked.keep() == flights.head == asked.node
    assert len(flights.undo()) == 10


def test_the_line_is_walked_by_word(flights):
    source = flights.head
    flights.chat("drop rows without dep_delay")
    flights.chat("sort by dep_delay")
    flights.chat("undo the last two")
    assert flights.head == source
    flights.chat("what is the average distance?")
    kept = flights.chat("go on with that").result()
    assert flights.head == kept.node
    assert flights.df.iloc[0, 0] == pytest.approx(FLIGHTS.distance.mean())
    told = flights.chat("how many rows?").result()
    assert (told.answer, told.node) == ("1 row.", None)
    flights.chat("go back to the original data")
    assert flights.head == source


def test_over_http_an_undo_with_a_key_is_made_once(caller, http, flights_csv):
    session = caller.opened("flights.csv", flights_csv)
    first = caller.chat(session, "first 100 rows")["result"]["node_id"]
    caller.chat(session, "first 10 rows")

    for _ in range(3):
        answer = http.post(f"/sessions/{session}/undo", headers={"Idempotency-Key": "once"})
        assert answer.json()["head"] == first

    asked = caller.chat(session, "how many flights from JFK?")
    assert asked["result"]["answer"] == f"{int((FLIGHTS.head(100).origin == 'JFK').sum())} rows."
    assert (asked["result"]["asks"], asked["result"]["head_moved"]) == (True, False)
    assert http.get(f"/tasks/{asked['task_id']}").json()["message"] == asked["result"]["answer"]
    assert http.get(f"/sessions/{session}").json()["head"] == first
