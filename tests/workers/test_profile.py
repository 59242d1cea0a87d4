"""Column profiles, against pandas."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.store.embedded.blobs import FolderBlobs
from workers.frames.blocks import write_table
from workers.profile import Profiled, profile_column, profile_columns


def profile(values: list[object], kind: pa.DataType) -> Profiled:
    return profile_column("x", "dtype", pa.chunked_array([pa.array(values, kind)]))


@given(st.lists(st.one_of(st.none(), st.integers(-100, 100)), max_size=50), st.integers(1, 5))
def test_whole_numbers_are_profiled_as_pandas_does(values: list[int | None], chunks: int) -> None:
    array = pa.array(values, pa.int64())
    size = max(1, len(values) // chunks)
    column = pa.chunked_array([array[at : at + size] for at in range(0, len(values), size)], pa.int64())
    found = profile_column("x", "Int64", column)
    series = pd.Series(values, dtype="Int64")
    assert found.nulls == series.isna().sum()
    assert found.distinct == series.nunique()
    if series.notna().any():
        assert (found.min, found.max) == (series.min(), series.max())
        assert found.mean == pytest.approx(series.mean())
        counts = series.value_counts()
        assert [count for _, count in found.top] == counts.head(5).to_list()
        assert all(counts[value] == count for value, count in found.top)
    else:
        assert (found.min, found.max, found.mean, found.top) == (None, None, None, [])
    deviation = series.std()
    assert found.std == (None if pd.isna(deviation) else pytest.approx(deviation))


def test_nan_is_null_and_infinity_is_told_as_text() -> None:
    found = profile([1.0, float("nan"), None, float("inf")], pa.float64())
    assert (found.nulls, found.distinct, found.min, found.max) == (2, 2, 1.0, "inf")
    assert (found.mean, found.std) == (None, None)


def test_text() -> None:
    found = profile(["b", "a", "b", None, ""], pa.string())
    assert (found.nulls, found.distinct, found.min, found.max) == (1, 3, "", "b")
    assert found.top == [("b", 2), ("a", 1), ("", 1)]
    assert (found.mean, found.std) == (None, None)


@pytest.mark.parametrize(
    ("values", "kind", "least", "greatest"),
    [
        ([True, False, True], pa.bool_(), False, True),
        ([1, 2], pa.timestamp("ns"), "1970-01-01T00:00:00.000000001", "1970-01-01T00:00:00.000000002"),
        ([0, 1], pa.date32(), "1970-01-01", "1970-01-02"),
        ([1_000_000, 90_000_000], pa.duration("us"), "0:00:01", "0:01:30"),
        ([Decimal("1.50"), Decimal("-2.25")], pa.decimal128(5, 2), "-2.25", "1.50"),
        ([2**64 - 1, 0], pa.uint64(), 0, 2**64 - 1),
        ([[1], [2, 3]], pa.list_(pa.int64()), None, None),
        (["b", "a"], pa.dictionary(pa.int32(), pa.string()), "a", "b"),
        (["b", "a"], pa.string_view(), "a", "b"),
    ],
)
def test_every_kind_of_column_has_a_profile(
    values: list[object], kind: pa.DataType, least: object, greatest: object
) -> None:
    found = profile([*values, None], kind)
    assert (found.nulls, found.distinct) == (1, 2)
    assert (found.min, found.max) == (least, greatest)
    assert sum(count for _, count in found.top) == len(values)


def test_a_column_of_nothing_but_nulls() -> None:
    for kind in (pa.null(), pa.float64(), pa.string()):
        found = profile([None, None], kind)
        assert (found.nulls, found.distinct, found.min, found.mean, found.top) == (2, 0, None, None, [])


def test_only_the_most_frequent_values_are_told_in_the_order_of_the_table() -> None:
    values = [*np.arange(100).tolist(), 50, 50, 7]
    assert profile(values, pa.int64()).top == [(50, 3), (7, 2), (0, 1), (1, 1), (2, 1)]


@pytest.mark.parametrize("cells", [1, 5, 1_000])
def test_columns_read_together_are_profiled_as_if_read_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: int
) -> None:
    blobs = FolderBlobs(tmp_path)
    table = pa.table({f"c{number}": [number, None] for number in range(7)})
    manifest = write_table(blobs, "local/s/blocks", table, dict.fromkeys(table.column_names, "Int64"))
    monkeypatch.setattr("workers.profile._CELLS", cells)
    found = list(profile_columns(blobs, manifest, ["c3", "c0", "c6", "c3"]))
    assert [(one.name, one.min, one.nulls) for one in found] == [
        ("c3", 3, 1),
        ("c0", 0, 1),
        ("c6", 6, 1),
        ("c3", 3, 1),
    ]
