"""Rows chosen, dropped, ordered."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.errors import TypeMismatch, UnknownColumn
from workbench.transformations import (
    DropDuplicates,
    DropNulls,
    FillNulls,
    Head,
    Sample,
    Sort,
    SortKey,
    Tail,
    Transformation,
)
from workers.apply import apply

FRAME = pd.DataFrame(
    {
        "k": pd.Series(["b", "a", None, "b", "a", None], dtype="str"),
        "n": pd.Series([2, 1, 3, None, 1, 3], dtype="Int64"),
        "lists": [[1], [2], None, [1], [2], None],
        "mixed": [1, "a", None, 1, "a", None],
    }
)


def order(*by: str, nulls: str = "last") -> list[int]:
    keys = tuple(SortKey(column=name.lstrip("-"), descending=name.startswith("-")) for name in by)
    return list(apply(Sort(by=keys, nulls=nulls), FRAME).index)


def test_sorting_is_stable_and_nulls_go_where_they_are_sent() -> None:
    assert order("k") == [1, 4, 0, 3, 2, 5]
    assert order("-k") == [0, 3, 1, 4, 2, 5]
    assert order("k", nulls="first") == [2, 5, 1, 4, 0, 3]
    assert order("-k", "-n") == [0, 3, 1, 4, 2, 5]
    assert order("k", "-n", nulls="first") == [2, 5, 1, 4, 3, 0]


def test_duplicates() -> None:
    def kept(**parameters: object) -> list[int]:
        return list(apply(DropDuplicates(**parameters), FRAME[["k", "n"]]).index)

    assert kept() == [0, 1, 2, 3]
    assert kept(keep="last") == [0, 3, 4, 5]
    assert kept(keep="none") == [0, 3]
    assert kept(columns=("k",)) == [0, 1, 2]


def test_nulls_in_any_or_in_all() -> None:
    assert list(apply(DropNulls(columns=("k", "n")), FRAME).index) == [0, 1, 4]
    assert list(apply(DropNulls(columns=("lists", "mixed"), how="all"), FRAME).index) == [0, 1, 3, 4]


def test_ends() -> None:
    assert list(apply(Head(n=2), FRAME).index) == [0, 1]
    assert list(apply(Tail(n=2), FRAME).index) == [4, 5]
    assert len(apply(Tail(n=99), FRAME)) == 6


def test_a_seed_repeats_a_sample_and_more_rows_than_there_are_is_all_of_them() -> None:
    once, again = (list(apply(Sample(n=4, seed=3), FRAME).index) for _ in range(2))
    assert once == again
    assert len(set(once)) == 4
    assert sorted(apply(Sample(n=99, seed=3), FRAME).index) == list(range(6))
    assert len(apply(Sample(fraction=0.5, seed=3), FRAME)) == 3
    assert len({tuple(apply(Sample(n=4, seed=seed), FRAME).index) for seed in range(20)}) > 1


@pytest.mark.parametrize(
    "step",
    [
        DropDuplicates(),
        DropDuplicates(columns=("k", "lists")),
        Sort(by=(SortKey(column="mixed"),)),
        FillNulls(columns=("lists",), method="mode"),
    ],
    ids=["all", "lists", "mixed", "mode"],
)
def test_values_that_cannot_be_compared_are_named(step: Transformation) -> None:
    with pytest.raises(TypeMismatch) as raised:
        apply(step, FRAME)
    assert "lists" in raised.value.message or "mixed" in raised.value.message
    assert raised.value.hint


def test_rows_without_columns_are_counted_still() -> None:
    assert list(apply(Head(n=2), FRAME[[]]).index) == [0, 1]


def test_unknown_columns() -> None:
    with pytest.raises(UnknownColumn):
        apply(Sort(by=(SortKey(column="K"),)), FRAME)
