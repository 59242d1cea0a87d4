"""Whatever is said, there is a plan or one of our errors, in time; the parts of the planner fit together."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.planner_commands import commands, tables
from workbench.errors import InvalidRequest, MessageTooLong, PlannerRefusal
from workbench.transformations import Plan
from workers.planner import Table, TableColumn, Tables, plan
from workers.planner.lexicon import lexicon
from workers.planner.meaning import Meaning
from workers.planner.parsing import grammar

WORDS = sorted({word for command in commands() for word in re.findall(r"\w+|[^\w\s]", command.text)})
PHRASES = sorted(" ".join(words) for words in lexicon().phrases)


def check(text: str, name: str = "orders") -> None:
    try:
        found = plan(text, tables(name))
    except (PlannerRefusal, InvalidRequest):
        return
    assert Plan.parse(found.to_json()) == found
    assert found.describe()


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_plan_or_a_refusal(text: str) -> None:
    check(text)


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join), st.sampled_from(["orders", "awkward"]))
@settings(max_examples=200, deadline=None)
def test_any_words_of_commands_give_a_plan_or_a_refusal(text: str, name: str) -> None:
    check(text, name)


@given(st.lists(st.sampled_from(PHRASES), max_size=12).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_any_phrases_of_the_lexicon_give_a_plan_or_a_refusal(text: str) -> None:
    check(text, "awkward")


@pytest.mark.parametrize(
    "text",
    ["drop " * 300, "and " * 500, "price " * 300, "keep rows where " + "(" * 500, "a, " * 400, "not " * 400,
     "price > 1 and " * 100 + "price > 2", "x = " + "price + " * 200 + "price", "sort by price then " * 100,
     "price is 1 or " * 100 + "2", "drop nulls\n" * 200],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_a_monster_ends_in_time(text: str) -> None:
    begun = time.process_time()
    check(text)
    assert time.process_time() - begun < 2_000 * plain_seconds()


@cache
def plain_seconds() -> float:
    """What a plain command takes here and now: times are compared with it, not with a clock."""
    return min(_seconds("keep rows where price is over 100", tables("orders")) for _ in range(20))


def _seconds(text: str, tables: Tables) -> float:
    begun = time.process_time()
    plan(text, tables)
    return time.process_time() - begun


def test_a_message_of_too_many_parts_is_refused_as_that() -> None:
    with pytest.raises(PlannerRefusal, match="too many parts"):
        plan("drop rows where price is 5. " * 70, tables("orders"))


def test_a_message_that_is_too_long_is_refused() -> None:
    with pytest.raises(MessageTooLong):
        plan("drop price " * 1000, tables("orders"))


def test_a_table_without_columns_is_no_accident() -> None:
    with pytest.raises(PlannerRefusal):
        plan("sort by price", Tables(Table("nothing", ())))


def test_a_command_of_forty_words_over_fifty_columns_takes_no_longer_than_it_may() -> None:
    text = (
        "please remove all rows where email is null or city is missing, then keep only orders with price "
        "over 100 and quantity under 5, add a column total as price times quantity, average total by "
        "state and sort it"
    )
    current = tables("orders").current
    more = tuple(TableColumn(f"metric_{number}_extra", "float64") for number in range(36))
    wide = Tables(Table("orders", (*current.columns, *more)))
    assert min(_seconds(text, wide) for _ in range(5)) < 25 * plain_seconds()


def test_every_rule_of_the_grammar_has_a_meaning() -> None:
    silent = {"atom", "condition", "conjunction", "derivation", "formula", "negation", "power", "product"}
    silent |= {
        "restriction",
        "described",
        "terse",
        "subject",
        "remark",
        "bound",
        "way",
        "predicate",
        "combined",
    }
    missing = [name for name in grammar().rules if not hasattr(Meaning, name) and name not in silent]
    assert missing == []


def test_every_terminal_of_the_grammar_is_a_type_of_token() -> None:
    made = {"COLUMN", "WORD", "NAME", "VALUE", "NUMBER", "STRING", "DATE", "COMMA", "LPAR", "RPAR", "COLON"}
    made |= {"DATASET"}
    known = set(lexicon().shown) | made
    assert {name.lstrip("_") for name in grammar().terminals} - known == set()


def test_importing_the_planner_stays_cheap() -> None:
    code = (
        "import sys, workers.planner; print([m for m in ('lark', 'pandas', 'pyarrow') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
