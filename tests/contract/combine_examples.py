"""What the contract suite feeds the combinations with: other datasets, steps over them and ``examples``."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import strategies as st

from tests.contract.examples import NUMBERS, QUOTED, TIMES, column
from workbench.transformations import (
    Append,
    Difference,
    Intersection,
    Join,
    JoinNearest,
    Transformation,
    Union,
)

# Rows without a match make nulls, and nulls make floats of whole numbers.
VALUES_DECIDE = {"join", "append", "union", "join_nearest"}

AWKWARD = 'the "planes", déjà vu'


def _planes() -> pd.DataFrame:
    """Keys that are there once, twice and never; a null among them; names that the table has, too."""
    return pd.DataFrame(
        {
            "code": column(QUOTED, ["b", "a", None, "zz"]).rename("code"),
            "int": column("int", [1, 1, 10**6, 5]),
            "Int": column("Int", [1, None, -7, 12345678901234567]),
            "boolean": column("boolean", [True, None, False, True]),
            "category": column("category", ["high", None, "low", "high"]),
            "time": column("time", ["2012-02-29", "2012-02-29", None, "2020-01-01"]),
            "zoned": column("zoned", ["2012-02-29", "2012-02-29", None, "2020-01-01"]),
            "text": column("text", ["JFK", None, "it's", "Zürich"]),
            "seats": pd.Series([1, 2, 3, 4], dtype="int64"),
            "new": pd.Series([True, False, True, False]),
        }
    )


def others() -> dict[str, pd.DataFrame]:
    """The other datasets by name."""
    return {"planes": _planes(), "df": _planes().iloc[::-1].reset_index(drop=True), AWKWARD: _planes()}


# How many rows come of an empty table: those of the other dataset, where these are kept.
def _of_none(step: Any) -> int:
    return 4 if step.how in {"right", "outer"} else 0


def _below(step: Any) -> int:
    tables = [others()[name] for name in step.datasets]
    below = pd.concat(tables if step.columns is None else [table.filter(step.columns) for table in tables])
    return len(below if step.kind == "append" else below.drop_duplicates())


ROWS_OF_NONE = {"join": _of_none, "append": _below, "union": _below}

_KEYS = ("int", "Int", "boolean", "category", "time", "zoned", "text")
_OTHER = st.sampled_from(["planes", "df", AWKWARD])
_TAKEN = st.lists(
    st.sampled_from(["seats", "new", "code", "int", "category", "time"]), unique=True, min_size=1
)


_SAME = st.lists(
    st.sampled_from(["int", "Int", "text", "time", "category", "seats", "new"]), unique=True, min_size=1
).map(tuple)
_COMPARED = st.lists(st.sampled_from(_KEYS), unique=True, min_size=1, max_size=2).map(tuple)


def _keys() -> st.SearchStrategy[dict[str, Any]]:
    alike = st.lists(st.sampled_from(_KEYS), unique=True, min_size=1, max_size=2).map(lambda on: {"on": on})
    numbers = st.lists(st.sampled_from(NUMBERS), unique=True, min_size=1, max_size=2)
    pairs = st.one_of(
        st.fixed_dictionaries(
            {"left_on": st.just([QUOTED]), "right_on": st.sampled_from([["code"], ["text"]])}
        ),
        numbers.map(lambda left: {"left_on": left, "right_on": ["seats", "int"][: len(left)]}),
        st.sampled_from(TIMES).map(lambda name: {"left_on": [name, "int"], "right_on": [name, "seats"]}),
    )
    return st.one_of(alike, pairs)


@st.composite
def _joins(draw: st.DrawFn) -> Join:
    how = draw(st.sampled_from(["left", "inner", "right", "outer", "semi", "anti", "cross"]))
    keys = {} if how == "cross" else draw(_keys())
    columns = None if how in {"semi", "anti"} else draw(st.none() | _TAKEN)
    return Join.model_validate({"dataset": draw(_OTHER), "how": how, "columns": columns, **keys})


STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {"join": _joins()}

EXAMPLES: dict[str, list[Transformation]] = {
    "join": [
        Join(dataset="planes", on=("int",)),
        Join(dataset="planes", on=("Int",), columns=("seats", "text"), suffix=" of plane"),
        Join(dataset="df", how="inner", on=("category", "boolean")),
        Join(dataset=AWKWARD, left_on=(QUOTED,), right_on=("code",)),
        Join(dataset=AWKWARD, left_on=(QUOTED,), right_on=("code",), columns=("seats",)),
        Join(dataset=AWKWARD, left_on=("text",), right_on=("code",), columns=("text", "seats", "code")),
        Join(dataset="planes", left_on=("int",), right_on=("seats",), columns=("int",)),
        Join(dataset="planes", how="right", on=("text",)),
        Join(dataset="planes", how="right", left_on=("text",), right_on=("code",), columns=("int",)),
        Join(dataset="planes", how="outer", left_on=("Int",), right_on=("seats",), columns=("new",)),
        Join(dataset="planes", how="outer", left_on=("time",), right_on=("time",)),
        Join(dataset="planes", how="semi", left_on=(QUOTED,), right_on=("code",)),
        Join(dataset="planes", how="semi", on=("time", "int")),
        Join(dataset="planes", how="anti", on=("category",)),
        Join(dataset="planes", how="anti", left_on=("float",), right_on=("seats",)),
        Join(dataset="df", how="cross"),
        Join(dataset="planes", how="cross", columns=("code", "int")),
    ],
}

STRATEGIES |= {
    "append": st.builds(
        Append, datasets=st.sampled_from([("planes",), ("df", AWKWARD)]), columns=st.none() | _SAME
    ),
    "union": st.builds(
        Union, datasets=st.sampled_from([("planes",), ("df", AWKWARD)]), columns=st.none() | _SAME
    ),
    "difference": st.builds(Difference, dataset=_OTHER, columns=st.none() | _COMPARED),
    "intersection": st.builds(Intersection, dataset=_OTHER, columns=st.none() | _COMPARED),
    "join_nearest": st.builds(
        JoinNearest,
        dataset=_OTHER,
        on=st.sampled_from(["int", "time", "zoned"]),
        direction=st.sampled_from(["backward", "forward", "nearest"]),
        by=st.none() | st.sampled_from([("text",), ("category", "boolean"), ("Int",)]),
        columns=st.none() | _SAME,
    ),
}

EXAMPLES |= {
    "append": [
        Append(datasets=("planes",)),
        Append(datasets=(AWKWARD, "df"), columns=("text", "new", "int")),
    ],
    "union": [Union(datasets=("planes",)), Union(datasets=("df", "planes"), columns=("category", "seats"))],
    "difference": [
        Difference(dataset="planes"),
        Difference(dataset=AWKWARD, columns=("category", "boolean")),
    ],
    "intersection": [
        Intersection(dataset="planes"),
        Intersection(dataset=AWKWARD, columns=("int",)),
        Intersection(dataset="df", columns=("category", "boolean")),
    ],
    "join_nearest": [
        JoinNearest(dataset="planes", on="int"),
        JoinNearest(dataset=AWKWARD, on="time", direction="nearest", tolerance="3 days"),
        JoinNearest(dataset="df", left_on="int", right_on="seats", tolerance=2, columns=("text", "int")),
        JoinNearest(
            dataset="planes", on="zoned", direction="forward", by=("boolean",), columns=("new", "int")
        ),
    ],
}
