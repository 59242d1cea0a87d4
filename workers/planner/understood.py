"""What a message was understood as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.explanation import Explanation
    from workbench.transformations import Plan

__all__ = ["Understood"]


@dataclass(frozen=True)
class Understood:
    """What a message was understood as.

    Attributes:
        plan: What is to be done.
        explanation: Which words became what, what was assumed, what was passed over.
        asks: Whether it is a question: its answer is to be shown, and the table stays what it is.
        commands_first: Whether it begins with a command all the same, which then holds for the answer alone.
    """

    plan: Plan
    explanation: Explanation
    asks: bool = False
    commands_first: bool = False
