"""The examples and strategies of all families together."""

from __future__ import annotations

from tests.contract import examples, text_examples, window_examples

__all__ = ["EXAMPLES", "STRATEGIES"]

EXAMPLES = {**examples.EXAMPLES, **text_examples.EXAMPLES, **window_examples.EXAMPLES}
STRATEGIES = {**examples.STRATEGIES, **text_examples.STRATEGIES, **window_examples.STRATEGIES}
