"""A refusal says which words it is about, where they stand, and what is near: columns, values, phrases."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from tests.support.planner_commands import FOLDER, Refusal, refusals, tables
from workbench.errors import MessageAmbiguous, PlannerRefusal, WorkbenchError
from workers.planner import plan, understand


def _stands_at(error: PlannerRefusal, text: str) -> bool:
    """Whether the first of the words that a refusal is about stands where it says; a question names none."""
    if isinstance(error, MessageAmbiguous):
        return error.details["words"] == []
    first, rest = error.details["words"][0], " ".join(text[error.details["position"] :].split())
    return rest.startswith(first) or rest[1:].startswith(first)  # in quotes


REFUSED = tomllib.loads((FOLDER / "refused.toml").read_text(encoding="utf-8"))["refused"]


@pytest.mark.parametrize("entry", REFUSED, ids=lambda entry: entry["say"])
def test_a_refusal_says_which_words_where_and_what_is_near(entry: dict[str, Any]) -> None:
    with pytest.raises(PlannerRefusal) as caught:
        plan(entry["say"], tables(entry["table"]))
    error = caught.value
    assert error.code == entry["code"]
    assert entry["word"] in error.details["words"]
    assert _stands_at(error, entry["say"])
    assert set(entry.get("suggestions", [])) <= set(error.details["suggestions"])
    assert entry["told"] in str(error)


def test_there_are_enough_refusals_with_their_reason() -> None:
    assert len(REFUSED) >= 120


@pytest.mark.parametrize(
    ("said", "meant"),
    [("shiped", "shipped"), ("canceled", "cancelled"), ("pednding", "pending")],
)
def test_a_slip_of_the_hand_in_a_value_is_read_and_told(said: str, meant: str) -> None:
    understood = understand(f"keep rows where status is {said}", tables("orders"))
    assert understood.plan == plan(f"keep rows where status is '{meant}'", tables("orders"))
    assert understood.explanation.assumed == (f"took '{said}' for '{meant}', a value of status",)


@pytest.mark.parametrize("said", ["skipped", "shippex", "shippe"])
def test_another_word_than_a_value_is_asked_about_unless_it_is_in_quotes(said: str) -> None:
    with pytest.raises(PlannerRefusal, match=f"'{said}' is no value that is known of 'status'") as caught:
        plan(f"keep rows where status is {said}", tables("orders"))
    assert caught.value.details["suggestions"] == ["shipped"]
    (step,) = plan(f"keep rows where status is '{said}'", tables("orders")).to_json()
    assert step["where"]["right"] == {"value": said}


@pytest.mark.parametrize("said", ["lost", "NYX", "SHIPPEX", "ship2"])
def test_a_value_that_is_like_none_is_taken_as_it_is_and_told(said: str) -> None:
    understood = understand(f"keep rows where status is {said}", tables("orders"))
    assert understood.explanation.assumed == (f"'{said}' is no value that is known of status",)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("uppercase city, then keep rows where city is PARIS", "PARIS"),
        ("make city lowercase, then drop rows where city is Paris", "paris"),
        ("replace Paris with Lutetia in city, then keep rows where city is lutetia", "Lutetia"),
        ("fill nulls in city with Nowhere, then keep rows where city is nowhere", "Nowhere"),
        ("remove digits from city, then keep rows where city is PARIS", "PARIS"),
    ],
)
def test_values_are_known_as_the_step_before_left_them(text: str, value: str) -> None:
    step = plan(text, tables("orders")).to_json()[-1]
    assert step["where"]["right"] == {"value": value}


@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: refusal.text or "nothing")
def test_the_words_of_a_refusal_stand_where_it_says(refusal: Refusal) -> None:
    with pytest.raises(WorkbenchError) as caught:
        plan(refusal.text, tables(refusal.table))
    if isinstance(caught.value, PlannerRefusal):
        assert _stands_at(caught.value, refusal.text)
