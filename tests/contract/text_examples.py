"""What the contract suite feeds the text family with: steps over the table of ``examples``."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.contract.examples import NUMBERS, ODD, QUOTED, TEXTS
from workbench.transformations import (
    ClusterValues,
    CollapseSpaces,
    Extract,
    ExtractBetween,
    ExtractPart,
    ExtractUrlParameter,
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

_SOME_TEXT = st.sampled_from([*TEXTS, "category"])
_TARGET = st.sampled_from(["new", "text", ODD, QUOTED, "int", "category"])


def _names(among: tuple[str, ...], least: int = 1) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(among), unique=True, min_size=least, max_size=3).map(tuple)


STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "collapse_spaces": st.builds(CollapseSpaces, columns=st.none() | _names(TEXTS)),
    "remove_characters": st.builds(
        RemoveCharacters,
        columns=st.none() | _names(TEXTS),
        what=st.sampled_from(["digits", "punctuation", "accents", "html"]),
    ),
    "normalize_unicode": st.builds(
        NormalizeUnicode,
        columns=st.none() | _names(TEXTS),
        form=st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    ),
    "pad": st.builds(
        Pad,
        columns=_names(TEXTS),
        width=st.integers(1, 9),
        side=st.sampled_from(["left", "right", "both"]),
        character=st.sampled_from(["0", " ", "'", "\u0301"]),
    ),
    "text_length": st.builds(TextLength, column=_SOME_TEXT, into=_TARGET),
    "substring": st.builds(
        Substring,
        column=_SOME_TEXT,
        into=_TARGET,
        start=st.none() | st.integers(-4, 4),
        stop=st.integers(-4, 4),
    ),
    "cluster_values": st.one_of(
        st.builds(ClusterValues, column=st.sampled_from(TEXTS)),
        st.builds(ClusterValues, column=st.sampled_from(TEXTS), method=st.just("ngram"), n=st.integers(1, 3)),
    ),
    "split_column": st.builds(
        SplitColumn,
        column=_SOME_TEXT,
        separator=st.sampled_from([" ", "-", "i", "'", ".", "\\"]),
        into=st.lists(_TARGET, min_size=2, max_size=4, unique=True).map(tuple),
    ),
    "join_columns": st.builds(
        JoinColumns,
        columns=_names((*TEXTS, *NUMBERS, "bool", "boolean", "category"), least=2),
        separator=st.sampled_from(["", " ", ", ", "'"]),
        into=_TARGET,
        nulls=st.sampled_from(["null", "skip"]),
    ),
    "extract": st.builds(
        Extract,
        column=_SOME_TEXT,
        into=_TARGET,
        pattern=st.sampled_from(["[0-9]+", "(?i)[a-z](.)", "(?P<year>[0-9]{4})-", "'|ß", r"(?<=1)\d", "x*"]),
    ),
    "extract_between": st.builds(
        ExtractBetween,
        column=_SOME_TEXT,
        into=_TARGET,
        after=st.none() | st.sampled_from(["1", "J", ".", "\\", " "]),
        before=st.sampled_from(["K", "-", " ", "'", "h"]),
    ),
    "extract_url_parameter": st.builds(
        ExtractUrlParameter, column=_SOME_TEXT, into=_TARGET, parameter=st.sampled_from(["q", "a.b", "'"])
    ),
    "extract_part": st.builds(
        ExtractPart,
        column=_SOME_TEXT,
        into=_TARGET,
        part=st.sampled_from(["number", "email_domain", "url_domain", "url_path", "first_word", "last_word"]),
    ),
    "flag_text": st.builds(
        FlagText,
        column=_SOME_TEXT,
        into=_TARGET,
        test=st.sampled_from(["contains", "startswith", "endswith", "matches"]),
        text=st.sampled_from(["J", "h", "ü", "'", "[0-9]", "a|b", r"(?<=1)2", "x?"]),
        case=st.booleans(),
    ),
}
"""How to draw a step of every kind of the family."""

EXAMPLES: dict[str, list[Transformation]] = {
    "collapse_spaces": [CollapseSpaces(columns=("text", ODD)), CollapseSpaces()],
    "remove_characters": [
        RemoveCharacters(columns=("text",), what="digits"),
        RemoveCharacters(columns=(QUOTED,), what="punctuation"),
        RemoveCharacters(what="accents"),
        RemoveCharacters(what="html"),
    ],
    "normalize_unicode": [NormalizeUnicode(), NormalizeUnicode(columns=("text",), form="NFKD")],
    "pad": [Pad(columns=("text",), width=5), Pad(columns=(ODD, QUOTED), width=4, side="both", character="'")],
    "text_length": [
        TextLength(column="text", into="length"),
        TextLength(column="category", into="category"),
    ],
    "substring": [
        Substring(column="text", into="start", stop=2),
        Substring(column="category", into="end", start=-2),
    ],
    "split_column": [
        SplitColumn(column="text", separator=" ", into=("a", "text", "b")),
        SplitColumn(column="category", separator="o", into=("a", QUOTED)),
    ],
    "join_columns": [
        JoinColumns(columns=("text", QUOTED, "Int"), separator=", ", into="all"),
        JoinColumns(columns=("category", "float"), into="text", nulls="skip"),
    ],
    "cluster_values": [
        ClusterValues(column="text"),
        ClusterValues(column=QUOTED, method="ngram", n=1),
        ClusterValues(column=ODD, method="ngram"),
    ],
    "extract": [
        Extract(column="text", into="text", pattern="[A-Z]+"),
        Extract(column="category", into="found", pattern="(h)igh"),
    ],
    "extract_between": [
        ExtractBetween(column="text", into="between", after="-", before="-"),
        ExtractBetween(column=ODD, into="rest", after="."),
        ExtractBetween(column="category", into="start", before="gh"),
    ],
    "extract_url_parameter": [
        ExtractUrlParameter(column="text", into="new", parameter="q"),
        ExtractUrlParameter(column="category", into="text", parameter="it's [1]"),
    ],
    "extract_part": [
        ExtractPart(column=ODD, into="number", part="number"),
        ExtractPart(column="text", into="domain", part="email_domain"),
        ExtractPart(column="text", into="site", part="url_domain"),
        ExtractPart(column="text", into="first", part="first_word"),
        ExtractPart(column="category", into="category", part="last_word"),
    ],
    "flag_text": [
        FlagText(column="text", into="flag", test="contains", text="jf", case=False),
        FlagText(column=QUOTED, into=QUOTED, test="startswith", text="ß"),
        FlagText(column="category", into="flag", test="endswith", text="w"),
        FlagText(column=ODD, into="flag", test="matches", text="^[0-9]+$"),
        FlagText(column="text", into="flag", test="matches", text="^jfk$", case=False),
    ],
}
"""A few steps of every kind that the table allows."""
