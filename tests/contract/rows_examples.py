"""What the contract suite feeds the rows with: counted off, ranked, drawn, numbered, outliers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.contract import examples
from tests.contract.examples import COLUMNS, NUMBERS, ODD, QUOTED, TEXTS
from workbench.transformations import (
    AddRowNumber,
    DropNulls,
    DropOutliers,
    Sample,
    Shuffle,
    Slice,
    Sort,
    SortKey,
    Tail,
    TopN,
    Transformation,
)

_KEYS = ("Int", "float", "boolean", "text", QUOTED, "category", "time", "duration", "decimal")
_SEEDS = st.integers(0, 2**32 - 1)


def _order(min_size: int = 0) -> st.SearchStrategy[Any]:
    key = st.builds(SortKey, column=st.sampled_from(_KEYS), descending=st.booleans())
    return st.lists(key, min_size=min_size, max_size=2, unique_by=lambda key: key.column).map(tuple)


def _by(min_size: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(_KEYS), unique=True, min_size=min_size, max_size=2).map(tuple)


def _slices() -> st.SearchStrategy[Slice]:
    steps = st.integers(1, 3)
    return st.one_of(
        st.builds(Slice, start=st.integers(-3, 4), step=steps),
        st.builds(Slice, start=st.integers(0, 3), stop=st.integers(4, 8), step=steps),
        st.builds(Slice, start=st.integers(0, 3), stop=st.integers(-3, -1), step=steps),
        st.builds(Slice, start=st.integers(-3, 4), stop=st.just(9), step=steps, drop=st.just(True)),
    )


@st.composite
def _outliers(draw: st.DrawFn) -> DropOutliers:
    method = draw(st.sampled_from(["iqr", "zscore", "percentile"]))
    more = {"lower": 0.25, "upper": 0.8} if method == "percentile" else {"factor": 0.5}
    return DropOutliers(
        columns=draw(st.none() | st.lists(st.sampled_from(NUMBERS), unique=True, min_size=1).map(tuple)),
        method=method,
        by=draw(_by()),
        keep=draw(st.sampled_from(["others", "outliers"])),
        **more,
    )


@st.composite
def _natural_sorts(draw: st.DrawFn) -> Sort:
    keys = draw(
        st.lists(
            st.builds(SortKey, column=st.sampled_from((*TEXTS, "int")), descending=st.booleans()),
            min_size=1,
            max_size=3,
            unique_by=lambda key: key.column,
        )
    )
    texts = [key.column for key in keys if key.column in TEXTS]
    natural = draw(st.lists(st.sampled_from(texts), unique=True)) if texts else []
    return Sort(by=tuple(keys), natural=tuple(natural), nulls=draw(st.sampled_from(["first", "last"])))


STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "drop_nulls": st.one_of(
        examples.STRATEGIES["drop_nulls"],
        st.builds(DropNulls, min_non_null=st.integers(1, len(COLUMNS))),
        st.builds(DropNulls, columns=st.just(("text", "Int", "float")), min_non_null=st.integers(1, 3)),
    ),
    "sort": st.one_of(examples.STRATEGIES["sort"], _natural_sorts()),
    "top_n": st.builds(
        lambda size, **rest: TopN(**size, **rest),
        st.sampled_from([{"n": 1}, {"n": 3}, {"fraction": 0.07}, {"fraction": 0.4}, {"fraction": 1}]),
        order_by=_order(1),
        by=_by(),
        with_ties=st.booleans(),
    ),
    "tail": st.builds(Tail, n=st.integers(1, 4), by=_by()),
    "slice": _slices(),
    "sample": st.one_of(
        examples.STRATEGIES["sample"],
        st.builds(Sample, n=st.integers(1, 3), by=_by(1), seed=_SEEDS),
        st.builds(Sample, fraction=st.sampled_from([0.1, 0.5, 1.0]), by=_by(1), seed=_SEEDS),
    ),
    "shuffle": st.builds(Shuffle, seed=_SEEDS),
    "add_row_number": st.builds(
        AddRowNumber,
        name=st.sampled_from(["new", "int", QUOTED]),
        start=st.sampled_from([0, 1, -5, 100]),
        by=_by(),
        order_by=_order(),
    ),
    "drop_outliers": _outliers(),
}

EXAMPLES: dict[str, list[Transformation]] = {
    "drop_nulls": [
        *examples.EXAMPLES["drop_nulls"],
        DropNulls(min_non_null=14),
        DropNulls(columns=("text", QUOTED, "Int"), min_non_null=2),
    ],
    "sort": [
        *examples.EXAMPLES["sort"],
        Sort(by=(SortKey(column=ODD, descending=True), SortKey(column="int")), natural=(ODD,)),
        Sort(by=(SortKey(column="text"),), natural=("text",), nulls="first"),
    ],
    "top_n": [
        TopN(n=2, order_by=(SortKey(column="float", descending=True),)),
        TopN(n=2, by=("category", "boolean")),
        TopN(fraction=0.2, order_by=(SortKey(column="int", descending=True),)),
        TopN(fraction=0.5, by=("category",), order_by=(SortKey(column="float"),)),
        TopN(fraction=0.3, by=("boolean",), order_by=(SortKey(column="Int"),), with_ties=True),
        TopN(order_by=(SortKey(column="Int"),), by=(QUOTED, "category")),
        TopN(n=1, order_by=(SortKey(column="Float", descending=True),), with_ties=True),
        TopN(
            n=1,
            order_by=(SortKey(column="time"), SortKey(column="text", descending=True)),
            by=("boolean",),
            with_ties=True,
        ),
    ],
    "tail": [*examples.EXAMPLES["tail"], Tail(n=1, by=(QUOTED,)), Tail(n=2, by=("category", "boolean"))],
    "slice": [
        Slice(start=1, stop=3, drop=True),
        Slice(start=1, step=2, drop=True),
        Slice(start=-2, stop=-1, drop=True),
        Slice(start=1, stop=3),
        Slice(start=2),
        Slice(stop=-2),
        Slice(step=2),
        Slice(start=-3, step=2),
    ],
    "sample": [
        *examples.EXAMPLES["sample"],
        Sample(n=1, by=("category",), seed=3),
        Sample(fraction=0.5, by=(QUOTED, "boolean"), seed=1),
    ],
    "shuffle": [Shuffle(seed=1)],
    "add_row_number": [
        AddRowNumber(),
        AddRowNumber(name="int", start=0, by=("category",)),
        AddRowNumber(start=-2, by=(QUOTED, "boolean"), order_by=(SortKey(column="Int", descending=True),)),
        AddRowNumber(start=10, order_by=(SortKey(column="time"), SortKey(column="text"))),
    ],
    "drop_outliers": [
        DropOutliers(columns=("int", "Int")),
        DropOutliers(method="zscore", factor=1),
        DropOutliers(columns=("Float",), method="percentile", lower=0.2, upper=0.8, keep="outliers"),
        DropOutliers(columns=("float", "Int"), by=("category", QUOTED), factor=0.5),
        DropOutliers(columns=("int",), method="zscore", factor=0.5, by=("boolean",)),
    ],
}
