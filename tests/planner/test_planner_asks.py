"""What is a question, and so answered beside the line, and what is a command, however it is put."""

from __future__ import annotations

from functools import cache

import pytest

from tests.support.planner_commands import tables
from workers.planner import understand
from workers.planner.questions import asks

table = cache(tables)

READ = {  # questions that are read, and the table they are about
    "how many rows have a price over 100?": "orders",
    "how many orders are there": "orders",
    "What is the average price per category?": "orders",
    "what's the median quantity by state": "orders",
    "average price by city?": "orders",
    "which orders have no email?": "orders",
    "for each state, how many orders are there?": "orders",
    "please, which order has the highest price?": "orders",
    "How many different carriers are there?": "flights",
    "whats the total distance by origin": "flights",
    "how many flights from JFK were there?": "flights",
    "are there any flights with missing tailnum?": "flights",
    "OK, and how many penguins are there per island?": "penguins",
    "mean body_mass_g by species?": "penguins",
}
COMMANDED = {
    "can you drop the column notes?": "orders",
    "could you please sort by price?": "orders",
    "drop notes?": "orders",
    "sort by price?": "orders",
    "average price by city": "orders",
    "top 5 by price": "orders",
    "show me the 5 highest by price": "orders",
    "count rows by state": "orders",
    "replace 'what' with 'which' in notes": "orders",
    "find the mean price for each city": "orders",
    "give me the total quantity": "orders",
    "would you keep only rows where price is over 100?": "orders",
    "fill missing discount with 0?": "orders",
}
QUESTIONS = """\
How many of them were late
how much did Ann pay in total
which stores sold nothing last year
what share of the guests stayed longer than a week
Who scored most often
whose account was never used
when was the first delivery
where are the largest plants
is there a patient without a birthday?
are there duplicates?
are there any rows that hold nothing at all
does any student have two tutors?
do all rooms have a price?
in every ward: how many beds are free
did the last run fail?
has any ticket been closed twice?
the five oldest trees?
rainfall by month?
number of beds per ward?
show me the ten longest films?
for every genre, how many films were made
in 1998, what was the most common name
in which week did sales peak
on what day were most letters sent
out of which region come the heaviest melons
tell me the average height
Can you tell me how many tickets are open?
could you let me know which wards are full?
I'd like to know what the heaviest parcel weighs
I wonder how many of these trees are dead
please, how many seats are free
ok so what is the mean of the scores
hi there, which rooms are empty
drop the empty rows. How many are left?
keep only the adults, then how many are there?
remove the outliers and what is the mean now?
now how often was it rented
What’s the lowest score
any idea how many bikes were stolen?
remind me which columns hold dates
of the closed tickets, how many took a week?
""".splitlines()
NO_QUESTIONS = """\
drop the rows without a birthday
Could you remove the empty rows?
can you please rename height to size?
would you mind sorting by score?
Can we keep only the rooms that are free?
can you show me the ten longest films?
could you group by genre and count the films?
why don't you round the scores
how about sorting by score?
what about dropping the notes?
is it possible to merge the two columns?
would it be possible to split name at the space?
shall we drop the duplicates?
show me the ten longest films
list the rooms that are free
the five oldest trees
rainfall by month
number of beds per ward
I want to see the ten longest films
find the films which are longer than two hours
keep the films which won a prize, which is in the column prize
select whose age is over 10
drop whichever rows are empty
rename the column who to person
replace "what is this?" with "unknown"
replace ? with null
treat "?" as missing
keep rows where the class is ?
sort by score?
order by score?
dedupe by name?
drop the column notes?
filter the rooms where the price is under 50?
fill the gaps with the median?
convert size to integer?
add a column total with price times nights?
set the price to 0 where the room is empty?
join prices on room?
make the names lowercase?
please compute the mean of the scores
what if we leave out the last row?
do the following: drop the empty rows
list each room and how many guests it had
how do I drop the empty rows?
how can I split the names
is there a way to round the scores?
What I want is to sort by score
get the rows where the answer is why
scale the scores to between 0 and 1?
""".splitlines()


@pytest.mark.parametrize(("text", "name"), READ.items())
def test_a_question_is_understood_as_one(text: str, name: str) -> None:
    assert understand(text, table(name)).asks


@pytest.mark.parametrize(("text", "name"), COMMANDED.items())
def test_a_command_is_none_whatever_stands_at_its_end(text: str, name: str) -> None:
    assert not understand(text, table(name)).asks


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_asks_is_told_by_its_words(text: str) -> None:
    assert asks(text)
    assert asks(text.upper())


@pytest.mark.parametrize("text", NO_QUESTIONS)
def test_what_commands_is_told_by_its_words(text: str) -> None:
    assert not asks(text)
    assert not asks(f"please {text}")


@pytest.mark.parametrize("text", ["", " ", "?", "???", ".", "\n", "'?'", "how", "which", "can you"])
def test_what_is_nearly_nothing_is_no_accident(text: str) -> None:
    assert asks(text) in {True, False}


def test_a_command_before_a_question_is_told() -> None:
    mixed = understand("drop rows without email. How many orders per state?", table("orders"))
    assert (mixed.asks, mixed.commands_first) == (True, True)
    plain = understand("how many orders per state?", table("orders"))
    assert (plain.asks, plain.commands_first) == (True, False)
