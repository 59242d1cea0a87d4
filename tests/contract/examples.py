"""What the contract suite of the transformations feeds them with: tables, and steps of every kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from workbench.transformations import (
    Cast,
    ChangeCase,
    Derive,
    Drop,
    DropDuplicates,
    DropNulls,
    DropRows,
    FillNulls,
    Filter,
    Head,
    Rename,
    Replace,
    Replacement,
    Round,
    Sample,
    Select,
    Sort,
    SortKey,
    Tail,
    Transformation,
    Trim,
    col,
)
from workbench.transformations.conditions import Condition
from workbench.transformations.expressions import Moment

# Names and values as real files have them: quotes, other scripts, names that Python or pandas use itself.
QUOTED = 'it\'s "the" prénom'
ODD = "self"

_TIMES = ["2013-01-01 05:15:00", "2013-01-01 05:15:00", "2012-02-29", "1999-12-31 23:59:59.123456"]
_POOLS: dict[str, tuple[list[Any], str]] = {
    "int": ([0, 1, 1, -7, 2013, 10**6], "int64"),
    "Int": ([0, 1, 1, -7, 12345678901234567, None], "Int64"),
    "float": ([0.0, 1.5, 1.5, -2.25, 1e15, None], "float64"),
    "Float": ([0.5, 1.5, 1.5, -2.0, None], "Float64"),
    "bool": ([True, False], "bool"),
    "boolean": ([True, False, None], "boolean"),
    "text": (["JFK", "jfk", " LGA ", "Zürich", "", "it's", "12", "2013-01-01", None], "str"),
    QUOTED: (["a", "b", "b", "ß", '"', "\\", None], "str"),
    ODD: (["1", "12345678901234567", "2.5", "x", "yes", None], "str"),
    "time": ([*_TIMES, None], "datetime64[us]"),
    "zoned": ([*_TIMES, None], "datetime64[us, Europe/Berlin]"),
    "category": (["low", "high", "high", None], "category"),
    "duration": (["1h", "1h", "36h", None], "timedelta64[us]"),
    "decimal": ([Decimal("1.10"), Decimal("2.00"), None], "object"),
    "date": ([dt.date(2013, 1, 1), dt.date(2012, 2, 29), None], "object"),
}
COLUMNS = tuple(_POOLS)
# What dtypes come of these depends on the values: nulls put among whole numbers, a division by zero, the
# nulls that mean and median find.
VALUES_DECIDE = {"replace", "derive"}
NUMBERS = ("int", "Int", "float", "Float")
TEXTS = ("text", QUOTED, ODD)
TIMES = ("time", "zoned")


def values_decide(step: Transformation) -> bool:
    """Whether the values decide the dtypes, with these parameters."""
    return isinstance(step, Cast) and (step.on_error == "keep" or step.to == "category")


def column(name: str, values: list[Any]) -> pd.Series:
    """Make one of the table's columns out of some values."""
    dtype = _POOLS[name][1]
    if dtype == "category":
        return pd.Series(pd.Categorical(values, categories=["low", "middle", "high"]), name=name)
    if dtype.startswith("datetime64"):
        times = pd.to_datetime(pd.Series(values, dtype="str"), format="ISO8601").dt.as_unit("us")
        return (times.dt.tz_localize("Europe/Berlin") if "," in dtype else times).rename(name)
    if dtype.startswith("timedelta64"):
        return pd.to_timedelta(pd.Series(values, dtype="str")).dt.as_unit("us").rename(name)
    return pd.Series(values, dtype=dtype, name=name)


def table(rows: int = 6) -> pd.DataFrame:
    """Make a table with a column of every type; duplicates, nulls and odd values included."""
    return _table(rows).copy(deep=True)


@cache
def _table(rows: int) -> pd.DataFrame:
    return pd.DataFrame({name: column(name, (pool * rows)[:rows]) for name, (pool, _) in _POOLS.items()})


def nulls(rows: int = 3) -> pd.DataFrame:
    """Make a table whose columns hold nothing but nulls, where they can."""
    return pd.DataFrame(
        {name: column(name, [None if None in pool else pool[0]] * rows) for name, (pool, _) in _POOLS.items()}
    )


@st.composite
def tables(draw: st.DrawFn, max_rows: int = 7) -> pd.DataFrame:
    """Draw a table with a column of every type."""
    rows = draw(st.integers(0, max_rows))
    return pd.DataFrame(
        {
            name: column(name, draw(st.lists(st.sampled_from(pool), min_size=rows, max_size=rows)))
            for name, (pool, _) in _POOLS.items()
        }
    )


def _names(among: tuple[str, ...] = COLUMNS, **sizes: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(among), unique=True, **{"min_size": 1, "max_size": 3, **sizes}).map(tuple)


def _moments() -> st.SearchStrategy[Moment]:
    return st.sampled_from([Moment(timestamp=dt.datetime.fromisoformat(text)) for text in _TIMES])


def values_beside(name: str) -> st.SearchStrategy[Any]:
    """Draw a value that can stand beside a column's: one of its own, or another one of its type."""
    if name in TIMES:
        return _moments()
    others = {"text": ["", "q"], QUOTED: ["ß", "'"], ODD: ["x"]}.get(name)
    if others is None:
        others = {"bool": [True], "boolean": [False], "category": ["low", "none"]}.get(name, [0, 1, 1.5, -3])
    return st.sampled_from(
        [*others, *(value for value in _POOLS[name][0] if isinstance(value, str | int | float))]
    )


def _numbers() -> st.SearchStrategy[Any]:
    leaves = st.one_of(st.sampled_from(NUMBERS).map(col), st.sampled_from([2, 0.5, -1]))
    pairs = st.tuples(st.sampled_from(NUMBERS).map(col), st.sampled_from("+-*/"), leaves)
    calculate: dict[str, Callable[[Any, Any], Any]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
    }
    return pairs.map(lambda pair: calculate[pair[1]](pair[0], pair[2]))


@st.composite
def _comparisons(draw: st.DrawFn) -> Condition:
    name = draw(st.sampled_from([*NUMBERS, "bool", "boolean", *TEXTS, *TIMES, "category"]))
    operand = draw(_numbers()) if name in NUMBERS and draw(st.booleans()) else col(name)
    plain = {"category", "bool", "boolean"}
    op = draw(st.sampled_from(["eq", "ne"] if name in plain else ["eq", "ne", "lt", "le", "gt", "ge"]))
    value = draw(values_beside(name))
    other = value.timestamp if isinstance(value, Moment) else value
    compare: dict[str, Callable[[], Condition]] = {
        "eq": lambda: operand == other,
        "ne": lambda: operand != other,
        "lt": lambda: operand < other,
        "le": lambda: operand <= other,
        "gt": lambda: operand > other,
        "ge": lambda: operand >= other,
    }
    return compare[op]()


@st.composite
def _betweens(draw: st.DrawFn) -> Condition:
    name = draw(st.sampled_from([*NUMBERS, *TEXTS]))
    return col(name).between(draw(values_beside(name)), draw(values_beside(name)))


@st.composite
def _memberships(draw: st.DrawFn) -> Condition:
    name = draw(st.sampled_from([*NUMBERS, "boolean", *TEXTS, *TIMES, "category"]))
    values = draw(st.lists(values_beside(name), min_size=1, max_size=3))
    return col(name).isin([value.timestamp if isinstance(value, Moment) else value for value in values])


@st.composite
def _matches(draw: st.DrawFn) -> Condition:
    name = draw(st.sampled_from([*TEXTS, "category"]))
    method = draw(st.sampled_from(["contains", "startswith", "endswith"]))
    text = draw(st.sampled_from(["JF", "f", " ", "ß", "", "'", "h", "1", "x"]))
    matched: Condition = getattr(col(name), method)(text, case=draw(st.booleans()))
    return matched


def conditions() -> st.SearchStrategy[Condition]:
    """Draw a condition over the table, of any shape."""
    nullities = st.sampled_from(COLUMNS).map(lambda name: col(name).isna())
    leaves = st.one_of(_comparisons(), nullities, _betweens(), _memberships(), _matches())
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda one: ~one),
            st.tuples(inner, inner).map(lambda two: two[0] & two[1]),
            st.tuples(inner, inner).map(lambda two: two[0] | two[1]),
        ),
        max_leaves=4,
    )


@st.composite
def _fills(draw: st.DrawFn) -> FillNulls:
    everywhere = draw(st.booleans())
    method = draw(st.sampled_from([None, "mean", "median", "mode", "forward", "backward"]))
    if method is None:
        name = draw(st.sampled_from([*NUMBERS, "boolean", *TEXTS, *TIMES]))
        columns = None if everywhere else (name,)
        return FillNulls(columns=columns, value=draw(values_beside(name)))
    return FillNulls(
        columns=None if everywhere else draw(_names(NUMBERS if method in {"mean", "median"} else COLUMNS)),
        method=method,
    )


@st.composite
def _replaces(draw: st.DrawFn) -> Replace:
    name = draw(st.sampled_from([*NUMBERS, "boolean", *TEXTS, *TIMES]))
    old = draw(st.lists(values_beside(name), min_size=1, max_size=3, unique_by=str))
    news = [draw(st.none() | values_beside(name)) for _ in old]
    columns = None if draw(st.booleans()) else (name,)
    pairs = {
        str(float(o)) if isinstance(o, int | float) else str(o): (o, n)
        for o, n in zip(old, news, strict=True)
    }
    return Replace(columns=columns, values=tuple(Replacement(old=o, new=n) for o, n in pairs.values()))


_OPTIONAL = st.none() | _names()

STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "filter": conditions().map(lambda where: Filter(where=where)),
    "drop_rows": conditions().map(lambda where: DropRows(where=where)),
    "drop_nulls": st.builds(DropNulls, columns=_OPTIONAL, how=st.sampled_from(["any", "all"])),
    "drop_duplicates": st.builds(
        DropDuplicates, columns=_OPTIONAL, keep=st.sampled_from(["first", "last", "none"])
    ),
    "sort": st.builds(
        Sort,
        by=st.lists(
            st.builds(SortKey, column=st.sampled_from(COLUMNS), descending=st.booleans()),
            min_size=1,
            max_size=3,
            unique_by=lambda key: key.column,
        ).map(tuple),
        nulls=st.sampled_from(["first", "last"]),
    ),
    "head": st.builds(Head, n=st.integers(1, 9)),
    "tail": st.builds(Tail, n=st.integers(1, 9)),
    "sample": st.one_of(
        st.builds(Sample, n=st.integers(1, 9), seed=st.integers(0, 2**32 - 1)),
        st.builds(Sample, fraction=st.sampled_from([0.1, 0.5, 1.0]), seed=st.integers(0, 99)),
    ),
    "select": st.builds(Select, columns=_names(max_size=len(COLUMNS))),
    "drop_columns": st.builds(Drop, columns=_names()),
    "rename": st.sampled_from(
        [{"int": "Int", "Int": "int"}, {QUOTED: "plain"}, {"text": 'new "name"', "time": "self\\"}]
    ).map(lambda columns: Rename(columns=columns)),
    "cast": st.one_of(
        st.builds(
            Cast,
            columns=_names((*NUMBERS, "bool", "boolean", *TEXTS, "category", "decimal")),
            to=st.sampled_from(["integer", "float", "boolean", "text"]),
            on_error=st.sampled_from(["null", "null", "fail"]),
        ),
        st.builds(
            Cast,
            columns=_names((*NUMBERS, "bool", "boolean", *TEXTS, "category", "decimal")),
            to=st.sampled_from(["integer", "float"]),
            on_error=st.sampled_from(["null", "keep", "fail"]),
            decimal=st.sampled_from([None, ".", ","]),
        ),
        st.builds(
            Cast,
            columns=_names((*TEXTS, *TIMES, "category", "date")),
            to=st.sampled_from(["datetime", "date"]),
            on_error=st.sampled_from(["null", "keep", "fail"]),
        ),
        st.builds(
            Cast,
            columns=_names(),
            to=st.just("category"),
            order=st.sampled_from([None, None, ("b", "a"), (1, 0), (True,)]),
        ),
        st.builds(Cast, columns=_names(COLUMNS), to=st.just("text")),
    ),
    "fill_nulls": _fills(),
    "replace": _replaces(),
    "round": st.builds(Round, columns=st.none() | _names(NUMBERS), decimals=st.integers(-3, 3)),
    "change_case": st.builds(
        ChangeCase,
        columns=st.none() | _names(TEXTS),
        to=st.sampled_from(["upper", "lower", "title", "sentence", "swap"]),
    ),
    "trim": st.builds(Trim, columns=st.none() | _names(TEXTS)),
    "derive": st.builds(
        Derive,
        column=st.sampled_from(["new", "int", ODD, QUOTED, "other 'name'"]),
        expression=st.one_of(
            _numbers().map(lambda built: built.tree),
            st.just((col("text") + "/" + col(QUOTED)).tree),
            st.just((col("time") - dt.datetime(2013, 1, 1)).tree),
            st.just((col("int") // 7 % 3).tree),
            st.just((col("float") ** 2).tree),
        ),
    ),
}
"""How to draw a step of every kind, right for the table above; a few of them its values refuse."""

EXAMPLES: dict[str, list[Transformation]] = {
    "filter": [Filter(where=col("Int") != 1), Filter(where=~(col("Float") > 1) | (col("text") == "it's"))],
    "drop_rows": [DropRows(where=col("Int") > 0), DropRows(where=col("zoned").isna())],
    "drop_nulls": [DropNulls(), DropNulls(columns=("text", QUOTED), how="all")],
    "drop_duplicates": [DropDuplicates(), DropDuplicates(columns=(QUOTED,), keep="none")],
    "sort": [Sort(by=(SortKey(column="category", descending=True), SortKey(column="float")))],
    "head": [Head(), Head(n=2)],
    "tail": [Tail(n=2)],
    "sample": [Sample(n=3, seed=7), Sample(fraction=0.5, seed=0)],
    "select": [Select(columns=("zoned", ODD))],
    "drop_columns": [Drop(columns=(ODD, QUOTED))],
    "rename": [Rename(columns={"int": "Int", "Int": "int", QUOTED: "café"})],
    "cast": [
        Cast(columns=(ODD, "float"), to="integer"),
        Cast(columns=("Int",), to="integer", on_error="fail"),
        Cast(columns=("text", "bool"), to="boolean"),
        Cast(columns=("text", "zoned", "date"), to="datetime"),
        Cast(columns=("text", "date"), to="date"),
        Cast(columns=(ODD, "text", "float", "Int"), to="integer", decimal="."),
        Cast(columns=(ODD, "Float", "decimal"), to="float", decimal="."),
        Cast(columns=("text",), to="float", decimal=","),
        Cast(columns=("float", "boolean", "Int"), to="float", on_error="keep"),
        Cast(columns=("time", "zoned"), to="datetime", on_error="fail"),
        Cast(columns=("text", "Int", "zoned"), to="category"),
        Cast(columns=(QUOTED, "category"), to="category", order=("b", "high", "low")),
    ],
    "replace": [
        Replace(columns=(QUOTED,), values={"a": "it's", "b": None}),
        Replace(values=({"old": 1, "new": 0}, {"old": "", "new": None})),
    ],
    "change_case": [ChangeCase(to="title"), ChangeCase(columns=(QUOTED, "text"), to="upper")],
    "trim": [Trim(columns=("text",)), Trim()],
    "derive": [
        Derive(column=ODD, expression=(col("int") * 2 + col("Float")).tree),
        Derive(column="label", expression=(col("text") + " " + col(QUOTED)).tree),
    ],
}
"""A few steps of every kind that the table above allows."""
