"""The real stack for tests: ``workbench up`` on a data folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.support.waiting import wait_until
from workbench.local import find_running

__all__ = ["RunningStack", "running_stack"]

_START_SECONDS = 90.0


@dataclass(frozen=True)
class RunningStack:
    """A stack that runs, and where to find it."""

    url: str
    token: str
    pid: int
    data_dir: Path
    log: Path

    def http(self) -> httpx.Client:
        """A caller with the right token."""
        return httpx.Client(
            base_url=f"{self.url}/api/v1", headers={"Authorization": f"Bearer {self.token}"}, timeout=60
        )

    def part(self, name: str) -> psutil.Process:
        """The process of a part that runs now: "broker", "api" or "worker"."""
        return psutil.Process(self.pid_of(name))

    def pid_of(self, name: str) -> int:
        """The number of a part's process, as the stack last knew it."""
        runtime = find_running(self.data_dir)
        assert runtime is not None, "the stack is not running"
        return runtime.parts[name].pid


@contextmanager
def running_stack(folder: Path | None = None, **environment: str) -> Iterator[RunningStack]:
    """Run a stack for as long as the context lasts.

    Args:
        folder: Where its data folder is, and its log; one of its own, which goes with it, if not given.
        **environment: Settings, by the names of their environment variables.
    """
    with ExitStack() as held:
        if folder is None:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="wb-")))
        data_dir, log = folder / "data", folder / "stack.log"
        command = [sys.executable, "-m", "workbench", "up", "--data-dir", str(data_dir), "--port", "0"]
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*command, "--workers", "2"],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                cwd=folder,
            )
        try:
            runtime = wait_until(
                lambda: process.poll() is not None or find_running(data_dir),
                seconds=_START_SECONDS,
                what="the stack's start",
            )
            assert process.poll() is None, log.read_text(errors="replace")
            yield RunningStack(runtime.url, runtime.token, runtime.pid, data_dir, log)
        finally:
            process.terminate()
            process.wait(30)
