"""Infinite numbers, and whole ones of many digits: told of or refused where pandas says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.contract.every_kind import run_code
from workbench.errors import NumberOutOfRange, TypeMismatch, ValueUnreadable
from workbench.transformations import (
    Append,
    Bin,
    Case,
    CaseWhen,
    Cumulate,
    Filter,
    PercentOfTotal,
    Rolling,
    Unpivot,
    col,
)
from workers.apply import apply
from workers.apply.notes import taking_notes

LOST = "more digits than floats keep"


def table(values: Sequence[Any], dtype: str) -> pd.DataFrame:
    return pd.DataFrame({"n": pd.Series(values, dtype=dtype)})


def said(step: Any, frame: pd.DataFrame) -> list[str]:
    with taking_notes() as notes:
        apply(step, frame)
    return notes.warnings


@pytest.mark.parametrize(
    "among", [[2**53 + 1, 1.5], [2**53 + 1, 2**63], [2**62 + 1, 2**63, -1], [2**53 + 1, -1], [2.5, 1]]
)
def test_long_numbers_are_found_beside_others_without_losing_digits(among: list[float]) -> None:
    frame = table([1, 2**53, 2**53 + 1, 2**62, -1], "Int64")
    step = Filter(where={"op": "in", "column": "n", "values": among})
    assert apply(step, frame)["n"].tolist() == [number for number in frame["n"] if number in among]
    assert_frame_equal(run_code(step, frame), apply(step, frame).reset_index(drop=True))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int64"])
def test_numbers_that_span_more_than_their_type_are_not_put_into_bins(dtype: str) -> None:
    least, most = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    step = Bin(column="n", bins=3, name="bin")
    for numbers in ([least // 2 - 1, most // 2 + 1], [least], [least, 0]):
        with pytest.raises(NumberOutOfRange):
            apply(step, table(numbers, dtype))
    for numbers in ([0, most // 2, most], [least // 2, 0, most // 2], [most]):
        assert apply(step, table(numbers, dtype))["bin"].notna().all()


@pytest.mark.parametrize(("dtype", "number"), [("float64", 1e308), ("Float64", -1e308), ("float32", 3e38)])
def test_a_total_that_floats_cannot_hold_has_no_parts(dtype: str, number: float) -> None:
    step = PercentOfTotal(column="n", name="share")
    with pytest.raises(NumberOutOfRange):
        apply(step, table([number, number], dtype))
    assert apply(step, table([float("inf"), 1], dtype))["share"].iloc[1] == 0


def test_infinities_that_windows_leave_out_are_told_of() -> None:
    frame = table([1, float("inf"), 2, None], "Float64")
    for step in (Cumulate(function="mean", column="n"), Rolling(function="sum", column="n", window=2)):
        assert said(step, frame) == ["1 infinite value of n is left out, as nulls are"]
        assert said(step, frame.head(1)) == []
    of_groups = Cumulate(function="sum", column="n", by=("k",))
    assert said(of_groups, frame.assign(k="a")) == [
        "1 infinite value of n is followed by nulls in the sums of the group"
    ]


@pytest.mark.parametrize("numbers", [[5e-324, 5e-324], [1e308, -1e308]])
def test_numbers_that_bins_cannot_part_are_refused(numbers: list[float]) -> None:
    with pytest.raises(ValueUnreadable), np.errstate(all="ignore"):
        apply(Bin(column="n", bins=3, name="bin"), table(numbers, "float64"))


def test_whole_numbers_keep_their_digits_in_one_column_with_others() -> None:
    long, unsigned = table([2**60 + 1], "Int64"), table([1], "UInt64")
    append = Append(datasets=("more",))
    with pytest.raises(TypeMismatch, match="too many digits"):
        apply(append, long, {"more": unsigned})
    assert apply(append, table([5], "Int64"), {"more": unsigned})["n"].tolist() == [5, 1]
    with pytest.raises(TypeMismatch, match="too many digits"):
        apply(Unpivot(value_columns=("n", "m")), long.assign(m=unsigned["n"]))


def test_digits_that_windows_and_cases_lose_are_told_of() -> None:
    long = table([2**60 + 1, 5], "Int64")
    where = (Case(where=col("n") > 0, then=col("n").tree),)
    assert LOST in said(CaseWhen(column="new", cases=where, otherwise={"value": 1.5}), long)[0]
    assert LOST in said(Rolling(function="max", column="n", window=2), long)[0]
    assert said(CaseWhen(column="new", cases=where, otherwise={"value": 1}), long) == []
