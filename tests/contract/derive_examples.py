"""What the contract suite feeds the derived columns with: functions, conditions, cases, percentages."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from tests.contract import examples
from tests.contract.examples import NUMBERS, ODD, QUOTED, conditions
from workbench.transformations import Case, CaseWhen, Derive, PercentOfTotal, Transformation, col

# Rows that meet no condition make nulls, and nulls make floats of whole numbers.
VALUES_DECIDE = {"case_when", "percent_of_total"}

_NAMES = st.sampled_from(["new", "int", ODD, QUOTED])
_KEYS = ("Int", "boolean", "text", QUOTED, "category", "time")


@st.composite
def _functions(draw: st.DrawFn) -> Derive:
    number = col(draw(st.sampled_from(NUMBERS)))
    other = col(draw(st.sampled_from(NUMBERS)))
    # Values on which a function is not defined make numpy warn in the code; the deed is tested with them.
    positive = number.abs() + 1
    made = draw(
        st.sampled_from(
            [
                number.abs(),
                positive.log(),
                positive.log2(),
                positive.log10(),
                positive.sqrt() * 2,
                (number / 1e16).exp(),
                number.floor(),
                (number / 3).ceil(),
                (number * other / 7).round(draw(st.integers(-2, 3))),
                number.min(other),
                number.max(other + 1, 0),
                number.coalesce(other),
                (number - 1).coalesce(other, draw(st.sampled_from([0, 1.5]))),
                col("text").coalesce(col(QUOTED), "?"),
                col("time").coalesce(dt.datetime(2013, 1, 1)),
                col("zoned").coalesce(dt.datetime(2013, 1, 1)),
                col("boolean").coalesce(col("bool")),
            ]
        )
    )
    return Derive(column=draw(_NAMES), expression=made.tree)


@st.composite
def _cases(draw: st.DrawFn) -> CaseWhen:
    values = draw(
        st.sampled_from(
            [
                [col("int").tree, (col("float") * 2).tree, {"value": 0}, col("Int").tree],
                [{"value": "a"}, col("text").tree, {"value": "it's"}, col(QUOTED).tree],
                [{"value": 1}, {"value": 2}, {"value": 2.5}],
                [{"value": True}, {"value": False}, col("boolean").tree],
                [col("time").tree, {"timestamp": "2013-01-01T00:00:00"}],
                [{"timestamp": "2013-01-01T00:00:00"}, col("time").tree],
                [col("zoned").tree, col("zoned").tree],
            ]
        )
    )
    wheres = draw(st.lists(conditions(), min_size=1, max_size=3))
    cases = [Case(where=where, then=draw(st.sampled_from(values))) for where in wheres]
    otherwise = draw(st.none() | st.sampled_from(values))
    return CaseWhen(column=draw(_NAMES), cases=tuple(cases), otherwise=otherwise)


STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "derive": st.one_of(
        examples.STRATEGIES["derive"],
        _functions(),
        st.builds(Derive, column=_NAMES, expression=conditions()),
    ),
    "case_when": _cases(),
    "percent_of_total": st.builds(
        PercentOfTotal,
        column=st.sampled_from(NUMBERS),
        by=st.lists(st.sampled_from(_KEYS), unique=True, max_size=2).map(tuple),
        name=_NAMES,
    ),
}

EXAMPLES: dict[str, list[Transformation]] = {
    "derive": [
        *examples.EXAMPLES["derive"],
        Derive(column="late", expression=col("Int") > 0),
        Derive(column="int", expression=~(col("Float") > 1) | col(QUOTED).contains("b")),
        Derive(column="root", expression=(col("Int").abs() + 1).sqrt().round(2).tree),
        Derive(column="most", expression=col("int").max(col("Int"), col("float"), 0).tree),
        Derive(column="first", expression=col("text").coalesce(col(QUOTED), ODD).tree),
        Derive(column="constant", expression={"value": 5}),
    ],
    "case_when": [
        CaseWhen(
            column="size",
            cases=(
                Case(where=col("Int") > 1, then={"value": "large"}),
                Case(where=col(QUOTED) == "b", then=col("text").tree),
            ),
            otherwise={"value": "small"},
        ),
        CaseWhen(column="part", cases=(Case(where=col("float") > 1, then=(col("Int") / 2).tree),)),
        CaseWhen(
            column="int",
            cases=(
                Case(where=col("boolean") == True, then={"value": 1}),  # noqa: E712 - a condition
                Case(where=col("Float") != 1.5, then={"value": 2.5}),
            ),
        ),
        CaseWhen(
            column="when",
            cases=(Case(where=col("text").isna(), then={"timestamp": "2013-01-01"}),),
            otherwise=col("time").tree,
        ),
    ],
    "percent_of_total": [
        PercentOfTotal(column="Float"),
        PercentOfTotal(column="int", by=(QUOTED, "category"), name="share"),
    ],
}
