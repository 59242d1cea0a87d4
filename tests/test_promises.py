"""The page of promises names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "promises.md"
NAMED = re.findall(r"`((?:tests|benchmarks)/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=["::".join(named) for named in NAMED])
def test_a_test_that_is_named_is_there(path: str, name: str) -> None:
    content = (ROOT / path).read_text(encoding="utf-8")
    assert not name or re.search(rf"^ *def {name}\(", content, re.MULTILINE), f"{path} has no {name}"


def test_each_promise_names_a_test() -> None:
    promises, _, _ = PAGE.read_text(encoding="utf-8").partition("## What is not promised")
    found = re.split(r"\n- \*\*", promises)[1:]
    assert len(found) > 20
    assert [promise for promise in found if "`tests/" not in promise] == []


def test_the_page_is_linked() -> None:
    assert "(docs/promises.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
