"""Small files that would become large ones: each ends with a reason, and the worker goes on with its work."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from tests.support.caller import Caller
from tests.support.stack import RunningStack

# Texts that refer to texts that refer to texts: a gigabyte, if they were put in their places.
_LAUGHS = b"<!ENTITY l0 'laugh'>" + b"".join(
    b"<!ENTITY l%d '%s'>" % (depth, b"&l%d;" % (depth - 1) * 10) for depth in range(1, 10)
)
_THIEF = b"<!ENTITY l9 SYSTEM 'file:///etc/passwd'>"


def workbook(change: Callable[[str, bytes], bytes]) -> bytes:
    """A small workbook with its parts changed."""
    book, plain, changed = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for row in (["name", "age"], ["Ada", 36]):
        book.active.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as parts, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in parts.namelist():
            target.writestr(name, change(name, parts.read(name)))
    return changed.getvalue()


def referring(entities: bytes) -> Callable[[str, bytes], bytes]:
    """The text of a cell is what an entity stands for."""

    def change(name: str, part: bytes) -> bytes:
        if b"Ada" not in part:
            return part
        root = re.search(rb"<[a-zA-Z]", part)
        assert root is not None
        start = root.start()
        return part[:start] + b"<!DOCTYPE x [" + entities + b"]>" + part[start:].replace(b"Ada", b"&l9;")

    return change


def far_away(name: str, part: bytes) -> bytes:
    """A cell at the other end of the sheet."""
    return part.replace(b'r="B2"', b'r="XFD1048576"').replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')


BOMBS = {
    "laughs.xlsx": workbook(referring(_LAUGHS)),
    "thief.xlsx": workbook(referring(_THIEF)),
    "far.xlsx": workbook(far_away),
    "wide.csv": ",".join(f"c{number}" for number in range(100_001)).encode() + b"\n" + b"," * 100_000,
    "wide.jsonl": json.dumps({f"c{number}": 1 for number in range(100_001)}).encode(),
    "deep.jsonl": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "digits.jsonl": b'{"a": ' + b"9" * 5_000_000 + b"}",
    "zeros.csv.gz": gzip.compress(b"a,b\n" + bytes(100_000_000)),
    "blanks.csv.gz": gzip.compress(b"a,b\n" + b"\n" * 100_000_000),
    "quotes.csv.gz": gzip.compress(b'a,b\n"' + b"x" * 100_000_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_does_not_become_a_large_one(stack: RunningStack, name: str) -> None:
    content = BOMBS[name]
    assert len(content) < 6_000_000
    worker = stack.part("worker").pid
    with stack.http() as http:
        caller = Caller(http)
        path = f"/sessions/{http.post('/sessions', json={'name': name}).json()['id']}"
        answer = http.post(f"{path}/datasets", files={"file": (name, content)})
        ended = caller.ended(answer.json()["task_id"])
        assert ended["status"] == "FAILURE", ended
        assert ended["error"]["code"].startswith("file_"), ended  # a process that was lost has another
        assert "root:" not in json.dumps(ended)
        assert http.delete(path).status_code == 204
    assert stack.part("worker").pid == worker
