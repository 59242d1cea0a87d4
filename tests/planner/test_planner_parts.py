"""The parts of the planner fit together."""

from __future__ import annotations

import subprocess
import sys
from graphlib import TopologicalSorter

from workers.planner.lexicon import lexicon
from workers.planner.meaning import Meaning
from workers.planner.parsing import grammar
from workers.planner.rules import rules


def test_every_rule_of_the_grammar_has_a_meaning() -> None:
    silent = {"atom", "condition", "conjunction", "derivation", "formula", "negation", "power", "product"}
    silent |= {
        "restriction",
        "described",
        "terse",
        "subject",
        "remark",
        "bound",
        "way",
        "predicate",
        "combined",
        "calculation",
        "placed",
        "stretch",
    }
    missing = [name for name in grammar().rules if not hasattr(Meaning, name) and name not in silent]
    assert missing == []


def test_no_symbol_of_the_grammar_is_only_itself() -> None:
    """Such a rule says nothing, and would be read for ever."""
    known = rules()
    alone = {
        known.symbols[root.symbol]: {known.symbols[part] for part, after in root.parts.items() if after.name}
        for root in known.roots
    }
    TopologicalSorter(alone).prepare()  # raises CycleError


def test_every_terminal_of_the_grammar_is_a_type_of_token() -> None:
    made = {"COLUMN", "WORD", "NAME", "VALUE", "NUMBER", "STRING", "DATE", "COMMA", "LPAR", "RPAR", "COLON"}
    made |= {"DATASET", "WHEN", "FARTHER_BACK", "LESS_FAR_BACK", "SYMBOL", "ORDINAL", "LETTER"}
    known = set(lexicon().shown) | made
    assert {name.lstrip("_") for name in grammar().terminals} - known == set()


def test_importing_the_planner_stays_cheap() -> None:
    code = (
        "import sys, workers.planner; print([m for m in ('lark', 'pandas', 'pyarrow') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
