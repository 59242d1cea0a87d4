"""Objects over HTTP as Supabase's hosted Storage serves them: in the ranges that are asked for."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote

_OBJECT = "/storage/v1/object/workbench"


class Sent(NamedTuple):
    """Bytes of an object that were asked for."""

    name: str
    start: int
    stop: int


class ObjectServer:
    """What a test holds of a running server.

    Args:
        url: Where it listens.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.objects: dict[str, bytes] = {}
        self.sent: list[Sent] = []
        self.break_off_after: int | None = None  # bytes of the next answer's body, which is then cut
        self.refuse: tuple[int, dict[str, str]] | None = None  # what everything is answered with

    @property
    def bytes_asked(self) -> int:
        """How many bytes were asked for, in all."""
        return sum(sent.stop - sent.start for sent in self.sent)


@contextmanager
def running_object_server() -> Iterator[ObjectServer]:
    """Run a server for as long as the context lasts."""

    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        Handler.objects = ObjectServer(f"http://127.0.0.1:{listener.server_port}")
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield Handler.objects
        finally:
            listener.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    objects: ObjectServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._refused():
            return
        if self.path == "/rest/v1/rpc/blob_keys":
            asked = json.loads(body)
            after = asked["p_after"] or ""
            names = sorted(n for n in self.objects.objects if n.startswith(asked["p_prefix"]) and n > after)
            self._answer(200, names[: asked["p_limit"]])
        elif self._name in self.objects.objects:
            self._trouble(409, "Duplicate", "The resource already exists")
        else:
            self.objects.objects[self._name] = body
            self._answer(200, {"Key": f"workbench/{self._name}"})

    def do_DELETE(self) -> None:
        names = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["prefixes"]
        if not self._refused():
            removed = [name for name in names if self.objects.objects.pop(name, None) is not None]
            self._answer(200, [{"name": name} for name in removed])

    def do_GET(self) -> None:
        content = self.objects.objects.get(self._name)
        if self._refused():
            return
        if content is None:
            self._trouble(404, "not_found", "Object not found")
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        start, stop = 0, len(content)
        if asked:
            start, stop = int(asked[1]), min(int(asked[2]) + 1, stop)
            if start >= len(content):
                self._answer(416, {"statusCode": "416", "error": "InvalidRange"})
                return
        self.objects.sent.append(Sent(self._name, start, stop))
        self.send_response(206 if asked else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(stop - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        self.end_headers()
        cut, self.objects.break_off_after = self.objects.break_off_after, None
        try:
            self.wfile.write(content[start:stop][:cut])
        except ConnectionError:  # whoever asked has seen enough
            cut = 0
        self.close_connection = cut is not None

    @property
    def _name(self) -> str:
        return unquote(self.path).removeprefix(f"{_OBJECT}/")

    def _refused(self) -> bool:
        if self.objects.refuse is None:
            return False
        self._answer(*self.objects.refuse)
        return True

    def _trouble(self, status: int, error: str, message: str) -> None:
        self._answer(400, {"statusCode": str(status), "error": error, "message": message})

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
