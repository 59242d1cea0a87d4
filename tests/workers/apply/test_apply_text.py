"""Text rewritten, measured, taken apart, put together, searched."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from workbench.errors import InvalidParameter, TypeMismatch, UnknownColumn
from workbench.transformations import (
    CollapseSpaces,
    Extract,
    ExtractBetween,
    ExtractPart,
    FlagText,
    JoinColumns,
    NormalizeUnicode,
    Pad,
    RemoveCharacters,
    SplitColumn,
    Substring,
    TextLength,
    Transformation,
)
from workers.apply import apply


def frame(*values: str | None, dtype: str = "str") -> pd.DataFrame:
    return pd.DataFrame({"s": pd.Series(values, dtype="str").astype(dtype)})


def given(step: Transformation, *values: str | None, name: str = "s") -> list[Any]:
    """What a step makes of texts, with None for null."""
    column = apply(step, frame(*values))[name]
    return [None if pd.isna(value) else value for value in column]


def test_runs_of_any_white_space_collapse_and_the_ends_are_no_exception() -> None:
    step = CollapseSpaces(columns=("s",))
    texts = ["a  b\t\n c", "  x ", "a\u00a0\u2003b\u3000\x0bc", "ab", "", None]
    assert given(step, *texts) == ["a b c", " x ", "a b c", "ab", "", None]


@pytest.mark.parametrize(
    ("what", "text", "left"),
    [
        ("digits", "a1b22 ٣½", "ab ٣½"),
        ("punctuation", "it's [a-b] \\ “c” €5 é_ü!", "its ab  c €5 éü"),
        ("accents", "Zürich, Crème brûlée, e\u0301, ø ß ñ 가", "Zurich, Creme brulee, e, ø ß n 가"),
        ("html", "<p class='x'>a < b</p><br/> <!-- <i> --><B>c</B> 1<2", "a < b c 1<2"),
    ],
)
def test_characters_are_removed_and_the_rest_stays(what: Any, text: str, left: str) -> None:
    assert given(RemoveCharacters(columns=("s",), what=what), text, None) == [left, None]


def test_unicode_has_one_form() -> None:
    assert given(NormalizeUnicode(), "e\u0301", "é", "ﬁ²") == ["é", "é", "ﬁ²"]
    assert given(NormalizeUnicode(form="NFKC"), "ﬁ²") == ["fi2"]


def test_padding_lengthens_only() -> None:
    assert given(Pad(columns=("s",), width=5, character="0"), "123", "123456", "", None) == [
        "00123", "123456", "00000", None,
    ]  # fmt: skip
    assert given(Pad(columns=("s",), width=3, side="right"), "é") == ["é  "]
    assert given(Pad(columns=("s",), width=5, side="both", character="*"), "ab") == ["**ab*"]


def test_lengths_are_characters_and_nulls_have_none() -> None:
    result = apply(TextLength(column="s", into="n"), frame("Zürich", "", "👩", None))
    assert result["n"].dtype == "Int64"
    assert result["n"].tolist()[:3] == [6, 0, 1]
    assert pd.isna(result["n"][3])


def test_substrings_give_what_there_is() -> None:
    texts = ["abcdef", "ab", "", None]
    assert given(Substring(column="s", into="s", stop=3), *texts) == ["abc", "ab", "", None]
    assert given(Substring(column="s", into="s", start=-3), *texts) == ["def", "ab", "", None]
    assert given(Substring(column="s", into="s", start=1, stop=-1), *texts) == ["bcde", "", "", None]


def test_the_last_part_takes_the_rest_and_missing_ones_are_null() -> None:
    texts = ["a.b.c", "a.", "a", "", None]
    step = SplitColumn(column="s", separator=".", into=("x", "y"))
    assert given(step, *texts, name="x") == ["a", "a", "a", "", None]
    assert given(step, *texts, name="y") == ["b.c", "", None, None, None]


def test_splitting_can_replace_the_column_and_keeps_the_order_of_the_others() -> None:
    table = frame("a b").assign(z=1)
    result = apply(SplitColumn(column="s", separator=" ", into=("x", "s")), table)
    assert list(result.columns) == ["s", "z", "x"]
    assert result.iloc[0].tolist() == ["b", 1, "a"]


@pytest.mark.parametrize("dtype", ["str", "category", "string"])
def test_what_is_made_of_text_is_the_same_for_all_of_its_dtypes(dtype: str) -> None:
    texts = ("a 1", "b", None)
    for step in (
        TextLength(column="s", into="new"),
        Substring(column="s", into="new", stop=1),
        ExtractPart(column="s", into="new", part="number"),
        FlagText(column="s", into="new", test="contains", text="a"),
        SplitColumn(column="s", separator=" ", into=("x", "new")),
    ):
        expected = apply(step, frame(*texts))["new"]
        pd.testing.assert_series_equal(apply(step, frame(*texts, dtype=dtype))["new"], expected)


def test_columns_join_as_text_and_nulls_spread_or_are_left_out() -> None:
    table = pd.DataFrame(
        {
            "a": pd.Series(["x", None, "y", None], dtype="str"),
            "n": pd.Series([1, 2, None, None], dtype="Int64"),
            "c": pd.Categorical(["p", "p", "q", None]),
        }
    )
    for nulls, expected in (
        ("null", ["x-1-p", None, None, None]),
        ("skip", ["x-1-p", "2-p", "y-q", None]),
    ):
        step = JoinColumns(columns=("a", "n", "c"), separator="-", into="j", nulls=nulls)
        joined = apply(step, table)["j"]
        assert joined.dtype == "str"
        assert [None if pd.isna(value) else value for value in joined] == expected


def test_a_pattern_gives_its_group_or_all_that_it_matches() -> None:
    texts = ["id A12, B3", "none", None]
    assert given(Extract(column="s", into="s", pattern="[A-Z][0-9]+"), *texts) == ["A12", None, None]
    assert given(Extract(column="s", into="s", pattern="[A-Z]([0-9]+)"), *texts) == ["12", None, None]
    assert given(Extract(column="s", into="s", pattern="(?<=B)[0-9]|x"), *texts) == ["3", None, None]


@pytest.mark.parametrize(
    ("after", "before", "text", "found"),
    [
        ("(", ")", "f(x)(y)", "x"),
        ("(", ")", ")f(x)", "x"),
        ("(", ")", "(\n)", "\n"),
        ("(", ")", "((x))", "(x"),
        ("(", ")", "(x", None),
        ("@", None, "a@b@c", "b@c"),
        (None, "@", "a@b@c", "a"),
        (None, "@", "a", None),
        (".*", None, "a.*b", "b"),
    ],
)
def test_text_between_texts(after: Any, before: Any, text: str, found: Any) -> None:
    assert given(ExtractBetween(column="s", into="s", after=after, before=before), text) == [found]


@pytest.mark.parametrize(
    ("part", "text", "found"),
    [
        ("number", "EUR 1,234.50 or 7", 1234.5),
        ("number", "-3 degrees", -3.0),
        ("number", "A-12", 12.0),
        ("number", "1,2", 1.0),
        ("number", "2013-01-01", 2013.0),
        ("number", "none", None),
        ("email_domain", "Ann <ann@mail.example.org>.", "mail.example.org"),
        ("email_domain", "ann@zürich.ch", "zürich.ch"),
        ("email_domain", "ann at example", None),
        ("url_scheme", "https://ann:pw@www.Example.org:8080/a/b?x=1&y=/2#top", "https"),
        ("url_host", "https://ann:pw@www.Example.org:8080/a/b?x=1&y=/2#top", "www.example.org"),
        ("url_domain", "https://ann:pw@www.Example.org:8080/a/b?x=1&y=/2#top", "example.org"),
        ("url_path", "https://ann:pw@www.Example.org:8080/a/b?x=1&y=/2#top", "/a/b"),
        ("url_query", "https://ann:pw@www.Example.org:8080/a/b?x=1&y=/2#top", "x=1&y=/2"),
        ("url_fragment", "https://ann:pw@www.Example.org:8080/a/b?x=1&y=/2#top", "top"),
        ("url_host", "//[::1]:80/a", "[::1]"),
        ("url_path", "https://acme.org?x=/1", None),
        ("url_query", "https://acme.org/#a?b", None),
        ("url_host", "mailto:ann@acme.org", None),
        ("url_host", "HTTP://münchen.de", "münchen.de"),
        ("url_domain", "see https://acme.org", None),
        ("first_word", "  Ann Marie Lee ", "Ann"),
        ("last_word", "  Ann Marie Lee \n", "Lee"),
        ("last_word", " ", None),
    ],
)
def test_known_parts_are_found(part: Any, text: str, found: Any) -> None:
    assert given(ExtractPart(column="s", into="s", part=part), text, None) == [found, None]


@pytest.mark.parametrize(
    ("test", "text", "case", "flags"),
    [
        ("contains", ".", True, [True, False, False]),
        ("contains", "B", False, [True, True, False]),
        ("startswith", "a.", True, [True, False, False]),
        ("endswith", "B", True, [False, True, False]),
        ("endswith", "b", False, [True, True, False]),
        ("matches", "^a.?B$", True, [False, True, False]),
        ("matches", "^a.?B$", False, [True, True, False]),
        ("matches", "(?=a)", True, [True, True, False]),
    ],
)
def test_flags_are_true_or_false_and_false_for_nulls(test: Any, text: str, case: Any, flags: Any) -> None:
    result = apply(FlagText(column="s", into="f", test=test, text=text, case=case), frame("a.b", "aB", None))
    assert result["f"].dtype == bool
    assert result["f"].tolist() == flags


def test_a_pattern_that_arrow_does_not_know_is_refused_with_a_hint() -> None:
    with pytest.raises(InvalidParameter, match="cannot be looked for") as raised:
        apply(FlagText(column="s", into="f", test="matches", text="a++"), frame("a"))
    assert "possessive" in raised.value.hint


_NUMBERS = pd.DataFrame({"n": [1, 2], "c": pd.Categorical([1, 2])})


@pytest.mark.parametrize("name", ["n", "c"])
@pytest.mark.parametrize("rows", [0, 2])
def test_text_is_needed(name: str, rows: int) -> None:
    table = _NUMBERS.head(rows)
    for step in (
        CollapseSpaces(columns=(name,)),
        Pad(columns=(name,), width=3),
        TextLength(column=name, into="x"),
        SplitColumn(column=name, separator=" ", into=("x", "y")),
        ExtractPart(column=name, into="x", part="number"),
        FlagText(column=name, into="x", test="contains", text="1"),
    ):
        with pytest.raises(TypeMismatch, match=f"'{name}'"):
            apply(step, table)


def test_points_in_time_do_not_join_and_unknown_columns_are_named() -> None:
    table = frame("a").assign(t=pd.Timestamp("2013-01-01"))
    with pytest.raises(TypeMismatch, match="joining columns needs text"):
        apply(JoinColumns(columns=("s", "t"), into="j"), table)
    with pytest.raises(UnknownColumn, match="'q'"):
        apply(JoinColumns(columns=("s", "q"), into="j"), table)
