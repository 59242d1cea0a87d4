"""``workbench run`` on the real stack: what it prints and writes, and its exit statuses."""

import os
import signal
import subprocess
import sys
import textwrap

import pandas as pd
import psutil
import pytest
from typer.testing import CliRunner

from tests.support.stack import running_stack
from tests.support.waiting import wait_until
from workbench.cli import app
from workbench.local import find_running, is_running, read_runtime, settings_for

SAMPLE = ("--sample", "flights")
READERS = {
    "csv": pd.read_csv,
    "tsv": lambda path: pd.read_csv(path, sep="\t"),
    "parquet": pd.read_parquet,
    "jsonl": lambda path: pd.read_json(path, lines=True),
    "arrow": pd.read_feather,
    "feather": pd.read_feather,
    "xlsx": lambda path: pd.read_excel(path, engine="openpyxl"),
}


@pytest.fixture(scope="module")
def stack():
    with running_stack() as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    people = pd.DataFrame({"name": ["Ada", "Bob", "Cleo"], "age": [36, None, 41]})
    people.to_csv(tmp_path / "people.csv", index=False)
    return tmp_path


def start(data_dir, folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "workbench", *arguments],
        cwd=folder,
        env={**os.environ, "WORKBENCH_DATA_DIR": str(data_dir), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def run(stack, folder, monkeypatch):
    """Runs ``workbench run`` on the stack of this module, in this process."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("WORKBENCH_DATA_DIR", str(stack.data_dir))

    def run(*arguments):
        answer = CliRunner().invoke(app, ["run", *arguments], env={"NO_COLOR": "1"})
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer.exit_code, answer.stdout, answer.stderr

    return run


def processes_of(data_dir):
    """The processes that are told of a data folder, by their environment or their command."""
    found = []
    for process in psutil.process_iter():
        try:
            told = process.environ().get("WORKBENCH_DATA_DIR") == str(data_dir)
            if told or str(data_dir) in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_it_shows_what_each_command_did_the_result_and_its_code(run):
    status, output, errors = run(
        *SAMPLE, "drop rows where dep_delay is null", "sort by dep_delay descending", "keep the first 3 rows"
    )
    assert (status, errors.count("Traceback")) == (0, 0), errors
    assert "flights.parquet: 20,000 rows × 19 columns" in output
    assert "1. drop rows where dep_delay is null\n   Dropped 494 rows where dep_delay was null" in output
    assert "20,000 → 19,506 rows" in output
    assert "3. keep the first 3 rows" in output
    assert "import pandas as pd" in output
    assert "df.sort_values" in output
    assert "sort by dep_delay descending: " in errors  # how far it is, where it is no result


def test_the_code_that_it_prints_makes_the_table_that_it_writes(run, folder):
    status, output, errors = run(
        "people.csv", "drop rows without age", "sort by age descending", "-o", "out.parquet"
    )
    assert status == 0, errors
    code = textwrap.dedent(output[output.index('  """') : output.index("Wrote 2 rows to out.parquet")])
    script = f"{code}\ndf.to_parquet('printed.parquet')"
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True, capture_output=True)
    written = pd.read_parquet(folder / "out.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "printed.parquet"), written)
    assert written["name"].tolist() == ["Cleo", "Ada"]


@pytest.mark.parametrize("ending", READERS)
def test_the_ending_says_how_the_result_is_written(run, folder, ending):
    status, _, errors = run("people.csv", "drop rows without age", "-o", f"out.{ending}")
    assert status == 0, errors
    written = READERS[ending](folder / f"out.{ending}")
    assert written["name"].tolist() == ["Ada", "Cleo"]
    assert written["age"].tolist() == [36, 41]


@pytest.mark.parametrize("command", ["sort by emial", "frobnicate the gizmo"])
def test_a_command_that_fails_ends_with_status_1_its_reason_and_a_hint(run, folder, command):
    status, output, errors = run("people.csv", "sort by age", command, "-o", "out.csv")
    assert status == 1
    assert "1. sort by age" in output
    reason, hint = errors.strip().splitlines()[-2:]
    assert reason.startswith("error: ")
    assert hint
    assert "Traceback" not in errors
    assert not (folder / "out.csv").exists()


def test_a_file_that_is_no_table_ends_with_status_1(run, folder):
    (folder / "empty.csv").write_text("")
    status, output, errors = run("empty.csv", "sort by age")
    assert (status, output) == (1, "")
    assert "error: " in errors
    assert "Traceback" not in errors


def test_a_worker_that_was_killed_is_back_for_the_next_run(stack, run):
    former = stack.part("worker")
    former.kill()
    wait_until(
        lambda: read_runtime(settings_for(stack.data_dir)).parts["worker"].pid != former.pid,
        seconds=30,
        what="another worker",
    )
    status, output, errors = run("people.csv", "sort by age")
    assert status == 0, errors
    assert "1. sort by age" in output


def test_alone_it_starts_a_stack_and_leaves_none(tmp_path, folder):
    process = start(tmp_path / "data", folder, "run", "people.csv", "sort by age")
    output, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    assert "1. sort by age" in output
    assert processes_of(tmp_path / "data") == []


def test_a_stack_that_was_started_by_a_run_ends_with_it_even_if_that_is_killed(tmp_path, folder):
    data_dir = tmp_path / "data"
    process = start(data_dir, folder, "run", "people.csv", "sort by age")
    wait_until(lambda: read_runtime(settings_for(data_dir)), seconds=60, what="the start of a stack")
    process.kill()
    process.communicate()
    wait_until(lambda: processes_of(data_dir) == [], seconds=15, what="its end")
    assert not is_running(settings_for(data_dir))


def test_an_interrupted_run_says_so_by_its_status(tmp_path, folder):
    process = start(tmp_path / "data", folder, "run", "people.csv", "sort by age")
    wait_until(lambda: read_runtime(settings_for(tmp_path / "data")), seconds=60, what="the start of a stack")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert processes_of(tmp_path / "data") == []


def test_two_that_start_a_stack_at_once_end_up_with_one(tmp_path, folder):
    data_dir = tmp_path / "data"
    both = [start(data_dir, folder, "run", "people.csv", "sort by age", "--keep") for _ in range(2)]
    try:
        for process in both:
            _, errors = process.communicate(timeout=90)
            assert process.returncode == 0, errors
        runtime = find_running(data_dir)
        assert runtime is not None
        supervisors = [one for one in processes_of(data_dir) if "up" in one.cmdline()]
        assert [one.pid for one in supervisors] == [runtime.pid]
    finally:
        stopped = start(data_dir, folder, "down")
        output, _ = stopped.communicate(timeout=30)
    assert output.startswith("Stopped the workbench at http://127.0.0.1:")
    assert processes_of(data_dir) == []


def test_nothing_of_the_real_stack_outlives_a_supervisor_that_was_killed():
    with running_stack() as own:
        # The supervisor, broker, API, worker and its two.
        wait_until(lambda: len(processes_of(own.data_dir)) >= 6, seconds=60, what="its processes")
        psutil.Process(own.pid).kill()
        wait_until(lambda: processes_of(own.data_dir) == [], seconds=5, what="the end of all")


def test_a_question_shows_its_answer_and_its_table_and_the_next_command_goes_on_from_the_line(run):
    status, output, errors = run(
        "people.csv", "what is the average age by name?", "how many rows?", "sort by age descending"
    )
    assert status == 0, errors
    answered = output[output.index("1. what") : output.index("2. how many rows?")]
    assert "Ada (36), Bob (null), Cleo (41). · beside the line: the table stays as it is" in answered
    assert "mean_age" in answered
    assert "2. how many rows?\n   3 rows.\n" in output
    assert "3. sort by age descending\n   Sorted 3 rows" in output
