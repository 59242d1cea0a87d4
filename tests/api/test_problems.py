"""Whatever goes wrong leaves as a problem."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from tests.api.conftest import TOKEN, Opened
from workbench.store.protocol import Store


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code", "hint", "instance"} <= set(body)
    assert body["status"] == answer.status_code
    assert body["type"] == f"urn:workbench:problem:{body['code']}"
    assert body["detail"]
    return body


def test_malformed_json_is_said_to_be(http: httpx.Client) -> None:
    answer = http.post("/sessions", content=b'{"name": ', headers={"Content-Type": "application/json"})
    found = problem(answer)
    assert (found["status"], found["code"]) == (400, "malformed_json")


def test_a_body_without_its_content_type_is_told_so(http: httpx.Client) -> None:
    answer = http.post("/sessions", content=b'{"name": "x"}')
    found = problem(answer)
    assert (found["status"], found["code"]) == (422, "invalid_parameter")
    assert "application/json" in found["hint"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 7}, "name"),
        ({"nme": "typo"}, "nme"),
    ],
)
def test_a_field_that_does_not_fit_is_named(http: httpx.Client, body: dict[str, Any], name: str) -> None:
    found = problem(http.post("/sessions", json=body))
    assert (found["status"], found["code"]) == (422, "invalid_parameter")
    assert found["details"]["parameters"][0]["name"] == name
    assert name in found["detail"]
    assert http.get("/sessions").json()["items"] == []


def test_a_change_without_a_change_is_refused(http: httpx.Client, opened: Opened) -> None:
    found = problem(http.patch(f"/sessions/{opened.session_id}", json={}))
    assert found["code"] == "invalid_parameter"


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/sessions/x/y/z"])
def test_an_address_that_does_not_exist(url: str, path: str) -> None:
    found = problem(httpx.get(f"{url}{path}", headers={"Authorization": f"Bearer {TOKEN}"}))
    assert (found["status"], found["code"], found["instance"]) == (404, "not_found", path)


def test_a_method_that_is_not_taken(http: httpx.Client) -> None:
    answer = http.put("/sessions", json={})
    found = problem(answer)
    assert (found["status"], found["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_a_body_past_all_bounds_is_refused(http: httpx.Client) -> None:
    chunks = (b" " * 1_000_000 for _ in range(9))
    answer = http.post("/sessions", content=chunks, headers={"Content-Type": "application/json"})
    assert (problem(answer)["status"], problem(answer)["code"]) == (413, "request_too_large")


def test_a_body_that_says_that_it_is_too_large_is_refused_unread(http: httpx.Client) -> None:
    found = problem(http.post("/sessions", json={"name": "x" * 9_000_000}))
    assert (found["status"], found["code"]) == (413, "request_too_large")
    assert "8,388,608 bytes" in found["detail"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"name": "\xff"}'], ids=["nested", "not UTF-8"])
def test_json_that_cannot_be_decoded_is_malformed(http: httpx.Client, body: bytes) -> None:
    found = problem(http.post("/sessions", content=body, headers={"Content-Type": "application/json"}))
    assert (found["status"], found["code"]) == (400, "malformed_json")


def test_half_a_character_is_refused_before_anything_is_queued(http: httpx.Client, opened: Opened) -> None:
    before = http.get("/tasks").json()["items"]
    for path, body in (
        ("chat", rb'{"message": "\ud800"}'),
        ("transformations", rb'{"plan": [{"kind": "drop_columns", "columns": ["\ud800"]}]}'),
    ):
        answer = http.post(
            f"/sessions/{opened.session_id}/{path}",
            content=body,
            headers={"Content-Type": "application/json"},
        )
        assert problem(answer)["status"] == 422
    assert http.get("/tasks").json()["items"] == before


@pytest.mark.parametrize("kind", [["x"], {"a": 1}, 5, None])
def test_a_kind_of_step_that_is_no_text(http: httpx.Client, opened: Opened, kind: object) -> None:
    answer = http.post(f"/sessions/{opened.session_id}/transformations", json={"plan": [{"kind": kind}]})
    assert problem(answer)["code"] == "invalid_plan"


def test_an_id_that_is_a_book_is_not_repeated_in_the_sentence(http: httpx.Client) -> None:
    found = problem(http.get(f"/sessions/{'0' * 5_000}"))
    assert found["code"] == "session_not_found"
    assert len(found["detail"]) < 200


def test_a_fault_of_ours_is_told_by_its_incident_and_nothing_else(
    http: httpx.Client, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("a secret of the machine")

    monkeypatch.setattr(store, "as_owner", broken)
    answer = http.get("/sessions")
    found = problem(answer)
    assert (found["status"], found["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    incident = found["details"]["incident"]
    assert incident in found["hint"]
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert incident in str(record.msg)
    assert record.exc_info is not None or "exc_info" in str(record.msg)
    monkeypatch.undo()
    assert http.get("/sessions").status_code == 200


def test_an_answer_carries_the_id_of_its_request(http: httpx.Client) -> None:
    given = http.get("/health", headers={"X-Request-ID": "mine-1"})
    assert given.headers["x-request-id"] == "mine-1"
    made = http.get("/health", headers={"X-Request-ID": "not one\tof ours"})
    assert len(made.headers["x-request-id"]) == 36


def test_neither_token_nor_message_gets_into_the_log(
    http: httpx.Client, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    http.post(f"/sessions/{opened.session_id}/chat", json={"message": "remove rows where secret is private"})
    http.post("/tasks/test", params={"message": "private"})
    logged = [str(record.msg) for record in caplog.records]
    assert any("/chat" in line for line in logged)
    assert not [line for line in logged if "private" in line or TOKEN in line]
