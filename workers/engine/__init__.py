"""The engine: runs a plan on a frame, with progress and cancellation."""

from __future__ import annotations

from workers.engine.changes import identical
from workers.engine.needs import Needs, needs, needs_of
from workers.engine.pandas_engine import Ran, check, run

__all__ = ["Needs", "Ran", "check", "identical", "needs", "needs_of", "run"]
