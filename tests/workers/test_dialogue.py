"""What is said of the conversation, as a worker does it: undo, redo, going back, going on, the same again."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.support.worker_session import Session
from workbench.ids import new_id
from workbench.models import TaskState
from workbench.store.protocol import NewTask, OwnerStore
from workers.jobs import chat
from workers.running import perform
from workers.services import Services

ORDERS = pd.DataFrame(
    {
        "city": ["Paris", "Paris", "Oslo", "Rome", "Oslo", "Paris"],
        "price": [10.0, 20.5, None, 1500.25, 8.0, 3.0],
        "quantity": [1, 2, None, 4, 5, 6],
        "discount": [0.5, None, 0.25, 0.125, None, 0.0],
    }
)
CITIES = pd.DataFrame({"city": ["Paris", "Oslo"], "country": ["France", "Norway"]})


COLUMNS = "4 columns: city (str), price (float64), quantity (float64), discount (float64)."


@pytest.fixture
def session(services: Services, owner: OwnerStore) -> Session:
    session = Session(services, owner)
    session.open("orders", ORDERS)
    session.open("cities", CITIES)
    return session


def refused(session: Session, message: str, **more: Any) -> tuple[str, str]:
    """The code and the reason with which a message is refused, without an effect."""
    before = session.owner.session(session.id), session.owner.nodes(session.id)
    ended = session.say(message, **more)
    assert ended.error is not None, ended.result
    assert (session.owner.session(session.id), session.owner.nodes(session.id)) == before
    return ended.error["code"], ended.error["detail"]


def test_undo_and_redo_walk_along_the_line(session: Session) -> None:
    commands = ("drop rows without price", "sort by price", "first 2 rows")
    heads = [session.head, *(session.told(message)["node_id"] for message in commands)]

    walked = []
    for message in ("undo that", "undo the last two", "redo", "please redo twice", "go back one step"):
        result = session.told(message)
        assert (result["asks"], result["head_moved"]) == (False, True)
        assert result["node_id"] == session.head
        walked.append(heads.index(session.head))

    assert walked == [2, 0, 1, 3, 2]
    assert session.told("undo")["transformation"] == "Undone: Sort by price"
    assert len(session.owner.nodes(session.id).items) == 5


def test_there_is_an_end_to_undo_and_redo(session: Session) -> None:
    assert refused(session, "undo that")[0] == "nothing_to_undo"
    assert refused(session, "redo")[0] == "nothing_to_redo"
    session.told("sort by price")
    assert refused(session, "undo the last 2") == ("nothing_to_undo", "The head can go back by 1 at most.")


def test_a_question_does_not_come_between_a_command_and_its_undo(session: Session) -> None:
    source = session.head
    session.told("sort by price")
    session.told("how many rows per city?")

    session.told("undo that")

    assert session.head == source


def test_back_to_the_start_and_to_either_side_of_a_step(session: Session) -> None:
    source = session.head
    sorted_ = session.told("sort by price")["node_id"]
    joined = session.told("join cities on city")["node_id"]
    last = session.told("first 3 rows")["node_id"]

    result = session.told("go back to before the join")
    assert (session.head, result["node_id"]) == (sorted_, sorted_)
    assert result["transformation"].startswith("Went back to before: ")
    session.told("undo")
    assert session.head == last
    session.told("go back to after the join")
    assert session.head == joined
    assert session.told("start over")["transformation"] == "Went back to orders, before the first command"
    assert session.head == source
    assert refused(session, "go back to the original data")[0] == "nothing_to_undo"


def test_a_step_that_is_not_there_or_not_the_only_one_is_asked_about(session: Session) -> None:
    session.told("sort by price")
    session.told("first 4 rows")
    head = session.told("sort by quantity")["node_id"]

    assert "No step on the way" in refused(session, "go back to before the join")[1]
    assert "which step 'dance' is" in refused(session, "go back to before the dance")[1]
    code, reason = refused(session, "go back to before the sort")
    assert (code, "Sort by price; Sort by quantity" in reason) == ("message_not_understood", True)
    session.told("go back to before the last sort")
    assert session.head == session.owner.node(head).parents[0]


def test_the_last_step_is_taken_back_by_its_name_if_it_is_that_alone(session: Session) -> None:
    sorted_ = session.told("sort by price")["node_id"]
    session.told("drop rows without quantity")

    assert "not the sort alone: Drop rows where quantity is null" in refused(session, "undo the sort")[1]
    assert session.told("undo the filter")["transformation"] == "Undone: Drop rows where quantity is null"
    assert session.head == sorted_
    session.told("first 4 rows, then sort by quantity")
    assert "not the sort alone" in refused(session, "undo the sort")[1]


def test_going_on_with_an_answer(session: Session) -> None:
    source = session.head
    asked = session.told("how many rows per city?")
    session.told("how many columns?")  # what is told at once is no answer to go on with

    kept = session.told("go on with that")

    assert kept["node_id"] == asked["node_id"] == session.head
    assert (kept["head_moved"], kept["rows_before"], kept["rows_after"]) == (True, 6, 3)
    assert session.told("sort by count descending")["rows_before"] == 3
    session.told("undo the last two")
    assert session.head == source


def test_without_an_answer_there_is_nothing_to_go_on_with(session: Session) -> None:
    assert "no answer to go on with" in refused(session, "keep that")[1]
    session.told("how many rows per city?")
    session.told("sort by price")
    assert "no answer to go on with" in refused(session, "continue with that")[1]


def test_the_same_for_another_column(session: Session) -> None:
    session.told("fill missing price with the median")
    again = session.told("do the same for quantity")
    assert again["description"] == "Fill nulls in quantity with the median"
    assert session.head == again["node_id"]
    assert session.told("now do the same for discount")["columns_changed"] == ["discount"]

    asked = session.told("what is the average price?")
    assert asked["answer"].startswith("The average of price is ")
    followed = session.told("what about quantity?")
    assert followed["answer"] == "The average of quantity is 3.66667."
    assert (followed["asks"], followed["plan"][0]["aggregations"][0]["name"]) == (True, "mean_quantity")


@pytest.mark.parametrize(
    ("first", "then", "reason"),
    [
        ("what is the average price by city?", "do the same for quantity", "about city and price"),
        ("sort by price", "do the same for price", "about 'price' already"),
        ("add a column double = price * 2", "do the same for quantity", "write over double"),
        ("join cities on city", "do the same for price", "another dataset"),
        ("sort by price", "do the same for colour", "'colour' is no column"),
        ("sort by price", "what about quantity?", "the last command was no question"),
    ],
)
def test_what_is_not_of_one_column_is_not_done_to_another(
    session: Session, first: str, then: str, reason: str
) -> None:
    session.told(first)
    assert reason in refused(session, then)[1]


def test_the_same_of_nothing(session: Session) -> None:
    assert "no command to do again" in refused(session, "do the same for price")[1]


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("how many rows?", "6 rows."),
        ("How many orders are there?", "6 rows."),
        ("how many columns does it have?", "4 columns."),
        ("what is the shape?", "6 rows × 4 columns."),
        ("show me the columns", COLUMNS),
        ("what are the data types?", COLUMNS),
        (
            "which datasets are there?",
            "2 datasets: orders (6 rows × 4 columns), cities (2 rows × 2 columns).",
        ),
    ],
)
def test_what_is_asked_of_the_whole_table_is_told_without_a_node(
    session: Session, message: str, answer: str
) -> None:
    result = session.told(message)

    assert result["answer"] == answer
    assert (result["node_id"], result["asks"], result["head_moved"]) == (None, True, False)
    assert len(session.owner.nodes(session.id).items) == 2


def test_help_speaks_of_this_table(session: Session) -> None:
    answer = session.told("what can you do?")["answer"]
    assert "drop rows without city" in answer
    assert "undo the last two" in answer


def test_a_node_that_is_named_is_what_is_told_about_and_nothing_is_moved_from_it(session: Session) -> None:
    source = session.head
    session.told("first 2 rows")

    assert session.told("how many rows?", node_id=source)["answer"] == "6 rows."
    assert "Leave out the node" in str(session.say("undo", node_id=source).error)


def test_a_dry_run_moves_nothing(session: Session) -> None:
    head = session.told("sort by price")["node_id"]

    result = session.told("undo", dry_run=True)

    assert (result["dry_run"], result["head_moved"], result["description"]) == (
        True,
        False,
        "Undone: Sort by price",
    )
    assert session.head == head


def test_an_undo_that_is_delivered_twice_is_made_once(session: Session, services: Services) -> None:
    session.told("sort by price")
    head = session.told("first 2 rows")["node_id"]
    task = session.owner.submit_task(
        NewTask(new_id(), "process_chat_message", {"message": "undo"}, session.id)
    ).task

    assert [perform(services, task.id, chat) for _ in range(2)] == ["claimed", "ended"]

    assert session.owner.task(task.id).status is TaskState.SUCCESS
    assert session.head == session.owner.node(head).parents[0]
