"""A proxy in front of a server: it counts what passes, and can be told to go wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from tests.support.listening import Handler, listening

__all__ = ["Call", "HttpProxy", "running_proxy"]

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "date"}


class Call(NamedTuple):
    """A request that passed, or was to pass."""

    method: str
    path: str


class HttpProxy:
    """What a test holds of a running proxy.

    Args:
        url: Where it listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self._lock = threading.Lock()
        self._down = threading.Event()
        self._lose: Callable[[Call], bool] = lambda _: False
        self._own: dict[str, tuple[int, bytes]] = {}

    @contextmanager
    def down(self) -> Iterator[None]:
        """Break every connection, as a server that is not there, while the context lasts."""
        self._down.set()
        try:
            yield
        finally:
            self._down.clear()

    def lose_answers(self, which: Callable[[Call], bool], times: int = 1) -> None:
        """Forward the next calls that fit, and break off before their answers are passed on."""
        left = times

        def lose(call: Call) -> bool:
            nonlocal left
            with self._lock:
                if left and which(call):
                    left -= 1
                    return True
                return False

        self._lose = lose

    def answer(self, path: str, status: int, body: Any) -> None:
        """Answer calls of a path, whatever their query, in place of the server: with JSON, or with bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._own[path] = (status, content)

    def own_answer(self, call: Call) -> tuple[int, bytes] | None:
        """What is answered in place of the server, if it is to be."""
        return self._own.get(call.path.partition("?")[0])

    def passes(self, call: Call) -> bool:
        """Note a call; whether it may pass."""
        with self._lock:
            self.calls.append(call)
        return not self._down.is_set()

    def answers(self, call: Call) -> bool:
        """Whether the answer to a call may be passed on."""
        return not self._down.is_set() and not self._lose(call)


@contextmanager
def running_proxy(target: str) -> Iterator[HttpProxy]:
    """Run a proxy for as long as the context lasts.

    Args:
        target: The URL of the server behind it.
    """
    with httpx.Client(base_url=target, timeout=60) as client:
        handler = type("Handler", (_Handler,), {"behind": client})
        with listening(handler, HttpProxy) as proxy:
            yield proxy


class _Handler(Handler):
    held: HttpProxy
    behind: httpx.Client

    def _pass(self) -> None:
        call = Call(self.command, self.path)
        body = self.body()
        if not self.held.passes(call):
            self.break_off()
            return
        own = self.held.own_answer(call)
        if own is not None:
            self.answer(*own, {"Content-Type": "application/json"})
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        headers.pop("Host", None)
        answer = self.behind.request(self.command, self.path, headers=headers, content=body)
        if not self.held.answers(call):
            self.break_off()
            return
        self._pass_on(answer)

    def _pass_on(self, answer: httpx.Response) -> None:
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
        if self.command != "HEAD":
            self.answer(answer.status_code, answer.content, headers)
            return
        self.send_response(answer.status_code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", answer.headers.get("Content-Length") or "0")
        self.end_headers()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815 - named by http.server
