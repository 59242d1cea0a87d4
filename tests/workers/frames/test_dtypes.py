"""Every dtype comes back as it was, from a node, a page and a plan that rewrites it; or it is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workbench.errors import TypeMismatch
from workbench.settings import Settings
from workbench.store import open_store
from workbench.transformations import Plan
from workers.engine import run
from workers.frames.blocks import read_table
from workers.frames.convert import frame_to_table, load_frame, load_needed, store_frame
from workers.frames.rows import table_rows

UNITS = ("s", "ms", "us", "ns")


def objects(*values) -> pd.Series:
    return pd.Series(values, dtype=object)


def categories(values, of, *, ordered=True) -> pd.Series:
    return pd.Series(pd.Categorical(values, categories=of, ordered=ordered))


def arrow(values, kind: pa.DataType) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(values, kind)])))


def times(unit: str) -> pd.Series:
    return pd.Series(pd.to_datetime(["2013-01-01 10:00:01", None, "1999-12-31 00:00:00"])).dt.as_unit(unit)


def durations(unit: str) -> pd.Series:
    return pd.Series(pd.to_timedelta(["1 day 00:00:01", None, "-3s"])).dt.as_unit(unit)


DAYS = pd.interval_range(pd.Timestamp("2020-01-01", tz="Europe/Berlin"), periods=3)
KEPT = {
    **{
        f"{n}": pd.Series([1, 0, 1]).astype(n)
        for n in ("int8", "int64", "uint8", "float16", "float32", "bool")
    },
    **{f"{n}": pd.Series([1, None, 3], dtype=n) for n in ("Int8", "Int64", "UInt16", "Float32", "Float64")},
    "uint64 past 2^63": pd.Series([2**64 - 1, 0, 2**63], dtype="uint64"),
    "Int64 past 2^53": pd.Series([2**62 + 1, None, -(2**63)], dtype="Int64"),
    "UInt64 past 2^63": pd.Series([2**64 - 1, None, 1], dtype="UInt64"),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "text, empty or null": pd.Series(["", None, "a"], dtype="str"),
    "string": pd.Series(["", None, "a"], dtype="string"),
    **{f"times in {unit}": times(unit) for unit in UNITS},
    **{f"times of a zone in {unit}": times(unit).dt.tz_localize("America/New_York") for unit in UNITS},
    "times of an offset": times("s").dt.tz_localize("+05:30"),
    "times far away": pd.Series(np.array(["0001-01-01", "9999-12-31", "NaT"], dtype="datetime64[s]")),
    "nanoseconds": pd.Series(np.array([1, 2, 3], dtype="datetime64[ns]")),
    **{f"durations in {unit}": durations(unit) for unit in UNITS},
    "durations of ages": pd.Series(np.array([10**17, 0, -(10**17)], dtype="timedelta64[s]")),
    "category of text": categories(["x", None, "y"], ["y", "x", "z"]),
    "category of text without order": categories(["x", None, "y"], ["y", "x", "z"], ordered=False),
    "category of string": categories(["x", None, "y"], pd.Index(["y", "x"], dtype="string")),
    "category of objects": categories(["x", None, "y"], pd.Index(["y", "x"], dtype=object)),
    "category of numbers": categories([3, None, 1], [3, 2, 1]),
    "category of Int64": categories([3, None, 1], pd.Index([3, 2, 1], dtype="Int64")),
    "category of int8": categories([3, None, 1], pd.Index([3, 2, 1], dtype="int8")),
    "category of decimals": categories([1.5, None, 0.1], [1.5, 0.1]),
    "category of booleans": categories([True, None, False], [True, False]),
    **{f"category of times in {unit}": times(unit).astype("category") for unit in UNITS},
    **{f"category of durations in {unit}": durations(unit).astype("category") for unit in UNITS},
    "category of times of a zone": times("us").dt.tz_localize("Asia/Tokyo").astype("category"),
    "category of periods": pd.Series(pd.period_range("2020-01", periods=3, freq="M")).astype("category"),
    "category of intervals": pd.Series(pd.cut([1, 5, np.nan], [0, 3, 6])),
    "category of dates": objects(dt.date(2020, 1, 1), None, dt.date(1, 1, 1)).astype("category"),
    "category of nothing": categories([None, None, None], []),
    "category of which nothing occurs": categories([None, None, None], ["a", "b"]),
    "periods": pd.Series(pd.PeriodIndex(["2020-01", None, "2020-06"], freq="Q-NOV")),
    "intervals": pd.Series(pd.IntervalIndex.from_breaks([0, 1, 2, 3], closed="both")),
    "intervals of times of a zone": pd.Series(DAYS),
    "decimal": objects(Decimal("1.10"), None, Decimal("-3.30")),
    "dates": objects(dt.date(2020, 1, 1), None, dt.date(1, 1, 1)),
    "times of day": objects(dt.time(1, 2, 3, 4), None, dt.time(0)),
    "bytes": objects(b"a", None, b""),
    "lists": objects([1, 2], None, []),
    "lists of text": objects(["a", None], None, []),
    "tuples": objects((1, 2), None, ()),
    "arrays": objects(np.array([1, 2]), None, np.array([], dtype="int64")),
    "dicts of one form": objects({"a": 1, "b": [1]}, None, {"a": 2, "b": []}),
    "objects: whole numbers": objects(1, None, 3),
    "objects: booleans": objects(True, None, False),
    "objects: text": objects("a", None, "b"),
    "objects: numbers": objects(1.5, None, 2.0),
    "objects: times": objects(pd.Timestamp("2020-01-01"), None, pd.Timestamp("2021-01-01")),
    "objects: durations": objects(pd.Timedelta("1 day"), None, pd.Timedelta("1 us")),
    "objects: nothing": objects(None, None, None),
    "arrow decimal": arrow([Decimal("1.10"), None, Decimal(3)], pa.decimal128(10, 2)),
    "arrow text": arrow(["a", None, ""], pa.string()),
    "arrow seconds": arrow([0, None, 1], pa.timestamp("s", "UTC")),
    "arrow date": arrow([0, None, 1], pa.date32()),
    "arrow list": arrow([[1], None, []], pa.list_(pa.int64())),
    "arrow struct": arrow([{"a": 1}, None, {"a": None}], pa.struct([("a", pa.int64())])),
    "arrow dictionary": arrow(["a", None, "b"], pa.dictionary(pa.int32(), pa.string())),
}
REFUSED = {
    "of several types": objects(1, "a", None),
    "several types": objects(1, 2.5, None),
    "different forms": objects({"a": 1}, None, {"b": 2}),
    "set objects": objects({1}, None, {2}),
    "beyond 64 bits": objects(2**70, None, 1),
    "surrogate": objects("\ud800", None, "a"),
    "complex128": pd.Series([1j, 2, 3]),
    "Sparse": pd.Series(pd.arrays.SparseArray([0, 0, 1])),
    "years away": pd.Series(np.array([10**17, 0, 1], dtype="datetime64[s]")),
    "categories of the type object": categories([1, "a", None], pd.Index([1, "a"], dtype=object)),
}


@pytest.fixture
def blobs(tmp_path):
    store = open_store(Settings(data_dir=tmp_path))
    yield store.blobs
    store.close()


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    for name, column in expected.items():
        if column.dtype == object:
            assert [type(value) for value in found[name]] == [type(value) for value in column]
        if isinstance(column.dtype, pd.CategoricalDtype):
            there = found[name].cat.categories
            pd.testing.assert_index_equal(there, column.cat.categories, exact=True)


@pytest.mark.parametrize("name", KEPT)
def test_a_column_comes_back_as_it_was(blobs, name):
    frame = pd.DataFrame({"a": KEPT[name], "n": [3, 1, 2]})

    manifest = store_frame(blobs, "local/session/blocks", frame)

    assert_same(load_frame(blobs, manifest), frame)
    assert_same(load_needed(blobs, manifest, ["a", "n"], limit=1), frame.head(1))
    assert load_needed(blobs, manifest, ["a"], limit=0)["a"].dtype == frame["a"].dtype
    assert manifest.columns[0].dtype == str(frame["a"].dtype)
    assert len(table_rows(read_table(blobs, manifest))) == 3


@pytest.mark.parametrize("name", KEPT)
def test_a_plan_that_writes_it_again_keeps_it(blobs, name):
    frame = pd.DataFrame({"a": KEPT[name], "n": [3, 1, 2]})
    plan = Plan.parse([{"kind": "sort", "by": [{"column": "n"}]}])

    ran = run(plan, load_frame(blobs, store_frame(blobs, "local/session/blocks", frame)))
    again = load_frame(blobs, store_frame(blobs, "local/session/blocks", ran.frame))

    assert_same(again, frame.iloc[[1, 2, 0]].reset_index(drop=True))


@pytest.mark.parametrize("why", REFUSED)
def test_what_would_come_back_otherwise_is_refused(why):
    with pytest.raises(TypeMismatch, match=rf"'wrong'.*{why}"):
        frame_to_table(pd.DataFrame({"n": [3, 1, 2], "wrong": REFUSED[why]}))
