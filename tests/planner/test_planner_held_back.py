"""How sentences are read that the grammar was not written for; see ``benchmarks/planner.py``."""

from __future__ import annotations

from tests.support.held_back import HeldBack, held_back
from workbench.errors import PlannerRefusal
from workbench.transformations import Plan
from workers.planner import plan


def _read(sentence: HeldBack) -> Plan | None:
    try:
        return plan(sentence.text, sentence.tables)
    except PlannerRefusal:
        return None


def test_hardly_any_sentence_is_read_as_something_else() -> None:
    sentences = list(held_back())
    right = [sentence for sentence in sentences if sentence.is_right(_read(sentence))]
    wrong = [s.text for s in sentences if s not in right and _read(s) is not None]

    assert len(sentences) > 200
    assert len(right) > len(sentences) / 2
    assert len(wrong) <= len(sentences) / 100, wrong
