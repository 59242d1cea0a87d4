"""What new tables, windows and encodings say of themselves, before and after."""

from __future__ import annotations

import pytest

from tests.workbench.transformations.test_sentences import MEAN, change
from workbench.models import Change
from workbench.transformations import (
    BinaryEncode,
    Crosstab,
    Cumulate,
    Describe,
    Diff,
    Explode,
    Group,
    LabelEncode,
    OneHot,
    OrdinalEncode,
    Pivot,
    PromoteHeader,
    Rank,
    Rolling,
    Shift,
    SortKey,
    Transformation,
    Transpose,
    Unpivot,
    ValueCounts,
)

SAID: list[tuple[Transformation, Change, str, str]] = [
    (
        OneHot(columns=("city",), prefix="in", drop_first=True, dummy_na=True),
        change(columns_added=("in_a", "in_b")),
        "One-hot encode city, called in_value, without the first value, nulls with a column of their own",
        "One-hot encoded city as 2 columns",
    ),
    (
        OrdinalEncode(columns=("size",), order=("S", "M"), start=1),
        change(nulls_made={"size": 3}),
        "Encode size from 1 in the order S and M",
        "Encoded size from 1 in the order S and M; 3 values not in the order became null",
    ),
    (
        LabelEncode(columns=("city",), by="appearance"),
        change(),
        "Label encode city by appearance",
        "Label encoded city by appearance",
    ),
    (
        BinaryEncode(columns=("city",)),
        change(columns_added=("city_0",)),
        "Binary encode city",
        "Binary encoded city as 1 column",
    ),
    (
        Group(by=("carrier",), aggregations=(MEAN,)),
        change(336_776, 16),
        "Group by carrier: mean of dep_delay",
        "Grouped 336,776 rows by carrier into 16 rows: mean of dep_delay",
    ),
    (
        Group(
            by=("carrier",),
            aggregations=(
                {"function": "quantile", "column": "dep_delay", "q": 0.9},
                {"function": "nulls", "column": "tailnum"},
            ),
        ),
        change(9, 2),
        "Group by carrier: 90% quantile of dep_delay and number of nulls in tailnum",
        "Grouped 9 rows by carrier into 2 rows: 90% quantile of dep_delay and number of nulls in tailnum",
    ),
    (
        ValueCounts(columns=("origin",), normalize=True),
        change(9, 3),
        "Count values: share = share of rows of each value of origin, the most frequent first",
        "Counted 3 values in 9 rows: share = share of rows of each value of origin, the most frequent first",
    ),
    (
        Pivot(index=("carrier",), columns=("month",), values=("dep_delay",), fill=0),
        change(336_776, 16, columns_added=("1", "2")),
        "Pivot: mean of dep_delay for each carrier, a column for each month, 0 where there is no row",
        (
            "Pivoted 336,776 rows into 16 rows and 2 new columns: "
            "mean of dep_delay for each carrier, a column for each month, 0 where there is no row"
        ),
    ),
    (
        Crosstab(index="carrier", columns="origin", normalize="index", margins=True),
        change(9, 3),
        (
            "Cross-tabulate: share of its row by number of rows for each carrier, "
            "a column for each origin, with totals"
        ),
        (
            "Cross-tabulated 9 rows into 3 rows: share of its row by number of rows for each carrier, "
            "a column for each origin, with totals"
        ),
    ),
    (Describe(columns=("a",)), change(9, 1), "Describe a", "Described a, in 9 rows"),
    (
        Explode(column="tags"),
        change(2, 5),
        "Make a row of each item of tags",
        "Made 5 rows of 2 rows: one of each item of tags",
    ),
    (
        Explode(column="tags", separator=","),
        change(2, 5),
        "Make a row of each item of tags, split at ','",
        "Made 5 rows of 2 rows: one of each item of tags, split at ','",
    ),
    (
        PromoteHeader(row=2),
        change(5, 3),
        "Use row 2 as the names of the columns and drop the rows above it",
        "Used row 2 as the names of the columns; 3 rows left",
    ),
    (
        Transpose(header="city"),
        change(2, 5),
        "Transpose rows and columns, with city as header",
        "Transposed 2 rows into 5 rows, with city as header",
    ),
    (
        Unpivot(id_columns=("carrier",), as_text=True),
        change(2, 4),
        "Unpivot all other columns into rows of variable and value as text, beside carrier",
        (
            "Unpivoted all other columns into rows of variable and value as text, beside carrier; "
            "2 rows became 4 rows"
        ),
    ),
    (
        Group(aggregations=(MEAN, {"function": "count"})),
        change(336_776, 1),
        "Summarise all rows: mean of dep_delay and number of rows",
        "Summarised 336,776 rows: mean of dep_delay and number of rows",
    ),
    (
        Cumulate(
            function="sum",
            column="price",
            by=("city", "kind"),
            order_by=(SortKey(column="t", descending=True), SortKey(column="id")),
            name="so far",
        ),
        change(columns_added=("so far",)),
        "Compute so far = cumulative sum of price, for each city and kind, in order of t descending, then id",
        "Added so far = cumulative sum of price, for each city and kind, in order of t descending, then id",
    ),
    (
        Shift(column="price", name="price"),
        change(),
        "Compute price = price from the row before",
        "Replaced price = price from the row before",
    ),
    (
        Shift(function="lead", column="price", n=1000),
        change(columns_added=("lead_price",)),
        "Compute lead_price = price from 1,000 rows after",
        "Added lead_price = price from 1,000 rows after",
    ),
    (
        Diff(function="pct_change", column="price", n=2),
        change(columns_added=("pct_change_price",)),
        "Compute pct_change_price = percent change of price from 2 rows before",
        "Added pct_change_price = percent change of price from 2 rows before",
    ),
    (
        Rolling(function="std", column="price", window=7, min_periods=3),
        change(columns_added=("rolling_std_price",)),
        "Compute rolling_std_price = rolling standard deviation of price over 7 rows (at least 3)",
        "Added rolling_std_price = rolling standard deviation of price over 7 rows (at least 3)",
    ),
    (
        Rank(column="price", descending=True, method="dense", by=("city",)),
        change(columns_added=("rank_price",)),
        "Compute rank_price = rank by price descending, without gaps, for each city",
        "Added rank_price = rank by price descending, without gaps, for each city",
    ),
]


@pytest.mark.parametrize(("step", "done", "describes", "outcome"), SAID, ids=[said[2] for said in SAID])
def test_what_it_does_and_did(step: Transformation, done: Change, describes: str, outcome: str) -> None:
    assert step.describe() == describes
    assert step.outcome(done) == outcome
