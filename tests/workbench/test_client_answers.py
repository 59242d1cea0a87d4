"""A question of the planner is answered by a number, in the session that was asked."""

import pytest

from workbench.errors import InvalidParameter, MessageAmbiguous

ASKED = "sort by age and name descending"
PLANS = [[{"kind": "sort", "by": [{"column": "age"}]}], [{"kind": "sort", "by": [{"column": "name"}]}]]


@pytest.fixture
def asked(fake_api, session):
    readings = [{"sentence": f"Reading {i}", "plan": plan} for i, plan in enumerate(PLANS, 1)]
    error = MessageAmbiguous(
        "This can be read in 2 ways.", "Answer.", words=[], position=0, readings=readings
    )
    fake_api.script(ASKED, error=error)
    return session


@pytest.mark.parametrize("number", ["2", " 2 ", "(2)", "2.", "2)"])
def test_the_number_submits_the_plan_of_its_reading(fake_api, asked, number):
    asked.chat(ASKED)
    task = asked.chat(number)
    assert task.title == "Reading 2"
    assert fake_api.submitted[-1] == {"plan": PLANS[1]}
    assert task.result().node == asked.head  # and the question raises no more


def test_the_answer_is_for_the_node_of_the_question(fake_api, asked):
    node = asked.head
    asked.chat("drop the first row").result()
    with pytest.raises(MessageAmbiguous):
        asked.chat(ASKED, node=node).result()
    asked.chat("1").result()
    assert fake_api.submitted[-1] == {"plan": PLANS[0], "node_id": node.id}


def test_the_answer_to_a_preview_is_a_preview(fake_api, asked):
    with pytest.raises(MessageAmbiguous):
        asked.preview(ASKED)
    assert asked.chat("1").result().dry_run
    assert fake_api.submitted[-1] == {"plan": PLANS[0], "dry_run": True}


@pytest.mark.parametrize("number", ["0", "3", "12"])
def test_a_number_without_a_reading_is_said_to_be_none(fake_api, asked, number):
    asked.chat(ASKED)
    submitted = len(fake_api.submitted)
    with pytest.raises(InvalidParameter, match=f"no reading {number}: .* in 2 ways"):
        asked.chat(number)
    assert len(fake_api.submitted) == submitted
    assert asked.chat("1").title == "Reading 1"


def test_a_number_after_anything_else_is_a_message(fake_api, asked):
    asked.chat("drop the first row")
    asked.chat("2")
    assert fake_api.submitted[-1] == {"message": "2"}
    asked.chat(ASKED)
    asked.chat("drop the first row")
    asked.chat("2")
    assert fake_api.submitted[-1] == {"message": "2"}


def test_a_number_after_a_move_of_the_head_is_a_message(fake_api, asked):
    asked.chat("drop the first row").result()
    with pytest.raises(MessageAmbiguous):
        asked.chat(ASKED).result()
    asked.undo()
    asked.chat("2")
    assert fake_api.submitted[-1] == {"message": "2"}


def test_a_clearer_message_is_an_answer_too(fake_api, asked):
    asked.chat(ASKED)
    asked.chat("sort by age ascending, then name descending").result()
    assert fake_api.submitted[-1] == {"message": "sort by age ascending, then name descending"}
