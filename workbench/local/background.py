"""Starting a stack from another program, and stopping it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from filelock import FileLock

from workbench.errors import ApiUnavailable
from workbench.local.project import check_keys, check_project
from workbench.local.runtime import (
    Runtime,
    find_running,
    is_ready,
    is_running,
    only_user,
    prepare_folder,
    read_runtime,
    settings_for,
    using,
)
from workbench.settings import Settings

__all__ = ["LOG_NAME", "running_stack", "start_in_background", "stop_running"]

LOG_NAME = "workbench.log"
_START_SECONDS = 90.0
_STOP_SECONDS = 15.0
_LAST_LINES = 15

# Who signs in to the stack is nothing that the stack need know, least of all after its caller has gone.
_THE_CALLER_S = {"WORKBENCH_EMAIL", "WORKBENCH_PASSWORD"}

# Kept, so that Python does not warn of processes that are meant to outlive their handle.
_left_running: list[subprocess.Popen[bytes]] = []


def start_in_background(data_dir: Path | str | None = None) -> Runtime:
    """Start a stack that outlives this program, unless one runs already; wait until it is ready.

    Two programs that call this at once end up with one stack.

    Args:
        data_dir: The data folder; None means the environment's, else the platform's.

    Returns:
        Where it is.

    Raises:
        ApiUnavailable: If it does not become ready; the hint has the last lines of its log.
        StoreUnavailable: If it would be on a Supabase project that cannot be used, or does not answer.
    """
    settings = settings_for(data_dir)
    with _starting(settings):
        found = find_running(settings.data_dir)
        if found is not None:
            return found
        runtime, process = _start(settings)
        _left_running.append(process)
        return runtime


@contextlib.contextmanager
def running_stack(data_dir: Path | str | None = None, *, keep: bool = False) -> Iterator[Runtime]:
    """Give a stack for the time of the context: the one that runs, or else one of its own.

    One of its own is stopped at the end, once nobody else uses it, also if this program is killed.

    Args:
        data_dir: The data folder; None means the environment's, else the platform's.
        keep: Leave a stack that was started here running.

    Yields:
        Where it is.

    Raises:
        ApiUnavailable: If it does not become ready.
        StoreUnavailable: If it would be on a Supabase project that cannot be used, or does not answer.
    """
    settings = settings_for(data_dir)
    if keep:
        yield start_in_background(settings.data_dir)
        return
    own: subprocess.Popen[bytes] | None = None
    prepare_folder(settings)
    try:
        with using(settings):
            with _starting(settings):
                runtime = find_running(settings.data_dir)
                if runtime is None:
                    runtime, own = _start(settings, attached=True)
            yield runtime
    finally:
        if own is not None:
            _let_go(own, settings)


def stop_running(settings: Settings, *, timeout: float = _STOP_SECONDS) -> Runtime | None:
    """Stop the stack of a data folder, and wait until it is gone.

    Args:
        settings: Says which data folder.
        timeout: After so many seconds it is killed.

    Returns:
        What was stopped; None if nothing ran.
    """
    runtime = read_runtime(settings)
    if runtime is None or not is_running(settings):
        return None
    try:
        process = psutil.Process(runtime.pid)
    except psutil.NoSuchProcess:
        return None
    for name in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(name)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not is_running(settings) and _has_ended(process):
                return runtime
            time.sleep(0.05)
    raise ApiUnavailable(f"The workbench with pid {runtime.pid} does not end.", "End it by hand.")


def _has_ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextlib.contextmanager
def _starting(settings: Settings) -> Iterator[None]:
    """Start one stack at a time: whoever comes second finds the first one's."""
    prepare_folder(settings)
    with FileLock(settings.data_dir / "start.lock", mode=0o600):
        yield


def _start(settings: Settings, *, attached: bool = False) -> tuple[Runtime, subprocess.Popen[bytes]]:
    """Start ``workbench up`` in a session of its own, and wait until it is ready.

    Args:
        settings: Says which data folder.
        attached: Tie its life to the returned process's standard input.
    """
    check_keys(settings)
    check_project(settings)  # whoever waits for us is not to wait for one that is away
    path = settings.data_dir / LOG_NAME
    command = [sys.executable, "-P", "-m", "workbench", "up", "--port", "0"]
    command += ["--data-dir", str(settings.data_dir), "--log-file", str(path)]
    with open(path, "ab", opener=_private) as log:
        before = log.tell()
        process = subprocess.Popen(  # noqa: S603  (the command is ours)
            [*command, "--while-stdin"] if attached else command,
            stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={name: value for name, value in os.environ.items() if name not in _THE_CALLER_S},
            start_new_session=True,
        )
    try:
        return _wait_ready(settings, process, path, before), process
    except BaseException:
        process.terminate()
        process.communicate()
        raise


def _wait_ready(settings: Settings, process: subprocess.Popen[bytes], log: Path, before: int) -> Runtime:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        runtime = read_runtime(settings)
        ended = process.poll() is not None
        # It ends at once where a stack was started by hand at this moment: then that one is waited for.
        if ended and not is_running(settings):
            break
        if runtime is not None and (ended or runtime.pid == process.pid) and is_ready(runtime):
            return runtime
        time.sleep(0.02)
    with log.open("rb") as file:
        file.seek(before)
        lines = file.read().decode(errors="replace").splitlines()[-_LAST_LINES:]
    raise ApiUnavailable(
        f"The workbench on {settings.data_dir} did not start.",
        "\n".join(["The last lines of its log were:", *lines, f"All of it is in {log}."]),
    )


def _let_go(process: subprocess.Popen[bytes], settings: Settings) -> None:
    """Let an attached stack end, and wait for it unless somebody else has begun to use it."""
    with only_user(settings) as alone:
        pass
    if process.stdin is not None:
        process.stdin.close()
    if not alone:
        _left_running.append(process)
        return
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _left_running.append(process)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
