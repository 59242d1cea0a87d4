"""What can be read in several ways is asked about: each way as a sentence, with its plan."""

from __future__ import annotations

import pytest

from tests.support.planner_commands import tables
from workbench.errors import MessageAmbiguous, PlannerRefusal, error_from_dict
from workbench.transformations import Plan
from workers.planner import plan


def question(text: str, name: str = "orders") -> MessageAmbiguous:
    with pytest.raises(MessageAmbiguous) as caught:
        plan(text, tables(name))
    return caught.value


def plans(error: MessageAmbiguous) -> list[Plan]:
    return [Plan.parse(reading["plan"]) for reading in error.details["readings"]]


@pytest.mark.parametrize(
    ("name", "text", "clear"),
    [
        ("orders", "sort by city and price descending",
         ["sort by city ascending and price descending", "sort by city descending and price descending"]),
        ("orders", "sort by state, city and price descending, then keep the first 3 rows",
         ["sort by state asc, city asc and price desc; first 3 rows",
          "sort by state desc, city desc and price desc; first 3 rows"]),
        ("orders", "filter missing emails",
         ["keep rows where email is null", "drop rows where email is null"]),
        ("orders", "drop cancelled and NY",
         ["drop rows where status is cancelled and state is NY",
          "drop rows where status is cancelled or state is NY"]),
        ("survey", "fill missing value with 0, then sort by value",
         ["fill nulls with 0, then sort by value", "fill nulls in value with 0, then sort by value"]),
        ("awkward", "sum of sum and count by type, then sort by type", None),
    ],
)  # fmt: skip
def test_each_reading_is_a_whole_plan(name: str, text: str, clear: list[str] | None) -> None:
    error = question(text, name)
    found = plans(error)
    assert [reading["sentence"] for reading in error.details["readings"]] == [p.describe() for p in found]
    assert error.details["suggestions"] == [p.describe() for p in found]
    assert len(set(map(str, found))) == len(found) >= 2
    for number, reading in enumerate(found, 1):
        assert f"({number}) {reading.describe()}" in error.message
    assert "number" in error.hint
    assert error_from_dict(error.to_dict()) == error
    if clear is not None:
        assert found == [plan(sentence, tables(name)) for sentence in clear]


def test_two_questions_in_one_message_are_asked_at_once() -> None:
    error = question("drop cancelled and NY; sort by price and quantity descending")
    assert len(plans(error)) == 4
    assert len({str(found.steps) for found in plans(error)}) == 4


def test_no_more_readings_are_told_than_anybody_reads() -> None:
    text = "; ".join(["drop cancelled and NY", "sort by price and quantity descending"] * 3)
    assert 2 <= len(plans(question(text))) <= 6


def test_a_question_never_has_the_plan_of_a_part_alone() -> None:
    for times in (4, 8, 20, 40):
        text = "; ".join(["drop cancelled and NY"] * times)
        with pytest.raises(PlannerRefusal) as caught:
            plan(text, tables("orders"))
        if isinstance(caught.value, MessageAmbiguous):
            assert {len(found.steps) for found in plans(caught.value)} == {times}


def test_a_long_reading_is_cut_in_the_sentence_and_whole_in_the_details() -> None:
    error = question("filter nulls")
    assert len(error.message) < 400
    assert "or notes is null" in error.details["readings"][0]["sentence"]


def test_a_reading_that_leads_nowhere_is_none() -> None:
    understood = plan("sum of sum and count by type, then sort by sum_count", tables("awkward"))
    assert understood == plan(
        "sum of sum and sum of count by type, then sort by sum_count", tables("awkward")
    )


def test_the_same_question_is_asked_each_time() -> None:
    first = question("drop cancelled and NY; sort by price and quantity descending")
    assert all(
        question("drop cancelled and NY; sort by price and quantity descending") == first for _ in range(3)
    )
