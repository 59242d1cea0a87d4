"""A frame that is handed over arrives as it was, or with a warning that says what changed."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workbench.errors import FileColumnNames, FileWithoutRows
from workbench.frame_upload import frame_to_arrow_file
from workers.frames.ingest import Ingested, ingest


def hand_over(frame: pd.DataFrame, folder) -> tuple[Ingested, list[str]]:
    before = frame.copy(deep=True)
    warnings = frame_to_arrow_file(frame, folder / "frame.arrow")
    pd.testing.assert_frame_equal(frame, before)
    return ingest(folder / "frame.arrow", "frame.arrow"), warnings


EXACT = {
    "int64": pd.Series([1, 2]),
    "int8": pd.Series([1, 2], dtype="int8"),
    "uint64": pd.Series([1, 2**64 - 1], dtype="uint64"),
    "Int64": pd.Series([2**62 + 1, None], dtype="Int64"),
    "UInt8": pd.Series([1, None], dtype="UInt8"),
    "float32": pd.Series([1.5, None], dtype="float32"),
    "Float64": pd.Series([1.5, None], dtype="Float64"),
    "bool": pd.Series([True, False]),
    "boolean": pd.Series([True, None], dtype="boolean"),
    "str": pd.Series(["a", None]),
    "string": pd.Series(["a", None], dtype="string"),
    "seconds": pd.Series(pd.to_datetime(["2024-01-01", None])).dt.as_unit("s"),
    "us": pd.Series(pd.to_datetime(["2024-01-01T10:00:00.123456", None])),
    "ns": pd.Series(pd.to_datetime(["2024-01-01T10:00:00.123456789", None])),
    "zone": pd.Series(pd.to_datetime(["2024-01-01", None])).dt.tz_localize("Europe/Berlin"),
    "delta": pd.Series(pd.to_timedelta(["1 day", None])),
    "category": pd.Series(["b", None], dtype=pd.CategoricalDtype(["c", "b"], ordered=True)),
    "numbers as category": pd.Series([3, None], dtype=pd.CategoricalDtype([3, 5])),
    "period": pd.Series(pd.period_range("2024-01", periods=2, freq="M")),
    "interval": pd.Series(pd.interval_range(0, 2)),
    "times of a zone as category": pd.Series(
        pd.Categorical(pd.to_datetime(["2024-01-01", None]).tz_localize("Asia/Tokyo"))
    ),
    "intervals of a zone": pd.Series(
        pd.interval_range(pd.Timestamp("2024-01-01", tz="Asia/Tokyo"), periods=2)
    ),
    "decimal": pd.Series([Decimal("1.50"), None]),
    "bytes": pd.Series([b"x", None]),
    "time": pd.Series([dt.time(8, 30), None]),
}


@pytest.mark.parametrize("name", EXACT)
def test_dtypes_that_arrive_exactly(tmp_path, name):
    frame = pd.DataFrame({"a": EXACT[name]})
    found, warnings = hand_over(frame, tmp_path)

    pd.testing.assert_frame_equal(found.frame, frame)
    assert found.format == "frame"
    assert warnings == found.warnings == []
    assert found.code.startswith("#")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, None], "Int64", [1, pd.NA]),
        ([2**53 + 1, 2], "int64", [2**53 + 1, 2]),
        ([True, None], "boolean", [True, pd.NA]),
        ([1.5, 2], "float64", [1.5, 2.0]),
        (["a", None], "str", ["a", None]),
        ([None, None], "str", [None, None]),
        ([pd.Timestamp("2024-01-01"), None], "datetime64[us]", [pd.Timestamp("2024-01-01"), pd.NaT]),
        ([dt.timedelta(1), None], "timedelta64[us]", [pd.Timedelta(1, "D"), pd.NaT]),
        ([pd.Period("2024-01"), None], "period[M]", [pd.Period("2024-01"), pd.NaT]),
        ([pd.Interval(0, 1), pd.Interval(1, 2)], "interval[int64, right]", list(pd.interval_range(0, 2))),
    ],
)
def test_objects_of_one_type_get_its_dtype(tmp_path, values, dtype, expected):
    found, warnings = hand_over(pd.DataFrame({"a": pd.Series(values, dtype=object)}), tmp_path)

    assert str(found.frame["a"].dtype) == dtype
    pd.testing.assert_series_equal(found.frame["a"], pd.Series(expected, dtype=dtype, name="a"))
    assert warnings == []


@pytest.mark.parametrize(
    ("series", "expected", "warning"),
    [
        (pd.Series([1, "x", None], dtype=object), ["1", "x", None], "several kinds"),
        (pd.Series([{"é": 1}, [1, 2]]), ['{"é": 1}', "[1, 2]"], "several kinds"),
        (pd.Series([np.array([1]), ("é", None)]), ["[1]", '["é", null]'], "several kinds"),
        (pd.Series([["é"], None], dtype=pd.ArrowDtype(pa.list_(pa.string()))), ['["é"]', None], "held list"),
        (pd.Series([Decimal("1.5")], dtype=pd.ArrowDtype(pa.decimal128(3, 1))), None, "decimals"),
        (pd.Series([10**30, 1], dtype=object), [str(10**30), "1"], "cannot be integer"),
        (pd.Series([1 + 2j, 3j]), ["(1+2j)", "3j"], "complex128"),
        (pd.cut(pd.Series([1, 5]), [0, 2, 6]), ["(0, 2]", "(2, 6]"], "categories"),
        (pd.Series([dt.date(2024, 1, 1)]), None, "held dates"),
        (pd.Series(pd.arrays.SparseArray([0, 0, 1])), None, "sparse"),
    ],
)
def test_what_arrow_does_not_have_is_changed_with_a_warning(tmp_path, series, expected, warning):
    found, warnings = hand_over(pd.DataFrame({"a": series}), tmp_path)

    if expected is not None:
        pd.testing.assert_series_equal(found.frame["a"], pd.Series(expected, name="a", dtype="str"))
    assert len(warnings) == 1
    assert warnings[0].startswith("Column 'a' ")
    assert warning in warnings[0]
    assert found.warnings == warnings


def test_half_a_surrogate_pair_is_replaced_with_a_warning(tmp_path):
    found, warnings = hand_over(pd.DataFrame({"a": pd.Series(["x\ud800", "y"], dtype=object)}), tmp_path)

    assert found.frame["a"].tolist() == ["x?", "y"]
    assert "surrogate" in warnings[0]


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (pd.Index([5, 7]), ["index"]),
        (pd.Index(["x", "y"], name="key"), ["key"]),
        (pd.MultiIndex.from_tuples([(1, "x"), (2, "y")], names=["n", None]), ["n", "level_1"]),
        (pd.RangeIndex(2, name="row"), ["row"]),
    ],
)
def test_an_index_becomes_columns_with_a_warning(tmp_path, index, names):
    found, warnings = hand_over(pd.DataFrame({"a": [1, 2]}, index=index), tmp_path)

    assert list(found.frame.columns) == [*names, "a"]
    assert "index" in warnings[0]
    assert isinstance(found.frame.index, pd.RangeIndex)


def test_names_become_text_with_a_warning(tmp_path):
    frame = pd.DataFrame(np.zeros((1, 3)), columns=[0, "b", ("x", 1)])
    found, warnings = hand_over(frame, tmp_path)

    assert list(found.frame.columns) == ["0", "b", "x_1"]
    assert "'0', 'x_1'" in warnings[0]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1, 2]], columns=[1, "1"]),
        pd.DataFrame([[1, 2]], columns=["a", " "]),
        pd.DataFrame(index=[0, 1]).reset_index(drop=True),
        pd.DataFrame({"key": [1]}, index=pd.Index([5], name="key")),
    ],
)
def test_names_that_cannot_be_used(tmp_path, frame):
    with pytest.raises(FileColumnNames):
        frame_to_arrow_file(frame, tmp_path / "frame.arrow")


def test_a_frame_without_rows(tmp_path):
    with pytest.raises(FileWithoutRows):
        frame_to_arrow_file(pd.DataFrame({"a": []}), tmp_path / "frame.arrow")


def test_the_client_does_not_import_pandas_for_it():
    code = "import sys, workbench.frame_upload; sys.exit('pandas' in sys.modules or 'pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
