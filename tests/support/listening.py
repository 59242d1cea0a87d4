"""Servers of tests: on a free port, in threads of this process, for as long as a context lasts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

__all__ = ["Handler", "listening"]

T = TypeVar("T")


class Handler(BaseHTTPRequestHandler):
    """Takes requests, and says nothing on standard error; subclasses say what is answered.

    Attributes:
        held: What the test holds of the server.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body goes after its head at once, not when that was acknowledged
    held: Any

    def body(self) -> bytes:
        """The body of the request, which must be read before it is answered."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Answer with bytes."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status not in {204, 304}:  # these have no body, not even an empty one
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def answer_json(self, status: int, body: Any) -> None:
        """Answer with JSON."""
        self.answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def break_off(self) -> None:
        """Close the connection without an answer."""
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening(handler: type[Handler], make: Callable[[str], T]) -> Iterator[T]:
    """Run a server for as long as the context lasts.

    Args:
        handler: Answers the requests.
        make: Makes, from the server's URL, what the test holds of it, and the handlers as ``held``.
    """
    own = type("Handler", (handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), own) as server:
        server.daemon_threads = True
        own.held = held = make(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield held
        finally:
            server.shutdown()
            thread.join()
