"""Bad input, case by case: what is given, and the error that must come of it at every door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench import errors
from workbench.errors import WorkbenchError

__all__ = [
    "COMMANDS",
    "FILES",
    "PEOPLE",
    "REQUESTS",
    "UPLOAD_LIMIT",
    "BadCommand",
    "BadFile",
    "BadRequest",
    "shown_well",
]

UPLOAD_LIMIT = 256 << 20
PEOPLE = b"name,age,email\nAda,36,ada@example.org\nBob,41,\nCleo,29,cleo@example.org\n"


@dataclass(frozen=True)
class BadFile:
    """A file that cannot be opened, the error's class, and words that its sentence must have."""

    name: str
    content: bytes
    error: type[WorkbenchError]
    says: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.error.code} {self.name}"


FILES = [
    BadFile("empty.csv", b"", errors.FileEmpty),
    BadFile("blank.csv", b"\n \n\n", errors.FileEmpty),
    BadFile("ragged.csv", b"a,b\n1,2\n3,4,5\n", errors.FileRagged, ("Line 3", "3 fields", "has 2")),
    BadFile("report.csv", b"%PDF-1.7\n", errors.FileFormatMismatch, ("a PDF document",)),
    BadFile("table.parquet", b"a,b\n1,2\n", errors.FileFormatMismatch, ("Parquet",)),
    BadFile("notes.docx", b"PK\x03\x04", errors.FileFormatUnknown),
    BadFile("noending", b"a,b\n1,2\n", errors.FileFormatUnknown),
    BadFile("encoding.csv", b"a,b\n\x81\x8d,\x8f\x90\n", errors.FileEncodingUnknown),
    BadFile("twice.csv", b"a,b,a\n1,2,3\n", errors.FileColumnNames, ("'a'", "columns 1, 3")),
    BadFile("nameless.csv", b"a,,c\n1,2,3\n", errors.FileColumnNames, ("column 2",)),
    BadFile("norows.csv", b"a,b\n", errors.FileWithoutRows),
    BadFile("damaged.parquet", b"PAR1 and nothing more", errors.FileUnreadable),
    BadFile("broken.jsonl", b'{"a": 1}\n{"a": \n', errors.FileUnreadable, ("Line 2",)),
]


@dataclass(frozen=True)
class BadCommand:
    """A command on ``PEOPLE`` that cannot be done: as a plan, as a message, or as both."""

    name: str
    plan: list[dict[str, Any]] | None = None
    error: type[WorkbenchError] = errors.InvalidPlan
    message: str | None = None
    said: type[WorkbenchError] = errors.PlannerRefusal
    says: str = ""

    def __str__(self) -> str:
        return self.name


def _mean_of(column: str) -> list[dict[str, Any]]:
    return [{"kind": "fill_nulls", "columns": [column], "method": "mean"}]


COMMANDS = [
    BadCommand(
        "an unknown column",
        [{"kind": "sort", "by": [{"column": "emial"}]}],
        errors.UnknownColumn,
        "sort by emial",
        errors.MessageUnknownColumn,
        "There is no column 'emial'",
    ),
    BadCommand(
        "an unknown column after a step that could be done",
        [{"kind": "drop_nulls", "columns": ["email"]}, {"kind": "drop_columns", "columns": ["emial"]}],
        errors.UnknownColumn,
        "drop rows where email is null, then drop the column emial",
        errors.MessageUnknownColumn,
        "There is no column 'emial'",
    ),
    BadCommand(
        "text where a number is needed",
        _mean_of("email"),
        errors.TypeMismatch,
        "fill missing email with the mean",
        errors.MessageTypeMismatch,
        "email",
    ),
    BadCommand(
        "no columns left",
        [{"kind": "drop_columns", "columns": ["name", "age", "email"]}],
        errors.NoColumns,
        "drop the columns name, age and email",
        errors.MessageNoColumns,
    ),
    BadCommand("no steps", [], says="no steps"),
    BadCommand("a column list without columns", [{"kind": "select", "columns": []}], says="columns"),
    BadCommand("an unknown kind", [{"kind": "drop_nuls"}], says="'drop_nuls'"),
    BadCommand("a kind that is no text", [{"kind": ["drop_nulls"]}], says="kind"),
    BadCommand("a parameter of the wrong type", [{"kind": "head", "n": "many"}], says="n: "),
    BadCommand("an unknown parameter", [{"kind": "head", "n": 1, "rows": 1}], says="rows: "),
    BadCommand("too many steps", [{"kind": "head", "n": 1}] * 101, says="101 steps"),
    BadCommand("no words", message=" ", said=errors.MessageEmpty),
    BadCommand("too many words", message="sort by age " * 400, said=errors.MessageTooLong, says="4,000"),
    BadCommand("words that mean nothing", message="frobnicate the gizmo", says="gizmo"),
    BadCommand("something else", message="plot a histogram of age", said=errors.MessageOutside),
]


@dataclass(frozen=True)
class BadRequest:
    """A request that is refused at once; ``{session}``, ``{node}`` and ``{foreign}`` are filled in."""

    method: str
    path: str
    code: str
    status: int
    send: Any = None  # a body: bytes as they are, or what is sent as JSON

    def __str__(self) -> str:
        return f"{self.method} {self.path} {str(self.send)[:40] if self.send is not None else ''}".strip()

    def options(self, **places: str) -> dict[str, Any]:
        if isinstance(self.send, bytes):
            return {"content": self.send, "headers": {"Content-Type": "application/json"}}
        if self.send is None:
            return {}
        return {"json": {k: v.format(**places) if isinstance(v, str) else v for k, v in self.send.items()}}


_CHAT, _PLAN, _ROWS = "/sessions/{session}/chat", "/sessions/{session}/transformations", "/nodes/{node}/rows"

REQUESTS = [
    BadRequest("GET", "/sessions/unknown", "session_not_found", 404),
    BadRequest("GET", "/sessions/" + "0" * 5_000, "session_not_found", 404),
    BadRequest("DELETE", "/sessions/unknown", "session_not_found", 404),
    BadRequest("POST", "/sessions/unknown/chat", "session_not_found", 404, {"message": "sort by age"}),
    BadRequest("POST", "/sessions/unknown/undo", "session_not_found", 404),
    BadRequest("GET", "/nodes/unknown", "node_not_found", 404),
    BadRequest("GET", "/nodes/unknown/rows", "node_not_found", 404),
    BadRequest("GET", "/nodes/unknown/data", "node_not_found", 404),
    BadRequest("GET", "/nodes/{node}/diff/unknown", "node_not_found", 404),
    BadRequest("POST", _CHAT, "node_not_found", 404, {"message": "sort by age", "node_id": "unknown"}),
    BadRequest("POST", _CHAT, "node_not_found", 404, {"message": "sort by age", "node_id": "{foreign}"}),
    BadRequest("PATCH", "/sessions/{session}", "node_not_found", 404, {"head": "{foreign}"}),
    BadRequest("GET", "/tasks/unknown", "task_not_found", 404),
    BadRequest("GET", "/tasks/unknown/result", "task_not_found", 404),
    BadRequest("DELETE", "/tasks/unknown", "task_not_found", 404),
    BadRequest("POST", "/sessions/{session}/undo", "nothing_to_undo", 409),
    BadRequest("POST", _CHAT, "malformed_json", 400, b'{"message": '),
    BadRequest("POST", _CHAT, "malformed_json", 400, b"\xff\xfe\x00"),
    BadRequest("POST", _CHAT, "malformed_json", 400, b"[" * 100_000),
    BadRequest("POST", _CHAT, "invalid_parameter", 422, b'{"message": "\\ud800"}'),
    BadRequest("POST", _CHAT, "invalid_parameter", 422, b'{"message": "a\\u0000"}'),
    BadRequest("POST", _CHAT, "invalid_parameter", 422, b"[]"),
    BadRequest("POST", _CHAT, "invalid_parameter", 422, {"message": 7}),
    BadRequest("POST", _CHAT, "invalid_parameter", 422, {"massage": "sort by age"}),
    BadRequest("POST", _CHAT, "request_too_large", 413, {"message": "x" * 9_000_000}),
    BadRequest("POST", _PLAN, "malformed_json", 400, b'{"plan": [{]}'),
    BadRequest("POST", _PLAN, "invalid_parameter", 422, b'{"plan": [7]}'),
    BadRequest("POST", "/sessions/{session}/datasets", "invalid_parameter", 422, b"{}"),
    BadRequest("PATCH", "/sessions/{session}", "invalid_parameter", 422, {}),
    BadRequest("POST", "/sessions", "invalid_parameter", 422, {"name": "n" * 201}),
    BadRequest("GET", f"{_ROWS}?offset=-1", "invalid_parameter", 422),
    BadRequest("GET", f"{_ROWS}?limit=1000000000", "invalid_parameter", 422),
    BadRequest("GET", f"{_ROWS}?columns=emial", "unknown_column", 422),
    BadRequest("GET", "/nodes/{node}/data?format=pdf", "invalid_parameter", 422),
    BadRequest("GET", "/nodes/{node}/data?columns=emial", "unknown_column", 422),
    BadRequest("GET", "/nodes/{node}/profile?columns=emial", "unknown_column", 422),
    BadRequest("GET", "/nodes/{node}/recipe?format=pdf", "invalid_parameter", 422),
    BadRequest("GET", "/nowhere", "not_found", 404),
]


def shown_well(sentence: str, hint: str) -> None:
    """Check what every error must have: a sentence that can be read, and a hint."""
    assert sentence.endswith((".", "?")), sentence
    assert len(sentence) < 400, sentence
    assert hint
    assert "Traceback" not in sentence + hint
