"""Run the notebooks top to bottom against a stack, and keep their outputs: ``python notebooks/execute.py``.

Each runs in a kernel of its own. Ids and times are left out of what is shown, so that running them again
changes only what has changed.
"""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from workbench import Workbench

SHOWN = {"WORKBENCH_STABLE_OUTPUT": "1", "WORKBENCH_PROGRESS": "html"}
"""What makes the outputs the same each time, and leaves no widget in them."""

FOLDER = Path(__file__).parent


def executed(path: Path, *, timeout: int = 300) -> nbformat.NotebookNode:
    """Run a notebook.

    Args:
        path: The notebook; it runs in its own folder.
        timeout: Seconds that a cell may take.

    Returns:
        The notebook with the outputs of this run.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=timeout, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def main() -> None:
    """Run all notebooks of this folder and write them back."""
    os.environ.update(SHOWN)
    # With a stack that runs already, where it runs is not part of what is shown.
    Workbench().close()
    for path in sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(executed(path), path)
        print(f"executed {path.name}")


if __name__ == "__main__":
    main()
