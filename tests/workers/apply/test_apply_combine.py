"""What the combinations do with nulls, types, equal names and several matches; and what they say."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from workbench.errors import DataError, TableTooLarge
from workbench.transformations import (
    Append,
    Difference,
    Intersection,
    Join,
    JoinNearest,
    Transformation,
    Union,
)
from workers.apply import apply
from workers.apply.combine import sizes
from workers.apply.notes import Notes, taking_notes

LEFT = pd.DataFrame({"key": ["a", "b", None, "d"], "n": [1, 2, 3, 4]})
RIGHT = pd.DataFrame({"key": ["a", "a", None, "z"], "m": [10, 11, 12, 13], "n": [0, 0, 0, 0]})


def did(step: Transformation, frame: pd.DataFrame, **others: pd.DataFrame) -> tuple[pd.DataFrame, Notes]:
    with taking_notes() as notes:
        made = apply(step, frame, others)
    return made, notes


def refused(step: Transformation, frame: pd.DataFrame, **others: pd.DataFrame) -> DataError:
    empty = {name: other.iloc[:0] for name, other in others.items()}
    with pytest.raises(DataError) as early:
        apply(step, frame.iloc[:0], empty)
    with pytest.raises(DataError) as caught:
        apply(step, frame, others)
    assert early.value.code == caught.value.code  # before values are looked at
    assert caught.value.hint
    return caught.value


def test_a_left_join_says_what_met_several_none_or_a_null() -> None:
    made, notes = did(Join(dataset="r", on=("key",)), LEFT, r=RIGHT)
    assert list(made.index) == [0, 0, 1, 2, 3]
    assert list(made.columns) == ["key", "n", "m", "n_r"]
    assert made["m"].tolist()[:2] == [10, 11]
    assert notes.warnings == [
        "1 row met more than one row of r, up to 2: 4 rows became 5",
        "2 of 4 rows found no match in r, for example b; d",
        "1 row with a null in key met rows of r with a null there",
    ]


def test_an_inner_join_says_what_was_left_out() -> None:
    made, notes = did(Join(dataset="r", how="inner", on=("key",)), LEFT, r=RIGHT)
    assert list(made.index) == [0, 0, 2]
    assert "2 of 4 rows found no match in r and were left out, for example b; d" in notes.warnings


def test_an_outer_join_counts_what_each_side_lacks_and_what_was_kept() -> None:
    made, notes = did(Join(dataset="r", how="outer", on=("key",)), LEFT, r=RIGHT)
    assert len(made) == 6
    assert notes.rows_kept == 4
    assert "1 row of r found no match in the table" in notes.warnings


def test_a_join_without_any_match_says_so() -> None:
    _, notes = did(Join(dataset="r", on=("key",)), LEFT, r=RIGHT.assign(key="other"))
    assert notes.warnings == ["No row found a match in r"]


@pytest.mark.parametrize(("how", "rows"), [("semi", [0, 2]), ("anti", [1, 3])])
def test_rows_are_chosen_once_by_whether_they_have_a_match(how: Any, rows: list[int]) -> None:
    made, _ = did(Join(dataset="r", how=how, on=("key",)), LEFT, r=RIGHT)
    assert list(made.index) == rows
    assert list(made.columns) == ["key", "n"]


def test_every_row_meets_every_row() -> None:
    made, _ = did(Join(dataset="r", how="cross", columns=("m",)), LEFT, r=RIGHT)
    assert list(made.index) == [row for row in range(4) for _ in range(4)]
    assert made["m"].tolist() == [10, 11, 12, 13] * 4


def test_a_key_of_another_name_goes_where_columns_are_named() -> None:
    right = RIGHT.rename(columns={"key": "code"})
    step = Join(dataset="r", left_on=("key",), right_on=("code",))
    assert list(did(step, LEFT, r=right)[0].columns) == ["key", "n", "code", "m", "n_r"]
    named = step.model_copy(update={"columns": ("m",)})
    assert list(did(named, LEFT, r=right)[0].columns) == ["key", "n", "m"]


def test_whole_numbers_that_lose_digits_beside_nulls_are_told_of() -> None:
    right = pd.DataFrame({"key": ["a"], "id": [2**53 + 1]})
    made, notes = did(Join(dataset="r", on=("key",)), LEFT, r=right)
    assert made["id"].dtype == "float64"
    assert "1 number of id lost digits, as it has nulls now" in notes.warnings
    _, notes = did(Join(dataset="r", on=("key",)), LEFT, r=right.astype({"id": "Int64"}))
    assert not any("digits" in warning for warning in notes.warnings)


@pytest.mark.parametrize("how", ["left", "inner", "right", "outer", "semi", "anti"])
@pytest.mark.parametrize(
    ("key", "hint"),
    [
        (pd.Series([1, 2, 3, 4]), "Cast 'key' to numbers"),
        (pd.Series([True, False, True, True]), "Cast"),
        (pd.to_datetime(pd.Series(["2020-01-01"] * 4)), "Cast"),
        (pd.Series(["a", "b", "c", "d"], dtype="category"), "Cast them to one type"),
    ],
    ids=["numbers", "booleans", "times", "categories"],
)
def test_keys_of_two_types_are_refused(how: Any, key: pd.Series, hint: str) -> None:
    error = refused(Join(dataset="r", how=how, on=("key",)), LEFT, r=RIGHT.assign(key=key))
    assert error.code == "type_mismatch"
    assert hint in error.hint


def test_numbers_of_two_types_meet_where_they_are_equal() -> None:
    left, right = pd.DataFrame({"k": [1, 2]}), pd.DataFrame({"k": [1.0, 2.5], "v": ["x", "y"]})
    made, _ = did(Join(dataset="r", how="inner", on=("k",)), left, r=right)
    assert made["v"].tolist() == ["x"]


def test_names_that_would_be_there_twice_are_refused() -> None:
    left = LEFT.assign(n_r=0)
    assert refused(Join(dataset="r", on=("key",)), left, r=RIGHT).code == "duplicate_column"
    made, _ = did(Join(dataset="r", on=("key",), suffix="_2"), left, r=RIGHT)
    assert "n_2" in made.columns


def test_what_the_other_dataset_lacks_is_named() -> None:
    error = refused(Join(dataset="r", on=("key",), columns=("mm",)), LEFT, r=RIGHT)
    assert (error.code, str(error)[:25]) == ("unknown_column", "'r' has no column 'mm'. D"[:25])


TIMES = pd.to_datetime(["2020-01-01 10:00", "2020-01-01 12:00", None])
READINGS = pd.DataFrame({"time": TIMES, "value": [1.0, 2.0, 9.0]})
ASKED = pd.DataFrame(
    {"time": pd.to_datetime(["2020-01-01 13:00", None, "2020-01-01 09:00", "2020-01-01 10:45"])}
)


@pytest.mark.parametrize(
    ("direction", "values"),
    [
        ("backward", [2.0, None, None, 1.0]),
        ("forward", [None, None, 1.0, 2.0]),
        ("nearest", [2.0, None, 1.0, 1.0]),
    ],
)
def test_the_nearest_is_found_and_rows_stay_in_their_order(direction: Any, values: list[Any]) -> None:
    made, notes = did(JoinNearest(dataset="r", on="time", direction=direction), ASKED, r=READINGS)
    assert list(made.index) == [0, 1, 2, 3]
    assert [None if pd.isna(value) else value for value in made["value"]] == values
    assert notes.warnings == [f"{values.count(None)} of 4 rows found none in r"]


def test_what_is_too_far_away_is_not_found() -> None:
    step = JoinNearest(dataset="r", on="time", tolerance="45 min")
    assert did(step, ASKED, r=READINGS)[0]["value"].tolist()[3] == 1.0
    assert did(step, ASKED, r=READINGS)[0]["value"].isna().sum() == 3
    _, notes = did(JoinNearest(dataset="r", on="time", tolerance="1 s"), ASKED, r=READINGS)
    assert notes.warnings == ["No row found one in r"]


def test_nearness_of_text_or_in_another_unit_is_refused() -> None:
    text = READINGS.assign(time=READINGS["time"].astype("str"))
    assert refused(JoinNearest(dataset="r", on="time"), ASKED, r=text).code == "type_mismatch"
    assert refused(JoinNearest(dataset="r", on="time"), text, r=text).code == "type_mismatch"
    wrong = JoinNearest(dataset="r", on="time", tolerance=3)
    assert "duration" in str(refused(wrong, ASKED, r=READINGS))


def test_rows_are_put_below_and_what_is_lacking_is_said() -> None:
    below = pd.DataFrame({"n": [9], "x": ["new"]})
    made, notes = did(Append(datasets=("february",)), LEFT, february=below)
    assert made["n"].tolist() == [1, 2, 3, 4, 9]
    assert made["x"].isna().sum() == 4
    assert notes.rows_kept == 4
    assert notes.warnings == [
        "key is not in february: null in its rows",
        "x is not in the table: null in its rows",
    ]


def test_a_type_that_became_another_is_said() -> None:
    made, notes = did(Append(datasets=("f",)), LEFT[["n"]], f=pd.DataFrame({"n": [0.5]}))
    assert made["n"].dtype == "float64"
    assert notes.warnings == ["n became float64: it was int64 and float64"]


def test_text_never_stands_in_one_column_with_numbers() -> None:
    error = refused(Append(datasets=("f",)), LEFT, f=pd.DataFrame({"n": ["one"]}))
    assert (error.code, "Cast 'n'" in error.hint) == ("type_mismatch", True)
    assert refused(Union(datasets=("f",)), LEFT, f=pd.DataFrame({"n": ["one"]})).code == "type_mismatch"


def test_a_union_has_equal_rows_once_and_nulls_are_equal() -> None:
    made, notes = did(Union(datasets=("r",)), LEFT, r=LEFT.iloc[::-1])
    assert made.equals(LEFT)
    assert notes.rows_kept == 4


@pytest.mark.parametrize(("word", "rows"), [(Difference, [1, 4]), (Intersection, [0, 2, 3])])
def test_rows_are_compared_by_the_columns_of_both_each_once(word: Any, rows: list[int]) -> None:
    frame = pd.concat([LEFT, LEFT.iloc[[1]].assign(n=7), LEFT.iloc[[0]]], ignore_index=True)
    other = pd.DataFrame({"key": ["a", None, "d"], "unlike": 0})
    made, _ = did(word(dataset="r"), frame, r=other)
    assert list(made.index) == rows


def test_datasets_without_a_common_column_are_not_compared() -> None:
    error = refused(Difference(dataset="r"), LEFT, r=pd.DataFrame({"else": [1]}))
    assert error.code == "unknown_column"


def test_a_tolerance_among_whole_numbers_is_a_whole_number() -> None:
    other = pd.DataFrame({"n": [3, 9], "found": ["three", "nine"]})
    made, _ = did(JoinNearest(dataset="r", on="n", tolerance=1.0), LEFT, r=other)
    assert made["found"].tolist()[2:] == ["three", "three"]
    error = refused(JoinNearest(dataset="r", on="n", tolerance=0.5), LEFT, r=other)
    assert (error.code, "a whole number" in error.message) == ("type_mismatch", True)


@pytest.mark.parametrize("partner", [pd.Series([float(2**53)]), pd.Series([2**53], dtype="uint64")])
@pytest.mark.parametrize("how", ["left", "inner", "semi", "anti", "outer"])
def test_keys_of_many_digits_never_meet_their_neighbours(partner: pd.Series, how: Any) -> None:
    left, right = pd.DataFrame({"id": [2**53 + 1]}), pd.DataFrame({"id": partner})
    for one, other in ((left, right), (right, left)):
        with pytest.raises(DataError, match="too many digits") as caught:
            apply(Join(dataset="r", how=how, on=("id",)), one, {"r": other})
        assert caught.value.hint
    same = right.astype("int64")
    assert did(Join(dataset="r", how="semi", on=("id",)), left, r=same)[0].empty


def test_a_cross_join_that_would_not_fit_is_refused_with_the_numbers() -> None:
    frame, other = pd.DataFrame({"a": range(200_000)}), pd.DataFrame({"b": range(100_000)})
    with pytest.raises(TableTooLarge, match="would make 20,000,000,000 rows") as caught:
        apply(Join(dataset="r", how="cross"), frame, {"r": other})
    assert caught.value.code == "table_too_large"
    assert caught.value.details == {"dataset": "r", "rows": 20_000_000_000, "most": 100_000_000}
    assert "Join on a column" in caught.value.hint


@pytest.mark.parametrize("how", ["left", "inner", "right", "outer"])
def test_keys_that_meet_too_often_are_counted_before_they_meet(how: Any) -> None:
    frame = pd.DataFrame({"key": ["a"] * 30_000 + [None] * 20_000 + ["b"], "n": 1})
    other = pd.DataFrame({"key": ["a"] * 20_000 + [None] * 10_000 + ["c"], "m": 1})
    with pytest.raises(TableTooLarge, match="would make 800,000,000 rows") as caught:
        apply(Join(dataset="r", how=how, on=("key",)), frame, {"r": other})
    assert "more columns" in caught.value.hint


def test_the_more_columns_there_are_the_fewer_rows_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "MOST_CELLS", 60)
    frame, other = pd.DataFrame({"a": range(5)}), pd.DataFrame({"b": range(4)})
    assert len(apply(Join(dataset="r", how="cross"), frame, {"r": other})) == 20
    with pytest.raises(TableTooLarge, match="would make 20 rows; at most 15 are made"):
        apply(Join(dataset="r", how="cross"), frame.assign(c=1, d=2), {"r": other.iloc[:4]})


def test_a_join_that_multiplies_no_rows_is_never_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "MOST_ROWS", 3)
    frame, other = pd.DataFrame({"k": [1, 2, 3, 3, 3]}), pd.DataFrame({"k": [3, 2, 1], "m": 1})
    assert len(apply(Join(dataset="r", on=("k",)), frame, {"r": other})) == 5
