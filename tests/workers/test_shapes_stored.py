"""Tables of another shape as nodes: their lists, their repeated rows, their columns that values decided."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from tests.workers.test_shared_blocks import ROWS, Work, by_pandas, table, work  # noqa: F401 - a fixture
from workers.frames.convert import frame_to_table
from workers.frames.export import export_batches

Steps = list[dict[str, Any]]
LISTS: Steps = [
    {"kind": "group", "by": ["level"], "aggregations": [{"function": "list", "column": "nullable"}]}
]
ITEMS: Steps = [{"kind": "explode", "column": "list_nullable"}]
WORDS: Steps = [{"kind": "explode", "column": "name", "separator": "1"}]
WIDE: Steps = [
    {"kind": "pivot", "index": ["name"], "columns": ["level"], "values": ["id"], "aggregate": "sum"},
    {"kind": "fill_nulls", "columns": ["high"], "value": 0},
]


@pytest.mark.parametrize("rows", [10, ROWS])
def test_lists_are_kept_and_taken_apart_again(work: Work, rows: int) -> None:  # noqa: F811
    source = work.frame(work.open(table(rows)))

    lists = work.frame(work.apply(LISTS))
    items = work.frame(work.apply(ITEMS))

    assert_frame_equal(lists, by_pandas(LISTS, source))
    assert all(type(values) is list for values in lists["list_nullable"])
    assert_frame_equal(items, by_pandas(LISTS + ITEMS, source))
    assert len(items) == source["nullable"].notna().sum()


@pytest.mark.parametrize("rows", [10, ROWS])
@pytest.mark.parametrize("steps", [WORDS, WIDE, [*WORDS, *WIDE]], ids=["explode", "pivot", "both"])
def test_a_node_is_what_pandas_gives(work: Work, rows: int, steps: Steps) -> None:  # noqa: F811
    source = work.frame(work.open(table(rows)))

    node = work.apply(steps)

    assert_frame_equal(work.frame(node), by_pandas(steps, source))


def test_lists_are_written_to_text_as_json() -> None:
    written = frame_to_table(pd.DataFrame({"r": pd.Series([[1, 2], []], dtype=object)}))

    rows, csv = (
        b"".join(export_batches(written.to_batches(), written.schema, name)).decode().splitlines()
        for name in ("jsonl", "csv")
    )

    assert [json.loads(row)["r"] for row in rows] == [[1, 2], []]
    assert csv == ["r", '"[1, 2]"', "[]"]
