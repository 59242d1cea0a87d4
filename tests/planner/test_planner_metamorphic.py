"""What does not matter does not change the plan: politeness, case, space, synonyms, the columns' order.

Each command is said in some of these ways, in turn, so that all are tried on hundreds of commands and yet few
a command. The commands of a file are one test, which tells all that failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from tests.support.planner_commands import Command, commands, tables
from workbench.errors import PlannerRefusal
from workbench.transformations import Plan
from workers.planner import Table, TableColumn, Tables, plan

READ = [command for command in commands() if command.read]
FILES = sorted({command.file for command in READ})
POLITE = [
    "please {}", "{}, please", "Could you {}, thanks", "can you please {}?", "{}!", "I want to {}",
    "I'd like you to {}", "{}.", "hi, {}", "ok, {}", "Let's {}", "{} thank you", "kindly {}",
    "would you {} for me?", "I need you to {}",
]  # fmt: skip
SYNONYMS = [
    ("remove", "delete"), ("drop", "get rid of"), ("delete", "discard"), ("rows", "records"),
    ("keep", "retain"), ("columns", "fields"), ("column", "field"), ("greater than", "more than"),
    ("under", "below"),
    ("average", "mean"), ("calculate", "compute"), ("missing", "null"), ("descending", "desc"),
    ("ascending", "asc"), ("largest", "highest"), ("uppercase", "upper case"), ("at least", "no less than"),
    ("at most", "no more than"), ("each", "every"), ("add", "create"), ("replace", "substitute"),
    ("convert", "cast"), ("then", "and then"), ("equals", "is equal to"), ("lowercase", "lower case"),
]  # fmt: skip
JOINTS = ["\n", "; ", ". ", ", then ", " and then "]
EMPTY_FIELDS = re.compile("empty columns?")  # an empty field is a cell
OF_ALL = "(all|every|each) columns?|(numeric|numerical|categorical) (columns?|features?|variables?)"
REFUSED_SYNONYMS = 0.1  # "natural sort" is a name, and no natural order
QUOTED = re.compile(r"""('[^']*'|"[^"]*"|`[^`]*`)""")


def of_file(file: str) -> Iterator[tuple[int, Command, Tables]]:
    for number, command in enumerate(command for command in READ if command.file == file):
        yield number, command, tables(command.table)


def told(text: str, on: Tables) -> Plan | str:
    """The plan, or why there is none."""
    try:
        return plan(text, on)
    except PlannerRefusal as error:
        return str(error)


def differing(said: Iterable[tuple[str, Tables, Plan]]) -> list[tuple[str, Plan | str]]:
    """What is planned otherwise than it is meant."""
    found = ((text, told(text, on), meant) for text, on, meant in said)
    return [(text, is_told) for text, is_told, meant in found if is_told != meant]


def is_a_list(text: str) -> bool:
    """Whether it begins with the mark of a list, before which nothing stands."""
    return text.lstrip().startswith(("1.", "-", "*"))


def outside_of_quotes(text: str, old: str, new: str) -> str:
    parts = QUOTED.split(text)
    return "".join(part if place % 2 else re.sub(old, new, part) for place, part in enumerate(parts))


@pytest.mark.parametrize("file", FILES)
def test_politeness_does_not_matter(file: str) -> None:
    said = (
        (POLITE[number % len(POLITE)].format(command.text), on, command.plan)
        for number, command, on in of_file(file)
        if not is_a_list(command.text)
    )
    assert differing(said) == []


@pytest.mark.parametrize("file", FILES)
def test_case_does_not_matter_outside_of_quotes(file: str) -> None:
    cases = [str.upper, str.title, str.capitalize]
    for number, command, on in of_file(file):
        if not QUOTED.search(command.text):
            shouted = plan(cases[number % len(cases)](command.text), on)
            # What a message names or sets anew is taken as it is written.
            assert str(shouted.to_json()).casefold() == str(command.plan.to_json()).casefold()


@pytest.mark.parametrize("file", FILES)
def test_space_does_not_matter_outside_of_quotes(file: str) -> None:
    said = [(_spaced(command.text), on, command.plan) for _, command, on in of_file(file)]
    assert differing(said) == []


def _spaced(text: str) -> str:
    return f"  {outside_of_quotes(text, ' (?!%)', '  ')} "


@pytest.mark.parametrize("file", FILES)
def test_the_order_of_the_columns_and_unrelated_ones_do_not_matter(file: str) -> None:
    more = tuple(TableColumn(f"zz_q{number}_unrelated", "float64") for number in range(30))
    said = []
    for number, command, on in of_file(file):
        # What is said of all columns means others where there are others.
        if not (command.whole or re.search(OF_ALL, command.text)):
            columns = on.current.columns
            turned = tuple(reversed(columns)) if number % 2 else (*columns, *more)
            said.append((command.text, replace(on, current=Table(on.current.name, turned)), command.plan))
    assert differing(said) == []


@pytest.mark.parametrize("file", FILES)
def test_a_synonym_is_read_alike_or_refused(file: str) -> None:
    said = [
        (outside_of_quotes(command.text, rf"\b{old}\b", new), on, command.plan)
        for number, command, on in of_file(file)
        for old, new in (SYNONYMS[number % 2 :: 2])
        if old in command.text and not _names(old, on) and not EMPTY_FIELDS.search(command.text)
    ]
    wrong = differing(said)
    assert [(text, found) for text, found in wrong if isinstance(found, Plan)] == []
    assert len(wrong) <= max(1, REFUSED_SYNONYMS * len(said)), wrong


def _names(word: str, on: Tables) -> bool:
    """Whether a word is a column, too."""
    return any(word in column.name for column in on.current.columns)


@pytest.mark.parametrize("joint", JOINTS)
@pytest.mark.parametrize("file", FILES)
def test_a_step_before_it_does_not_matter(file: str, joint: str) -> None:
    said = []
    for number, command, on in of_file(file):
        if JOINTS[number % len(JOINTS)] == joint and (joint == "\n" or not is_a_list(command.text)):
            column = next(column.name for column in on.current.columns if column.dtype == "float64")
            first = f"drop rows without `{column}`"
            steps = (*plan(first, on).steps, *command.plan.steps)
            said.append((f"{first}{joint}{command.text}", on, Plan(steps=steps)))
    assert differing(said) == []


def test_a_column_that_is_gone_cannot_be_named_any_more() -> None:
    with pytest.raises(PlannerRefusal, match="price"):
        plan("drop price, then sort by price", tables("orders"))
    with pytest.raises(PlannerRefusal, match="dep_delay"):
        plan("average arr_delay by carrier, then sort by dep_delay", tables("flights"))
