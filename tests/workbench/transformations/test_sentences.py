"""What transformations say of themselves, before and after."""

from __future__ import annotations

import pytest

from workbench.models import Change
from workbench.transformations import (
    Cast,
    ChangeCase,
    CollapseSpaces,
    Derive,
    DetectTypes,
    Drop,
    DropBy,
    DropDuplicates,
    DropNulls,
    DropRows,
    Duplicate,
    ExtractBetween,
    ExtractPart,
    ExtractUrlParameter,
    FillNulls,
    Filter,
    FlagText,
    Head,
    JoinColumns,
    Move,
    NormalizeUnicode,
    Pad,
    RemoveCharacters,
    Rename,
    RenameWith,
    Replace,
    Round,
    Sample,
    Select,
    SelectBy,
    Sort,
    SortColumns,
    SplitColumn,
    Substring,
    Tail,
    TextLength,
    Transformation,
    Trim,
    col,
)


def change(before: int = 5000, after: int = 5000, **rest) -> Change:
    return Change(rows_before=before, rows_after=after, **rest)


MEAN = {"function": "mean", "column": "dep_delay"}
SAID: list[tuple[Transformation, Change, str, str]] = [
    (
        Cast(columns=("price",), to="float", decimal=",", on_error="fail"),
        change(),
        "Convert price to float with a decimal comma, failing on unreadable values",
        "Converted price to float with a decimal comma",
    ),
    (
        Cast(columns=("size",), to="category", order=("S", "M"), on_error="keep"),
        change(),
        (
            "Convert size to category in the order S and M,"
            " keeping a column as it is where a value is unreadable"
        ),
        "Converted size to category in the order S and M",
    ),
    (
        ExtractUrlParameter(column="link", into="q", parameter="q"),
        change(columns_added=("q",)),
        "Put the URL parameter 'q' of link into q",
        "Added q with the URL parameter 'q' of link",
    ),
    (
        SelectBy(holding="one_value"),
        change(columns_removed=("a",)),
        "Keep only the columns that hold the same everywhere",
        "Kept only the columns that hold the same everywhere, without 1 other",
    ),
    (SortColumns(), change(), "Sort the columns by name", "Sorted the columns by name"),
    (
        DetectTypes(),
        change(columns_retyped=("a", "b")),
        "Detect the types of all columns of text",
        "Detected the types of all columns of text: 2 columns changed",
    ),
    (
        DetectTypes(columns=("a",)),
        change(columns_retyped=("a",)),
        "Detect the types of a",
        "Detected the types of a: 1 column changed",
    ),
    (
        SelectBy(starts_with="dep"),
        change(columns_removed=("a", "b")),
        "Keep only the columns whose name starts with 'dep'",
        "Kept only the columns whose name starts with 'dep', without 2 others",
    ),
    (
        DropBy(contains="x", case=False),
        change(),
        "Drop the columns whose name contains 'x', in any case",
        "Dropped the columns whose name contains 'x', in any case: none",
    ),
    (
        DropBy(nulls_over=0.125),
        change(columns_removed=("a", "b")),
        "Drop the columns with more than 12.5% nulls",
        "Dropped the columns with more than 12.5% nulls: a and b",
    ),
    (
        SelectBy(nulls_over=0),
        change(columns_removed=("a",)),
        "Keep only the columns with nulls",
        "Kept only the columns with nulls, without 1 other",
    ),
    (
        DropBy(type="dates"),
        change(columns_removed=("a",)),
        "Drop the columns of dates",
        "Dropped the columns of dates: a",
    ),
    (Move(columns=("a", "b"), to="last"), change(), "Move a and b to the end", "Moved a and b to the end"),
    (Move(columns=("a",), after="b"), change(), "Move a behind b", "Moved a behind b"),
    (Duplicate(column="a"), change(), "Copy a as a_copy", "Copied a as a_copy"),
    (
        RenameWith(style="clean"),
        change(columns_added=("a", "b")),
        "Clean the names of all columns",
        "Renamed columns to clean names: 2 new names",
    ),
    (
        RenameWith(style="snake", columns=("A",)),
        change(columns_added=("a",)),
        "Write the names of A in snake_case",
        "Renamed columns in snake_case: 1 new name",
    ),
    (
        RenameWith(add_prefix="x_"),
        change(columns_added=("a",)),
        "Write the names of all columns with 'x_' at the beginning",
        "Renamed columns with 'x_' at the beginning: 1 new name",
    ),
    (
        RenameWith(remove_suffix="_y"),
        change(),
        "Write the names of all columns without '_y' at the end",
        "Renamed columns without '_y' at the end: 0 new names",
    ),
    (
        RenameWith(replace="_", by=" "),
        change(columns_added=("a",)),
        "Write the names of all columns with ' ' for '_'",
        "Renamed columns with ' ' for '_': 1 new name",
    ),
    (
        DropNulls(columns=("email",)),
        change(after=4850),
        "Drop rows where email is null",
        "Dropped 150 rows where email was null",
    ),
    (
        DropNulls(columns=("a", "b")),
        change(after=4999),
        "Drop rows where a or b is null",
        "Dropped 1 row where a or b was null",
    ),
    (
        DropNulls(columns=("a", "b"), how="all"),
        change(after=4998),
        "Drop rows where a and b are null",
        "Dropped 2 rows where a and b were null",
    ),
    (DropNulls(), change(), "Drop rows where any column is null", "Dropped 0 rows where any column was null"),
    (
        Filter(where=col("price") > 10),
        change(after=1200),
        "Keep rows where price > 10",
        "Kept 1,200 of 5,000 rows where price > 10",
    ),
    (
        DropRows(where=col("status") == "cancelled"),
        change(after=3800),
        "Drop rows where status is 'cancelled'",
        "Dropped 1,200 rows where status is 'cancelled'",
    ),
    (
        DropDuplicates(columns=("email",), keep="last"),
        change(after=4988),
        "Drop duplicate rows by email, keeping the last",
        "Dropped 12 duplicate rows by email, keeping the last",
    ),
    (
        Sort(by=({"column": "price", "descending": True}, {"column": "name"}), nulls="first"),
        change(),
        "Sort by price descending, then name, nulls first",
        "Sorted 5,000 rows by price descending, then name, nulls first",
    ),
    (Head(n=100), change(after=100), "Keep the first 100 rows", "Kept the first 100 of 5,000 rows"),
    (Tail(n=1), change(after=1), "Keep the last row", "Kept the last 1 of 5,000 rows"),
    (
        Sample(n=100, seed=7),
        change(after=100),
        "Draw 100 rows at random with seed 7",
        "Drew 100 of 5,000 rows at random with seed 7",
    ),
    (
        Sample(fraction=0.1),
        change(after=500),
        "Draw 10% of the rows at random",
        "Drew 500 of 5,000 rows at random",
    ),
    (
        Select(columns=("a", "b")),
        change(columns_removed=("c", "d", "e")),
        "Keep only the columns a and b",
        "Kept 2 of 5 columns: a and b",
    ),
    (Drop(columns=("a",)), change(columns_removed=("a",)), "Drop the column a", "Dropped the column a"),
    (
        Rename(columns={"dep_delay": "delay", "arr": "arrival"}),
        change(),
        "Rename dep_delay to delay and arr to arrival",
        "Renamed dep_delay to delay and arr to arrival",
    ),
    (
        Cast(columns=("year",), to="integer"),
        change(nulls_made={"year": 3}),
        "Convert year to integer",
        "Converted year to integer; 3 values could not be read and became null",
    ),
    (
        Cast(columns=("year",), to="text", on_error="fail"),
        change(),
        "Convert year to text, failing on unreadable values",
        "Converted year to text",
    ),
    (
        FillNulls(columns=("age",), method="median"),
        change(nulls_filled={"age": 12}),
        "Fill nulls in age with the median",
        "Filled 12 nulls in age with the median",
    ),
    (
        FillNulls(columns=("age",), method="forward"),
        change(nulls_filled={"age": 1}),
        "Fill nulls in age with the value above",
        "Filled 1 null in age with the value above",
    ),
    (
        FillNulls(value="unknown"),
        change(nulls_filled={"a": 1, "b": 2}),
        "Fill nulls in all columns with 'unknown'",
        "Filled 3 nulls in all columns with 'unknown'",
    ),
    (
        Replace(columns=("city",), values={"NYC": "New York", "n/a": None}),
        change(cells_changed={"city": 12}),
        "Replace 'NYC' with 'New York' and 'n/a' with null in city",
        "Replaced 12 values in city: 'NYC' with 'New York' and 'n/a' with null",
    ),
    (
        Round(columns=("price",), decimals=2),
        change(cells_changed={"price": 1204}),
        "Round price to 2 decimals",
        "Rounded 1,204 values in price to 2 decimals",
    ),
    (
        Round(decimals=-3),
        change(),
        "Round all numbers to multiples of 1,000",
        "Rounded 0 values in all columns of numbers to multiples of 1,000",
    ),
    (
        ChangeCase(columns=("email",), to="lower"),
        change(cells_changed={"email": 7}),
        "Change email to lower case",
        "Changed 7 values in email to lower case",
    ),
    (
        Trim(),
        change(cells_changed={"a": 7}),
        "Trim white space in all text",
        "Trimmed 7 values in all columns of text",
    ),
    (
        CollapseSpaces(),
        change(cells_changed={"a": 7}),
        "Collapse runs of white space in all text",
        "Collapsed white space of 7 values in all columns of text",
    ),
    (
        RemoveCharacters(columns=("a", "b"), what="html"),
        change(cells_changed={"a": 1}),
        "Remove HTML tags from a and b",
        "Removed HTML tags from 1 value in a and b",
    ),
    (
        NormalizeUnicode(columns=("a",)),
        change(),
        "Bring a to the Unicode form NFC",
        "Brought 0 values in a to the Unicode form NFC",
    ),
    (
        Pad(columns=("zip",), width=5, side="both", character="0"),
        change(cells_changed={"zip": 2}),
        "Pad zip to 5 characters with '0' on both sides",
        "Padded 2 values in zip to 5 characters with '0' on both sides",
    ),
    (
        TextLength(column="notes", into="n"),
        change(columns_added=("n",)),
        "Put the length of notes into n",
        "Added n with the length of notes",
    ),
    (
        Substring(column="zip", into="zip", stop=3),
        change(),
        "Put the first 3 characters of zip into zip",
        "Replaced zip with the first 3 characters of zip",
    ),
    (
        Substring(column="zip", into="end", start=-1),
        change(columns_added=("end",)),
        "Put the last 1 character of zip into end",
        "Added end with the last 1 character of zip",
    ),
    (
        Substring(column="zip", into="mid", start=1, stop=-1),
        change(columns_added=("mid",)),
        "Put the characters [1:-1] of zip into mid",
        "Added mid with the characters [1:-1] of zip",
    ),
    (
        SplitColumn(column="name", separator=" ", into=("a", "b")),
        change(columns_added=("a", "b")),
        "Split name at ' ' into a and b",
        "Split name at ' ' into a and b",
    ),
    (
        JoinColumns(columns=("a", "b"), separator=", ", into="c", nulls="skip"),
        change(columns_added=("c",)),
        "Join a and b with ', ' between into c, leaving nulls out",
        "Joined a and b with ', ' between into c, leaving nulls out",
    ),
    (
        ExtractBetween(column="a", into="b", after="("),
        change(columns_added=("b",)),
        "Put the text after '(' in a into b",
        "Added b with the text after '(' in a",
    ),
    (
        ExtractPart(column="email", into="d", part="email_domain"),
        change(columns_added=("d",)),
        "Put the e-mail domain of email into d",
        "Added d with the e-mail domain of email",
    ),
    (
        FlagText(column="email", into="f", test="startswith", text="x", case=False),
        change(columns_added=("f",)),
        "Put whether email starts with 'x' (in any case) into f",
        "Added f: whether email starts with 'x' (in any case)",
    ),
    (
        Derive(column="total", expression=(col("price") * col("quantity")).tree),
        change(columns_added=("total",)),
        "Compute total = price * quantity",
        "Added total = price * quantity",
    ),
    (
        Derive(column="price", expression=(col("price") / 100).tree),
        change(),
        "Compute price = price / 100",
        "Replaced price = price / 100",
    ),
]


@pytest.mark.parametrize(("step", "done", "describes", "outcome"), SAID, ids=[said[2] for said in SAID])
def test_what_it_does_and_did(step: Transformation, done: Change, describes: str, outcome: str) -> None:
    assert step.describe() == describes
    assert step.outcome(done) == outcome


def test_names_that_could_not_be_seen_are_quoted() -> None:
    assert Drop(columns=("unit price", " padded", "two\nlines")).describe() == (
        "Drop the columns unit price, ' padded' and 'two\\nlines'"
    )


def test_many_columns_are_counted() -> None:
    names = tuple(f"c{number}" for number in range(40))
    assert Drop(columns=names).describe() == "Drop the columns c0, c1, c2, c3, c4, c5, c6 and 33 more"
