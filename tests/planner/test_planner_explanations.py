"""Every word of a message is told of: what it became, or that it was passed over; and what was assumed."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import pytest

from tests.support.planner_commands import Command, commands, tables
from workbench.explanation import Explanation
from workers.planner import Table, TableColumn, Tables, understand
from workers.planner.lexicon import lexicon
from workers.planner.scan import scan

COMMANDS = [command for command in commands() if command.read]
table = cache(tables)


def explained(text: str, name: str = "orders") -> Explanation:
    return understand(text, table(name)).explanation


def may_be_ignored(text: str) -> bool:
    """Whether words say nothing of the data, by the lexicon: politeness, articles, names of the table."""
    words = [w for w in lexicon().words(text.strip("`\"'")) if w not in {"-", "."}]
    while len(words) > 1 and words[0] in lexicon().prepositions and tuple(words) not in lexicon().phrases:
        words = words[1:]
    found = lexicon().phrases.get(tuple(words))
    if found is None:
        return words in [[article] for article in lexicon().articles]
    return found.ignored or found.table or "OPENING" in found.types


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: f"{command.file}: {command.text}")
def test_every_word_is_read_or_may_be_ignored(command: Command) -> None:
    explanation = explained(command.text, command.table)
    parts = sorted([*explanation.words, *explanation.ignored], key=lambda part: part.start)
    for part in parts:
        assert command.text[part.start : part.end] == part.text
    for before, behind in pairwise(parts):
        assert before.end <= behind.start, (before, behind)
    for piece in scan(command.text):
        if piece.kind not in {"symbol", "newline"}:
            homes = [part for part in parts if part.start <= piece.start and piece.end <= part.end]
            assert len(homes) == 1, piece
    marks = [match.start(1) for match in re.finditer(r"(?m)(?:^|: | )\s*(\d+)[.)](?=\s)", command.text)]
    for words in explanation.ignored:
        assert may_be_ignored(words.text) or words.start in marks, words
    assert Explanation.model_validate_json(explanation.model_dump_json()) == explanation


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.text)
def test_what_words_became_is_in_the_plan(command: Command) -> None:
    columns = {column.name for column in table(command.table).current.columns}
    understood = understand(command.text, table(command.table))
    said = str(understood.plan.to_json()) + understood.plan.describe()
    for word in understood.explanation.words:
        left_out = "except" in command.text[: word.start]
        if word.role == "column" and word.of is None and word.became in columns and not left_out:
            assert word.became in said, word
        if word.role == "value" and word.of is not None:
            assert word.became.casefold() in said.casefold(), word


def test_words_are_told_by_what_they_became() -> None:
    text = "please only keep the flights from jfk with departure delay over 60, then sort by Carrier"
    explanation = explained(text, "flights")
    told = [(word.text, word.role, word.became, word.of) for word in explanation.words]
    assert told == [
        ("only", "command", "filter", None),
        ("keep", "command", "filter", None),
        ("flights", "command", "filter", None),
        ("from", "command", "filter", None),
        ("jfk", "value", "JFK", "origin"),
        ("with", "command", "filter", None),
        ("departure delay", "column", "dep_delay", None),
        ("over", "command", "filter", None),
        ("60", "number", "60", None),
        ("then", "joint", "", None),
        ("sort by", "command", "sort", None),
        ("Carrier", "column", "carrier", None),
    ]
    assert [(words.text, words.start) for words in explanation.ignored] == [("please", 0), ("the", 17)]
    assert explanation.assumed == (
        "took 'jfk' for 'JFK', a value of origin",
        "took 'departure delay' for the column dep_delay",
        "sorted by carrier ascending, as no direction was said",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sort by price", "sorted by price ascending, as no direction was said"),
        ("sort by state and city", "sorted by state and city ascending, as no direction was said"),
        ("sort by state descending, then by city", "sorted by city ascending, as no direction was said"),
        ("dedupe by email", "kept the first row of each, as it was not said which"),
        ("sample 5 rows", "drawn anew each time, as no seed was said"),
        ("sample 2 rows per city", "drawn anew each time, as no seed was said"),
        ("shuffle the rows", "drawn anew each time, as no seed was said"),
        ("running total of price",
         "computed over the rows in the order in which they stand, as none was said"),
        ("keep rows where notes contains gift",
         "'gift' is found in any case, as it is not in quotes"),
        ("keep rows where discount is over 5%", "read 5% as 0.05"),
        ("remove outliers in price",
         "outliers are beyond 1.5 times the interquartile range, as no method was said"),
        ("average price by state, then sort it descending", "took 'it' for the column mean_price"),
        ("average price by state, then sort descending", "sorted by mean_price, which was made last"),
        ("average price by state, top 3", "counted off by mean_price, which was made last"),
        ("keep orders before March 2020", "the dates are those of order_date"),
        ("keep rows where state is ny", "took 'ny' for 'NY', a value of state"),
        ("first row", "took one row, as no number was said"),
    ],
)  # fmt: skip
def test_what_is_taken_for_granted_is_said(text: str, sentence: str) -> None:
    assert sentence in explained(text).assumed


@pytest.mark.parametrize(
    "text",
    ["sort by price descending", "keep rows where state is NY and price is over 100", "drop city and state",
     "dedupe by email and keep the last", "sample 5 rows with seed 3", "shuffle the rows with seed 1",
     "round price to 2 decimals", "rename price to cost", "fill missing price with 0",
     "running total of price in order of order_date descending", "keep rows where notes contains 'gift'"],
)  # fmt: skip
def test_what_was_said_is_not_assumed(text: str) -> None:
    assert explained(text).assumed == ()


def test_a_join_says_by_what_and_how_it_compares() -> None:
    assert explained("join airlines", "flights").assumed == (
        "rows without a match are kept, as no kind of join was said",
        "compared by carrier, the only column that both tables have",
    )


def test_marks_of_lists_are_passed_over() -> None:
    explanation = explained("1. drop notes\n2. sort by price and\n3) keep the first 5 rows")
    assert [words.text for words in explanation.ignored] == ["1", "2", "3", "the"]
    assert [word.text for word in explanation.words if word.role == "joint"] == ["and"]


def test_an_article_in_a_name_is_a_part_of_it() -> None:
    explanation = explained("rename price to weekday the same")
    assert [word.became for word in explanation.words if word.role == "name"] == ["weekday the same"]
    assert explanation.ignored == ()


def test_a_period_is_told_by_its_days() -> None:
    words = explained("keep rows where order_date is in March 2020").words
    (date,) = [word for word in words if word.role == "date"]
    assert (date.became, date.of) == ("2020-03-01 to 2020-03-31", "order_date")


def test_the_explanation_is_the_same_each_time() -> None:
    text = "drop orders from ny without email; then average price per customer name, please"
    first = understand(text, table("orders"))
    assert all(understand(text, tables("orders")) == first for _ in range(3))


def test_it_reads_well_as_text_and_as_html() -> None:
    people = Tables(Table("people", (TableColumn("age", "int64"), TableColumn("<b>", "str", ("<i>",)))))
    explanation = understand('please drop rows where "<b>" is "<i>", then sort by age', people).explanation
    assert str(explanation).splitlines() == [
        "read: drop … rows … where → drop_rows",
        'read: "<b>" → the column <b>',
        "read: is → drop_rows",
        "read: \"<i>\" → the value '<i>' of <b>",
        "read: sort by → sort",
        "read: age → the column age",
        "assumed: sorted by age ascending, as no direction was said",
        "ignored: please",
    ]
    drawn = explanation._repr_html_()
    assert "<script" not in drawn
    assert "<b>" not in drawn
    assert "&lt;i&gt;" in drawn
