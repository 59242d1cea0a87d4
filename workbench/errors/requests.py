"""What is wrong with a request, or with the moment at which it comes."""

from __future__ import annotations

from typing import ClassVar, Self

from workbench.errors.base import WorkbenchError

__all__ = [
    "Conflict",
    "DatasetNotFound",
    "Forbidden",
    "HostNotAllowed",
    "IdempotencyConflict",
    "InvalidParameter",
    "InvalidPlan",
    "InvalidRequest",
    "MalformedJson",
    "MessageEmpty",
    "MessageTooLong",
    "MethodNotAllowed",
    "NodeNotFound",
    "NotFound",
    "NothingToRedo",
    "NothingToUndo",
    "PortTaken",
    "RequestTooLarge",
    "SessionBusy",
    "SessionEmpty",
    "SessionNotFound",
    "SessionTaken",
    "SessionWentOn",
    "SignInFailed",
    "StackRunning",
    "TaskNotFound",
    "TokenExpired",
    "TooManyTasks",
    "Unauthorized",
    "UploadTooLarge",
]


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


class TokenExpired(Unauthorized):
    """The access token was right once, and has expired."""

    code, title = "token_expired", "The access token has expired"


class SignInFailed(Unauthorized):
    """Nobody is signed in, or could be (raised by the client)."""

    code, title = "sign_in_failed", "Signing in did not succeed"


class Forbidden(WorkbenchError):
    """What is named is of another session, or somebody else's; no request of ours leads there."""

    code, status, title = "forbidden", 403, "This belongs to another session"


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


class SessionTaken(Conflict):
    """A session cannot be copied: where it is to go, its id, or a node's, is in use (raised by ``push``)."""

    code, title = "session_taken", "The id of the session is taken"


class SessionWentOn(Conflict):
    """A session was changed where it is copied to, while it was copied (raised by ``push``)."""

    code, title = "session_went_on", "The session went on while it was copied"


class NothingToUndo(Conflict):
    """The head is where the session began."""

    code, title = "nothing_to_undo", "There is nothing to undo"


class NothingToRedo(Conflict):
    """Nothing was undone since the last command."""

    code, title = "nothing_to_redo", "There is nothing to redo"


class IdempotencyConflict(Conflict):
    """The same Idempotency-Key came with another request."""

    code, status, title = "idempotency_conflict", 422, "The idempotency key was used for another request"


class TooManyTasks(Conflict):
    """As many tasks wait or run, of the session or of the user, as may at one time."""

    code, status, title = "too_many_tasks", 429, "Too many tasks wait already"


class StackRunning(Conflict):
    """One stack runs on the data folder already."""

    code, title = "stack_running", "A workbench runs on this data folder already"


class PortTaken(Conflict):
    """Another program listens on the port."""

    code, title = "port_taken", "The port is taken"
