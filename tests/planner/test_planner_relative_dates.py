"""Times that are told from today become dates in the plan, and the explanation says which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.planner_commands import tables
from workbench.errors import PlannerRefusal
from workers.planner import Table, TableColumn, Tables, plan, understand
from workers.planner.relative import read_relative

NOW = datetime(2024, 3, 13, 15, 30, tzinfo=UTC)  # a Wednesday
ORDERS = tables("orders")


def described(text: str, now: datetime | None = NOW, known: Tables = ORDERS) -> str:
    return understand(text, known, now=now).plan.describe()


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("keep orders from the last 30 days", "2024-02-12", "2024-03-14"),
        ("only show me orders in the past week please", "2024-03-06", "2024-03-14"),
        ("orders within the last two weeks", "2024-02-28", "2024-03-14"),
        ("order_date in the past year", "2023-03-13", "2024-03-14"),
        ("keep rows where order_date is in the last 3 months", "2023-12-13", "2024-03-14"),
        ("orders from yesterday", "2024-03-12", "2024-03-13"),
        ("orders from today", "2024-03-13", "2024-03-14"),
        ("I only want orders of last month... keep orders in last month", None, None),
        ("orders in last month", "2024-02-01", "2024-03-01"),
        ("show orders this month", "2024-03-01", "2024-04-01"),
        ("orders this year", "2024-01-01", "2025-01-01"),
        ("orders last year", "2023-01-01", "2024-01-01"),
        ("orders from this week", "2024-03-11", "2024-03-18"),
        ("orders from the previous week", "2024-03-04", "2024-03-11"),
        ("orders in the last quarter", "2023-10-01", "2024-01-01"),
        ("order_date is next month", "2024-04-01", "2024-05-01"),
        ("order_date is in the next 10 days", "2024-03-13", "2024-03-24"),
        ("order_date is tomorrow", "2024-03-14", "2024-03-15"),
        ("order_date is 90 days ago", "2023-12-14", "2023-12-15"),
        ("order_date is a year ago", "2023-03-13", "2023-03-14"),
        ("orders during the last 3 hours", "2024-03-13 12:30:00", "2024-03-13 15:30:00"),
        ("order_date between last month and today", "2024-02-01", "2024-03-14"),
    ],
)  # fmt: skip
def test_a_stretch_of_time_has_two_ends(text: str, begin: str | None, end: str | None) -> None:
    if begin is None:
        with pytest.raises(PlannerRefusal):
            described(text)
        return
    assert described(text) == f"Keep rows where order_date >= {begin} and order_date < {end}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("orders since last month", "Keep rows where order_date >= 2024-02-01"),
        ("orders after last month", "Keep rows where order_date >= 2024-03-01"),
        ("order_date before last week", "Keep rows where order_date < 2024-03-04"),
        ("drop orders before this year", "Drop rows where order_date < 2024-01-01"),
        ("keep orders until yesterday", "Keep rows where order_date < 2024-03-13"),
        ("drop orders older than 90 days", "Drop rows where order_date < 2023-12-14"),
        ("delete all orders older than a month", "Drop rows where order_date < 2024-02-13"),
        ("order_date older than 2 years", "Keep rows where order_date < 2022-03-13"),
        ("orders more than six months ago", "Keep rows where order_date < 2023-09-13"),
        ("keep orders that are less than 3 days old", "Keep rows where order_date >= 2024-03-11"),
        ("order_date newer than 2 weeks", "Keep rows where order_date >= 2024-02-29"),
        ("orders before 30 days ago", "Keep rows where order_date < 2024-02-12"),
        ("drop rows where order_date is after today", "Drop rows where order_date >= 2024-03-14"),
        ("not from last year",
         "Keep rows where not (order_date >= 2023-01-01 and order_date < 2024-01-01)"),
    ],
)  # fmt: skip
def test_a_time_bounds_on_one_side(text: str, sentence: str) -> None:
    assert described(text) == sentence


def test_a_question_and_a_step_among_others_can_be_about_a_time() -> None:
    since = "Keep rows where order_date >= 2024-01-01 and order_date < 2025-01-01"
    assert described("total price this year") == f"{since}; then summarise all rows: sum of price"
    week = "order_date >= 2024-03-06 and order_date < 2024-03-14"
    said = described("keep the orders of CA from the last 7 days, then sort by price descending")
    assert said == f"Keep rows where state is 'CA' and {week}; then sort by price descending"


def test_the_dates_are_told() -> None:
    explanation = understand("orders since last month", ORDERS, now=NOW).explanation
    assert explanation.assumed[0] == "'last month' is 2024-02-01 to 2024-02-29, as today is 2024-03-13"
    (word,) = [word for word in explanation.words if word.role == "date"]
    assert (word.text, word.became) == ("last month", "2024-02-01 to 2024-02-29")
    older = understand("drop orders older than 90 days", ORDERS, now=NOW).explanation
    assert older.assumed[0] == "'older than 90 days' is before 2023-12-14, as today is 2024-03-13"


def test_a_later_step_is_told_from_the_same_time() -> None:
    said = described("drop rows where email is null, then keep orders from yesterday")
    assert said.endswith("order_date >= 2024-03-12 and order_date < 2024-03-13")


def test_the_same_time_makes_the_same_plan_and_another_one_another() -> None:
    text = "keep orders from the last 30 days"
    assert (
        described(text)
        == described(text, NOW + timedelta(hours=3))
        != described(text, NOW + timedelta(days=1))
    )


def test_the_clock_is_that_of_the_time_given() -> None:
    late = datetime(2024, 3, 14, 1, tzinfo=timezone(timedelta(hours=10)))
    assert "2024-03-13 and" in described("orders from yesterday", late)


@pytest.mark.parametrize(
    "text", ["keep orders from yesterday", "orders in the last 30 days", "drop orders older than 90 days"]
)
def test_without_a_time_it_is_not_understood(text: str) -> None:
    with pytest.raises(PlannerRefusal):
        plan(text, ORDERS)


@pytest.mark.parametrize(
    "text",
    ["price is yesterday", "keep rows where price is older than 90 days", "orders older than 3 years",
     "running total of price over the last 7 days", "sort by last month", "keep orders from the last days",
     "orders in the last 0 days", "orders in the last 999999 years", "orders older than 90",
     "orders in the last few days", "drop orders older than my grandmother"],
)  # fmt: skip
def test_what_is_no_time_or_not_one_of_a_column_is_refused(text: str) -> None:
    with pytest.raises(PlannerRefusal):
        described(text)


def test_a_table_without_times_has_no_days() -> None:
    days = Tables(Table("days", (TableColumn("day", "str", ("today", "yesterday")),)))
    assert described("keep yesterday", known=days) == "Keep rows where day is 'yesterday'"


def test_a_column_or_a_value_of_that_name_comes_first() -> None:
    columns = (TableColumn("month", "int64"), TableColumn("at", "datetime64[us]"))
    with pytest.raises(PlannerRefusal):
        described("rows from last month", known=Tables(Table("sales", columns)))
    when = (TableColumn("when", "str", ("today",)), TableColumn("at", "datetime64[us]"))
    assert described("only today", known=Tables(Table("sales", when))) == "Keep rows where when is 'today'"


def test_of_two_columns_of_times_one_must_be_named() -> None:
    with pytest.raises(PlannerRefusal, match="which column's dates"):
        described("keep shipments from yesterday", known=tables("shipments"))
    said = described("keep rows where ship_date is yesterday", known=tables("shipments"))
    assert said == "Keep rows where ship_date >= 2024-03-12 and ship_date < 2024-03-13"


def test_differences_until_today_stay_open() -> None:
    assert (
        described("days from order_date to today") == plan("days from order_date to today", ORDERS).describe()
    )


UNITS = ["day", "weeks", "month", "quarters", "year", "3", "hours", "9000"]


@given(
    now=st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)),
    words=st.tuples(
        st.sampled_from(["last", "this", "next", "past", "coming", "older", "5", "a"]),
        st.sampled_from([*UNITS, "than"]),
        st.sampled_from([*UNITS, "ago"]),
        st.sampled_from([*UNITS, "ago", "old"]),
    ),
)
def test_any_words_at_any_time_are_a_time_or_none(now: datetime, words: tuple[str, ...]) -> None:
    found = read_relative(list(words), now)
    if found is not None:
        assert found.period.start <= found.period.end
        assert 1 <= found.size <= len(words)
