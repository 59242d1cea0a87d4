"""The notebooks run top to bottom, and show what they were committed with."""

import os
from pathlib import Path

import nbformat
import pytest

from tests.support.notebooks import FOLDER, execution, shown
from workbench.client import Workbench

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_was_committed_with(stack, monkeypatch, path):
    execute = execution()
    monkeypatch.setenv("WORKBENCH_DATA_DIR", str(stack.data_dir))
    for name, value in execute.SHOWN.items():
        monkeypatch.setenv(name, value)

    notebook = execute.executed(path)

    committed = nbformat.read(path, as_version=4)
    for (source, outputs), (_, expected) in zip(shown(notebook), shown(committed), strict=True):
        assert outputs == expected, source
    with Workbench(data_dir=stack.data_dir) as wb:
        assert len(wb.sessions) > 0


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_reads_well_unexecuted(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        failed = [output for output in cell.outputs if output.output_type == "error"]
        assert bool(failed) == ("raises-exception" in cell.metadata.get("tags", []))
        html = "".join(str(output.get("data", {}).get("text/html", "")) for output in cell.outputs)
        assert "<script" not in html
    assert str(Path.home()) not in path.read_text()
    assert os.environ.get("TMPDIR", "/tmp/") not in path.read_text()
