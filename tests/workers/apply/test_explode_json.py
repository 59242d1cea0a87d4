"""Lists as JSON writes them, one row an item."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from tests.support.exported import done
from workbench.errors import TypeMismatch
from workbench.transformations import Explode
from workers.apply import apply
from workers.apply.notes import taking_notes

STEP = Explode(column="tags", format="json")


def exploded(texts: list[Any]) -> tuple[pd.DataFrame, list[str]]:
    """Explode one column, which the exported pandas must do as well."""
    frame = pd.DataFrame({"id": range(len(texts)), "tags": pd.Series(texts, dtype="str")})
    with taking_notes() as notes:
        return done(STEP, frame), notes.warnings


@pytest.mark.parametrize(
    ("texts", "dtype", "items"),
    [
        (['["a", "é"]', '["c"]'], "str", ["a", "é", "c"]),
        (["[1, 2]", "[9007199254740993]"], "Int64", [1, 2, 9007199254740993]),
        (["[1.5, 2]"], "float64", [1.5, 2.0]),
        (["[true, false]"], "boolean", [True, False]),
        (["[1, true]"], "str", ["1", "true"]),
        (['["a", 1, {"b": [1]}, ["ü"]]'], "str", ["a", "1", '{"b": [1]}', '["ü"]']),
        (["[36893488147419103232, 1]"], "str", ["36893488147419103232", "1"]),
    ],
)
def test_items_get_the_type_that_all_of_them_have(texts: list[str], dtype: str, items: list[Any]) -> None:
    made, said = exploded(texts)
    assert made["tags"].dtype == dtype
    assert made["tags"].tolist() == items
    assert not said


def test_nulls_and_empty_lists_stay_one_row_and_rows_say_where_they_are_from() -> None:
    made, _ = exploded(["[1, null]", None, "[]", "[2]"])
    assert list(made.index) == [0, 0, 1, 2, 3]
    assert made["id"].tolist() == [0, 0, 1, 2, 3]
    assert made["tags"].tolist() == [1, pd.NA, pd.NA, pd.NA, 2]


def test_what_is_no_list_stays_whole_and_is_told() -> None:
    made, said = exploded(['["a"]', "plain", '{"b": 1}', "[" * 100_000, None])
    assert made["tags"].tolist()[:3] == ["a", "plain", '{"b": 1}']
    assert len(said) == 1
    assert said[0].startswith("3 values of tags are no JSON list and stayed whole, for example 'plain'")


def test_a_column_of_numbers_has_no_json() -> None:
    for rows in (0, 1):
        with pytest.raises(TypeMismatch):
            apply(STEP, pd.DataFrame({"tags": [1]}).iloc[:rows])


def test_lists_are_written_in_one_form() -> None:
    with pytest.raises(ValidationError, match="either separator or format"):
        Explode(column="tags", separator=",", format="json")
