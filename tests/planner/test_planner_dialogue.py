"""What is said of the conversation is told apart from what is said of the table."""

from __future__ import annotations

from functools import cache

import pytest

from tests.support.planner_commands import commands, tables
from workbench.errors import PlannerRefusal
from workbench.transformations import registry
from workers.planner.dialogue import About, GoBack, GoOn, Redo, Remark, Same, Undo, heard
from workers.planner.questions import talk

table = cache(tables)

START = GoBack()
HEARD: dict[str, Remark] = {
    "undo": Undo(),
    "Undo that.": Undo(),
    "please undo the last step": Undo(),
    "could you undo that, please?": Undo(),
    "undo the last two": Undo(2),
    "undo the last 3 steps": Undo(3),
    "Undo twice": Undo(2),
    "take that back": Undo(),
    "go back two steps": Undo(2),
    "revert the last change": Undo(),
    "redo": Redo(),
    "redo that please": Redo(),
    "redo the last 2 steps": Redo(2),
    "undo the undo": Redo(),
    "start over": START,
    "go back to the start": START,
    "Go back to the original data!": START,
    "undo everything": START,
    "reset to the original": START,
    "go on with that": GoOn(),
    "OK, keep that": GoOn(),
    "continue with it": GoOn(),
    "use that from now on": GoOn(),
    "do the same for distance": Same("distance"),
    "now do the same for arrival delay": Same("arr_delay"),
    "the same for 'air_time', please": Same("air_time"),
    "do that for the column distance too": Same("distance"),
    "what about air_time?": Same("air_time", asked=True),
    "and for the distance?": Same("distance", asked=True),
    "help": About("help"),
    "What can you do?": About("help"),
    "what columns are there?": About("columns"),
    "show me the columns": About("columns"),
    "list all the columns of this dataset": About("columns"),
    "can you tell me which columns there are?": About("columns"),
    "column names": About("columns"),
    "the columns and their types, please": About("columns"),
    "describe the schema": About("types"),
    "show the data types of the columns": About("types"),
    "dtypes": About("types"),
    "how many rows?": About("rows"),
    "how many rows are in the table?": About("rows"),
    "How many flights are there?": About("rows"),
    "number of records": About("rows"),
    "how many columns does the dataset have?": About("width"),
    "what is the number of columns": About("width"),
    "what's the shape of the dataframe?": About("shape"),
    "how big is it?": About("shape"),
    "how many rows and columns are there?": About("shape"),
    "which datasets do we have?": About("datasets"),
    "list the tables": About("datasets"),
}
NOT_HEARD = """\
show me the columns year and month
drop the columns
how many flights from JFK?
how many rows have no tailnum?
how many columns are empty
number of flights by carrier
do the same
keep only year
keep distance
sort it
describe the table
show me the top 5
count the rows
what about JFK
what about the weather
go back and sort by year
reset the index
start with year
list the flights from JFK
help me to sort by year
what is the average distance
show me the size of the fleet
how many
the same
for distance
""".splitlines()


@pytest.mark.parametrize(("text", "remark"), HEARD.items())
def test_what_is_said_of_the_conversation_is_heard(text: str, remark: Remark) -> None:
    assert heard(text, table("flights")) == remark
    assert heard(f"  {text.upper()}  ", table("flights")) == remark


@pytest.mark.parametrize("text", NOT_HEARD)
def test_what_is_said_of_the_table_is_left_to_the_planner(text: str) -> None:
    assert heard(text, table("flights")) is None


def test_no_command_of_the_table_is_taken_for_a_remark() -> None:
    taken = {
        command.text: remark
        for command in commands()
        if (remark := heard(command.text, table(command.table))) is not None
        and remark != About("rows")  # the number of all rows is told sooner, and is the same
    }
    assert taken == {}


def test_steps_are_known_by_what_people_call_them() -> None:
    back = heard("go back to before the join", table("flights"))
    assert back == GoBack(frozenset({"join", "join_nearest"}), "join")
    assert heard("undo everything since the last sort", table("flights")) == GoBack(
        frozenset({"sort", "shuffle"}), "last sort"
    )
    assert heard("undo the sort", table("flights")) == GoBack(
        frozenset({"sort", "shuffle"}), "sort", last=True
    )
    after = heard("go back to after the filter", table("flights"))
    assert isinstance(after, GoBack)
    assert after.after


def test_every_step_that_can_be_named_is_of_the_catalogue() -> None:
    named = {kind for step in talk()["steps"] for kind in step["kinds"]}
    assert named - set(registry) == set()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("do the same for fuel", "fuel"),
        ("the same for dep_tiem", "dep_tiem"),
        ("go back to before the dance", "dance"),
        ("undo that and sort by distance", "undo"),
        ("undo the dance", "undo"),
        ("redo the first three", "redo"),
        ("please undo 0", "undo"),
    ],
)
def test_what_it_cannot_be_about_is_refused_with_the_words(text: str, word: str) -> None:
    with pytest.raises(PlannerRefusal) as caught:
        heard(text, table("flights"))
    assert caught.value.details["words"] == [word]
    assert text[caught.value.details["position"] :].startswith(word)


@pytest.mark.parametrize(
    "text", ["show me the count", "what is the type?", "list the names", "show the date"]
)
def test_a_column_that_is_called_like_a_topic_comes_first(text: str) -> None:
    assert heard(text, table("awkward")) is None


@pytest.mark.parametrize("text", ["", "?", "undo -1", "a", "x " * 3_000])
def test_what_makes_no_sense_is_not_heard(text: str) -> None:
    assert heard(text, table("flights")) is None
