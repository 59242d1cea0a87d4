"""Objects over HTTP as Supabase's hosted Storage serves them: in the ranges that are asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import unquote

from tests.support.listening import Handler, listening

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
    with listening(_Handler, ObjectServer) as server:
        yield server


class _Handler(Handler):
    held: ObjectServer

    def do_POST(self) -> None:
        body = self.body()
        if self._refused():
            return
        if self.path == "/rest/v1/rpc/blob_keys":
            asked = json.loads(body)
            after = asked["p_after"] or ""
            names = sorted(n for n in self.held.objects if n.startswith(asked["p_prefix"]) and n > after)
            self.answer_json(200, names[: asked["p_limit"]])
        elif self._name in self.held.objects:
            self._trouble(409, "Duplicate", "The resource already exists")
        else:
            self.held.objects[self._name] = body
            self.answer_json(200, {"Key": f"workbench/{self._name}"})

    def do_DELETE(self) -> None:
        names = json.loads(self.body())["prefixes"]
        if not self._refused():
            removed = [name for name in names if self.held.objects.pop(name, None) is not None]
            self.answer_json(200, [{"name": name} for name in removed])

    def do_GET(self) -> None:
        content = self.held.objects.get(self._name)
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
                self.answer_json(416, {"statusCode": "416", "error": "InvalidRange"})
                return
        self.held.sent.append(Sent(self._name, start, stop))
        self.send_response(206 if asked else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(stop - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        self.end_headers()
        cut, self.held.break_off_after = self.held.break_off_after, None
        try:
            self.wfile.write(content[start:stop][:cut])
        except ConnectionError:  # whoever asked has seen enough
            cut = 0
        self.close_connection = cut is not None

    @property
    def _name(self) -> str:
        return unquote(self.path).removeprefix(f"{_OBJECT}/")

    def _refused(self) -> bool:
        if self.held.refuse is None:
            return False
        self.answer_json(*self.held.refuse)
        return True

    def _trouble(self, status: int, error: str, message: str) -> None:
        self.answer_json(400, {"statusCode": str(status), "error": error, "message": message})
