"""One part of the stack as a child process: kept running, its log passed on, ended within its time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import PartFailed
from workbench.local.parts import Part

__all__ = ["Child", "Restart", "Watch"]

_GUARD = str(Path(__file__).with_name("guard.py"))
_PYTHON = (sys.executable, "-I", "-S", _GUARD)
_LONGEST_LINE = 64 * 1024
_LAST_LINES = 15

Say = Callable[[str, str], None]


@dataclass(frozen=True)
class Restart:
    """How a child that died is started again.

    Args:
        attempts: After this many deaths in a row without coming up in between, no more.
        settle_seconds: A child that dies sooner than this has not come up.
        first_delay: Seconds before the first new attempt; doubled each time.
        longest_delay: The most seconds between two attempts.
    """

    attempts: int = 5
    settle_seconds: float = 5.0
    first_delay: float = 0.1
    longest_delay: float = 5.0

    def delay(self, failures: int) -> float:
        """Seconds to wait after so many deaths in a row (none after the first)."""
        return float(min(self.first_delay * 2 ** (failures - 1), self.longest_delay))


class Watch:
    """A process that kills the stack's process groups when this one is gone, whatever ended it."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._pipe = -1

    async def keep_running(self) -> None:
        """Run the watch, and another one if it is killed, until cancelled."""
        process = await self._start()
        try:
            while True:
                await process.wait()
                os.close(self._pipe)
                process = await self._start()
        finally:
            os.close(self._pipe)
            self._pipe = -1
            await process.wait()

    def add(self, group: int) -> None:
        """Put a process group on the list."""
        self._groups.add(group)
        self._write(f"+{group}\n")

    def remove(self, group: int) -> None:
        """Take one from the list."""
        self._groups.discard(group)
        self._write(f"-{group}\n")

    async def _start(self) -> asyncio.subprocess.Process:
        theirs, self._pipe = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(*_PYTHON, "watch", *map(str, self._groups)),
                stdin=theirs,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(theirs)
        return process

    def _write(self, line: str) -> None:
        # A watch that was killed is being replaced, and the next one is given the whole list.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._pipe, line.encode())


class Child:
    """A part that is kept running in a process group of its own.

    Args:
        part: What to run.
        environment: The variables that it sees.
        folder: Its working directory.
        say: Takes each line of its log, with the part's name.
        watch: Is told of its process groups.
        on_start: Called after each start.
        restart: How often, and how soon, it is started again.
    """

    def __init__(
        self,
        part: Part,
        *,
        environment: Mapping[str, str],
        folder: Path,
        say: Say,
        watch: Watch,
        on_start: Callable[[], None],
        restart: Restart,
    ) -> None:
        self.part = part
        self.pid: int | None = None
        self.has_come_up = False
        self._environment = environment
        self._folder = folder
        self._say = say
        self._watch = watch
        self._on_start = on_start
        self._restart = restart
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()

    def stop(self, *, hurry: bool = False) -> None:
        """Ask for the end; ``keep_running`` returns once it is reached. In a hurry, kill."""
        self._stop.set()
        if hurry:
            self._hurry.set()

    async def keep_running(self) -> None:
        """Run the part, and again whenever it dies, until asked to stop.

        Raises:
            PartFailed: If it does not stay up.
        """
        failures = 0
        while not self._stop.is_set():
            began = time.monotonic()
            ended = await self._run_once()
            if self._stop.is_set():
                return
            lived = time.monotonic() - began
            settled = self.has_come_up and lived >= self._restart.settle_seconds
            failures = 1 if settled else failures + 1
            if failures >= self._restart.attempts:
                raise self._failure(failures, ended)
            delay = self._restart.delay(failures)
            self._say("workbench", f"{self.part.name} {ended}; starting it again in {delay:.1f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), delay)

    async def _run_once(self) -> str:
        """Start the part, wait for its end, and say how it ended; nothing of it is left afterwards."""
        self.has_come_up = False
        process, log = await self._spawn()
        self.pid = process.pid
        self._watch.add(process.pid)
        self._on_start()
        pump = asyncio.create_task(self._pass_on(log))
        ended = asyncio.create_task(process.wait())
        await self._first(ended, self._stop)
        if not ended.done():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()  # the leader alone: it knows what to do with its children
            await self._first(ended, self._hurry, within=self.part.stop_seconds)
        _kill_group(process.pid)
        status = await ended
        self._watch.remove(process.pid)
        self.pid = None
        await asyncio.wait({pump}, timeout=1)
        pump.cancel()
        return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"

    async def _first(
        self, ended: asyncio.Task[int], event: asyncio.Event, *, within: float | None = None
    ) -> None:
        waiting = asyncio.create_task(event.wait())
        await asyncio.wait({ended, waiting}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def _spawn(self) -> tuple[asyncio.subprocess.Process, int]:
        log, theirs = os.pipe()
        guarded = (*_PYTHON, "exec", str(os.getpid())) if sys.platform == "linux" else ()
        try:
            process = await asyncio.create_subprocess_exec(
                *guarded,
                *self.part.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                env=self._environment,
                cwd=self._folder,
                start_new_session=True,
            )
        except BaseException:
            os.close(log)
            raise
        finally:
            os.close(theirs)
        return process, log

    async def _pass_on(self, log: int) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(log, "rb", buffering=0)
        )
        rest = b""
        try:
            while chunk := await reader.read(_LONGEST_LINE):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > _LONGEST_LINE:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    self._line(line)
        finally:
            if rest:
                self._line(rest)
            transport.close()

    def _line(self, raw: bytes) -> None:
        line = raw.decode(errors="replace").rstrip("\r")
        self._last_lines.append(line)
        self._say(self.part.name, line)

    def _failure(self, times: int, ended: str) -> PartFailed:
        lines = "\n".join(self._last_lines) or "(it wrote nothing)"
        return PartFailed(
            f"The {self.part.name} does not stay up: it stopped {times} times in a row, and {ended}.",
            f"Its last lines were:\n{lines}",
            part=self.part.name,
        )


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
