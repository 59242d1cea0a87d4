"""Errors as problem details (RFC 9457): the one place where they become HTTP.

Whatever goes wrong leaves as ``application/problem+json`` with a stable ``code``, a sentence that says
what was wrong, and a hint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from workbench.errors import (
    InternalError,
    InvalidParameter,
    InvalidRequest,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
    RequestTooLarge,
    Unauthorized,
    WorkbenchError,
)
from workbench.ids import new_id

__all__ = ["PROBLEM_JSON", "install", "internal_problem", "problem", "problem_facts"]

PROBLEM_JSON = "application/problem+json"

_CHALLENGE = 'Bearer realm="workbench"'

_log = structlog.get_logger(__name__)


def problem_facts(error: WorkbenchError, instance: str | None = None) -> dict[str, Any]:
    """Write an error as the body of a problem.

    Args:
        error: What went wrong.
        instance: The address at which it did.
    """
    facts = {"type": f"urn:workbench:problem:{error.code}", **error.to_dict()}
    return facts if instance is None else {**facts, "instance": instance}


def problem(error: WorkbenchError, instance: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Answer with an error.

    Args:
        error: What went wrong.
        instance: The path of the request.
        headers: More headers.
    """
    more = dict(headers or {})
    if isinstance(error, Unauthorized):
        more.setdefault("WWW-Authenticate", _CHALLENGE)
    if error.status in {429, 503}:
        more.setdefault("Retry-After", "1")
    return JSONResponse(problem_facts(error, instance), error.status, headers=more, media_type=PROBLEM_JSON)


def internal_problem(error: Exception, instance: str) -> JSONResponse:
    """Answer to a fault of ours: the traceback goes to the log, an incident id to the caller."""
    incident = new_id()
    _log.exception("unexpected error", incident=incident, path=instance, exc_info=error)
    facts = InternalError(
        "The workbench met an error that it did not expect.",
        f"The log has the details under the incident {incident}.",
        incident=incident,
    )
    return problem(facts, instance)


def install(app: FastAPI) -> None:
    """Let an application answer every error with a problem."""
    app.exception_handler(WorkbenchError)(_on_workbench_error)
    app.exception_handler(RequestValidationError)(_on_validation_error)
    app.exception_handler(HTTPException)(_on_http_exception)


async def _on_workbench_error(request: Request, error: WorkbenchError) -> JSONResponse:
    if error.status >= 500 and not request.url.path.endswith("/ready"):
        _log.error("request failed", code=error.code, reason=error.message, path=request.url.path)
    return problem(error, request.url.path, _challenge(request, error))


def _challenge(request: Request, error: WorkbenchError) -> dict[str, str]:
    """Say what was wrong with a token, where one was given (RFC 6750, section 3)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not isinstance(error, Unauthorized) or scheme.lower() != "bearer" or not token.strip():
        return {}
    return {"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token", error_description="{error.title}"'}


async def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    return problem(_explained(error.errors()), request.url.path)


async def _on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    headers = dict(error.headers or {})
    if error.status_code == MethodNotAllowed.status:
        headers["Allow"] = _allowed(request.app, request.url.path) or headers.get("Allow", "")
    return problem(_translated(request, error, headers), request.url.path, headers)


def _allowed(app: FastAPI, path: str) -> str:
    """The methods that an address takes; the router itself names those of one operation only."""
    found = {
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
        for method in operations
    }
    return ", ".join(sorted(found))


def _translated(request: Request, error: HTTPException, headers: Mapping[str, str]) -> WorkbenchError:
    path = request.url.path
    match error.status_code:
        case 404:
            return NotFound(
                f"There is nothing at '{path}'.", "GET /openapi.json lists the operations.", path=path
            )
        case 405:
            return MethodNotAllowed(
                f"'{path}' does not take {request.method}.", f"It takes {headers['Allow']}."
            )
        case 413:
            return RequestTooLarge(
                "The body of the request is too large.",
                "Send less in one request; a file is uploaded to a session's datasets.",
            )
        case 400 if error.__cause__ is not None:
            # What reading a body raises besides a syntax error: nested too deeply, not UTF-8.
            return MalformedJson(
                f"The body cannot be read as JSON: {_reason(error.__cause__)}.",
                "Send plainer JSON, in UTF-8.",
            )
        case status if status < 500:
            return InvalidRequest(str(error.detail), "GET /openapi.json describes the operations.")
    return InternalError(str(error.detail))


def _reason(cause: BaseException) -> str:
    match cause:
        case RecursionError():
            return "it is nested too deeply"
        case UnicodeError():
            return "it is not UTF-8"
    return "it is damaged"


def _explained(errors: Any) -> WorkbenchError:
    first = errors[0]
    if first["type"] == "json_invalid":
        position = first["loc"][-1]
        reason = first.get("ctx", {}).get("error", "it cannot be read")
        return MalformedJson(
            f"The body is not valid JSON: {reason} (character {position}).",
            "Check the quotes and the commas.",
        )
    parameters = [_parameter(error) for error in errors]
    sentences = "; ".join(f"{found['name']}: {found['reason']}" for found in parameters)
    if first["loc"] == ("body",):
        hint = "Send a JSON object, with 'Content-Type: application/json'."
    else:
        hint = "GET /openapi.json describes the parameters."
    return InvalidParameter(f"The request does not fit: {sentences}.", hint, parameters=parameters)


def _parameter(error: Mapping[str, Any]) -> dict[str, str]:
    place, *path = (str(part) for part in error["loc"])
    return {"name": ".".join(path) or place, "in": place, "reason": error["msg"]}
