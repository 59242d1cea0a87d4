"""What the contract suite feeds the encodings with: steps over the table of ``examples``."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.contract.examples import COLUMNS, ODD, QUOTED, TEXTS
from workbench.transformations import BinaryEncode, LabelEncode, OneHot, OrdinalEncode, Transformation

_SOME = st.lists(st.sampled_from(COLUMNS), unique=True, min_size=1, max_size=2).map(tuple)

STRATEGIES: dict[str, st.SearchStrategy[Transformation]] = {
    "one_hot": st.builds(OneHot, columns=_SOME, drop_first=st.booleans(), dummy_na=st.booleans()),
    "ordinal": st.one_of(
        st.builds(
            OrdinalEncode,
            columns=st.lists(st.sampled_from([*TEXTS, "category"]), unique=True, min_size=1).map(tuple),
            order=st.sampled_from([("b", "a"), ("low", "high"), ("x",)]),
            start=st.integers(-1, 1),
            on_error=st.sampled_from(["null", "fail"]),
        ),
        st.builds(OrdinalEncode, columns=st.just(("int", "Int", "float")), order=st.just((1, 0))),
    ),
    "label": st.builds(LabelEncode, columns=_SOME, by=st.sampled_from(["value", "appearance"])),
    "binary": st.builds(BinaryEncode, columns=_SOME),
}

EXAMPLES: dict[str, list[Transformation]] = {
    "one_hot": [
        OneHot(columns=("category", "boolean")),
        OneHot(columns=(QUOTED,), prefix="it's", drop_first=True),
        OneHot(columns=(ODD,), dummy_na=True),
    ],
    "ordinal": [
        OrdinalEncode(columns=(QUOTED, "category"), order=("b", "high", "a")),
        OrdinalEncode(columns=("boolean", "bool"), order=(True, False), start=1, on_error="fail"),
    ],
    "label": [LabelEncode(columns=(QUOTED, "Int")), LabelEncode(columns=("zoned",), by="appearance")],
    "binary": [BinaryEncode(columns=(QUOTED, "category")), BinaryEncode(columns=("Int",))],
}
