"""What a project's errors become: one of ours, with a sentence and a hint, and no secret in it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import jwt
import pytest

from workbench.errors import (
    InternalError,
    InvalidParameter,
    StoreFull,
    StoreKeyRefused,
    StoreNotMigrated,
    StoreUnavailable,
    TokenExpired,
    Unauthorized,
    WorkbenchError,
    error_from_dict,
)
from workbench.store.supabase.failures import Trouble, of_response, of_transport

URL = "https://abc.supabase.co"


def answer(status: int, body: Any = b"") -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, request=httpx.Request("GET", f"{URL}/rest/v1/tasks"))


def database(status: int, code: str, message: str) -> httpx.Response:
    return answer(status, {"code": code, "message": message, "details": None, "hint": None})


def storage(status: str, error: str, message: str) -> httpx.Response:
    return answer(400, {"statusCode": status, "error": error, "message": message})


OF_USERS: list[tuple[httpx.Response, type[WorkbenchError], str]] = [
    (database(401, "PGRST303", "JWT expired"), TokenExpired, "expired"),
    (database(401, "PGRST301", "JWT expired"), TokenExpired, "expired"),
    (storage("403", "Unauthorized", '"exp" claim timestamp check failed'), TokenExpired, "expired"),
    (storage("400", "InvalidJWT", "jwt expired"), TokenExpired, "expired"),
    (database(401, "PGRST301", "No suitable key was found to decode the JWT"), Unauthorized, "accept"),
    (storage("403", "Unauthorized", "Invalid Compact JWS"), Unauthorized, "accept"),
    (database(403, "42501", "permission denied for function claim_task"), Unauthorized, "allow"),
    (answer(401, {"message": "Invalid API key", "hint": "Double check"}), StoreKeyRefused, "key"),
    (answer(401, {"message": "No API key found in request"}), StoreKeyRefused, "key"),
    (
        database(409, "23503", 'violates foreign key constraint "sessions_owner_fkey"'),
        Unauthorized,
        "no longer there",
    ),
]
OF_ALL: list[tuple[httpx.Response, type[WorkbenchError], str]] = [
    (database(404, "PGRST202", "Could not find the function"), StoreNotMigrated, "supabase db push"),
    (database(404, "PGRST205", "Could not find the table"), StoreNotMigrated, "supabase db push"),
    (database(404, "42P01", 'relation "tasks" does not exist'), StoreNotMigrated, "supabase db push"),
    (database(404, "42883", "function does not exist"), StoreNotMigrated, "supabase db push"),
    (storage("404", "Bucket not found", "Bucket not found"), StoreNotMigrated, "supabase db push"),
    (answer(402, {"message": "exceed_storage_size_quota"}), StoreFull, "plan"),
    (answer(507), StoreFull, "plan"),
    (database(503, "53100", "could not extend file: No space left on device"), StoreFull, "disk"),
    (database(405, "25006", "cannot execute INSERT in a read-only transaction"), StoreFull, "disk"),
    (answer(413, b"<html>too large</html>"), StoreFull, "SUPABASE_MAX_OBJECT_BYTES"),
    (
        storage("413", "Payload too large", "The object exceeded the maximum allowed size"),
        StoreFull,
        "SUPABASE_MAX_OBJECT_BYTES",
    ),
    (database(400, "22P05", "unsupported Unicode escape sequence"), InvalidParameter, "hold"),
    (database(400, "22021", "invalid byte sequence for encoding"), InvalidParameter, "hold"),
    (database(400, "22P02", "invalid input syntax for type uuid"), InvalidParameter, "hold"),
    (database(400, "23514", 'violates check constraint "sessions_name_check"'), InvalidParameter, "hold"),
    (database(409, "23505", "duplicate key value"), InternalError, "report"),
    (database(500, "57014", "canceling statement due to statement timeout"), StoreUnavailable, "too long"),
    (answer(540, {"message": "Project paused"}), StoreUnavailable, "Restore"),
    (database(504, "PGRST003", "Timed out acquiring connection"), StoreUnavailable, "504"),
    (answer(502, b"<html>bad gateway</html>"), StoreUnavailable, "502"),
    (answer(404, b"<html>"), StoreUnavailable, "SUPABASE_URL"),
    (answer(307), StoreUnavailable, "SUPABASE_URL"),
    (answer(418, ["unheard of"]), StoreUnavailable, "418"),
]


def check(error: WorkbenchError, kind: type[WorkbenchError], words: str) -> None:
    assert type(error) is kind, repr(error)
    assert words in str(error)
    assert error.message.endswith((".", "…"))
    assert error.hint.endswith(".")
    assert error_from_dict(error.to_dict()) == error


@pytest.mark.parametrize(("response", "kind", "words"), OF_USERS + OF_ALL)
def test_an_answer_to_a_user(response: httpx.Response, kind: type[WorkbenchError], words: str) -> None:
    check(of_response(response, user=True), kind, words)


@pytest.mark.parametrize(("response", "kind", "words"), OF_ALL)
def test_an_answer_to_the_service(response: httpx.Response, kind: type[WorkbenchError], words: str) -> None:
    check(of_response(response, user=False), kind, words)


@pytest.mark.parametrize("response", [response for response, *_ in OF_USERS[:-1]])
def test_the_service_has_no_token_that_could_be_refused_but_its_key(response: httpx.Response) -> None:
    check(of_response(response, user=False), StoreKeyRefused, "SUPABASE_SECRET_KEY")


@pytest.mark.parametrize("user", [True, False])
def test_no_key_and_no_token_is_repeated(user: bool) -> None:
    token = jwt.encode({"sub": "ana"}, "x" * 32)
    secrets = ["sb_secret_abcDEF-123", "sb_publishable_abc_9", token]
    for status in (400, 401, 403, 404, 413, 500, 503):
        response = answer(status, {"message": f"Refused: {' '.join(secrets)}", "code": "x"})
        told = str(of_response(response, user=user).to_dict())
        assert not [secret for secret in secrets if secret in told]


def test_a_long_story_is_cut_short() -> None:
    error = of_response(database(500, "XX000", "word " * 1000), user=True)
    assert len(error.message) < 400


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectError("[Errno 111] refused"), "cannot be reached"),
        (httpx.ConnectTimeout("timed out"), "cannot be reached"),
        (httpx.ReadTimeout("timed out"), "does not answer in time"),
        (httpx.PoolTimeout("timed out"), "all connections"),
        (httpx.RemoteProtocolError("Server disconnected"), "broke off"),
        (httpx.LocalProtocolError("Illegal header value b'sb_secret_1\\n'"), "broke off"),
    ],
)
def test_no_answer_at_all(error: httpx.HTTPError, words: str) -> None:
    told = of_transport(error, URL)
    check(told, StoreUnavailable, words)
    assert URL in told.message
    assert "sb_secret_1" not in str(told.to_dict())


def test_storage_says_the_status_in_its_body() -> None:
    assert Trouble.of(storage("409", "Duplicate", "The resource already exists")).status == 409
    assert Trouble.of(answer(400, {"statusCode": "strange"})).status == 400
