"""What a deed has to say besides the frame that it gives: what the data decided, what deserves a look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import pandas as pd

__all__ = ["Notes", "examples_of", "keep_rows", "taking_notes", "warn"]

_EXAMPLES = 3
_EXAMPLE_LENGTH = 40


@dataclass
class Notes:
    """What a deed said.

    Args:
        warnings: Sentences without a full stop, for the node's report.
        rows_kept: How many rows of the table before are in a new table; None where nothing was said.
    """

    warnings: list[str] = field(default_factory=list)
    rows_kept: int | None = None


_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)


@contextmanager
def taking_notes() -> Iterator[Notes]:
    """Take down what the deeds say that run inside.

    Example:
        >>> with taking_notes() as notes:
        ...     warn("Each row of flights met 2 rows of planes")
        >>> notes.warnings
        ['Each row of flights met 2 rows of planes']
    """
    notes = Notes()
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def warn(sentence: str) -> None:
    """Say what deserves a look, where somebody takes notes.

    Args:
        sentence: One English sentence without a full stop; the same one counts once.
    """
    notes = _notes.get()
    if notes is not None and sentence not in notes.warnings:
        notes.warnings.append(sentence)


def keep_rows(number: int) -> None:
    """Say how many rows of the table are in the new one: for the effect ``table``, which cannot show it."""
    notes = _notes.get()
    if notes is not None:
        notes.rows_kept = number


def examples_of(values: pd.Series) -> str:
    """Show a few of the different values, as a warning has them.

    Example:
        >>> examples_of(pd.Series(["a", "b", "a"]))
        "'a', 'b'"
    """
    shown = [str(value) for value in values.drop_duplicates().head(_EXAMPLES)]
    return ", ".join(
        repr(text if len(text) <= _EXAMPLE_LENGTH else f"{text[: _EXAMPLE_LENGTH - 1]}…") for text in shown
    )
