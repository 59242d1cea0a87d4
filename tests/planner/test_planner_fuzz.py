"""Whatever is said of any table gives a plan, a question or a refusal, with bounded work; nothing is run."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.audit import noting
from tests.support.planner_commands import Command, commands, tables
from tests.support.work import calls_of
from workbench.errors import InvalidRequest, MessageTooLong, PlannerRefusal
from workbench.transformations import Plan
from workers.planner import Table, TableColumn, Tables, plan
from workers.planner.lexicon import lexicon

READ = [command for command in commands() if command.read]
WORDS = sorted({word for command in READ for word in re.findall(r"\w+|[^\w\s]", command.text)})
PHRASES = sorted(" ".join(words) for words in lexicon().phrases)
JOINTS = [" ", ", ", " and ", " or ", ", then ", " then ", "; ", "\n", ". "]
# Words and marks of the language, numbers, dates, code, and letters whose lower case is longer.
NAMES = [
    "price", "Price", "PRICE", "p r i c e", "price_2", "unit price ($)", "first name", "first_name", "name",
    "not", "and", "or", "null", "count", "sum of x", "date", "first", "rows", "columns", "then", "it", "df",
    "by", "the", "of", "where", "1", "2020", "2020-01-01", "1e5", "5%", "$", "a", "A", "aa", "a_b", "a b",
    "a.b", "a-b", "(x)", "[y]", "'q'", '"dq"', "`bt`", "x\ny", "", "  ", ";", "--", "*", "a+b", "\\d+",
    "(.*)", "{0}", "%s", "__class__", "__import__('os').system('true')", "=1+1", "' or 1=1", "é", "e\u0301",
    "naïve", "日本語", "İlçe", "straße", "\u202eesrever", "\U0001f600", "x" * 300,
]  # fmt: skip
WORDS_AND_NAMES = WORDS + NAMES
DTYPES = ["int64", "float64", "str", "bool", "datetime64[us]", "category", "object", "list"]

# Made once: what is drawn from is hashed for each strategy.
one_command = st.integers(0, len(READ) - 1).map(READ.__getitem__)
one_word = st.sampled_from(WORDS_AND_NAMES)
one_phrase = st.sampled_from(PHRASES + NAMES)
one_joint = st.sampled_from(JOINTS)
one_typo = st.sampled_from("aeiou_-.,'\"`()[]1 ")
names = st.one_of(st.sampled_from(NAMES), st.text(max_size=12))
columns = st.builds(
    TableColumn,
    names,
    st.sampled_from(DTYPES),
    st.lists(one_word, max_size=4).map(tuple),
)
made_up = st.builds(
    Table, names, st.lists(columns, max_size=12, unique_by=lambda column: column.name).map(tuple)
)
hostile = st.builds(
    lambda current, others: Tables(current, MappingProxyType({other.name: other for other in others})),
    made_up,
    st.lists(made_up, max_size=2),
)
known = st.sampled_from(sorted({command.table for command in READ})).map(tables)
any_tables = st.one_of(known, hostile)


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, Tables]:
    """A command, changed in one to three places, on its table or another."""
    command = draw(one_command)
    text = command.text
    for _ in range(draw(st.integers(1, 3))):
        text = _changed(draw, text)
    return text, draw(st.one_of(st.just(tables(command.table)), any_tables))


def _changed(draw: st.DrawFn, text: str) -> str:
    words = text.split(" ")
    at = draw(st.integers(0, len(words) - 1))
    match draw(st.integers(0, 7)):
        case 0:
            words.pop(at)
        case 1:
            words.insert(at, draw(one_word))
        case 2:
            words[at] = draw(one_word)
        case 3:
            words.insert(at, words[at])
        case 4:
            words = draw(st.permutations(words))
        case 5:  # a typo
            word = words[at]
            letter = draw(st.integers(0, len(word)))
            words[at] = word[:letter] + draw(one_typo) + word[letter + 1 :]
        case 6:
            return text + draw(one_joint) + draw(one_command).text
        case 7:
            return draw(st.sampled_from([text.upper(), text.title(), text.replace(" ", "  "), text * 2]))
    return " ".join(words)


def told(text: str, on: Tables) -> Plan | None:
    """The plan; none if it is refused: any other error is a fault."""
    try:
        return plan(text, on)
    except (PlannerRefusal, InvalidRequest):
        return None


def check(text: str, on: Tables) -> None:
    found = told(text, on)
    assert told(text, on) == found
    if found is not None:
        assert Plan.parse(found.to_json()) == found
        assert found.describe()


@given(st.text(max_size=200), any_tables)
@settings(max_examples=100, deadline=None)
def test_any_text(text: str, on: Tables) -> None:
    check(text, on)


@given(st.lists(one_word, max_size=25).map(" ".join), any_tables)
@settings(max_examples=150, deadline=None)
def test_any_words_of_commands(text: str, on: Tables) -> None:
    check(text, on)


@given(st.lists(one_phrase, max_size=12).map(" ".join), any_tables)
@settings(max_examples=150, deadline=None)
def test_any_phrases_of_the_lexicon(text: str, on: Tables) -> None:
    check(text, on)


@given(spoilt())
@settings(max_examples=200, deadline=None)
def test_any_command_that_was_spoilt(said: tuple[str, Tables]) -> None:
    check(*said)


@given(one_command, st.sampled_from(NAMES))
@settings(max_examples=100, deadline=None)
def test_any_command_about_a_column_with_a_hostile_name(command: Command, name: str) -> None:
    on = tables(command.table)
    first, *others = (column for column in on.current.columns if column.name != name)
    renamed = Table(on.current.name, (replace(first, name=name), *others))
    check(re.sub(rf"\b{re.escape(first.name)}\b", lambda _: name, command.text), replace(on, current=renamed))


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "add a column x = __import__('os').getcwd()",
        "keep rows where price > (lambda: 1)()",
        "keep rows where notes matches '{0.__class__}'",
        "set notes to '=cmd|calc'",
        "replace '(a+)+$' with 'b' in notes",
        "rename price to __class__",
        "@price.__class__",
        "%run x.py",
        "drop table orders; --",
    ],
)
def test_nothing_that_is_said_is_run(text: str) -> None:
    check(text, tables("orders"))  # what is loaded when it is first needed is loaded
    with noting() as happened:
        check(text, tables("orders"))
    assert happened == []


LONG = [
    "drop ", "and ", "price ", "a, ", "not ", "sort by price then ", "sort by price, then ", "drop nulls\n",
    "keep rows where price is 5. ", "price + ", "( ", "- ", "'x' to 'y', ", "filter to ", "a if price > 1, ",
    "size is 'a' if price > 1, otherwise ", "replace a with b, ", "price and quantity and ",
    "rename price to x, ", "the ", "df ", "zzz ", "price city zzz ", "\U0001f600 ", "'",
]  # fmt: skip
LONG_CONDITIONS = [
    "price > 1 and ", "price is 1 or ", "not ", "(", "price, ", "a or b and ", "count is count and ",
    "state is ny or ca and city is paris or london and ",
]  # fmt: skip


@pytest.mark.parametrize("unit", LONG)
def test_the_longest_message_is_no_more_than_so_much_work(unit: str) -> None:
    assert calls_of(lambda: told((unit * 4_000)[:4_000], tables("orders"))) < 1_500_000


@pytest.mark.parametrize("unit", LONG_CONDITIONS)
def test_the_longest_condition_is_no_more_than_so_much_work(unit: str) -> None:
    text = f"keep rows where {unit * 4_000}"[:4_000]
    on = tables("awkward" if "count" in unit else "orders")
    assert calls_of(lambda: told(text, on)) < 1_500_000


@pytest.mark.parametrize("unit", ["metric 5 ", "zzz ", "metric, ", "value 7 7 and "])
def test_the_longest_message_over_a_thousand_columns_is_no_more_than_so_much_work(unit: str) -> None:
    names = (f"metric_{number} ({number})" for number in range(1_000))
    known = tuple(f"value {number} {number}" for number in range(5))
    wide = Table("wide", tuple(TableColumn(name, "str", known) for name in names))
    assert calls_of(lambda: told((unit * 4_000)[:4_000], Tables(wide))) < 2_000_000


def test_forty_words_over_fifty_columns_are_little_work() -> None:
    long = [command for command in READ if len(command.text.split()) >= 40]
    assert len(long) >= 10
    for command in long:
        on = tables(command.table)
        more = (TableColumn(f"metric_{n}_extra", "float64") for n in range(50 - len(on.current.columns)))
        wide = replace(on, current=Table(on.current.name, (*on.current.columns, *more)))
        for text in (command.text, f"{command.text}, then frobnicate it"):
            assert calls_of(lambda text=text, on=wide: told(text, on)) < 100_000


def test_a_message_of_too_many_parts_is_refused_as_that() -> None:
    with pytest.raises(PlannerRefusal, match="too many parts"):
        plan("sort by price then " * 200, tables("orders"))


def test_a_message_that_is_too_long_is_refused() -> None:
    with pytest.raises(MessageTooLong):
        plan("drop price " * 1000, tables("orders"))


def test_a_table_without_columns_is_no_accident() -> None:
    with pytest.raises(PlannerRefusal):
        plan("sort by price", Tables(Table("nothing", ())))
