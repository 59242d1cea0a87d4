"""The command line: what it says, and its exit statuses."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.cli import app, start_worker
from workbench.cli.common import failing_plainly
from workbench.errors import UnknownColumn

COMMANDS = ("run", "up", "down", "status", "api", "worker")


@pytest.fixture
def cli(tmp_path, monkeypatch):
    """Runs a command in an empty folder, with a data folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "people.csv").write_text("name,age\nAda,36\n")
    return lambda *arguments: CliRunner().invoke(app, arguments, env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_the_version_is_the_distribution_s(cli):
    assert cli("--version").output == f"workbench {version('notebook-workbench')}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(cli, command):
    answer = cli(command, "--help")
    assert answer.exit_code == 0
    assert "Example" in answer.output
    assert f"workbench {command}" in answer.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained_in_the_docs(command):
    assert f"workbench {command}" in (Path(__file__).parents[2] / "docs" / "running.md").read_text()


def test_start_worker_is_a_command_of_its_own(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["start-worker", "--help"])
    with pytest.raises(SystemExit) as ended:
        start_worker()
    assert ended.value.code == 0
    assert "Usage: start-worker [OPTIONS]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "missing.csv", "sort by age"), "There is no file 'missing.csv'"),
        (("run", "peple.csv", "sort by age"), "Did you mean 'people.csv'"),
        (("run", ".", "sort by age"), "is a folder"),
        (("run", "people.csv"), "say what should happen to people.csv"),
        (("run", "people.csv", " "), "a command is empty"),
        (("run", "--sample", "flihgts", "sort by age"), "There is no sample 'flihgts'"),
        (("run", "--sample", "flights"), "Missing argument 'FILE'"),
        (("run", "people.csv", "sort by age", "-o", "out.docx"), "Use .arrow, .csv"),
        (("run", "people.csv", "sort by age", "-o", "no/out.csv"), "There is no folder 'no'"),
        (("run", "people.csv", "sort by age", "-o", "people.csv"), "it would replace the file that is read"),
        (("up", "--port", "70000"), "65535"),
        (("up", "--workers", "0"), "Invalid value for '--workers'"),
        (("fly",), "No such command 'fly'"),
    ],
)
def test_wrong_usage_ends_with_status_2_before_anything_runs(cli, tmp_path, arguments, said):
    answer = cli(*arguments)
    assert answer.exit_code == 2
    assert said in " ".join(answer.stderr.replace("│", " ").split())
    assert not (tmp_path / "data").exists()


def test_settings_that_cannot_be_read_are_wrong_usage(cli, monkeypatch):
    monkeypatch.setenv("WORKBENCH_LEASE_SECONDS", "soon")
    answer = cli("status")
    assert answer.exit_code == 2
    assert "lease_seconds" in answer.stderr


def test_an_error_is_a_sentence_and_a_hint_on_stderr(capsys):
    import typer

    with pytest.raises(typer.Exit) as ended, failing_plainly():
        raise UnknownColumn.among("emial", ["email"])
    assert ended.value.exit_code == 1
    reason, hint = capsys.readouterr().err.splitlines()
    assert reason == "error: There is no column 'emial'. [unknown_column]"
    assert hint == "Did you mean 'email'?"


def test_status_and_down_where_nothing_runs(cli, tmp_path):
    status = cli("status")
    assert status.exit_code == 1
    assert status.output == f"No workbench runs on {tmp_path / 'data'}. Start one with 'workbench up'.\n"
    answer = json.loads(cli("status", "--json").output)
    assert answer == {"running": False, "ready": False, "data_dir": str(tmp_path / "data")}
    down = cli("down")
    assert down.exit_code == 0
    assert down.output == f"No workbench runs on {tmp_path / 'data'}.\n"
    assert not (tmp_path / "data").exists()


def test_the_command_line_comes_up_without_the_heavy_libraries():
    script = "import sys, workbench.cli; print([m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ["pandas", "pyarrow", "celery", "fastapi", "ipywidgets", "httpx", "pydantic", "redis"]
    answer = subprocess.run(
        [sys.executable, "-c", script, *heavy], capture_output=True, text=True, check=True, env=os.environ
    )
    assert answer.stdout == "[]\n"
