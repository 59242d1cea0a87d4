"""What the contract suite feeds the values with: steps over the table of ``examples``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from tests.contract import examples
from tests.contract.examples import COLUMNS, NUMBERS, ODD, QUOTED, TEXTS, TIMES, conditions, values_beside
from workbench.transformations import (
    Abs,
    Bin,
    Clip,
    FillNulls,
    FlagDuplicates,
    FlagNulls,
    MapValues,
    NullValues,
    NullWhere,
    ReplaceText,
    Round,
    Scale,
    SetWhere,
    SortKey,
    Transformation,
    col,
)
from workbench.transformations.expressions import Moment

# Nulls put among whole numbers make floats of them; what is filled, binned or scaled is of its values.
VALUES_DECIDE = {"fill_nulls", "null_where", "bin"}

_KEYS = ("bool", "boolean", "category", QUOTED, "time")
_NULLABLE = tuple(name for name in COLUMNS if name != "bool")


def names(among: tuple[str, ...], most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw a few columns."""
    return st.lists(st.sampled_from(among), unique=True, min_size=1, max_size=most).map(tuple)


_OPTIONAL_GROUPS = st.lists(st.sampled_from(_KEYS), unique=True, max_size=2).map(tuple)
_ORDERS = st.lists(
    st.builds(SortKey, column=st.sampled_from(("Int", "text", "time")), descending=st.booleans()),
    max_size=1,
).map(tuple)


@st.composite
def _fills_in_groups(draw: st.DrawFn) -> FillNulls:
    method = draw(
        st.sampled_from(["mean", "median", "mode", "min", "max", "forward", "backward", "interpolate"])
    )
    by = draw(_OPTIONAL_GROUPS)
    among = NUMBERS if method in {"mean", "median", "interpolate"} else (*NUMBERS, *TEXTS, *TIMES, "boolean")
    among = tuple(name for name in among if name not in by)
    if method in {"mode", "forward", "backward"}:
        among = tuple(name for name in COLUMNS if name not in by)
    more: dict[str, Any] = {}
    if method in {"forward", "backward", "interpolate"}:
        more = {"order_by": draw(_ORDERS), "limit": draw(st.none() | st.integers(1, 2))}
    columns = None if draw(st.booleans()) else draw(names(among))
    return FillNulls(columns=columns, method=method, by=by, **more)


@st.composite
def _settings(draw: st.DrawFn) -> SetWhere:
    where = draw(conditions())
    if draw(st.booleans()):
        expression = draw(st.sampled_from([col("int") * 2 + 1, col("Int"), col("float") / 2, col("Float")]))
        return SetWhere(columns=draw(names(NUMBERS)), where=where, expression=expression.tree)
    name = draw(st.sampled_from([*NUMBERS, "boolean", "bool", *TEXTS, *TIMES, "category"]))
    return SetWhere(columns=(name,), where=where, value=draw(values_beside(name)))


@st.composite
def _bins(draw: st.DrawFn) -> Bin:
    common: dict[str, Any] = {"column": draw(st.sampled_from(NUMBERS)), "name": draw(_MADE)}
    labels = draw(st.none() | st.just(("a", "ß")))
    if draw(st.booleans()):
        ends, right = draw(st.booleans()), draw(st.booleans())
        edges = (0.5,) if ends else (-7, 1, 2.5)
        return Bin(edges=edges, open_ends=ends, labels=labels, right=right, **common)
    method = draw(st.sampled_from(["width", "quantile"]))
    return Bin(bins=2 if labels else draw(st.integers(1, 5)), method=method, labels=labels, **common)


_MADE = st.sampled_from(["new", "int", ODD, QUOTED])
_SCALED = st.one_of(
    st.builds(
        Scale,
        columns=names(NUMBERS),
        method=st.sampled_from(["min_max", "z_score", "robust"]),
        by=_OPTIONAL_GROUPS,
    ),
    st.builds(
        Scale, columns=st.just(("Int",)), method=st.just("min_max"), low=st.just(-1), into=st.just(("text",))
    ),
)

STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "fill_nulls": examples.STRATEGIES["fill_nulls"] | _fills_in_groups(),
    "null_where": st.builds(NullWhere, columns=names(_NULLABLE), where=conditions()),
    "null_values": st.builds(
        NullValues,
        columns=st.none() | names(TEXTS),
        values=st.lists(st.sampled_from(["jfk", " LGA", "", "ß", "'", "n/a"]), min_size=1).map(tuple),
    ),
    "set_where": _settings(),
    "map_values": st.one_of(
        st.builds(
            MapValues,
            column=st.sampled_from([*TEXTS, "category"]),
            values=st.sampled_from([{"JFK": "x", "b": None, "low": "x"}, {"": "it's"}]),
            otherwise=st.sampled_from(["null", "keep"]),
            into=st.none() | _MADE,
        ),
        st.builds(
            MapValues,
            column=st.sampled_from(NUMBERS),
            values=st.sampled_from([{1: 2**60 + 1, 1.5: None}, {0: 0.5, 1: 2}]),
            default=st.none() | st.just(5),
        ),
        st.builds(MapValues, column=st.sampled_from(["bool", "boolean"]), values=st.just({True: "yes"})),
    ),
    "round": st.one_of(
        examples.STRATEGIES["round"],
        st.builds(
            Round,
            columns=st.none() | names(NUMBERS),
            decimals=st.integers(-2, 2),
            how=st.sampled_from(["floor", "ceil", "trunc"]),
        ),
        st.builds(Round, columns=names(NUMBERS), significant=st.integers(1, 4)),
    ),
    "abs": st.builds(Abs, columns=st.none() | names((*NUMBERS, "duration"))),
    "clip": st.one_of(
        st.builds(Clip, columns=names(NUMBERS), lower=st.just(0), upper=st.none() | st.just(10)),
        st.builds(Clip, columns=names(("float", "Float")), upper=st.just(1.5)),
        st.builds(Clip, columns=names(NUMBERS), lower_quantile=st.just(0.1), upper_quantile=st.just(0.8)),
    ),
    "scale": _SCALED,
    "replace_text": st.one_of(
        st.builds(
            ReplaceText,
            columns=st.none() | names(TEXTS),
            old=st.sampled_from(["J", "f", ".", "ß", " ", "\\", "'", "(", "1"]),
            new=st.sampled_from(["", "x", "\\1", "ü"]),
            case=st.booleans(),
        ),
        st.builds(
            ReplaceText,
            old=st.sampled_from(["([a-z])", "(J)?F", "\\b(.)"]),
            new=st.sampled_from(["", "<\\1>", "\\0"]),
            regex=st.just(True),
            case=st.booleans(),
        ),
    ),
    "bin": _bins(),
    "flag_nulls": st.builds(
        FlagNulls, columns=st.none() | names(COLUMNS), how=st.sampled_from(["any", "all"]), into=_MADE
    ),
    "flag_duplicates": st.builds(
        FlagDuplicates,
        columns=st.none() | names(COLUMNS),
        keep=st.sampled_from(["first", "last", "none"]),
        into=_MADE,
    ),
}

_BY_DAY = (SortKey(column="time", descending=True),)

EXAMPLES: dict[str, list[Transformation]] = {
    "fill_nulls": [
        FillNulls(value=0),
        FillNulls(columns=("zoned",), value=Moment(timestamp=dt.datetime(2013, 1, 1))),
        FillNulls(method="mean"),
        FillNulls(method="interpolate"),
        FillNulls(columns=("Int", QUOTED), method="mode"),
        FillNulls(columns=("Int", "Float", "text", "zoned", "duration"), method="max"),
        FillNulls(method="forward"),
        FillNulls(method="forward", limit=1),
        FillNulls(method="median", by=("boolean",)),
        FillNulls(columns=("Int", "Float", "text", "zoned"), method="min", by=("boolean", "category")),
        FillNulls(columns=("category", "zoned", "duration", "Int", "text"), method="mode", by=("bool",)),
        FillNulls(method="backward", by=("bool",), order_by=_BY_DAY, limit=2),
        FillNulls(columns=("Int", "float"), method="interpolate", by=("category",), order_by=_BY_DAY),
        FillNulls(columns=("float",), method="interpolate", order_by=_BY_DAY, limit=1),
    ],
    "null_where": [
        NullWhere(columns=("Int", "category"), where=col("Int") > 0),
        NullWhere(columns=(ODD,), where=~(col("Float") > 1) | (col("text") == "it's")),
    ],
    "null_values": [NullValues(values=("JFK", "", "it's")), NullValues(columns=(QUOTED,), values=(" SS",))],
    "set_where": [
        SetWhere(columns=("int",), where=col("Int") > 0, value=5),
        SetWhere(columns=("Int", "float"), where=col("Int") != 1, expression=(col("int") * 2).tree),
        SetWhere(columns=("Float",), where=col("zoned").isna(), expression=(col("float") / 2).tree),
        SetWhere(
            columns=("zoned",),
            where=col("boolean") == True,  # noqa: E712 - builds a condition
            value=Moment(timestamp=dt.datetime(2013, 1, 1)),
        ),
        SetWhere(columns=("category",), where=col("category") == "low", value="high"),
    ],
    "replace_text": [
        ReplaceText(old=".", new="!"),
        ReplaceText(columns=("text",), old="jf", new="\\1", case=False),
        ReplaceText(columns=(QUOTED,), old="(a|ß)", new=r"<\1>", regex=True),
    ],
    "map_values": [
        MapValues(column="text", values={"JFK": 2**60 + 1, "it's": None}),
        MapValues(column="category", values={"low": "L"}, otherwise="keep", into="level"),
        MapValues(column="Int", values={1: "one", 0: "none"}, default="many"),
        MapValues(column="bool", values={True: 0.5}),
    ],
    "round": [
        Round(),
        Round(columns=("float",), decimals=1),
        Round(how="floor"),
        Round(columns=("Int", "float"), how="ceil", decimals=-1),
        Round(columns=NUMBERS, how="trunc", decimals=1),
        Round(columns=NUMBERS, how="floor", decimals=2),
        Round(columns=NUMBERS, how="trunc", decimals=-1),
        Round(columns=NUMBERS, significant=2),
    ],
    "abs": [Abs(), Abs(columns=("Int", "duration"))],
    "clip": [
        Clip(columns=NUMBERS, lower=0, upper=100),
        Clip(columns=("float",), upper=1.25),
        Clip(columns=("Int", "Float"), lower_quantile=0.05, upper_quantile=0.95),
    ],
    "scale": [
        Scale(columns=NUMBERS, method="min_max"),
        Scale(columns=("int", "Float"), method="min_max", low=-1, high=2.5, by=("boolean",)),
        Scale(columns=("int", "float"), method="z_score", into=("z", QUOTED)),
        Scale(columns=("int", "Float"), method="z_score", by=("category", QUOTED)),
        Scale(columns=("int", "Float"), method="robust"),
        Scale(columns=("int", "float"), method="robust", by=("boolean",)),
    ],
    "bin": [
        Bin(column="int", bins=3),
        Bin(column="Int", bins=2, method="quantile", name=ODD),
        Bin(column="float", bins=2, labels=("low", "high"), right=False),
        Bin(column="Float", edges=(0, 1.5, 10), labels=("small", "large")),
        Bin(column="int", edges=(0, 1), open_ends=True, name="int"),
    ],
    "flag_nulls": [
        FlagNulls(),
        FlagNulls(columns=("text",), into=ODD),
        FlagNulls(columns=("Int", "Float"), how="all"),
    ],
    "flag_duplicates": [FlagDuplicates(), FlagDuplicates(columns=(QUOTED,), keep="none", into="int")],
}
