"""The message that the catalogue shows for a transformation is planned as the step beside it."""

from __future__ import annotations

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
    "price": "float64",
    "quantity": "int64",
    "ship_date": "datetime64[us]",
    "status": "str",
    "year": "str",
}
TABLES = Tables(
    current=Table(name="table", columns=tuple(TableColumn(name=n, dtype=d) for n, d in DTYPES.items()))
)


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry["kind"])
def test_the_example_means_its_step(entry: dict[str, Any]) -> None:
    assert plan(entry["example"], TABLES).to_json() == Plan.parse(entry["plan"]).to_json()
