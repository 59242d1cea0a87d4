"""The engine: runs a plan on a frame, with progress and cancellation."""

from __future__ import annotations

from workers.engine.pandas_engine import Ran, check, run

__all__ = ["Ran", "check", "run"]
