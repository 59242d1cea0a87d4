"""The message that the catalogue shows for a transformation is planned as the step beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from workbench.transformations import Plan, catalogue
from workers.planner import plan
from workers.planner.tables import Table, TableColumn, Tables

DTYPES = {
    "age": "Int64",
    "birthday": "datetime64[us]",
    "carrier": "str",
    "city": "str",
    "dep_delay": "float64",
    "email": "str",
    "internal id": "str",
    "name": "str",
    "notes": "str",
    "order_date": "datetime64[us]",
    "origin": "str",
    "price": "float64",
    "quantity": "int64",
    "ship_date": "datetime64[us]",
    "status": "str",
    "time_hour": "datetime64[us]",
    "year": "str",
}
OTHERS = {
    "airlines": ["carrier", "name"],
    "weather": ["origin", "time_hour"],
    "february": ["carrier", "origin", "time_hour"],
}


def table(name: str, columns: Iterable[str]) -> Table:
    return Table(name, tuple(TableColumn(column, DTYPES[column]) for column in columns))


TABLES = Tables(
    current=table("table", DTYPES), others={name: table(name, columns) for name, columns in OTHERS.items()}
)


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry["kind"])
def test_the_example_means_its_step(entry: dict[str, Any]) -> None:
    assert plan(entry["example"], TABLES).to_json() == Plan.parse(entry["plan"]).to_json()
