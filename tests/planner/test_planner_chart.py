"""The chart finds every beginning of a row of tokens that is a whole step, and says where reading stops."""

from __future__ import annotations

import pytest

from tests.support.planner_commands import tables
from workers.planner.chart import Chart, Node, TooManyReadings
from workers.planner.effort import Effort, TooMuchEffort
from workers.planner.lexer import Token, tokenize
from workers.planner.scan import scan
from workers.planner.scope import Scope

ORDERS = Scope.of(tables("orders"))


def tokens(message: str) -> list[Token]:
    return tokenize(message, scan(message), ORDERS.index, ORDERS.values)


def test_one_run_finds_every_beginning_that_is_a_step() -> None:
    said = tokens("sort by price , quantity desc")
    chart = Chart(said, range(1, len(said) + 1))
    assert [end for end in range(1, len(said) + 1) if chart.stops(end) is None] == [2, 4, 5]


def test_only_the_ends_that_are_asked_for_are_found() -> None:
    said = tokens("sort by price , quantity desc")
    assert Chart(said).stops(len(said)) is None
    assert Chart(said, {2}).stops(2) is None


def test_it_says_which_token_cannot_stand_where_it_does() -> None:
    said = tokens("sort by price frobnicate quantity")
    assert said[2].text == "frobnicate"
    assert Chart(said).stops(len(said)) == 2


def test_it_says_that_something_would_have_to_follow() -> None:
    said = tokens("sort by price ,")
    assert Chart(said).stops(len(said)) == len(said)


def test_a_tree_has_the_rules_and_the_tokens_that_matter() -> None:
    tree = Chart(tokens("drop price")).tree(2)
    shown = _shown(tree)
    assert shown.startswith("(start ")
    assert "(drop_columns (columns (column_list (column price))))" in shown


def _shown(node: Node | Token) -> str:
    if isinstance(node, Token):
        return node.text
    return f"({node.name} {' '.join(_shown(part) for part in node.parts)})"


@pytest.mark.parametrize("depth", [200, 400])
def test_parts_within_parts_have_an_end(depth: int) -> None:
    for said in ("x = " + "price + " * depth + "price", f"keep rows where {'not ' * depth}price > 1"):
        row = tokens(said)
        chart = Chart(row)
        assert chart.stops(len(row)) is None
        with pytest.raises(TooManyReadings, match="parts within parts"):
            chart.tree(len(row))


def test_a_long_list_is_not_deep() -> None:
    row = tokens(f"keep rows where city is one of {', '.join(f'c{number}' for number in range(400))}")
    assert Chart(row).tree(len(row)).name == "start"


def test_the_work_grows_with_the_length_and_not_faster() -> None:
    work = []
    for times in (50, 100, 200):
        effort = Effort()
        Chart(tokens("keep rows where price is 1" + " or 2" * times), effort=effort)
        work.append(effort.spent)
    assert work[2] - work[1] < 3 * (work[1] - work[0])


def test_too_much_work_is_not_begun() -> None:
    with pytest.raises(TooMuchEffort):
        Chart(tokens("keep rows where price is 1" + " or 2" * 200), effort=Effort(spent=199_000))
