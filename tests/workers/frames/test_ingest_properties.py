"""Whatever a CSV file holds: the code reads what was read here, and text is what it was."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.files import read, write
from workers.frames.ingest.nulls import NULL_WORDS

words = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\ufeff", exclude_categories=["Cc", "Cs"]), max_size=8
)
numbers = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False).map(repr),
    st.decimals(-1000, 1000, places=2).map(str),
    st.integers(0, 99).map(lambda number: f"{number:05}"),
    st.from_regex(r"[+-]?[0-9]{0,3}[.,]?[0-9]{0,3}([eE][+-]?[0-9])?", fullmatch=True),
)
days = st.one_of(
    st.dates().map(str),
    st.datetimes().map(str),
    st.datetimes().map(lambda time: f"{time.isoformat()}Z"),
    st.tuples(st.integers(1, 31), st.integers(1, 12), st.integers(1900, 2100)).map(
        lambda p: "{}/{}/{}".format(*p)
    ),
    st.dates().map(lambda day: f"{day.day:02}.{day.month:02}.{day.year:04}"),
)
nulls = st.sampled_from(["", "", *NULL_WORDS])
codes = st.sampled_from(["DE", "FR", "NA", "USA", "X1"])
booleans = st.sampled_from(["true", "false", "True", "FALSE"])


def columns(rows: int) -> st.SearchStrategy[list[str]]:
    def of(values):
        padded = st.tuples(st.sampled_from(["", "", "", " "]), values).map("".join)
        return st.lists(st.one_of(values, values, padded, nulls), min_size=rows, max_size=rows)

    return st.one_of(*(of(values) for values in (words, numbers, days, codes, booleans)))


tables = st.integers(1, 6).flatmap(
    lambda rows: st.lists(columns(rows), min_size=2, max_size=4).map(
        lambda made: list(zip(*made, strict=True))
    )
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_the_code_reads_what_was_read(rows, delimiter, encoding):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    names = [f"column {position}" for position in range(len(rows[0]))]
    writer.writerows([names, *rows])
    with tempfile.TemporaryDirectory() as folder:
        found = read(write(Path(folder), "table.csv", text.getvalue(), encoding), delimiter=delimiter)

    assert len(found.frame) == len(rows)
    for position, name in enumerate(names):
        if str(found.frame[name].dtype) == "str":
            for written, got in zip((row[position] for row in rows), found.frame[name], strict=True):
                assert got == written or (got != got and (written == "" or written in NULL_WORDS))
