"""What can never fit into memory is refused before it is read; what would fit never is."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from tests.workers.test_combining import Session
from workbench.models import Manifest, ManifestColumn, TaskRecord
from workbench.transformations import Plan
from workers.admission import crossed_rows, least_bytes, machine_memory
from workers.services import Services

ROWS = 50_000  # so many that a step reads the columns that it needs, and no others
NUMBERS = pd.DataFrame({"a": np.arange(ROWS), "b": np.arange(ROWS) / 2, "c": ["x"] * ROWS})


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"memory_bytes": 12 * ROWS})  # a column of numbers, and a half


@pytest.fixture
def session(services: Services, owner) -> Session:
    return Session(services, owner)


def said(ended: TaskRecord) -> str:
    assert ended.error is not None, ended.result
    assert ended.error["code"] == "out_of_memory"
    return str(ended.error["detail"])


def test_only_the_columns_that_must_be_read_count(session: Session) -> None:
    session.open("numbers", NUMBERS)
    session.node(session.apply([{"kind": "round", "columns": ["b"], "decimals": 0}]))
    both = {"kind": "drop_nulls", "columns": ["a", "b"]}
    refused = session.apply([both])
    assert "The 50,000 rows to be read take at least 0.8 MiB of memory, and a worker has 0.6" in said(refused)
    assert refused.error["details"] == {"needed": 16 * ROWS, "budget": 12 * ROWS}
    session.node(session.apply([{"kind": "rename", "columns": {"a": "z"}}]))  # reads nothing


def test_the_other_dataset_counts(session: Session) -> None:
    session.open("numbers", NUMBERS)
    session.open("more", NUMBERS)
    assert "take at least" in said(session.apply([{"kind": "join", "dataset": "more", "on": ["a"]}]))


def test_a_cross_join_counts_the_rows_that_it_makes(session: Session) -> None:
    session.open("few", NUMBERS.head(300)[["a"]])
    session.open("some", NUMBERS.head(300)[["b"]])
    crossed = session.apply([{"kind": "join", "dataset": "some", "how": "cross"}])
    assert "300 rows to be read, and 90,000 rows made of them, take at least" in said(crossed)


@pytest.mark.parametrize(
    ("before", "expected"),
    [([], 50), ([{"kind": "rename", "columns": {"a": "z"}}], 50), ([{"kind": "head", "n": 2}], 0)],
)
def test_rows_that_only_the_values_decide_are_not_guessed(before, expected) -> None:
    plan = Plan.parse([*before, {"kind": "join", "dataset": "there", "how": "cross"}])
    assert crossed_rows(plan, 10, {"there": 5}) == expected


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, 2, 3]),
        pd.Series([1, None, 3], dtype="Int8"),
        pd.Series([True, None, False], dtype="boolean"),
        pd.Series(["", "a", None], dtype="str"),
        pd.Series(["", "a", None], dtype="category"),
        pd.Series(pd.to_datetime(["2024-01-01"] * 3)).dt.tz_localize("UTC"),
        pd.Series(pd.period_range("2024", periods=3, freq="M")),
        pd.Series(pd.interval_range(0, 3)),
        pd.Series([1, 2, 3], dtype="int64[pyarrow]"),
        pd.Series([object()] * 3),
    ],
    ids=lambda values: str(values.dtype),
)
def test_no_column_is_taken_for_larger_than_it_is(values: pd.Series) -> None:
    column = ManifestColumn(name="a", dtype=str(values.dtype), block="o/s/b/1", field="a")
    manifest = Manifest(rows=3_000, columns=(column,))
    many = pd.concat([values] * 1_000, ignore_index=True)
    assert least_bytes(manifest, ["a"]) <= many.memory_usage(index=False, deep=True)


def test_the_machine_has_some_memory() -> None:
    assert 2**28 < machine_memory() < sys.maxsize
