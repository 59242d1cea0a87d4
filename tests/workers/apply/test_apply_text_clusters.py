"""Spellings of one thing, brought to one."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.support.exported import done
from workbench.errors import TypeMismatch
from workbench.transformations import ClusterValues
from workers.apply import apply
from workers.apply.notes import taking_notes


def frame(*values: str | None) -> pd.DataFrame:
    return pd.DataFrame({"s": pd.Series(values, dtype="str"), "n": range(len(values))})


def test_the_most_frequent_spelling_of_a_fingerprint_wins_and_the_first_of_equals() -> None:
    given = frame("tom cruise", "Cruise, Tom", "Cruise, Tom", "Tom  CRUISE.", "Zürich", "zurich", None)
    result = done(ClusterValues(column="s"), given)
    assert result["s"].tolist()[:6] == ["Cruise, Tom"] * 4 + ["Zürich"] * 2
    assert result["s"].isna().tolist() == [False] * 6 + [True]


def test_what_was_merged_is_told() -> None:
    with taking_notes() as notes:
        apply(ClusterValues(column="s"), frame("a b", "b a", "a b", "c"))
    assert notes.warnings == ["1 cluster of s got one spelling: 'b a' to 'a b'"]
    with taking_notes() as notes:
        apply(ClusterValues(column="s"), frame("a", "b", None))
    assert notes.warnings == []


def test_runs_of_characters_find_what_is_written_apart() -> None:
    given = frame("New York", "newyork", "NEW-YORK", "Paris", "Pariss")
    assert done(ClusterValues(column="s", method="ngram"), given)["s"].tolist() == [
        *["New York"] * 3,
        "Paris",
        "Pariss",
    ]
    assert done(ClusterValues(column="s"), given)["s"].tolist()[:3] == ["New York", "newyork", "newyork"]


def test_repeated_words_are_one_and_tabs_separate_words() -> None:
    given = frame("a\tb", "a b b", "b a")
    assert done(ClusterValues(column="s"), given)["s"].tolist() == ["a\tb"] * 3


@pytest.mark.parametrize("method", ["fingerprint", "ngram"])
def test_texts_without_letters_are_no_cluster(method: str) -> None:
    step = ClusterValues.model_validate({"column": "s", "method": method})
    assert done(step, frame("!", "?", "", " "))["s"].tolist() == ["!", "?", "", " "]


def test_numbers_are_not_clustered() -> None:
    for given in (frame(), frame("a")):
        with pytest.raises(TypeMismatch):
            apply(ClusterValues(column="n"), given)
