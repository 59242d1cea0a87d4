"""The page of what can be said is that of the commands that are tested."""

from __future__ import annotations

from tests.support.planner_commands import FOLDER
from tests.support.sayings import page

PAGE = FOLDER.parent.parent / "docs" / "what-you-can-say.md"


def test_the_committed_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m tests.support.sayings > docs/what-you-can-say.md"
    )
