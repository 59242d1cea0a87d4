"""A server that answers as a test has said beforehand, in that order."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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

    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.scripted = scripted = ScriptedServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield scripted
    finally:
        scripted.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scripted: ScriptedServer

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, json.loads(body) if body else None)
        answer = self.scripted.next(asked)
        if answer is STALL:
            self.scripted.ending.wait(timeout=60)
        if answer in (STALL, BREAK_OFF):
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""
