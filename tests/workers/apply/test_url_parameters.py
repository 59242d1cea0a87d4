"""One parameter of the query of web addresses."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.support.exported import done
from workbench.errors import TypeMismatch
from workbench.transformations import ExtractUrlParameter
from workers.apply import apply


def extracted(text: str | None, parameter: str = "q") -> str | None:
    step = ExtractUrlParameter(column="url", into="value", parameter=parameter)
    frame = pd.DataFrame({"url": pd.Series([text], dtype="str")})
    made = done(step, frame)
    assert made["value"].dtype == "str"
    return None if made["value"].isna()[0] else made["value"][0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://a.org/?q=1", "1"),
        ("https://a.org/shop?id=7&q=two+words&x=2#top", "two words"),
        ("/shop?q=Z%C3%BCrich%20%26%20more", "Zürich & more"),
        ("https://a.org/?q=first&q=second", "first"),
        ("https://a.org/?q=", ""),
        ("https://a.org/?q=%zz", "%zz"),
        ("https://a.org/?other_q=1&aq=2", None),
        ("https://a.org/#?q=1", None),
        ("https://a.org/q=1", None),
        ("https://a.org/?Q=1", None),
        ("", None),
        (None, None),
    ],
)
def test_the_value_is_decoded_and_null_where_there_is_none(text: str | None, value: str | None) -> None:
    assert extracted(text) == value


def test_a_name_is_taken_as_it_stands() -> None:
    assert extracted("https://a.org/?a.b=1", "a.b") == "1"
    assert extracted("https://a.org/?axb=1", "a.b") is None
    assert extracted("https://a.org/?ids[]=3", "ids[]") == "3"


def test_numbers_have_no_address() -> None:
    with pytest.raises(TypeMismatch):
        apply(ExtractUrlParameter(column="n", into="v", parameter="q"), pd.DataFrame({"n": [1]}))
