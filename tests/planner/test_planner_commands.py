"""What is said is planned as it is meant; what is not read is refused, with its reason."""

from __future__ import annotations

import pytest

from tests.support.planner_commands import Command, Refusal, commands, refusals, tables
from workbench.errors import PlannerRefusal, UnknownColumn, WorkbenchError, error_from_dict
from workers.planner import Tables, plan

COMMANDS = [command for command in commands() if command.read]
NOT_YET = [command for command in commands() if not command.read]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: f"{command.file}: {command.text}")
def test_a_command_is_planned_as_it_is_meant(command: Command) -> None:
    assert plan(command.text, tables(command.table)) == command.plan


@pytest.mark.parametrize("command", NOT_YET, ids=lambda command: command.text)
def test_what_is_not_read_yet_is_refused_and_not_misread(command: Command) -> None:
    with pytest.raises(PlannerRefusal):
        plan(command.text, tables(command.table))


def test_there_are_enough_commands_over_enough_tables() -> None:
    assert len(COMMANDS) >= 500
    assert len({command.table for command in COMMANDS}) >= 5
    assert len({str(command.plan) for command in COMMANDS}) >= 120


@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: refusal.text or "nothing")
def test_what_cannot_be_read_is_refused_with_its_reason(refusal: Refusal) -> None:
    text, entry = refusal.text, refusal.facts
    with pytest.raises(WorkbenchError) as caught:
        plan(text, tables(refusal.table))
    error = caught.value
    assert error.code == entry["code"]
    assert error.message
    assert error.hint
    if isinstance(error, PlannerRefusal):
        assert 0 <= error.details["position"] <= len(text)
        assert set(entry.get("words", [])) <= set(error.details["words"])
        assert set(entry.get("suggestions", [])) <= set(error.details["suggestions"])
    assert entry.get("hint", "") in error.hint
    assert error_from_dict(error.to_dict()) == error


def test_the_refusal_says_which_word_where_and_what_is_near() -> None:
    with pytest.raises(PlannerRefusal) as caught:
        plan("drop notes, then sort by prise", tables("orders"))
    error = caught.value
    assert str(error) == "There is no column 'prise' (at character 26). Did you mean 'price'?"
    assert error.details == {"words": ["prise"], "position": 25, "suggestions": ["price"]}


def test_a_value_of_two_columns_is_not_guessed() -> None:
    from workers.planner import Table, TableColumn

    trips = Table("trips", (TableColumn("origin", "str", ("JFK",)), TableColumn("dest", "str", ("JFK",))))
    with pytest.raises(PlannerRefusal, match="origin and of dest"):
        plan("only JFK", Tables(trips))


def test_a_number_in_a_name_stands_for_itself() -> None:
    from workers.planner import Table, TableColumn

    wide = Table("wide", tuple(TableColumn(f"c{number}", "int64") for number in range(120)))
    with pytest.raises(UnknownColumn, match="no column 'c1190'"):
        plan("sort by c1190", Tables(wide))


WEAK = ["floor", "outlier", "shuffle", "percentile", "natural"]


@pytest.mark.parametrize("word", ["flag", "pattern", "split", "dash", "unicode", *WEAK])
def test_a_word_of_the_commands_is_still_a_part_of_a_name(word: str) -> None:
    from workers.planner import Table, TableColumn

    column = f"{word}_kind"
    named = Tables(Table("things", (TableColumn(column, "str"), TableColumn("price", "float64"))))
    assert plan(f"sort by {word}", named) == plan(f"sort by {column}", named)


@pytest.mark.parametrize("word", ["day", "month", "date", "age", "now", "weekend", "weekday"])
def test_a_word_of_the_date_commands_is_still_a_part_of_a_name(word: str) -> None:
    from workers.planner import Table, TableColumn

    named = Tables(Table("things", (TableColumn(f"{word}_kind", "str"), TableColumn("price", "float64"))))
    assert plan(f"sort by {word} kind", named) == plan(f"sort by {word}_kind", named)


def test_a_name_with_marks_is_found_however_it_is_spaced() -> None:
    assert plan("sort by unit   price ($)", tables("awkward")) == plan(
        "sort by unit price ($)", tables("awkward")
    )


def test_parts_of_what_is_no_date_are_refused_with_the_way_to_them() -> None:
    with pytest.raises(PlannerRefusal) as caught:
        plan("extract the year from due", tables("shipments"))
    assert caught.value.code == "message_type_mismatch"
    assert "parse the dates in due" in caught.value.hint


@pytest.mark.parametrize("word", ["split", "join", "comma", "html", *WEAK])
def test_a_word_of_the_commands_is_still_a_value(word: str) -> None:
    (step,) = plan(f"keep rows where notes is {word}", tables("orders")).to_json()
    assert step["where"] == {
        "op": "eq",
        "left": {"column": "notes"},
        "right": {"value": word},
    }


def test_two_readings_that_differ_are_both_told() -> None:
    with pytest.raises(PlannerRefusal) as caught:
        plan("price = quantity * 2", tables("orders"))
    assert caught.value.code == "message_ambiguous"
    assert len(caught.value.details["readings"]) == 2
    assert all(reading["sentence"] in str(caught.value) for reading in caught.value.details["readings"])


def test_a_joint_between_two_stops_is_no_sentence() -> None:
    assert plan("drop notes ! and ! sort by price", tables("orders")) == plan(
        "drop notes, then sort by price", tables("orders")
    )
