"""Every error of the workbench, with its stable code and its HTTP status.

::

    WorkbenchError
    ├── InvalidRequest              the request itself is wrong (400, 413, 415, 422)
    │   ├── MalformedJson, InvalidPlan, MessageEmpty, MessageTooLong, InvalidParameter
    │   ├── MethodNotAllowed, HostNotAllowed
    │   └── UploadTooLarge, RequestTooLarge
    ├── NotFound                    unknown, or somebody else's (404)
    │   ├── SessionNotFound, NodeNotFound, TaskNotFound, DatasetNotFound
    ├── Conflict                    right in itself, but not now (409)
    │   ├── SessionEmpty, SessionBusy, NothingToUndo, NothingToRedo, IdempotencyConflict
    │   └── StackRunning, PortTaken
    ├── Unauthorized                no token, or a wrong one (401)
    ├── DataError                   the data do not allow it (422)
    │   ├── UnknownColumn, DuplicateColumn, TypeMismatch, NoColumns, ValueUnreadable
    │   └── IngestError
    │       ├── FileEmpty, FileWithoutRows, FileRagged, FileFormatUnknown, FileFormatMismatch,
    │       └── FileEncodingUnknown, FileColumnNames, FileUnreadable, FileMissing
    ├── PlannerRefusal              the message was not understood (422)
    │   ├── MessageAmbiguous, MessageOutside
    │   └── MessageUnknownColumn (an UnknownColumn, too), MessageTypeMismatch, MessageNoColumns
    ├── Unavailable                 a part of the stack is not there (503)
    │   ├── StoreUnavailable, BrokerUnavailable, WorkerUnavailable, ApiUnavailable
    │   └── PartFailed
    ├── TaskEnded                   the task ended without a result
    │   ├── TaskCancelled, WorkerLost, TaskTimedOut, OutOfMemory, LeaseLost
    └── InternalError               a fault of ours (500)

An error is built from facts, says in one sentence what was wrong, and carries a hint that says what
to do. It survives pickle (Celery) and JSON (the API): ``error_from_dict(error.to_dict())`` is equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from rapidfuzz import process

__all__ = ["WorkbenchError", "error_from_dict", "nearest"]  # the classes are added below


def nearest(name: str, known: Iterable[str], *, limit: int = 3, cutoff: float = 60.0) -> list[str]:
    """Find the known names that look most like a given one, whatever their case.

    Args:
        name: The name that was not found.
        known: The names there are.
        limit: How many to return at most.
        cutoff: The least similarity, 0 to 100.

    Returns:
        The nearest names, best first.

    Example:
        >>> nearest("emial", ["email", "age", "e_mail"])
        ['email', 'e_mail']
    """
    found = process.extract(name, list(known), processor=str.casefold, limit=limit, score_cutoff=cutoff)
    return [match for match, _, _ in found]


def _or(names: Iterable[str]) -> str:
    return " or ".join(f"'{name}'" for name in names)


class WorkbenchError(Exception):
    """The root of all errors of the workbench.

    Args:
        message: One sentence: what was wrong, and where.
        hint: One sentence: what to do about it; may be empty.
        details: Facts for programs, JSON-serialisable.
    """

    code: ClassVar[str] = "workbench_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, message: str, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return error_from_dict, (self.to_dict(),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkbenchError) and self.to_dict() == other.to_dict()

    __hash__ = Exception.__hash__

    def to_dict(self) -> dict[str, Any]:
        """Write the error as JSON-serialisable facts: the ``error`` of a failed task.

        Example:
            >>> UnknownColumn.among("emial", ["email"]).to_dict()["code"]
            'unknown_column'
        """
        return {
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.message,
            "hint": self.hint,
            **({"details": self.details} if self.details else {}),
        }

    def _render_traceback_(self) -> list[str]:
        """Show the error in IPython as what it is: a sentence and a hint, without our stack."""
        hint = [f"  {self.hint}"] if self.hint else []
        return [f"{type(self).__name__} [{self.code}]: {self.message}", *hint]


class InvalidRequest(WorkbenchError):
    """The request itself is wrong."""

    code, status, title = "invalid_request", 422, "The request cannot be used as it is"


class MalformedJson(InvalidRequest):
    """The body is not JSON."""

    code, status, title = "malformed_json", 400, "The body is not valid JSON"


class InvalidParameter(InvalidRequest):
    """A parameter is out of its bounds or of the wrong type."""

    code, title = "invalid_parameter", "A parameter is not what it should be"


class InvalidPlan(InvalidRequest):
    """A plan names an unknown transformation, or gives one parameters that do not fit."""

    code, title = "invalid_plan", "The plan cannot be used as it is"


class MessageEmpty(InvalidRequest):
    """A chat message without words."""

    code, title = "message_empty", "The message is empty"


class MessageTooLong(InvalidRequest):
    """A chat message beyond the limit."""

    code, title = "message_too_long", "The message is too long"


class MethodNotAllowed(InvalidRequest):
    """The address exists, but not for this method."""

    code, status, title = "method_not_allowed", 405, "The method is not allowed here"


class HostNotAllowed(InvalidRequest):
    """A ``Host`` header that is not ours: a page elsewhere may be trying to reach the local API."""

    code, status, title = "host_not_allowed", 421, "The API does not answer under this host name"


class RequestTooLarge(InvalidRequest):
    """A JSON body beyond the limit."""

    code, status, title = "request_too_large", 413, "The request is too large"

    @classmethod
    def over(cls, limit: int) -> Self:
        """Say which limit was passed, in bytes."""
        return cls(
            f"The body of the request is larger than {limit:,} bytes.",
            "Send less in one request; a file is uploaded to a session's datasets.",
            limit=limit,
        )


class UploadTooLarge(InvalidRequest):
    """A file beyond ``WORKBENCH_MAX_UPLOAD_BYTES``."""

    code, status, title = "upload_too_large", 413, "The file is too large"

    @classmethod
    def over(cls, limit: int) -> Self:
        """Say which limit was passed, in bytes."""
        return cls(
            f"The file is larger than the limit of {limit:,} bytes.",
            "Raise WORKBENCH_MAX_UPLOAD_BYTES, or open a part of the file.",
            limit=limit,
        )


class Unauthorized(WorkbenchError):
    """No token, or one that does not fit."""

    code, status, title = "unauthorized", 401, "A valid token is needed"


class NotFound(WorkbenchError):
    """Unknown, or somebody else's: the answer is the same."""

    code, status, title = "not_found", 404, "Not found"
    noun: ClassVar[str] = "resource"

    @classmethod
    def of(cls, identifier: str) -> Self:
        """Say what was looked for."""
        shown = identifier if len(identifier) <= 80 else f"{identifier[:78]} …"
        return cls(
            f"There is no {cls.noun} '{shown}'.",
            f"List the {cls.noun}s that there are, or check the id.",
            id=identifier,
        )


class SessionNotFound(NotFound):
    """No such session."""

    code, title, noun = "session_not_found", "Session not found", "session"


class NodeNotFound(NotFound):
    """No such node."""

    code, title, noun = "node_not_found", "Node not found", "node"


class TaskNotFound(NotFound):
    """No such task."""

    code, title, noun = "task_not_found", "Task not found", "task"


class DatasetNotFound(NotFound):
    """No dataset of that name in the session."""

    code, title, noun = "dataset_not_found", "Dataset not found", "dataset"


class Conflict(WorkbenchError):
    """Right in itself, but not in the state that things are in."""

    code, status, title = "conflict", 409, "Not possible right now"


class SessionEmpty(Conflict):
    """A command before any data were opened."""

    code, title = "session_empty", "The session has no data yet"


class SessionBusy(Conflict):
    """The head cannot be moved while commands wait or run."""

    code, title = "session_busy", "Commands of the session are still running"


class NothingToUndo(Conflict):
    """The head is where the session began."""

    code, title = "nothing_to_undo", "There is nothing to undo"


class NothingToRedo(Conflict):
    """Nothing was undone since the last command."""

    code, title = "nothing_to_redo", "There is nothing to redo"


class IdempotencyConflict(Conflict):
    """The same Idempotency-Key came with another request."""

    code, status, title = "idempotency_conflict", 422, "The idempotency key was used for another request"


class StackRunning(Conflict):
    """One stack runs on the data folder already."""

    code, title = "stack_running", "A workbench runs on this data folder already"


class PortTaken(Conflict):
    """Another program listens on the port."""

    code, title = "port_taken", "The port is taken"


class DataError(WorkbenchError):
    """The data do not allow what was asked."""

    code, status, title = "data_error", 422, "The data do not allow it"


class UnknownColumn(DataError):
    """A column that the table does not have."""

    code, title = "unknown_column", "Unknown column"

    @classmethod
    def among(cls, name: str, columns: Iterable[str]) -> Self:
        """Say which column is missing, and which ones look like it."""
        columns = list(columns)
        near = nearest(name, columns)
        if near:
            hint = f"Did you mean {_or(near)}?"
        elif columns:
            shown = ", ".join(columns[:12]) + (", …" if len(columns) > 12 else "")
            hint = f"The columns are: {shown}."
        else:
            hint = "The table has no columns."
        return cls(f"There is no column '{name}'.", hint, column=name, nearest=near)


class DuplicateColumn(DataError):
    """A step would give two columns one name."""

    code, title = "duplicate_column", "Two columns would have one name"

    @classmethod
    def named(cls, name: str) -> Self:
        """Say which name is taken."""
        return cls(
            f"There is a column '{name}' already.",
            "Choose another name, or drop that one first.",
            column=name,
        )


class TypeMismatch(DataError):
    """A column is not of the type that the step needs."""

    code, title = "type_mismatch", "A column is of the wrong type"

    @classmethod
    def of(cls, column: str, dtype: str, needed: str, *, doing: str = "this step") -> Self:
        """Say which column, what it is and what is needed.

        Args:
            column: The column.
            dtype: What it is (pandas' name of the dtype).
            needed: What is needed, as a noun: "numbers", "text", "dates".
            doing: What needs it.
        """
        return cls(
            f"Column '{column}' is {dtype}, but {doing} needs {needed}.",
            f"Cast the column to {needed} first, or choose another column.",
            column=column,
            dtype=dtype,
            needed=needed,
        )


class NoColumns(DataError):
    """A step would leave a table without columns."""

    code, title = "no_columns", "No column would be left"


class ValueUnreadable(DataError):
    """A value could not be read as the type that was asked for."""

    code, title = "value_unreadable", "A value could not be read"


class IngestError(DataError):
    """A file could not be opened as a table."""

    code, title = "ingest_error", "The file cannot be opened as a table"


class FileEmpty(IngestError):
    """A file of no bytes, or of nothing but blank lines."""

    code, title = "file_empty", "The file is empty"


class FileWithoutRows(IngestError):
    """A header, and no row under it."""

    code, title = "file_without_rows", "The file has no rows"


class FileRagged(IngestError):
    """Lines with more or fewer fields than the header."""

    code, title = "file_ragged", "The lines of the file differ in their number of fields"


class FileFormatUnknown(IngestError):
    """An ending that says nothing to us."""

    code, status, title = "file_format_unknown", 415, "The format of the file is not known"


class FileFormatMismatch(IngestError):
    """The ending says one thing, the bytes say another."""

    code, title = "file_format_mismatch", "The file is not what its ending says"


class FileEncodingUnknown(IngestError):
    """Bytes that are text in none of the encodings tried."""

    code, title = "file_encoding_unknown", "The encoding of the file is not known"


class FileColumnNames(IngestError):
    """Two columns with one name, or one without a name."""

    code, title = "file_column_names", "The column names of the file cannot be used"


class FileUnreadable(IngestError):
    """A damaged file."""

    code, title = "file_unreadable", "The file is damaged"


class FileMissing(IngestError):
    """A path at which there is no file (raised by the client)."""

    code, status, title = "file_missing", 404, "There is no such file"


class PlannerRefusal(WorkbenchError):
    """The message was not understood, or cannot be done: details hold the words and suggestions."""

    code, status, title = "message_not_understood", 422, "The message was not understood"


class MessageAmbiguous(PlannerRefusal):
    """The message has two readings that differ in effect."""

    code, title = "message_ambiguous", "The message can be read in two ways"


class MessageOutside(PlannerRefusal):
    """The message asks for something that is not a transformation of a table."""

    code, title = "message_outside", "The message asks for something outside of the workbench"


class MessageUnknownColumn(PlannerRefusal, UnknownColumn):
    """The message has a word where only a column can stand, and there is no such column."""

    code, title = "message_unknown_column", "The message names an unknown column"


class MessageTypeMismatch(PlannerRefusal, TypeMismatch):
    """The message asks of a column what its type does not allow."""

    code, title = "message_type_mismatch", "The message asks for what the type of a column does not allow"


class MessageNoColumns(PlannerRefusal, NoColumns):
    """The message would leave a table without columns."""

    code, title = "message_no_columns", "The message would leave no column"


class Unavailable(WorkbenchError):
    """A part of the stack does not answer."""

    code, status, title = "unavailable", 503, "A part of the workbench does not answer"


class StoreUnavailable(Unavailable):
    """The store does not answer."""

    code, title = "store_unavailable", "The store does not answer"


class BrokerUnavailable(Unavailable):
    """The broker does not answer."""

    code, title = "broker_unavailable", "The broker does not answer"


class WorkerUnavailable(Unavailable):
    """No worker is running: tasks are taken, and wait."""

    code, title = "worker_unavailable", "No worker is running"


class ApiUnavailable(Unavailable):
    """The API does not answer (raised by the client)."""

    code, title = "api_unavailable", "The workbench does not answer"


class PartFailed(Unavailable):
    """A part of the embedded stack does not stay up."""

    code, title = "part_failed", "A part of the workbench does not stay up"


class TaskEnded(WorkbenchError):
    """A task ended without a result."""

    code, status, title = "task_ended", 500, "The task ended without a result"


class TaskCancelled(TaskEnded):
    """The task was cancelled by its owner."""

    code, status, title = "task_cancelled", 409, "The task was cancelled"


class WorkerLost(TaskEnded):
    """The worker died at this task, more than once."""

    code, title = "worker_lost", "The worker was lost"


class TaskTimedOut(TaskEnded):
    """The task took longer than it may."""

    code, title = "task_timed_out", "The task took too long"


class OutOfMemory(TaskEnded):
    """The task needs more memory than the worker has."""

    code, status, title = "out_of_memory", 507, "The worker has too little memory"


class LeaseLost(TaskEnded):
    """Another worker has taken the task over; this one's work is void."""

    code, title = "lease_lost", "Another worker has taken the task over"


class InternalError(WorkbenchError):
    """A fault of ours."""

    code, title = "internal_error", "An unexpected error inside the workbench"


def _tree(root: type[WorkbenchError]) -> list[type[WorkbenchError]]:
    return [root, *(found for child in root.__subclasses__() for found in _tree(child))]


_BY_CODE = {kind.code: kind for kind in _tree(WorkbenchError)}
__all__ += [kind.__name__ for kind in _BY_CODE.values() if kind is not WorkbenchError]


def error_from_dict(facts: Mapping[str, Any]) -> WorkbenchError:
    """Read an error from the facts that ``to_dict`` wrote, or from a problem+json body.

    Args:
        facts: At least ``code`` and ``detail``.

    Returns:
        An error of the class that the code names; ``WorkbenchError`` where it is not known.

    Example:
        >>> error_from_dict({"code": "file_empty", "detail": "x.csv is empty."})
        FileEmpty('x.csv is empty.')
    """
    kind = _BY_CODE.get(str(facts.get("code")), WorkbenchError)
    return kind(
        str(facts.get("detail") or facts.get("title") or "Unknown error"),
        str(facts.get("hint") or ""),
        **dict(facts.get("details") or {}),
    )
