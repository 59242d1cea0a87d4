"""Conditions against an oracle in plain Python, and what expressions refuse."""

from __future__ import annotations

import datetime as dt
import operator
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from pandas.testing import assert_frame_equal
from pydantic import ValidationError

from tests.contract import examples
from tests.contract.test_transformations import run_code
from workbench.errors import TypeMismatch, UnknownColumn, ValueUnreadable
from workbench.transformations import Derive, DropRows, Filter, Plan, Transformation, col
from workbench.transformations import conditions as c
from workbench.transformations import expressions as e
from workers.apply import apply

BERLIN = "Europe/Berlin"


def holds(tree: c.Condition, row: dict[str, Any]) -> bool:
    """Say whether a condition is true for one row, by the rules as they are written down."""
    match tree:
        case c.Compare():
            return compared(tree.op, value(tree.left, row), value(tree.right, row))
        case c.Between():
            operand = value(tree.operand, row)
            low, high = value(tree.low, row), value(tree.high, row)
            return compared("ge", operand, low) and compared("le", operand, high)
        case c.IsNull():
            return row[tree.column] is None
        case c.IsIn():
            own = row[tree.column]
            return any(compared("eq", own, beside(each, own)) for each in tree.values)
        case c.TextMatch():
            own, text = row[tree.column], tree.text
            if own is None:
                return False
            own, text = (own, text) if tree.case else (own.lower(), text.lower())
            tests = {
                "contains": text in own,
                "startswith": own.startswith(text),
                "endswith": own.endswith(text),
            }
            return tests[tree.op]
        case c.And():
            return all(holds(each, row) for each in tree.conditions)
        case c.Or():
            return any(holds(each, row) for each in tree.conditions)
        case c.Not():
            return not holds(tree.condition, row)
    raise AssertionError(tree)


def compared(op: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return op == "ne"
    if isinstance(right, e.Moment):
        right = beside(right, left)
    return bool(getattr(operator, op)(left, right))


def beside(each: Any, own: Any) -> Any:
    """A point in time without an offset is local to the column's zone."""
    if not isinstance(each, e.Moment) or own is None:
        return each
    return pd.Timestamp(each.timestamp, tz=own.tz)


def value(tree: e.Tree, row: dict[str, Any]) -> Any:
    match tree:
        case e.ColumnRef():
            return row[tree.column]
        case e.Literal_():
            return tree.value
        case e.Moment():
            return tree
        case e.Arithmetic():
            left, right = value(tree.left, row), value(tree.right, row)
            if left is None or right is None:
                return None
            if tree.op == "divide" and right == 0:
                return None if left == 0 else float("inf") if left > 0 else float("-inf")
            return e.OPERATORS[tree.op](left, right)
    raise AssertionError(tree)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {name: [None if pd.isna(v) else v for v in frame[name]] for name in frame.columns}
    return [{name: values[place] for name, values in columns.items()} for place in range(len(frame))]


@settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(where=examples.conditions(), frame=examples.tables())
def test_conditions_hold_as_in_plain_python(where: c.Condition, frame: pd.DataFrame) -> None:
    kept = [place for place, row in enumerate(rows_of(frame)) if holds(where, row)]
    filtered, dropped = apply(Filter(where=where), frame), apply(DropRows(where=where), frame)
    assert list(filtered.index) == kept
    assert sorted([*filtered.index, *dropped.index]) == list(range(len(frame)))


# Without needless parentheses and fillna, and with all that are needed.
a, b = col("a"), col("b")
CODE = [
    (a > 1, "df['a'] > 1"),
    (a != "x", "(df['a'] != 'x').fillna(True)"),
    (~(a == "x"), "(df['a'] != 'x').fillna(True)"),
    (~(a != "x"), "df['a'] == 'x'"),
    (~(a > 1), "~(df['a'] > 1).fillna(False)"),
    (~~(a > 1), "df['a'] > 1"),
    ((a > 1) & (b == "x"), "(df['a'] > 1) & (df['b'] == 'x')"),
    ((a > 1) & (b > 1) & a.isna(), "(df['a'] > 1) & (df['b'] > 1) & df['a'].isna()"),
    ((a > 1) & ((b > 1) | b.isna()), "(df['a'] > 1) & ((df['b'] > 1) | df['b'].isna())"),
    (~a.isna(), "df['a'].notna()"),
    (~a.isin([1, 2]), "~df['a'].isin([1, 2])"),
    (~a.contains("x"), "~df['a'].str.contains('x', regex=False, na=False)"),
    (~(a.isna() | b.isin(["x"])), "~(df['a'].isna() | df['b'].isin(['x']))"),
    (~((a > 1) & b.isna()), "~((df['a'] > 1) & df['b'].isna()).fillna(False)"),
    (a.between(1, 2), "df['a'].between(1, 2)"),
    (~a.between(1, 2), "~df['a'].between(1, 2).fillna(False)"),
    ((a + 1).between(1, 2), "(df['a'] + 1).between(1, 2)"),
    (a > dt.datetime(2013, 1, 1), "df['a'] > '2013-01-01'"),
    (a.isin([dt.datetime(2013, 1, 1)]), "df['a'] == '2013-01-01'"),
    (
        a.isin([dt.date(2013, 1, 1), dt.date(2014, 1, 1)]),
        "(df['a'] == '2013-01-01') | (df['a'] == '2014-01-01')",
    ),
    (a.startswith("X", case=False), "df['a'].str.lower().str.startswith('x', na=False)"),
    (a * 2 + 1 > b, "df['a'] * 2 + 1 > df['b']"),
    (2 * (a - (b - 1)) == 0, "2 * (df['a'] - (df['b'] - 1)) == 0"),
    ((a**2) ** b > 0, "(df['a'] ** 2) ** df['b'] > 0"),
    ((-2) ** a > -3, "(-2) ** df['a'] > -3"),
]


@pytest.mark.parametrize(("where", "code"), CODE, ids=[code for _, code in CODE])
def test_conditions_are_written_as_an_analyst_would(where: c.Condition, code: str) -> None:
    assert where.to_pandas() == code


ENGLISH = [
    (~a.isna(), "a is not null"),
    (a.isin(["x", "y", "z"]), "a is 'x', 'y' or 'z'"),
    (~a.isin(["x", "y"]), "a is not 'x' nor 'y'"),
    (~a.startswith("x"), "a does not start with 'x'"),
    (~(a > 1), "not (a > 1)"),
    (~(a == 1), "a is not 1"),
    ((a > 1_500_000) & ((b < 1e300) | b.isna()), "a > 1,500,000 and (b < 1e+300 or b is null)"),
    (a >= dt.datetime(2013, 1, 1, 12, 30), "a >= 2013-01-01 12:30:00"),
    (a.contains("X", case=False), "a contains 'X' (in any case)"),
    (a.isin(list(range(20))), "a is 0, 1, 2, 3, 4, 5, 6 or 13 more"),
    (col("unit price") * 2 > col(" "), "unit price * 2 > ' '"),
]


@pytest.mark.parametrize(("where", "english"), ENGLISH, ids=[english for _, english in ENGLISH])
def test_conditions_read_as_english(where: c.Condition, english: str) -> None:
    assert where.describe() == english


MISMATCHES = [
    col("text") > 5,
    col("text") == 5,
    col("int") == "5",
    col("time") > "soon",
    col("time") == dt.datetime(2013, 1, 1, tzinfo=dt.UTC),
    col("category") > "low",
    col("int").contains("1"),
    col("time").isin([5]),
    col("duration") == 5,
    col("text") * 2 == "JFKJFK",
    col("bool") + 1 == 2,
    col("category") + "x" == "lowx",
    col("zoned") - dt.datetime(2013, 1, 1) == 5,
]


@pytest.mark.parametrize("where", MISMATCHES, ids=[where.describe() for where in MISMATCHES])
@pytest.mark.parametrize("rows", [0, 6])
def test_types_that_do_not_go_together_are_refused_also_without_rows(where: c.Condition, rows: int) -> None:
    with pytest.raises(TypeMismatch) as raised:
        apply(Filter(where=where), examples.table(rows))
    assert raised.value.hint
    assert all(f"'{name}'" in raised.value.message for name in where.columns())


def test_python_dates_are_not_silently_unequal_to_points_in_time() -> None:
    with pytest.raises(TypeMismatch, match="date"):
        apply(Filter(where=col("date") == dt.datetime(2013, 1, 1)), examples.table())


def test_a_text_in_iso_form_is_a_point_in_time_beside_times() -> None:
    frame = examples.table()
    as_text, as_moment = (col("zoned") >= "2013-01-01"), (col("zoned") >= dt.datetime(2013, 1, 1))
    assert_frame_equal(apply(Filter(where=as_text), frame), apply(Filter(where=as_moment), frame))
    assert_frame_equal(run_code(Filter(where=as_text), frame), run_code(Filter(where=as_moment), frame))


def test_offsets_are_honoured_beside_zoned_times() -> None:
    frame = pd.DataFrame({"t": pd.to_datetime(["2013-01-01 00:00"]).tz_localize(BERLIN)})
    same = Filter(where=col("t") == dt.datetime(2012, 12, 31, 23, tzinfo=dt.UTC))
    assert len(apply(same, frame)) == len(run_code(same, frame)) == 1


@pytest.mark.parametrize("moment", ["2013-10-27 02:30", "2013-03-31 02:30"], ids=["twice", "never"])
def test_a_time_that_the_clocks_repeat_or_skip_is_refused(moment: str) -> None:
    with pytest.raises(ValueUnreadable, match=BERLIN):
        apply(Filter(where=col("zoned") == dt.datetime.fromisoformat(moment)), examples.table())


def test_nullable_columns_compare_like_plain_ones() -> None:
    plain = pd.DataFrame({"n": [1.0, 2.0, None]})
    for where in (col("n") != 1, ~(col("n") > 1), (col("n") > 1) | col("n").isna()):
        for kind in (Filter, DropRows):
            step: Transformation = kind(where=where)
            expected = list(apply(step, plain).index)
            assert list(apply(step, plain.astype("Int64")).index) == expected
            assert len(run_code(step, plain.astype("Int64"))) == len(expected)


def test_unknown_columns_come_with_the_nearest_names() -> None:
    with pytest.raises(UnknownColumn) as raised:
        apply(Filter(where=col("catgory") == "low"), examples.table())
    assert "'category'" in raised.value.hint


@pytest.mark.parametrize(
    "expression",
    [col("int") ** -1, col("int") + 2**63, col("decimal") / 0],
    ids=["power", "64 bits", "decimal"],
)
def test_what_cannot_be_computed_is_an_error_of_ours(expression: Any) -> None:
    with pytest.raises(ValueUnreadable) as raised:
        apply(Derive(column="x", expression=expression.tree), examples.table())
    assert raised.value.hint


@pytest.mark.parametrize(
    "tree",
    [
        {"op": "eq", "left": {"value": 1}, "right": {"value": 1}},
        {"op": "between", "operand": {"value": 1}, "low": {"value": 1}, "high": {"column": "a"}},
        {"op": "in", "column": "a", "values": []},
        {"op": "and", "conditions": [{"op": "is_null", "column": "a"}]},
        {"op": "gt", "left": {"column": "a"}, "right": {"value": float("nan")}},
        {"op": "gt", "left": {"column": "a"}, "right": {"value": 10**30}},
        {"op": "gt", "left": {"column": "a"}, "right": {"code": "1"}},
        {"op": "eval", "column": "a"},
    ],
    ids=lambda tree: str(tree["op"]),
)
def test_conditions_that_mean_nothing_are_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Filter(where=tree)


@pytest.mark.parametrize(
    ("op", "left", "right"),
    [("power", 9, 400), ("power", -1, 0.5), ("divide", 1, 0), ("multiply", "x", 10**12), ("add", "a", "b")],
)
def test_arithmetic_on_values_alone_cannot_run_away(op: str, left: Any, right: Any) -> None:
    with pytest.raises(ValidationError):
        e.Arithmetic(op=op, left={"value": left}, right={"value": right})


def test_trees_of_any_depth_are_read_or_refused() -> None:
    tree: dict[str, Any] = {"op": "is_null", "column": "a"}
    for _ in range(5000):
        tree = {"op": "not", "condition": tree}
    with pytest.raises(ValidationError):
        Filter(where=tree)


def test_a_condition_is_no_truth_value() -> None:
    with pytest.raises(TypeError, match="between"):
        bool(1 < col("a") < 5)


def test_numpy_scalars_and_dates_are_lifted() -> None:
    number = pd.Series([5]).max()
    assert (col("a") > number) == (col("a") > 5)
    assert (col("a") > pd.Timestamp("2013-01-01")) == (col("a") > dt.date(2013, 1, 1))


def test_reflected_operators_keep_their_order() -> None:
    frame = pd.DataFrame({"a": [4]})
    results = [
        2 - col("a"),
        2 / col("a"),
        2 // col("a"),
        2 % col("a"),
        2 ** col("a"),
        2 + col("a"),
        2 * col("a"),
    ]
    computed = [apply(Derive(column="x", expression=each.tree), frame)["x"][0] for each in results]
    assert computed == [-2, 0.5, 0, 2, 16, 6, 8]


def test_a_plan_with_conditions_is_json() -> None:
    where = (col("t") > dt.datetime(2013, 1, 1, tzinfo=dt.UTC)) & ~col("n").isin([1, 1.5, "x", True])
    plan = Plan(steps=(Filter(where=where),))
    assert Plan.parse(plan.to_json()) == plan
    assert [type(v) for v in plan.steps[0].where.conditions[1].condition.values] == [int, float, str, bool]
