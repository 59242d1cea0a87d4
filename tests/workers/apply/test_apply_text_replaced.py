"""Parts of text replaced."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from tests.support.exported import done
from workbench.errors import TypeMismatch
from workbench.transformations import ReplaceText
from workers.apply import apply

FRAME = pd.DataFrame(
    {"s": pd.Series(["a.b", "A1 a22", r"c\d", None, "STRASSE ß"], dtype="str"), "n": range(5)}
)


def replaced(**step: Any) -> list[Any]:
    result = done(ReplaceText(**step), FRAME)["s"]
    return [None if pd.isna(value) else value for value in result]


def test_a_text_is_taken_as_it_stands() -> None:
    assert replaced(old=".", new="!")[0] == "a!b"
    assert replaced(old="a", new=r"\1", case=False)[1] == r"\11 \122"
    assert replaced(old="\\", new="")[2] == "cd"
    assert replaced(old="ß", new="ss") == ["a.b", "A1 a22", r"c\d", None, "STRASSE ss"]


def test_groups_of_a_regular_expression_are_put_back() -> None:
    assert replaced(old="([a-z])([0-9]+)", new=r"\2\1", regex=True)[1] == "A1 22a"
    assert replaced(old="([a-z])([0-9]+)", new=r"\2\1", regex=True, case=False)[1] == "1A 22a"
    assert replaced(old="[0-9]+", new=r"<\0>", regex=True)[1] == "A<1> a<22>"
    assert replaced(old="a(?=[0-9])", new=r"\0-", regex=True)[1] == "A1 a-22"
    assert replaced(old="([0-9])[0-9]", new=r"\10", regex=True)[1] == "A1 a20"
    assert replaced(old="[0-9]+", new=r"\\0", regex=True)[1] == r"A\0 a\0"


def test_what_cannot_be_looked_for_is_refused() -> None:
    with pytest.raises(ValidationError, match="is no group"):
        ReplaceText(old="(a)", new=r"\2", regex=True)
    with pytest.raises(ValidationError, match="a backslash"):
        ReplaceText(old="(a)", new=r"\n", regex=True)
    with pytest.raises(ValidationError, match="no regular expression"):
        ReplaceText(old="(a", new="", regex=True)
    with pytest.raises(TypeMismatch):
        apply(ReplaceText(columns=("n",), old="1", new="2"), FRAME)


def test_sentences_say_what_is_replaced() -> None:
    assert ReplaceText(columns=("s",), old="a", new="b").describe() == "Replace the text 'a' with 'b' in s"
    said = ReplaceText(old="[0-9]", new="", regex=True, case=False).describe()
    assert said == "Replace what matches '[0-9]' (in any case) with '' in all text"
