"""A server that answers as a test has said beforehand, in that order."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.listening import Handler, listening

__all__ = ["BREAK_OFF", "STALL", "Asked", "Scripted", "ScriptedServer", "running_scripted"]


@dataclass(frozen=True)
class Scripted:
    """An answer."""

    status: int = 200
    body: Any = None  # as JSON; bytes as they are
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


BREAK_OFF = Scripted(status=-1)  # take the request, and close the connection
STALL = Scripted(status=-2)  # take the request, and never answer


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class ScriptedServer:
    """What a test holds of it. The last answer stays for all further requests."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.ending = threading.Event()
        self._script = [Scripted()]
        self._lock = threading.Lock()

    def will_answer(self, *script: Scripted) -> None:
        """Say what the next requests are answered with."""
        with self._lock:
            self._script = list(script)
            self.asked.clear()

    def next(self, asked: Asked) -> Scripted:
        """Note a request, and look up its answer."""
        with self._lock:
            self.asked.append(asked)
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]


@contextmanager
def running_scripted() -> Iterator[ScriptedServer]:
    """Run such a server for as long as the context lasts."""
    with listening(_Handler, ScriptedServer) as scripted:
        try:
            yield scripted
        finally:
            scripted.ending.set()


class _Handler(Handler):
    held: ScriptedServer

    def _answer(self) -> None:
        body = self.body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, json.loads(body) if body else None)
        answer = self.held.next(asked)
        if answer is STALL:
            self.held.ending.wait(timeout=60)
        if answer in (STALL, BREAK_OFF):
            self.break_off()
            return
        self.answer(answer.status, answer.content, answer.headers)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - named by http.server
