"""The package: its names, what importing it costs, and how it behaves in plain Python."""

import subprocess
import sys

import pytest

import workbench


def test_exported_names():
    for name in workbench.__all__:
        assert getattr(workbench, name) is not None
    assert set(workbench.__all__) <= set(dir(workbench))
    with pytest.raises(AttributeError):
        _ = workbench.nonsense


def test_importing_the_client_is_light():
    heavy = {"pandas", "pyarrow", "celery", "fastapi", "redis", "supabase", "IPython", "ipywidgets", "dask"}
    script = f"""
import sys, workbench
early = set(sys.modules)
assert not any(name.startswith(("pydantic", "httpx", "workbench.")) for name in early), early
from workbench import Workbench, Session, Node, Task, Plan, col, errors
print(sorted({heavy!r} & set(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out == "[]\n"


def test_plain_python_ends_quietly_while_a_task_runs(fake_url, fake_api, csv_file, moment):
    fake_api.script("slow", moment(60, 50, "Sorting"))
    script = f"""
from workbench import Workbench
wb = Workbench({fake_url!r}, {fake_api.token!r}, progress="none")
wb.open({str(csv_file)!r}).chat("slow")
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_plain_python_shows_an_error_with_its_hint(fake_url):
    script = f"from workbench import Workbench; Workbench({fake_url!r}, 'wrong')"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=False
    )
    assert run.returncode == 1
    assert "workbench.errors.Unauthorized: The token does not fit. Look into runtime.json." in run.stderr
    assert "httpx" not in run.stderr
