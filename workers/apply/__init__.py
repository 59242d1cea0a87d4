"""The catalogue as pandas: one pure function a transformation, in the module of the same name.

``apply(step, frame)`` gives a new frame and leaves the one it was given as it was. For a step of the effect
``rows`` the index of what it returns says which rows of the input it took, in which order, and how often;
for the effect ``columns`` the index is the input's; for the effect ``table`` it is a plain RangeIndex. The
input's index is a plain RangeIndex, too. What else there is to say, a deed notes (``workers.apply.notes``).
"""

from __future__ import annotations

from workers.apply import (  # noqa: F401 - they register
    columns,
    combine,
    dates,
    derive,
    encode,
    rows,
    shape,
    text,
    values,
    window,
)
from workers.apply.base import apply

__all__ = ["apply"]
