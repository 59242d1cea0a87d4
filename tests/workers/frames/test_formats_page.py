"""The page about formats says all that there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import IngestError
from workbench.ingest_options import IngestOptions
from workers.frames.ingest import KNOWN_ENDINGS

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "word",
    [*KNOWN_ENDINGS, *(kind.code for kind in IngestError.__subclasses__()), *IngestOptions.model_fields],
)
def test_the_page_names(word):
    assert f"`{word}`" in PAGE
