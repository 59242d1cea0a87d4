"""The embedded stack: broker, API and worker as children of one supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

from filelock import Timeout

from workbench.errors import PortTaken, StackRunning
from workbench.local.child import Child, Restart, Watch
from workbench.local.parts import Part, environment, stack_parts
from workbench.local.runtime import (
    PartProcess,
    Runtime,
    kill_leftovers,
    only_user,
    prepare_folder,
    read_runtime,
    stack_lock,
    write_runtime,
)
from workbench.settings import Settings
from workbench.token import api_token

__all__ = ["Stack"]

_PROBE_SECONDS = 0.02
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stack:
    """Runs the parts until it is told to stop, and leaves nothing behind.

    Args:
        settings: The data folder, the address, and the rest.
        parts: What to run, in the order of starting; the broker, the API and the worker if not given.
        say: Takes each line of the log, with the name of the part that wrote it.
        restart: How parts that die are started again.
        while_stdin: Stop once standard input has ended and nobody else uses the stack.
    """

    def __init__(
        self,
        settings: Settings,
        parts: Callable[[Settings], Sequence[Part]] = stack_parts,
        *,
        say: Callable[[str, str], None],
        restart: Restart | None = None,
        while_stdin: bool = False,
    ) -> None:
        self._settings = settings
        self._parts = parts
        self._say = say
        self._restart = restart or Restart()
        self._while_stdin = while_stdin
        self._stop_requests = 0
        self._children: list[Child] = []
        self._held = contextlib.ExitStack()
        self._stop = asyncio.Event()
        self._watch = Watch()

    def run(self) -> None:
        """Start the parts, keep them running, and return once all of them have been stopped.

        Raises:
            StackRunning: If a stack runs on the data folder already.
            PortTaken: If another program listens on the port.
            PartFailed: If a part does not stay up.
        """
        with contextlib.ExitStack() as self._held, self._data_folder():
            self._settings = self._settings.model_copy(
                update={
                    "port": _free_port(self._settings.host, self._settings.port),
                    "token": api_token(self._settings),
                }
            )
            try:
                asyncio.run(self._main())
            finally:
                self._settings.runtime_file.unlink(missing_ok=True)

    @property
    def url(self) -> str:
        """Where the API is, as seen from this machine."""
        host = self._settings.host_from_here
        return (
            f"http://[{host}]:{self._settings.port}"
            if ":" in host
            else f"http://{host}:{self._settings.port}"
        )

    @contextlib.contextmanager
    def _data_folder(self) -> Iterator[None]:
        """Hold the data folder, cleared of what a stack that was killed may have left running."""
        prepare_folder(self._settings)
        lock = stack_lock(self._settings)
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            raise _running_already(self._settings) from None
        try:
            self._clear_leftovers()
            yield
        finally:
            lock.release()

    def _clear_leftovers(self) -> None:
        former = read_runtime(self._settings)
        if former is not None:
            killed = kill_leftovers(self._settings, former)
            also = f"; killed what it left running: {killed} processes" if killed else ""
            self._tell("workbench", f"the stack before this one (pid {former.pid}) did not end cleanly{also}")
        self._settings.runtime_file.unlink(missing_ok=True)

    async def _main(self) -> None:
        self._listen()
        self._children = [self._child(part) for part in self._parts(self._settings)]
        self._write_runtime()
        watching = asyncio.create_task(self._watch.keep_running())
        running = {child: asyncio.create_task(child.keep_running()) for child in self._children}
        aside = [asyncio.create_task(self._announce()), asyncio.create_task(self._stop.wait())]
        try:
            await asyncio.wait({*running.values(), *aside[1:]}, return_when=asyncio.FIRST_COMPLETED)
            await self._stop_children(running)
        finally:
            for task in (*aside, watching):
                task.cancel()
            await asyncio.wait({watching})
        for task in running.values():
            task.result()  # raises what ended the part

    def _tell(self, name: str, line: str) -> None:
        """Pass a line on; when nobody reads any more, stop as any program in a pipe does."""
        try:
            self._say(name, line)
        except OSError:
            self._say = _unheard
            self._stop.set()

    def _child(self, part: Part) -> Child:
        return Child(
            part,
            environment=environment(self._settings),
            folder=self._settings.data_dir,
            say=self._tell,
            watch=self._watch,
            on_start=self._write_runtime,
            restart=self._restart,
        )

    async def _stop_children(self, running: dict[Child, asyncio.Task[None]]) -> None:
        """Stop the parts one after the other, those that use others first."""
        self._tell("workbench", "stopping")
        for child in reversed(self._children):
            child.stop(hurry=self._stop_requests > 1)
            await asyncio.wait({running[child]})

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()

        def request() -> None:
            self._stop_requests += 1
            self._stop.set()
            if self._stop_requests > 1:
                for child in self._children:
                    child.stop(hurry=True)

        for name in _STOP_SIGNALS:
            if signal.getsignal(name) != signal.SIG_IGN:  # nohup has said so
                loop.add_signal_handler(name, request)
        if self._while_stdin:
            self._stop_after_stdin(loop)

    def _stop_after_stdin(self, loop: asyncio.AbstractEventLoop) -> None:
        def stop_if_unused() -> None:
            # Held until this stack has ended: who comes now waits, and starts another.
            if self._held.enter_context(only_user(self._settings)):
                self._stop.set()
            else:
                loop.call_later(0.1, stop_if_unused)

        def read() -> None:
            if not os.read(sys.stdin.fileno(), 1024):
                loop.remove_reader(sys.stdin)
                stop_if_unused()

        loop.add_reader(sys.stdin, read)

    async def _announce(self) -> None:
        """Say when the stack is ready, and note which parts have come up."""
        announced = False
        began = time.monotonic()
        while True:
            if all(child.has_come_up for child in self._children):
                began = time.monotonic()
                await asyncio.sleep(1)
                continue
            started = {child: child.pid for child in self._children}
            if all(started.values()) and await self._is_ready():
                if not announced:
                    self._tell("", f"Workbench ready at {self.url}")
                    announced = True
                for child, pid in started.items():
                    child.has_come_up = child.has_come_up or child.pid == pid
            # Tightly at first, so that nobody waits for us; then ever more patiently.
            await asyncio.sleep(min(0.5, _PROBE_SECONDS + (time.monotonic() - began) / 100))

    async def _is_ready(self) -> bool:
        request = "GET /api/v1/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        host = self.url.removeprefix("http://").rpartition(":")[0].strip("[]")
        try:
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection(host, self._settings.port)
                try:
                    writer.write(request.encode())
                    return b" 200 " in await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return False

    def _write_runtime(self) -> None:
        token = self._settings.token
        processes = {
            child.part.name: PartProcess.of(child.pid) for child in self._children if child.pid is not None
        }
        runtime = Runtime(
            url=self.url,
            token=token.get_secret_value() if token else "",
            pid=os.getpid(),
            version=version("notebook-workbench"),
            parts={name: process for name, process in processes.items() if process is not None},
        )
        write_runtime(self._settings, runtime)


def _unheard(name: str, line: str) -> None:
    """Take a line that nobody reads."""


def _running_already(settings: Settings) -> StackRunning:
    runtime = read_runtime(settings)
    where = f"at {runtime.url} (pid {runtime.pid})" if runtime else "and is just starting"
    return StackRunning(
        f"A workbench runs on {settings.data_dir} already, {where}.",
        "Use that one, stop it with 'workbench down', or give another --data-dir.",
        **({"url": runtime.url, "pid": runtime.pid} if runtime else {}),
    )


def _free_port(host: str, port: int) -> int:
    """The port to listen on: the one asked for if it is free, any free one for 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"The workbench cannot listen on {host}:{port}: {error.strerror or error}.",
                "Choose another with --port; --port 0 takes any that is free.",
                host=host,
                port=port,
            ) from error
        chosen: int = probe.getsockname()[1]
        return chosen
