"""The supervisor, with real processes: it starts, restarts, stops, and leaves nothing behind."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from tests.support.waiting import wait_until
from workbench.errors import PortTaken, StackRunning
from workbench.local import Stack, find_running, settings_for
from workbench.local.background import stop_running
from workbench.local.runtime import using

SCRIPT = Path(__file__).parents[1] / "support" / "stand_in_stack.py"


class StandIn:
    """A stand-in stack in a process of its own, and everything that came of it."""

    def __init__(self, data_dir, *arguments):
        self.data_dir = data_dir
        self.mark = uuid4().hex
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT, data_dir, *arguments],
            env={**os.environ, "STAND_IN_MARK": self.mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ready(self):
        """Wait until it says so."""
        for line in self.process.stdout:
            if line.startswith("Workbench ready at http://127.0.0.1:"):
                return self
        raise AssertionError("it ended before it was ready")

    @property
    def runtime(self):
        return json.loads((self.data_dir / "runtime.json").read_text())

    def part(self, name):
        return self.runtime["parts"][name]["pid"]

    def processes(self):
        """Every living process of the stack: they all inherit the mark."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("STAND_IN_MARK") == self.mark:
                    found.append(process)
        return [process for process in found if process.pid != self.process.pid]

    def watch(self):
        return next(process for process in self.processes() if "watch" in process.cmdline())

    def stop(self):
        self.process.terminate()
        output, _ = self.process.communicate(timeout=15)
        return output

    def is_complete(self):
        """Whether there are three parts with a child each, and the watch."""
        return len(self.processes()) == 7


@pytest.fixture
def stack(tmp_path):
    started = []

    def start(*arguments):
        started.append(StandIn(tmp_path / "data", *arguments))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        each.process.stdin.close()
        each.process.stdout.close()
        for process in each.processes():
            with suppress(psutil.Error):
                process.kill()


def test_a_stack_that_is_told_to_stop_leaves_nothing_behind(stack):
    running = stack().ready()
    wait_until(running.is_complete, seconds=20)
    output = running.stop()
    assert running.process.returncode == 0
    assert running.processes() == []
    assert not (running.data_dir / "runtime.json").exists()
    assert "workbench | stopping" in output


def test_the_runtime_file_says_where_it_runs_to_its_owner_only(stack):
    running = stack().ready()
    found = find_running(running.data_dir)
    assert found is not None
    assert found.pid == running.process.pid
    assert len(found.token) > 30
    assert found.token not in repr(found)
    assert found.parts.keys() == {"broker", "api", "worker"}
    assert stat.S_IMODE((running.data_dir / "runtime.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(running.data_dir.stat().st_mode) == 0o700


def test_parts_that_do_not_listen_are_killed_in_time(stack):
    running = stack("ignores").ready()
    wait_until(running.is_complete, seconds=20)
    began = time.monotonic()
    running.stop()
    assert time.monotonic() - began < 10
    assert running.processes() == []


def test_a_second_signal_does_not_wait(stack):
    patient = stack("ignores").ready()
    wait_until(patient.is_complete, seconds=20)
    began = time.monotonic()
    patient.stop()
    grace = time.monotonic() - began
    running = stack("ignores").ready()
    wait_until(running.is_complete, seconds=20)
    running.process.send_signal(signal.SIGINT)
    began = time.monotonic()
    running.process.send_signal(signal.SIGTERM)  # another one: two equal ones may arrive as one
    running.process.wait(timeout=10)
    assert time.monotonic() - began < grace / 2
    assert running.processes() == []


def test_a_part_that_was_killed_is_started_again(stack):
    running = stack().ready()
    former = running.part("worker")
    os.kill(former, signal.SIGKILL)
    wait_until(lambda: running.part("worker") != former, seconds=20)
    wait_until(running.is_complete, seconds=20)  # and the child of the former one is gone
    assert "worker was killed by signal 9; starting it again" in running.stop()


def test_a_part_that_keeps_crashing_ends_the_stack_with_its_last_lines(stack):
    running = stack("crashes")
    output, _ = running.process.communicate(timeout=20)
    assert running.process.returncode == 1
    assert "The worker does not stay up: it stopped 3 times in a row" in output
    assert "Its last lines were:" in output
    assert output.rstrip().endswith("this is why")
    assert running.processes() == []


def test_nothing_outlives_a_supervisor_that_was_killed(stack):
    running = stack("ignores").ready()
    running.process.kill()
    wait_until(lambda: running.processes() == [], seconds=5)


def test_nothing_outlives_a_supervisor_whose_watch_was_killed_before(stack):
    running = stack().ready()
    former = running.watch()
    former.kill()
    wait_until(lambda: former not in running.processes() and running.is_complete(), seconds=20)
    running.process.kill()
    wait_until(lambda: running.processes() == [], seconds=5)


def test_what_a_killed_supervisor_and_watch_left_running_is_cleared_by_the_next(stack):
    running = stack().ready()
    wait_until(running.is_complete, seconds=20)
    running.process.send_signal(signal.SIGSTOP)  # so that it does not start another watch
    running.watch().kill()
    running.process.kill()
    running.process.wait()
    assert running.processes() != []
    after = stack()
    assert f"the stack before this one (pid {running.process.pid})" in after.process.stdout.readline()
    assert running.processes() == []
    after.ready()


def test_a_runtime_file_left_by_a_crash_is_not_believed(stack):
    running = stack().ready()
    running.process.kill()
    running.process.wait()
    assert (running.data_dir / "runtime.json").exists()
    assert find_running(running.data_dir) is None
    assert stop_running(settings_for(running.data_dir)) is None
    after = stack().ready()
    assert after.runtime["pid"] == after.process.pid


def test_a_second_stack_on_the_folder_says_where_the_first_one_runs(stack):
    running = stack().ready()
    with pytest.raises(StackRunning) as caught:
        Stack(settings_for(running.data_dir), say=print).run()
    assert running.runtime["url"] in str(caught.value)
    assert f"pid {running.process.pid}" in str(caught.value)
    assert find_running(running.data_dir) is not None


def test_a_port_that_is_taken_is_an_error_before_anything_starts(stack, tmp_path):
    taken = int(stack().ready().runtime["url"].rpartition(":")[2])
    with pytest.raises(PortTaken, match=f"127.0.0.1:{taken}"):
        Stack(settings_for(tmp_path / "other", port=taken), say=print).run()
    assert not (tmp_path / "other" / "runtime.json").exists()


def test_it_can_be_stopped_from_another_program(stack):
    running = stack().ready()
    stopped = stop_running(settings_for(running.data_dir))
    assert stopped is not None
    assert stopped.pid == running.process.pid
    assert running.processes() == []


def test_an_attached_stack_ends_with_its_standard_input(stack):
    running = stack("obeys", "--while-stdin").ready()
    running.process.stdin.close()
    assert running.process.wait(timeout=10) == 0
    assert running.processes() == []


def test_an_attached_stack_waits_for_its_other_users(stack):
    running = stack("obeys", "--while-stdin").ready()
    with using(settings_for(running.data_dir)):
        running.process.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            running.process.wait(timeout=0.5)
        assert find_running(running.data_dir) is not None
    assert running.process.wait(timeout=10) == 0
