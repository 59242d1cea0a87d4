"""Questions, as a worker answers them: a node beside the line, the head where it was, a sentence."""

from __future__ import annotations

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
        "number": [1, 2, 3, 4, 5, 6],
        "city": ["Paris", "Paris", "Oslo", "Rome", "Oslo", "Paris"],
        "price": [10.0, 20.5, None, 1500.25, 8.0, 3.0],
        "quantity": [1, 2, 3, 4, 5, 6],
        "year": [2012, 2013, 2013, 2012, 2013, 2013],
        "paid": [True, True, False, True, False, True],
        "notes": ["late", "x", None, "x", "late", "ok"],
    }
)
ANSWERS = {
    "how many orders where paid is true?": "4 rows.",
    "how many orders have a price over 5000?": "0 rows.",
    "what is the average price?": "The average of price is 308.35.",
    "what's the total quantity": "The sum of quantity is 21.",
    "what is the sum of price?": "The sum of price is 1,541.75.",
    "how many different cities are there?": "The number of distinct values in city is 3.",
    "what are the mean and the maximum of price?": "The average of price is 308.35 and the maximum of price "
    "is 1,500.25.",
    "average price where price is over 5000?": "There is no average of price, for want of values.",
    "how many orders per city?": "Oslo (2), Paris (3), Rome (1).",
    "sum of quantity by year?": "2012 (5), 2013 (16).",
    "sum of quantity by number?": "1 (1), 2 (2), 3 (3) and 3 more.",
    "top 2 by price?": "2 of 6 rows: price 1500.25, number 4, city Rome; price 20.5, number 2, city Paris.",
    "which orders have a price over 5000?": "No rows.",
    "which orders have a price over 4?": "4 of 6 rows.",
    "which order has the highest price?": "1 of 6 rows: price 1500.25, number 4, city Rome, quantity 4, "
    "year 2012, paid True.",
}


@pytest.fixture
def session(services: Services, owner: OwnerStore) -> Session:
    session = Session(services, owner)
    session.open("orders", ORDERS)
    return session


def test_the_value_stands_in_the_answer(session: Session) -> None:
    assert {question: session.told(question)["answer"] for question in ANSWERS} == ANSWERS


def test_a_question_is_beside_the_line_and_the_next_command_goes_on_from_the_head(session: Session) -> None:
    source = session.head

    result = session.told("how many orders per city?")

    assert (result["asks"], result["head_moved"]) == (True, False)
    assert session.owner.node(result["node_id"]).parents == (source,)
    assert session.owner.session(session.id).can_undo is False
    assert session.head == source
    assert result["preview"] == {
        "columns": [{"name": "city", "dtype": "str"}, {"name": "count", "dtype": "int64"}],
        "rows": [["Oslo", 2], ["Paris", 3], ["Rome", 1]],
        "total": 3,
    }
    command = session.told("drop rows without price")
    assert (command["asks"], command["head_moved"], "answer" in command) == (False, True, False)
    assert session.owner.node(command["node_id"]).parents == (source,)
    assert session.head == command["node_id"]


def test_a_command_that_finds_the_node_of_a_question_moves_the_head_to_it(session: Session) -> None:
    source = session.head
    asked = session.told("how many orders per city?")

    commanded = session.told("count the orders per city")
    again = session.told("how many orders per city?", node_id=source)

    assert commanded["node_id"] == again["node_id"] == asked["node_id"]
    assert (commanded["reused"], again["reused"]) == (True, True)
    assert again["answer"] == asked["answer"]
    assert session.head == asked["node_id"]


def test_a_question_of_another_node_leaves_the_head_too(session: Session) -> None:
    source = session.head
    head = session.told("keep rows where paid is true")["node_id"]

    result = session.told("how many orders from Oslo?", node_id=source)

    assert result["answer"] == "2 rows."
    assert session.owner.node(result["node_id"]).parents == (source,)
    assert session.head == head


def test_a_dry_run_of_a_question_says_what_it_would_answer_and_makes_nothing(session: Session) -> None:
    result = session.told("how many orders from Oslo?", dry_run=True)

    assert (result["asks"], result["dry_run"], result["head_moved"]) == (True, True, False)
    assert (result["node_id"], result["answer"]) == (None, "2 rows.")
    assert result["preview"]["rows"] == [[2]]
    assert len(session.owner.nodes(session.id).items) == 1


def test_commands_before_a_question_are_its_own_and_that_is_said(session: Session) -> None:
    source = session.head

    result = session.told("keep rows where paid is true. How many rows from Paris?")

    assert result["answer"] == "3 rows."
    assert "stays as it is" in result["warnings"][-1]
    assert session.head == source


def test_a_question_that_is_delivered_twice_is_answered_once(session: Session, services: Services) -> None:
    message = {"message": "how many orders per city?"}
    task = session.owner.submit_task(NewTask(new_id(), "process_chat_message", message, session.id)).task

    assert [perform(services, task.id, chat) for _ in range(2)] == ["claimed", "ended"]

    assert session.owner.task(task.id).status is TaskState.SUCCESS
    assert len(session.owner.nodes(session.id).items) == 2
