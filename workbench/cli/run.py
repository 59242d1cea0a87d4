"""``workbench run``: the main job in a terminal."""

from __future__ import annotations


def run() -> None:
    """Open a file, apply commands, show what they did."""
