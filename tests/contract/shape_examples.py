"""What the contract suite feeds the shape family with: steps over the table of ``examples``."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.contract.examples import COLUMNS, NUMBERS, ODD, QUOTED, TEXTS, TIMES
from workbench.transformations import (
    Aggregation,
    Crosstab,
    Describe,
    Explode,
    Group,
    Pivot,
    PromoteHeader,
    Transformation,
    Transpose,
    Unpivot,
    ValueCounts,
)

# Combinations without a row make nulls, and nulls make floats of whole numbers; numbers stand together as
# what holds them all.
VALUES_DECIDE = {"explode"}
# A row for each column, whatever is in them.
ROWS_OF_NONE = {"describe": len(COLUMNS)}

_KEYS = ("Int", "boolean", "text", QUOTED, "category", "time", "duration")
# Of nulls alone, pandas forgets that keys were Python's own objects.
_GROUPED = tuple(name for name in COLUMNS if name not in {"decimal", "date"})
_NUMERIC = ["sum", "mean", "median", "std", "var"]
_ANY = ["count", "distinct", "first", "last"]
_OF_ALL = ["nulls", "mode", "list"]


def _names(among: tuple[str, ...] = COLUMNS, **sizes: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(among), unique=True, **{"min_size": 1, "max_size": 3, **sizes}).map(tuple)


@st.composite
def _groups(draw: st.DrawFn) -> Group:
    by = draw(_names(_GROUPED, min_size=0))
    made = []
    for number in range(draw(st.integers(1, 3))):
        function = draw(st.sampled_from([*_NUMERIC, *_ANY, *_OF_ALL, "quantile", "any", "all", "min", "max"]))
        among = (
            NUMBERS
            if function in _NUMERIC
            else (*NUMBERS, *TIMES, "duration")
            if function == "quantile"
            else ("bool", "boolean")
            if function in {"any", "all"}
            else (*NUMBERS, *TEXTS, "category", "boolean")
            if function == "list"
            else COLUMNS
            if function in [*_ANY, *_OF_ALL]
            else (*NUMBERS, *TEXTS, *TIMES)
        )
        made.append(
            Aggregation(
                function=function,
                column=draw(st.sampled_from(among)),
                q=draw(st.sampled_from([0, 0.25, 1])) if function == "quantile" else None,
                name=draw(st.sampled_from([f"{function} {number}", f"func{'_' * number}", f"{number}"])),
            )
        )
    return Group(by=by, aggregations=tuple(made))


@st.composite
def _pivots(draw: st.DrawFn) -> Pivot:
    keys = draw(_names(_KEYS, min_size=2))
    function = draw(st.sampled_from([*_NUMERIC, *_ANY, "min", "max"]))
    among = NUMBERS if function in _NUMERIC else COLUMNS if function in _ANY else (*NUMBERS, *TEXTS, *TIMES)
    values = draw(_names(tuple(name for name in among if name not in keys), max_size=2))
    cut = draw(st.integers(1, len(keys) - 1))
    return Pivot(
        index=keys[:cut],
        columns=keys[cut:],
        values=values,
        aggregate=function,
        fill=draw(st.sampled_from([None, None, 0, 1.5, "none"])),
    )


@st.composite
def _unpivots(draw: st.DrawFn) -> Unpivot:
    among = draw(st.sampled_from([COLUMNS, NUMBERS, TEXTS, TIMES]))
    values = draw(_names(among))
    ids = draw(_names(tuple(name for name in COLUMNS if name not in values), min_size=0))
    names = draw(st.sampled_from([("variable", "value"), ("self", "it's"), ("new", "int")]))
    names = tuple(name if name not in ids else f"{name} of it" for name in names)
    return Unpivot(
        id_columns=ids,
        value_columns=values,
        variable_name=names[0],
        value_name=names[1],
        as_text=draw(st.booleans()),
    )


STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "group": _groups(),
    "pivot": _pivots(),
    "crosstab": st.one_of(
        st.builds(
            Crosstab,
            index=st.sampled_from(_KEYS[:4]),
            columns=st.sampled_from(_KEYS[4:]),
            value=st.sampled_from(NUMBERS),
            aggregate=st.sampled_from(["count", "sum"]),
            normalize=st.sampled_from([None, "all", "index", "columns"]),
            margins=st.booleans(),
        ),
        st.builds(
            Crosstab,
            index=st.sampled_from(_KEYS[4:]),
            columns=st.sampled_from(_KEYS[:4]),
            value=st.sampled_from(NUMBERS),
            aggregate=st.sampled_from(["mean", "median", "min", "max"]),
        ),
    ),
    "promote_header": st.builds(PromoteHeader, row=st.integers(1, 4)),
    "transpose": st.builds(Transpose, header=st.none() | st.sampled_from(["Int", "category", QUOTED])),
    "describe": st.builds(Describe, columns=st.none() | st.permutations(COLUMNS).map(tuple)),
    "explode": st.one_of(
        st.builds(
            Explode,
            column=st.sampled_from(TEXTS),
            separator=st.sampled_from([" ", "-", "1", "x", "it"]),
        ),
        st.builds(Explode, column=st.sampled_from(TEXTS), format=st.just("json")),
    ),
    "unpivot": _unpivots(),
    "value_counts": st.builds(
        ValueCounts,
        columns=_names(_GROUPED),
        normalize=st.booleans(),
        sort=st.booleans(),
        dropna=st.booleans(),
        name=st.sampled_from(["n", "'n'", "0"]),
    ),
}

EXAMPLES: dict[str, list[Transformation]] = {
    "group": [
        Group(by=("category", "boolean"), aggregations=(Aggregation(function="count"),)),
        Group(
            by=(QUOTED,),
            aggregations=(
                Aggregation(function="mean", column="float"),
                Aggregation(function="last", column="zoned", name="engine"),
                Aggregation(function="any", column="boolean"),
                Aggregation(function="var", column="Int"),
            ),
        ),
        Group(aggregations=(Aggregation(function="max", column="text"), Aggregation(function="count"))),
        Group(
            by=(QUOTED, "category"),
            aggregations=(
                Aggregation(function="count"),
                Aggregation(function="mode", column="category"),
                Aggregation(function="mode", column="Int", name="rows"),
                Aggregation(function="list", column="category"),
                Aggregation(function="nulls", column="text"),
                Aggregation(function="all", column="bool", name="self"),
                Aggregation(function="quantile", q=0.9, column="Float"),
            ),
        ),
        Group(
            aggregations=(
                Aggregation(function="list", column="Int"),
                Aggregation(function="mode", column="text"),
                Aggregation(function="quantile", q=0.5, column="duration"),
            )
        ),
    ],
    "pivot": [
        Pivot(index=("category",), columns=("boolean",), values=("float",)),
        Pivot(index=(QUOTED, "Int"), columns=("time",), values=("text", "zoned"), aggregate="first"),
        Pivot(index=("boolean",), columns=("category", QUOTED), values=("Int",), aggregate="sum", fill=0),
        Pivot(index=("zoned",), columns=(ODD,), values=("decimal", "int"), aggregate="count"),
        Pivot(index=("category",), columns=("boolean",), values=("decimal",), aggregate="min"),
    ],
    "crosstab": [
        Crosstab(index="category", columns=QUOTED),
        Crosstab(index="Int", columns="boolean", margins=True),
        Crosstab(index=QUOTED, columns="category", margins=True, normalize="index"),
        Crosstab(index="time", columns=ODD, value="Float", aggregate="sum", normalize="columns"),
        Crosstab(index="boolean", columns="category", value="float", aggregate="mean"),
    ],
    "promote_header": [PromoteHeader(), PromoteHeader(row=3)],
    "transpose": [Transpose()],
    "describe": [Describe(), Describe(columns=tuple(reversed(COLUMNS)))],
    "explode": [
        Explode(column="text", separator="-"),
        Explode(column=ODD, separator="2"),
        Explode(column=ODD, format="json"),
    ],
    "unpivot": [
        Unpivot(id_columns=("category", "zoned"), value_columns=("float", "Float")),
        Unpivot(id_columns=(QUOTED,), value_columns=("text", ODD), variable_name="which", value_name="text"),
        Unpivot(id_columns=("int",), as_text=True),
        Unpivot(value_columns=TIMES, as_text=True),
    ],
    "value_counts": [
        ValueCounts(columns=("category",)),
        ValueCounts(columns=(QUOTED, "boolean"), normalize=True),
        ValueCounts(columns=("zoned",), sort=False, dropna=True, name=ODD),
    ],
}
