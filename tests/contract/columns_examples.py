"""What the contract suite feeds the words about columns with: steps over the table of ``examples``."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.contract.examples import COLUMNS, ODD, QUOTED
from workbench.transformations import (
    DetectTypes,
    DropBy,
    Duplicate,
    Move,
    RenameWith,
    SelectBy,
    SortColumns,
    Transformation,
)

_CRITERIA = st.sampled_from(
    [
        {"starts_with": "d"},
        {"ends_with": "e"},
        {"contains": "it's"},
        {"contains": "INT", "case": False},
        {"matches": "^[A-Z]|o+"},
        *({"type": kind} for kind in ("numbers", "text", "dates", "booleans", "categories")),
        {"nulls_over": 0},
        {"nulls_over": 0.2},
        {"holding": "nothing"},
        {"holding": "one_value"},
    ]
)
_SOME = st.lists(st.sampled_from([*COLUMNS[:6], QUOTED]), unique=True, min_size=1, max_size=3).map(tuple)
_PLACES = st.sampled_from([{"to": "first"}, {"to": "last"}, {"before": "zoned"}, {"after": ODD}])
_RULES = st.sampled_from(
    [
        *(
            {"style": style}
            for style in ("clean", "snake", "camel", "pascal", "kebab", "upper", "lower", "title")
        ),
        {"add_prefix": "x_"},
        {"add_suffix": "'"},
        {"remove_prefix": "bool"},
        {"remove_suffix": "t"},
        {"replace": "o", "by": '"0"'},
        {"replace": "int"},
    ]
)

STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "select_columns_by": _CRITERIA.map(lambda by: SelectBy(**by)),
    "drop_columns_by": _CRITERIA.map(lambda by: DropBy(**by)),
    "move": st.builds(lambda columns, place: Move(columns=columns, **place), _SOME, _PLACES),
    "sort_columns": st.builds(SortColumns, descending=st.booleans()),
    "duplicate": st.builds(
        Duplicate, column=st.sampled_from(COLUMNS), name=st.sampled_from(["new", 'a "b"'])
    ),
    "detect_types": st.builds(DetectTypes, columns=st.none() | st.sampled_from([(ODD,), ("text", QUOTED)])),
    "rename_with": st.builds(
        lambda columns, rule: RenameWith(columns=columns, **rule), st.none() | _SOME, _RULES
    ),
}

EXAMPLES: dict[str, list[Transformation]] = {
    "select_columns_by": [
        SelectBy(ends_with="t"),
        SelectBy(matches="(?i)^(in|fl)"),
        SelectBy(type="numbers"),
    ],
    "drop_columns_by": [
        DropBy(contains="IT'S", case=False),
        DropBy(starts_with="bool"),
        DropBy(type="text"),
        DropBy(nulls_over=0.1),
        DropBy(nulls_over=0.99),
        DropBy(holding="nothing"),
    ],
    "move": [
        Move(columns=("zoned", "int"), to="first"),
        Move(columns=(QUOTED, "int"), to="last"),
        Move(columns=("zoned", "text"), before="Int"),
        Move(columns=(ODD, "int"), after=QUOTED),
    ],
    "sort_columns": [SortColumns(), SortColumns(descending=True)],
    "duplicate": [Duplicate(column="zoned"), Duplicate(column=QUOTED, name='a "copy"')],
    "detect_types": [DetectTypes(), DetectTypes(columns=(ODD, "text"))],
    "rename_with": [
        RenameWith(style="clean"),
        RenameWith(style="clean", columns=(QUOTED, ODD)),
        RenameWith(style="pascal", columns=("time", QUOTED)),
        RenameWith(add_prefix="x "),
        RenameWith(add_suffix="_1", columns=("int",)),
        RenameWith(remove_prefix="te"),
        RenameWith(replace="e", by="'"),
    ],
}
