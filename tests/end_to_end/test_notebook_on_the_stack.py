"""A notebook, executed in a real kernel, on the real stack."""

import nbformat
import pytest
from nbclient import NotebookClient


@pytest.fixture
def execute(stack, tmp_path, monkeypatch):
    """Execute cells in a folder of their own; give them with their outputs."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.setenv("WORKBENCH_DATA_DIR", str(stack.data_dir))
    monkeypatch.setenv("WORKBENCH_STABLE_OUTPUT", "1")

    def run(*sources):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        resources = {"metadata": {"path": str(tmp_path)}}
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
        return notebook.cells

    return run


def only(cell):
    (output,) = cell.outputs
    return output.data


def test_the_way_of_an_analyst(execute):
    cells = execute(
        "from workbench import Workbench\nwb = Workbench()",
        "s = wb.open_sample('flights')",
        "t = s.chat('remove rows where dep_delay is null')",
        "t.result()",
        "s.chat('average dep_delay by carrier, then sort by mean_dep_delay descending').result()",
        "s",
        "s.nodes",
        "s.df.head(3)",
        "s.undo()",
    )
    assert cells[0].outputs == []
    assert "Opened" in only(cells[1])["text/html"]
    for cell in (cells[2], cells[3]):
        assert "Dropped 494 rows where dep_delay was null" in only(cell)["text/html"]
        assert "20,000 → 19,506 rows" in only(cell)["text/html"]
    assert "19,506 → 16 rows" in only(cells[4])["text/html"]
    assert "flights (20,000 rows) → " in only(cells[5])["text/html"]
    assert only(cells[6])["text/html"].count("<tr") == 4
    assert "mean_dep_delay" in only(cells[7])["text/html"]
    assert "19,506 rows × 19 columns" in only(cells[8])["text/html"]
    for cell in cells[1:]:
        for output in cell.outputs:
            assert "<script" not in output.data.get("text/html", "")
            assert "application/vnd.jupyter.widget-view+json" not in output.data


def test_two_runs_come_out_the_same(execute):
    sources = (
        "from workbench import Workbench\nwb = Workbench()\ns = wb.open_sample('flights')",
        "s.chat('remove rows where dep_delay is null')",
        "s.chat('sort by arr_delay').result();",
        "s",
        "s.nodes",
    )
    first, second = (
        [[output.get("data") for output in cell.outputs] for cell in execute(*sources)] for _ in range(2)
    )
    assert first == second
