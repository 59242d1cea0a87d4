"""What the contract suite feeds the windows with: steps over the table of ``examples``."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.contract.examples import COLUMNS, NUMBERS, ODD, QUOTED, TEXTS, TIMES
from workbench.transformations import Cumulate, Diff, Rank, Rolling, Shift, SortKey, Transformation

# Rows that have none before them make nulls, and nulls make floats of whole numbers.
VALUES_DECIDE = {"shift", "diff"}

_KEYS = ("Int", "boolean", "text", QUOTED, "category", "time")


def _windows(word: type[Transformation], among: tuple[str, ...], **more: Any) -> st.SearchStrategy[Any]:
    order = st.lists(
        st.builds(SortKey, column=st.sampled_from(_KEYS), descending=st.booleans()),
        max_size=2,
        unique_by=lambda key: key.column,
    )
    return st.builds(
        word,
        column=st.sampled_from(among),
        by=st.lists(st.sampled_from(_KEYS), unique=True, max_size=2).map(tuple),
        order_by=order.map(tuple),
        name=st.sampled_from(["new", "int", ODD, QUOTED]),
        **more,
    )


STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "cumulate": st.one_of(
        _windows(
            Cumulate, (*NUMBERS, "duration"), function=st.sampled_from(["sum", "mean", "min", "max", "std"])
        ),
        _windows(Cumulate, COLUMNS, function=st.sampled_from(["min", "max", "count"])),
    ),
    "shift": _windows(
        Shift, COLUMNS, function=st.sampled_from(["lag", "lead"]), n=st.sampled_from([1, 2, 10_000])
    ),
    "diff": st.one_of(
        _windows(Diff, NUMBERS, function=st.sampled_from(["diff", "pct_change"]), n=st.integers(1, 3)),
        _windows(Diff, (*TIMES, "duration"), n=st.integers(1, 3)),
    ),
    "rolling": _windows(
        Rolling,
        NUMBERS,
        function=st.sampled_from(["mean", "sum", "min", "max", "std", "median"]),
        window=st.integers(2, 4),
        min_periods=st.none() | st.integers(1, 2),
    ),
    "rank": _windows(
        Rank,
        (*NUMBERS, *TEXTS, *TIMES, "bool", "boolean", "duration"),
        method=st.sampled_from(["min", "max", "average", "first", "dense"]),
        descending=st.booleans(),
    ),
}

EXAMPLES: dict[str, list[Transformation]] = {
    "cumulate": [
        Cumulate(function="sum", column="Int"),
        Cumulate(function="sum", column="boolean", by=("category",), order_by=(SortKey(column="float"),)),
        Cumulate(function="max", column="zoned", by=(QUOTED, "boolean"), name="so far"),
        Cumulate(function="mean", column="Float", order_by=(SortKey(column="time", descending=True),)),
        Cumulate(function="std", column="int", by=("category", QUOTED), name="int"),
        Cumulate(
            function="count",
            column=QUOTED,
            by=("boolean", "category"),
            order_by=(SortKey(column="time"), SortKey(column=ODD, descending=True)),
        ),
    ],
    "shift": [
        Shift(column="int"),
        Shift(function="lead", column="boolean", n=2, by=(QUOTED,)),
        Shift(column="zoned", by=("category",), order_by=(SortKey(column="duration", descending=True),)),
        Shift(column="decimal", name="category", by=("category",)),
    ],
    "diff": [
        Diff(column="Int"),
        Diff(column="zoned", n=2, by=("category",)),
        Diff(function="pct_change", column="float", by=(QUOTED, "boolean"), name=ODD),
        Diff(function="pct_change", column="int", order_by=(SortKey(column="Float"),)),
    ],
    "rolling": [
        Rolling(function="mean", column="Int", window=2),
        Rolling(function="std", column="float", window=3, min_periods=2, by=("boolean", "category")),
        Rolling(
            function="median",
            column="int",
            window=2,
            by=("category",),
            order_by=(SortKey(column="time", descending=True), SortKey(column="Int")),
        ),
    ],
    "rank": [
        Rank(column="Float"),
        Rank(column="text", method="dense", descending=True),
        Rank(column="Int", method="average", by=("category",)),
        Rank(column="time", method="first", by=(QUOTED,), order_by=(SortKey(column="int"),)),
    ],
}
