"""Whole numbers at the bounds of their types: right or refused, and never what pandas wraps them to."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workbench.errors import NumberOutOfRange, TypeMismatch, ValueUnreadable
from workbench.transformations import (
    Abs,
    Aggregation,
    Crosstab,
    Cumulate,
    DateDiff,
    Derive,
    Diff,
    Group,
    PercentOfTotal,
    Pivot,
    Resample,
    Round,
    SetWhere,
    ShiftDates,
    SortKey,
    Transformation,
    col,
)
from workers.apply import apply
from workers.apply.notes import taking_notes

TOP, LEAST = 2**63 - 1, -(2**63)
SIGNED = ("int64", "Int64")
UNSIGNED = ("uint64", "UInt64")
SMALL = ("int8", "Int8", "uint8", "UInt8", "int16", "Int16", "uint16", "UInt16", "int32", "Int32", "uint32")


def table(values: Sequence[int | None], dtype: str, **others: Any) -> pd.DataFrame:
    return pd.DataFrame({"n": pd.Series(values, dtype=dtype), **others})


def listed(column: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in column.tolist()]


def made(expression: Any, frame: pd.DataFrame) -> pd.Series:
    return apply(Derive(column="new", expression=getattr(expression, "tree", expression)), frame)["new"]


def refused(step: Transformation, frame: pd.DataFrame) -> NumberOutOfRange:
    with pytest.raises(NumberOutOfRange) as raised:
        apply(step, frame)
    assert raised.value.hint
    assert raised.value.code == "number_out_of_range"
    return raised.value


def total(*by: str) -> Group:
    return Group(by=by, aggregations=(Aggregation(function="sum", column="n", name="sum"),))


def beside_a_quantile(*by: str) -> Group:
    """The same sum, computed the other way: one aggregation after the other."""
    quantile = Aggregation(function="quantile", column="n", q=0.5, name="half")
    return Group(by=by, aggregations=(*total().aggregations, quantile))


@pytest.mark.parametrize("dtype", SIGNED)
@pytest.mark.parametrize("group", [total, beside_a_quantile])
def test_the_sum_of_a_group_is_exact_up_to_the_last_number_of_64_bits(dtype: str, group: Any) -> None:
    keys = {"k": ["a", "a", None]}
    assert listed(apply(group("k"), table([TOP - 1, 1, 5], dtype, **keys))["sum"]) == [TOP, 5]
    assert listed(apply(group("k"), table([LEAST + 1, -1, 5], dtype, **keys))["sum"]) == [LEAST, 5]
    assert listed(apply(group(), table([TOP - 1, 1], dtype))["sum"]) == [TOP]
    error = refused(group("k"), table([TOP, 1, 5], dtype, **keys))
    assert error.message == f"The sum of n is beyond what {dtype} can hold."
    assert error.hint == "Cast n to float first."
    refused(group("k"), table([LEAST, -1, 5], dtype, **keys))
    refused(group("k"), table([5, 1, TOP, TOP], dtype, k=["a", "a", None, None]))
    refused(group(), table([TOP, 1], dtype))


@pytest.mark.parametrize("dtype", UNSIGNED)
def test_unsigned_sums_have_all_64_bits(dtype: str) -> None:
    assert listed(apply(total(), table([2**64 - 2, 1], dtype))["sum"]) == [2**64 - 1]
    error = refused(total(), table([2**64 - 1, 1], dtype))
    assert error.message == f"The sum of n is beyond what {dtype} can hold."


@pytest.mark.parametrize("dtype", SIGNED)
def test_a_total_that_fits_is_exact_whatever_lies_on_the_way(dtype: str) -> None:
    assert listed(apply(total(), table([TOP, TOP, -TOP, -TOP, 3], dtype))["sum"]) == [3]
    refused(Cumulate(function="sum", column="n"), table([TOP, TOP, -TOP, -TOP, 3], dtype))


def test_nulls_are_left_out_of_sums_and_do_not_hide_them() -> None:
    frame = table([TOP - 1, None, 1, None], "Int64", k=["a", "a", "a", "b"])
    assert listed(apply(total("k"), frame)["sum"]) == [TOP, 0]
    refused(total("k"), table([TOP, None, 1, None], "Int64", k=["a", "a", "a", "b"]))
    assert listed(apply(total(), table([None, None], "Int64"))["sum"]) == [0]
    assert listed(apply(total(), table([], "Int64"))["sum"]) == [0]


@pytest.mark.parametrize("dtype", SMALL)
def test_sums_of_small_numbers_have_64_bits(dtype: str) -> None:
    largest = int(np.iinfo(dtype.lower()).max)
    frame = table([largest, largest], dtype)
    assert listed(apply(total(), frame)["sum"]) == [2 * largest]
    assert listed(apply(Cumulate(function="sum", column="n", name="c"), frame)["c"]) == [largest, 2 * largest]


def test_sums_at_random_are_right_or_refused() -> None:
    draw = np.random.default_rng(7)
    outcomes = set()
    for _ in range(60):
        dtype = str(draw.choice(SIGNED))
        numbers = [int(number) >> int(draw.integers(0, 6)) for number in draw.integers(LEAST, TOP, 6)]
        keys = draw.integers(0, 3, 6).tolist()
        frame = table([*numbers], dtype, k=keys)
        sums = {key: sum(n for n, k in zip(numbers, keys, strict=True) if k == key) for key in sorted(keys)}
        fits = all(LEAST <= number <= TOP for number in sums.values())
        outcomes.add(fits)
        if fits:
            assert apply(total("k"), frame)["sum"].tolist() == list(sums.values())
        else:
            refused(total("k"), frame)
    assert outcomes == {True, False}


def test_every_word_that_adds_up_refuses_what_does_not_fit() -> None:
    when = pd.to_datetime(["2013-01-01", "2013-01-01"])
    frame = table([TOP, 1], "int64", k=["a", "a"], c=["x", "x"], when=when)
    ends = table([TOP, 1], "int64", k=["a", "b"], c=["x", "y"], when=when)
    aggregations = total().aggregations
    for step in (
        Pivot(index=("k",), columns=("c",), values=("n",), aggregate="sum"),
        Crosstab(index="k", columns="c", value="n", aggregate="sum"),
        Resample(column="when", period="month", aggregations=aggregations),
        PercentOfTotal(column="n"),
        PercentOfTotal(column="n", by=("k",)),
        Cumulate(function="sum", column="n"),
        Cumulate(function="sum", column="n", by=("k",), order_by=(SortKey(column="n"),)),
    ):
        refused(step, frame)
    apply(Crosstab(index="k", columns="c", value="n", aggregate="sum"), ends)
    for whole in ({"margins": True}, {"normalize": "all"}):
        refused(Crosstab(index="k", columns="c", value="n", aggregate="sum", **whole), ends)


def test_running_sums_in_an_order_are_refused_by_what_they_reach() -> None:
    frame = table([TOP, -TOP, 5], "Int64", at=[3, 1, 2])
    up = Cumulate(function="sum", column="n", order_by=(SortKey(column="at"),), name="c")
    assert listed(apply(up, frame)["c"]) == [5, -TOP, 5 - TOP]
    down = Cumulate(function="sum", column="n", order_by=(SortKey(column="at", descending=True),), name="c")
    refused(down, frame)


def test_durations_add_up_within_their_years() -> None:
    longest = pd.Timedelta(2**63 - 1, unit="ns")
    frame = pd.DataFrame({"n": [longest, pd.NaT, -longest, longest], "k": ["a", "a", "b", "b"]})
    assert listed(apply(total("k"), frame)["sum"]) == [longest, pd.Timedelta(0)]
    assert listed(apply(Cumulate(function="sum", column="n", by=("k",), name="c"), frame)["c"])[
        3
    ] == pd.Timedelta(0)
    for step in (
        total(),
        Cumulate(function="sum", column="n"),
        Cumulate(function="sum", column="n", by=("one",)),
    ):
        error = refused(step, pd.DataFrame({"n": [longest, longest], "one": [1, 1]}))
        assert "timedelta64[ns]" in error.message


def test_decimals_add_up_to_38_digits() -> None:
    def frame(*texts: str | None) -> pd.DataFrame:
        numbers = [None if text is None else Decimal(text) for text in texts]
        return pd.DataFrame({"n": pd.Series(numbers, dtype=pd.ArrowDtype(pa.decimal128(38, 2))), "k": 1})

    most, least = "9" * 36 + ".98", "-" + "9" * 36 + ".99"
    assert apply(total("k"), frame(most, None, "0.01"))["sum"].tolist() == [Decimal("9" * 36 + ".99")]
    assert apply(total("k"), frame(most, most, least, least))["sum"].tolist() == [Decimal("-0.02")]
    assert apply(total(), frame("1.5", "2"))["sum"].tolist() == [Decimal("3.5")]
    assert listed(apply(total("k"), frame(None))["sum"]) in ([0], [None])
    error = refused(total("k"), frame(most, "0.02"))
    assert "a decimal of 38 digits" in error.message
    refused(total(), frame(least, None, "-0.01"))


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "floor_divide": operator.floordiv,
    "modulo": operator.mod,
    "power": operator.pow,
}


def ends(dtype: str) -> list[int]:
    limits = np.iinfo(dtype.lower())
    low, high = int(limits.min), int(limits.max)
    root = int(high**0.5)
    among = {
        low,
        low + 1,
        low // 2,
        -2,
        -1,
        0,
        1,
        2,
        3,
        root,
        root + 1,
        high // 2,
        high // 2 + 1,
        high - 1,
        high,
    }
    return sorted(number for number in among if low <= number <= high)


@pytest.mark.parametrize("op", OPERATIONS)
@pytest.mark.parametrize("dtype", [*SIGNED, *UNSIGNED, "int8", "UInt8", "Int16"])
def test_arithmetic_at_the_bounds_is_exact_or_refused(op: str, dtype: str) -> None:
    limits = np.iinfo(dtype.lower())
    tree = {"op": op, "left": {"column": "n"}, "right": {"column": "m"}}
    kept, beyond = [], []
    for one, other in itertools.product(ends(dtype), repeat=2):
        if (other == 0 and op in {"floor_divide", "modulo"}) or (other < 0 and op == "power"):
            continue
        small = abs(one) < 2 or other < 100
        exact = OPERATIONS[op](one, other) if op != "power" or small else 2**64
        fits = limits.min <= exact <= limits.max
        (kept if fits else beyond).append((one, other, exact))
    columns = list(zip(*kept, strict=True))
    frame = table(columns[0], dtype, m=pd.Series(columns[1], dtype=dtype))
    assert made(tree, frame).tolist() == list(columns[2])
    for one, other, _ in beyond:
        # Beside others, as the largest and the smallest alone do not tell.
        with pytest.raises(NumberOutOfRange):
            made(tree, table([one, 1], dtype, m=pd.Series([other, 1], dtype=dtype)))


@pytest.mark.parametrize("dtype", SIGNED)
def test_arithmetic_with_a_number_is_exact_or_refused(dtype: str) -> None:
    frame = table([TOP - 1, 1], dtype)
    assert listed(made(col("n") + 1, frame)) == [TOP, 2]
    with pytest.raises(NumberOutOfRange) as raised:
        made(col("n") + 2, frame)
    assert raised.value.message == f"'n + 2' is beyond what {dtype} can hold."
    assert listed(made(0 - col("n"), table([-TOP, None] if dtype == "Int64" else [-TOP], dtype)))[0] == TOP
    with pytest.raises(NumberOutOfRange):
        made(0 - col("n"), table([LEAST], dtype))
    assert listed(made(col("n") * 2, table([2**62 - 1], dtype))) == [2**63 - 2]
    with pytest.raises(NumberOutOfRange):
        made(col("n") * 2, table([2**62], dtype))


def test_nulls_and_the_numbers_behind_them_do_not_count() -> None:
    hidden = pd.Series(pd.arrays.IntegerArray(np.array([TOP, 5]), np.array([True, False])))
    assert listed(made(col("n") + 1, pd.DataFrame({"n": hidden}))) == [None, 6]


def test_small_types_are_told_which_cast_gives_room() -> None:
    with pytest.raises(NumberOutOfRange) as raised:
        made(col("n") + 1, table([127], "int8"))
    assert raised.value.hint == "Cast n to integer first, which holds whole numbers of 64 bits."
    with pytest.raises(NumberOutOfRange):
        made(col("n") - col("m"), table([1], "uint8", m=pd.Series([2], dtype="uint8")))


def test_unsigned_numbers_of_many_digits_are_compared_exactly() -> None:
    frame = table([2**64 - 2, 2**64 - 1], "uint64", m=pd.Series([2**64 - 2, 2**64 - 2], dtype="uint64"))
    assert listed(made(col("n") - col("m"), frame)) == [0, 1]
    with pytest.raises(NumberOutOfRange):
        made(col("m") - col("n"), frame)


@pytest.mark.parametrize("dtype", ["Int64", "Int8", "UInt64"])
@pytest.mark.parametrize("op", ["floor_divide", "modulo"])
def test_a_whole_division_by_zero_is_not_zero(dtype: str, op: str) -> None:
    frame = table([5, None, 7], dtype, m=pd.Series([2, 0, None], dtype=dtype))
    tree = {"op": op, "left": {"column": "n"}, "right": {"column": "m"}}
    assert listed(made(tree, frame)) == [OPERATIONS[op](5, 2), None, None]
    with pytest.raises(ValueUnreadable, match="division by zero"):
        made(tree, table([5, 6], dtype, m=pd.Series([2, 0], dtype=dtype)))
    with pytest.raises(ValueUnreadable, match="division by zero"):
        made({**tree, "right": {"value": 0}}, frame)


@pytest.mark.parametrize("dtype", ["int8", "Int8", "int32", "Int64"])
def test_the_least_number_has_no_positive_counterpart(dtype: str) -> None:
    least = int(np.iinfo(dtype.lower()).min)
    for step in (Abs(columns=("n",)), Derive(column="n", expression=col("n").abs().tree)):
        assert listed(apply(step, table([least + 1], dtype))["n"]) == [-least - 1]
        refused(step, table([least], dtype))


@pytest.mark.parametrize("dtype", SMALL)
@pytest.mark.parametrize("by", [(), ("k",)])
def test_differences_are_right_or_refused(dtype: str, by: tuple[str, ...]) -> None:
    step = Diff(column="n", by=by, name="d")
    for one, other in itertools.product(ends(dtype), repeat=2):
        frame = table([one, other], dtype, k=["a", "a"])
        try:
            found = listed(apply(step, frame)["d"])
        except (NumberOutOfRange, TypeMismatch):
            continue
        assert found == [None, other - one]
    if not dtype.lower().startswith("u"):
        assert listed(apply(step, table([3, 5, 1], dtype, k=["a"] * 3))["d"]) == [None, 2, -4]


def test_nullable_differences_of_64_bits_are_refused_one_beyond_the_last() -> None:
    step = Diff(column="n", name="d")
    assert listed(apply(step, table([-1, TOP - 1], "Int64"))["d"]) == [None, TOP]
    refused(step, table([-1, TOP], "Int64"))


@pytest.mark.parametrize("dtype", ["int8", "Int8", "int64", "Int64", "uint64"])
@pytest.mark.parametrize("how", ["half_even", "floor", "ceil", "trunc"])
def test_rounding_to_tens_keeps_every_digit_or_is_refused(dtype: str, how: str) -> None:
    exact: dict[str, Callable[[int], int]] = {
        "half_even": lambda n: round(n, -1),
        "floor": lambda n: n // 10 * 10,
        "ceil": lambda n: -(-n // 10) * 10,
        "trunc": lambda n: abs(n) // 10 * 10 * (1 if n > 0 else -1),
    }
    for number in [*ends(dtype), *(n for n in (15, 25, 2**60 + 7) if n <= np.iinfo(dtype.lower()).max)]:
        try:
            found = apply(Round(columns=("n",), decimals=-1, how=how), table([number], dtype))["n"]
        except TypeMismatch:
            assert abs(number) > 2**53 or "8" in dtype
            continue
        assert found.tolist() == [exact[how](number)]


def test_rounding_as_a_function_keeps_every_digit_or_is_refused() -> None:
    assert listed(made(col("n").round(-1), table([15, 25], "int8"))) == [20, 20]
    for number, dtype in ((127, "int8"), (2**60 + 7, "int64"), (TOP, "Int64")):
        with pytest.raises(NumberOutOfRange):
            made(col("n").round(-1), table([number], dtype))


@pytest.mark.parametrize("dtype", ["int8", "Int8", "uint16"])
def test_functions_of_small_types_are_refused_as_they_would_have_few_digits(dtype: str) -> None:
    for rows in ([12], []):
        with pytest.raises(TypeMismatch, match=dtype):
            made(col("n").exp(), table(rows, dtype))
    assert listed(made(col("n").floor(), table([12], dtype))) == [12]


def test_values_set_fit_into_their_column() -> None:
    wide = pd.Series([300, 5], dtype="int64")
    step = SetWhere(columns=("n",), where=col("k") == "a", expression=col("wide").tree)
    assert listed(apply(step, table([1, 2], "int8", wide=wide, k=["b", "a"]))["n"]) == [1, 5]
    with pytest.raises(TypeMismatch, match="int8"):
        apply(step, table([1, 2], "int8", wide=wide, k=["a", "b"]))


def test_digits_that_floats_lose_are_told_of() -> None:
    frame = table([2**60 + 1, None], "Int64", m=pd.Series([1, 2], dtype="UInt64"), x=[0.5, 1.5])
    for expression in (col("n") + col("m"), col("n") * 1.5, col("n").coalesce(col("x")), col("n").max(0.5)):
        with taking_notes() as notes:
            made(expression, frame)
        assert any("more digits than floats keep" in sentence for sentence in notes.warnings)


def test_dates_too_far_from_each_other_or_moved_too_far_are_refused() -> None:
    times = pd.to_datetime(pd.Series(["1700-01-01", "2250-01-01"])).astype("datetime64[ns]")
    frame = pd.DataFrame({"start": times, "end": times[::-1].to_numpy(), "k": [1, 1]})
    for step in (
        DateDiff(column="start", until="end", unit="day", into="d"),
        Diff(column="start"),
        Diff(column="start", by=("k",)),
    ):
        error = refused(step, frame)
        assert "datetime64[ns]" in error.message
    for unit in ("hour", "week", "year"):
        with pytest.raises(ValueUnreadable):
            apply(ShiftDates(column="start", n=10**7, unit=unit), frame)
