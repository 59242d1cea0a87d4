"""What does not matter does not change the plan: politeness, case, the columns' order, unrelated columns."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from tests.support.planner_commands import Command, commands, tables
from workbench.errors import PlannerRefusal
from workers.planner import Table, TableColumn, plan

COMMANDS = [command for command in commands() if command.read]
SOME = random.Random(7).sample(COMMANDS, 150)
# What is said of all columns means others where there are others.
NOT_OF_ALL = [command for command in SOME if not re.search("(all|every) columns?", command.text)]


def _named(command: Command) -> str:
    return command.text


@pytest.mark.parametrize("command", SOME, ids=_named)
def test_politeness_does_not_matter(command: Command) -> None:
    if command.text.startswith(("1.", "-", "*")):
        return  # nothing polite stands before the mark of a list
    for said in (f"please {command.text}", f"{command.text}, please", f"Could you {command.text}, thanks"):
        assert plan(said, tables(command.table)) == command.plan


@pytest.mark.parametrize("command", SOME, ids=_named)
def test_case_and_space_do_not_matter_outside_of_quotes(command: Command) -> None:
    if not any(mark in command.text for mark in "'\""):
        shouted = plan(command.text.upper(), tables(command.table))
        # What a message names or sets anew is taken as it is written.
        assert str(shouted.to_json()).casefold() == str(command.plan.to_json()).casefold()
    assert plan(f"  {_spaced(command.text)} ", tables(command.table)) == command.plan


def _spaced(text: str) -> str:
    """The text with two spaces for each one outside of quotes."""
    parts = re.split(r"""('[^']*'|"[^"]*")""", text)
    return "".join(part if place % 2 else part.replace(" ", "  ") for place, part in enumerate(parts))


@pytest.mark.parametrize("command", NOT_OF_ALL, ids=_named)
def test_the_order_of_the_columns_does_not_matter(command: Command) -> None:
    current = tables(command.table).current
    turned = Table(current.name, tuple(reversed(current.columns)))
    assert plan(command.text, replace(tables(command.table), current=turned)) == command.plan


@pytest.mark.parametrize("command", NOT_OF_ALL, ids=_named)
def test_unrelated_columns_do_not_matter(command: Command) -> None:
    current = tables(command.table).current
    more = tuple(TableColumn(f"zz_q{number}_unrelated", "float64") for number in range(30))
    wide = Table(current.name, (*current.columns, *more))
    assert plan(command.text, replace(tables(command.table), current=wide)) == command.plan


def test_a_column_that_is_gone_cannot_be_named_any_more() -> None:
    with pytest.raises(PlannerRefusal, match="price"):
        plan("drop price, then sort by price", tables("orders"))
    with pytest.raises(PlannerRefusal, match="dep_delay"):
        plan("average arr_delay by carrier, then sort by dep_delay", tables("flights"))
