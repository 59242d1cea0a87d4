"""Columns of others: functions, conditions, cases, percentages; their nulls, and what is said of them."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from tests.support.nycflights import nycflights
from workbench.errors import TypeMismatch, UnknownColumn, ValueUnreadable
from workbench.transformations import Case, CaseWhen, Derive, PercentOfTotal, Transformation, col
from workers.apply import apply
from workers.apply.notes import taking_notes

BIG = 2**60 + 1
FRAME = pd.DataFrame(
    {
        "x": [4.0, 0.0, -1.0, None],
        "n": pd.Series([1, -2, None, 3], dtype="Int64"),
        "i": [10, 20, 30, 40],
        "id": pd.Series([BIG, None, BIG + 1, BIG + 2], dtype="Int64"),
        "text": pd.Series(["a", None, "ß", "d"], dtype="str"),
        "more": pd.Series([None, "b", "c", "d"], dtype="str"),
        "yes": [True, False, True, False],
        "level": pd.Categorical(["low", "high", None, "low"]),
        "day": pd.to_datetime(["2013-01-01", None, "2013-01-03", None]),
        "zoned": pd.to_datetime(["2013-01-01", None, "2013-01-03", None]).tz_localize("Europe/Berlin"),
    }
)


def made(expression: Any, frame: pd.DataFrame = FRAME) -> pd.Series:
    tree = getattr(expression, "tree", expression)
    return apply(Derive(column="new", expression=tree), frame)["new"]


def listed(column: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in column]


def said(step: Transformation, frame: pd.DataFrame = FRAME) -> list[str]:
    with taking_notes() as notes:
        apply(step, frame)
    return notes.warnings


def test_functions_compute_what_their_names_say() -> None:
    assert listed(made(col("n").abs())) == [1, 2, None, 3]
    assert listed(made(col("x").sqrt())) == [2.0, 0.0, None, None]
    assert listed(made((col("i") / 10).exp())) == [pytest.approx(math.exp(k)) for k in (1, 2, 3, 4)]
    assert listed(made(col("i").log())) == [pytest.approx(math.log(k)) for k in (10, 20, 30, 40)]
    assert listed(made(col("i").log10())) == [pytest.approx(math.log10(k)) for k in (10, 20, 30, 40)]
    assert listed(made((col("x") / 3).floor())) == [1.0, 0.0, -1.0, None]
    assert listed(made((col("x") / 3).ceil())) == [2.0, 0.0, 0.0, None]
    assert listed(made((col("x") / 8).round(1))) == [0.5, 0.0, -0.1, None]
    assert made(col("n").abs()).dtype == "Int64"


def test_the_smallest_and_the_largest_of_a_row_leave_nulls_out() -> None:
    assert listed(made(col("x").max(col("n"), 2))) == [4.0, 2.0, 2.0, 3.0]
    assert listed(made(col("x").min(col("n")))) == [1.0, -2.0, -1.0, 3.0]
    assert listed(made(col("id").max(col("n")))) == [BIG, -2, BIG + 1, BIG + 2]


def test_the_first_known_value_is_taken() -> None:
    assert listed(made(col("text").coalesce(col("more")))) == ["a", "b", "ß", "d"]
    assert listed(made(col("more").coalesce(col("text"), "none"))) == ["a", "b", "c", "d"]
    assert listed(made(col("id").coalesce(col("n"), 0))) == [BIG, -2, BIG + 1, BIG + 2]
    moment = dt.datetime(2013, 1, 2)
    assert made(col("zoned").coalesce(moment))[1] == pd.Timestamp(moment, tz="Europe/Berlin")


@pytest.mark.parametrize(
    "expression",
    [
        col("text").abs(),
        col("yes").sqrt(),
        col("x").max(col("i"), "a"),
        col("text").coalesce(col("x")),
        col("level").coalesce(col("text")),
        col("day").coalesce(col("zoned")),
        col("day").max(col("day")),
    ],
    ids=str,
)
@pytest.mark.parametrize("rows", [0, 4])
def test_types_that_do_not_go_together_are_refused(expression: Any, rows: int) -> None:
    with pytest.raises(TypeMismatch) as raised:
        made(expression, FRAME[:rows])
    assert raised.value.hint


def test_a_condition_is_a_column_of_plain_booleans() -> None:
    assert made(col("n") > 0).tolist() == [True, False, False, True]
    assert made(col("n") > 0).dtype == bool
    assert made(~(col("n") > 0)).tolist() == [False, True, True, False]
    assert made((col("level") == "low") & (col("x") > 0)).tolist() == [True, False, False, False]


def test_values_that_give_none_are_told_and_nulls_of_nulls_are_not() -> None:
    root = Derive(column="root", expression=col("x").sqrt().tree)
    assert said(root) == ["1 value of root could not be computed and became null, for example of '-1.0'"]
    assert said(Derive(column="twice", expression=(col("x") * 2).tree)) == []
    log = said(Derive(column="log", expression=col("x").log().tree))
    assert log[1] == "1 value of log became infinite, for example of '0.0'"
    zero = Derive(column="ratio", expression=(col("i") / col("x")).tree)
    assert said(zero) == ["1 value of ratio became infinite, for example of '20/0.0'"]


def test_the_first_condition_that_is_met_decides() -> None:
    step = CaseWhen(
        column="size",
        cases=(
            Case(where=col("i") > 25, then={"value": "large"}),
            Case(where=col("i") > 15, then={"value": "medium"}),
        ),
        otherwise={"value": "small"},
    )
    assert apply(step, FRAME)["size"].tolist() == ["small", "medium", "large", "large"]
    assert apply(step, FRAME[:0])["size"].dtype == "str"
    assert said(step) == []


def test_rows_that_meet_no_condition_are_null_and_counted() -> None:
    whole = CaseWhen(column="new", cases=(Case(where=col("i") > 25, then={"value": 7}),))
    assert listed(apply(whole, FRAME)["new"]) == [None, None, 7, 7]
    assert apply(whole, FRAME)["new"].dtype == "Int64"
    assert said(whole) == ["2 rows met no condition, so new is null there"]
    exact = CaseWhen(column="new", cases=(Case(where=col("i") > 25, then=col("id").tree),))
    assert listed(apply(exact, FRAME)["new"]) == [None, None, BIG + 1, BIG + 2]


def test_a_comparison_with_a_null_is_not_met() -> None:
    step = CaseWhen(
        column="sign",
        cases=(
            Case(where=col("n") > 0, then={"value": True}),
            Case(where=col("n") < 0, then={"value": False}),
        ),
    )
    assert listed(apply(step, FRAME)["sign"]) == [True, False, None, True]
    both = step.model_copy(update={"otherwise": Derive(column="c", expression={"value": False}).expression})
    assert apply(both, FRAME)["sign"].tolist() == [True, False, False, True]


@pytest.mark.parametrize("rows", [0, 4])
def test_one_column_holds_values_of_one_type(rows: int) -> None:
    for one, other in [
        ({"value": "a"}, {"value": 1}),
        ({"value": True}, {"value": 1}),
        (col("level").tree, {"value": "a"}),
        (col("day").tree, col("zoned").tree),
    ]:
        step = CaseWhen(column="new", cases=(Case(where=col("i") > 1, then=one),), otherwise=other)
        with pytest.raises(TypeMismatch) as raised:
            apply(step, FRAME[:rows])
        assert raised.value.hint
    crowded = CaseWhen(column="new", cases=(Case(where=col("i") > 1, then=col("yes").tree),))
    with pytest.raises(TypeMismatch):
        apply(crowded, FRAME[:rows])


def test_percentages_add_up_to_a_hundred_in_each_group() -> None:
    flights = nycflights().sample(3_000, random_state=3, ignore_index=True)[["carrier", "air_time"]]
    totals: dict[str, float] = defaultdict(float)
    for carrier, minutes in flights.itertuples(index=False):
        totals[carrier] += 0 if math.isnan(minutes) else minutes
    shares = apply(PercentOfTotal(column="air_time", by=("carrier",)), flights)["percent_of_total_air_time"]
    expected = [minutes / totals[carrier] * 100 for carrier, minutes in flights.itertuples(index=False)]
    assert listed(shares) == [
        None if math.isnan(share) else pytest.approx(share, rel=1e-12) for share in expected
    ]
    sums = shares.groupby(flights["carrier"]).sum()
    assert all(total == pytest.approx(100) for total in sums)


def test_a_total_of_zero_has_no_parts() -> None:
    frame = pd.DataFrame({"v": [0, 0, 3, 1], "g": ["a", "a", None, None]})
    step = PercentOfTotal(column="v", by=("g",), name="part")
    assert listed(apply(step, frame)["part"]) == [None, None, 75.0, 25.0]
    assert said(step, frame) == ["2 values of part could not be computed and became null, for example of '0'"]
    with pytest.raises(TypeMismatch):
        apply(PercentOfTotal(column="g"), frame)
    with pytest.raises(UnknownColumn):
        apply(PercentOfTotal(column="v", by=("G",)), frame)


@pytest.mark.parametrize("op", ["divide", "floor_divide", "modulo"])
def test_what_python_objects_are_computed_with_is_refused_by_their_values_alone(op: str) -> None:
    decimals = pd.DataFrame({"d": pd.Series([Decimal("1.5")], dtype=object)})
    tree = {"op": op, "left": {"column": "d"}, "right": {"value": 0}}
    with pytest.raises(ValueUnreadable):
        made(tree, decimals)
    assert made(tree, decimals.head(0)).dtype == object
