"""Tables as files, written batch by batch."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InvalidParameter
from workers.frames.export import EXPORT_FORMATS, export_batches

TIME = dt.datetime(2024, 7, 1, 8, 30)


def table() -> pa.Table:
    return pa.table(
        {
            "a,b": ["x", "", None, 'say "é",\n\x01\\'],
            "i": pa.array([1, None, -3, 4], pa.int32()),
            "f": [1.0, 0.1, float("nan"), float("inf")],
            "b": [True, None, False, True],
            "t": pa.array(
                [TIME, None, TIME.replace(microsecond=5), dt.datetime(1, 1, 1)], pa.timestamp("us")
            ),
            "z": pa.array([TIME, None, TIME, TIME], pa.timestamp("ns", "UTC")),
            "p": pa.array([TIME, None, TIME, TIME], pa.timestamp("us", "Europe/Berlin")),
            "d": [dt.date(2024, 1, 1), None, None, None],
            "c": pa.array(["u", "v", None, "u"]).dictionary_encode(),
            "m": [Decimal("1.50"), None, None, Decimal("-2.00")],
            "l": [[1, 2], None, [], [3]],
            "n": pa.nulls(4),
        }
    )


def exported(what: pa.Table, kind: str, rows: int | None = None, **more: Any) -> bytes:
    return b"".join(export_batches(what.to_batches(rows), what.schema, kind, **more))


def test_csv():
    lines = list(csv.reader(io.StringIO(exported(table(), "csv").decode(), newline="")))

    assert lines[0] == ["a,b", "i", "f", "b", "t", "z", "p", "d", "c", "m", "l", "n"]
    assert lines[1] == [
        "x", "1", "1.0", "true", "2024-07-01T08:30:00", "2024-07-01T08:30:00Z", "2024-07-01T10:30:00+02:00",
        "2024-01-01", "u", "1.50", "[1, 2]", "",
    ]  # fmt: skip
    assert lines[2] == ["", "", "0.1", "", "", "", "", "", "v", "", "", ""]
    assert lines[3][2:5] == ["", "false", "2024-07-01T08:30:00.000005"]
    assert lines[4][0] == 'say "é",\n\x01\\'
    assert lines[4][2] == "inf"


def test_csv_tells_an_empty_text_from_a_null():
    assert exported(pa.table({"a": ["", None], "b": [1, 2]}), "csv") == b'a,b\n"",1\n,2\n'


def test_a_null_of_an_only_column_is_a_line_that_readers_see():
    data = exported(pa.table({"a": ["x", None, "y"]}), "csv")

    assert pd.read_csv(io.BytesIO(data))["a"].isna().tolist() == [False, True, False]


def test_json_lines():
    records = [json.loads(line) for line in exported(table(), "jsonl").decode().splitlines()]

    assert records[0] == {
        "a,b": "x", "i": 1, "f": 1.0, "b": True, "t": "2024-07-01T08:30:00", "z": "2024-07-01T08:30:00Z",
        "p": "2024-07-01T10:30:00+02:00", "d": "2024-01-01", "c": "u", "m": "1.50", "l": [1, 2], "n": None,
    }  # fmt: skip
    assert records[1]["a,b"] == ""
    assert records[2]["f"] is None
    assert records[3]["f"] is None
    assert records[3]["a,b"] == 'say "é",\n\x01\\'


def test_parquet_and_arrow_keep_every_type():
    simple = table().drop_columns(["n"])
    arrow = pa.ipc.open_file(exported(simple, "arrow", 2)).read_all()
    file = pq.read_table(io.BytesIO(exported(simple, "parquet", 2)))

    assert arrow.schema == file.schema.remove_metadata() == simple.schema
    pd.testing.assert_frame_equal(arrow.to_pandas(), simple.to_pandas())
    pd.testing.assert_frame_equal(file.to_pandas(), simple.to_pandas())


@pytest.mark.parametrize("kind", EXPORT_FORMATS)
def test_a_table_without_rows_is_a_file_that_can_be_read(kind):
    data = exported(pa.table({"a": pa.array([], pa.int64())}), kind)

    assert data == {"csv": b"a\n", "jsonl": b""}.get(kind, data)
    if kind == "parquet":
        assert pq.read_table(io.BytesIO(data)).num_rows == 0
    if kind == "arrow":
        assert pa.ipc.open_file(data).read_all().num_rows == 0


@pytest.mark.parametrize("kind", EXPORT_FORMATS)
def test_pieces_come_before_the_last_batch_is_read(kind):
    taken = []

    def batches():
        for number in range(4):
            taken.append(number)
            yield pa.record_batch({"a": [number] * 200_000})

    pieces = export_batches(batches(), pa.schema({"a": pa.int64()}), kind)
    first = next(pieces)

    assert first
    assert len(taken) < 4
    assert sum(map(len, pieces)) > 0


def test_batches_with_categories_of_their_own():
    parts = [
        pa.record_batch({"c": pa.array(texts).dictionary_encode()}) for texts in (["x", "y"], ["y", "z"])
    ]
    for kind in EXPORT_FORMATS:
        assert b"".join(export_batches(parts, parts[0].schema, kind))
    whole = pa.ipc.open_file(b"".join(export_batches(parts, parts[0].schema, "arrow"))).read_all()

    assert whole["c"].to_pylist() == ["x", "y", "y", "z"]


def test_slices_are_written_as_slices():
    assert exported(table().slice(1, 1).select(["i", "f"]), "csv") == b"i,f\n,0.1\n"


def test_an_unknown_format_is_refused_at_once():
    with pytest.raises(InvalidParameter, match="no format 'xls'") as raised:
        export_batches([], pa.schema([]), "xls")

    assert "parquet" in raised.value.hint


@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_json_lines_say_what_the_table_holds(rows):
    texts, whole, floats = zip(*rows, strict=True)
    what = pa.table(
        {
            "t": pa.array(texts, pa.string()),
            "i": pa.array(whole, pa.int64()),
            "f": pa.array(floats, pa.float64()),
        }
    )
    lines = exported(what, "jsonl").decode().split("\n")

    assert [tuple(json.loads(line).values()) for line in lines[:-1]] == list(rows)


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=5
    )
)
def test_csv_says_what_the_table_holds(texts):
    what = pa.table({"t": pa.array(texts, pa.string()), "u": pa.array(texts, pa.string())})
    lines = list(csv.reader(io.StringIO(exported(what, "csv", formulas="keep").decode(), newline="")))

    assert lines[1:] == [[text, text] for text in texts]
