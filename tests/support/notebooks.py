"""The notebooks of the repository: where they are, how they are run, what they show."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from nbformat import NotebookNode

__all__ = ["FOLDER", "execution", "shown"]

FOLDER = Path(__file__).parents[2] / "notebooks"


def execution() -> ModuleType:
    """The script that runs the notebooks and keeps what they show."""
    specification = importlib.util.spec_from_file_location("execute", FOLDER / "execute.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def shown(notebook: NotebookNode) -> list[tuple[str, list[str]]]:
    """What a reader sees: the source of each cell, with its outputs as text."""
    return [
        (cell.source, [_text(output) for output in cell.outputs])
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _text(output: NotebookNode) -> str:
    match output.output_type:
        case "stream":
            return output.text
        case "error":
            return f"{output.ename}: {output.evalue}"
        case _:
            return output.data.get("text/plain")
