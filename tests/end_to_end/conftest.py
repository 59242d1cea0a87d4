"""The whole stack: broker, API and worker processes as a user runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support.bad_input import UPLOAD_LIMIT
from tests.support.nycflights import nycflights
from tests.support.stack import RunningStack, running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """A stack that all tests share; a test that harms one takes one of its own."""
    with running_stack(WORKBENCH_MAX_UPLOAD_BYTES=str(UPLOAD_LIMIT)) as stack:
        yield stack


@pytest.fixture
def http(stack: RunningStack) -> Iterator[httpx.Client]:
    with stack.http() as client:
        yield client


@pytest.fixture(scope="session")
def flights_csv(tmp_path_factory) -> bytes:
    """The first thousand flights, as a file that somebody might have."""
    return nycflights().head(1_000).to_csv(index=False).encode()


class Caller:
    """Speaks to the API as any program would: post, poll, read."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def ended(self, task_id: str) -> dict[str, Any]:
        """Poll until a task has ended, and read its result."""
        while self.http.get(f"/tasks/{task_id}", params={"wait": 10}).json()["status"] not in (
            "SUCCESS",
            "FAILURE",
            "REVOKED",
        ):
            pass
        return self.http.get(f"/tasks/{task_id}/result").json()

    def opened(self, name: str, content: bytes) -> str:
        """Make a session of a file."""
        session = self.http.post("/sessions", json={"name": name}).json()["id"]
        answer = self.http.post(f"/sessions/{session}/datasets", files={"file": (name, content)})
        assert answer.status_code == 202, answer.text
        ended = self.ended(answer.json()["task_id"])
        assert ended["status"] == "SUCCESS", ended
        return session

    def chat(self, session: str, message: str, **more: Any) -> dict[str, Any]:
        """Send a message and wait for what becomes of it."""
        answer = self.http.post(f"/sessions/{session}/chat", json={"message": message, **more})
        assert answer.status_code == 202, answer.text
        return self.ended(answer.json()["task_id"])

    def nodes(self, session: str) -> list[dict[str, Any]]:
        return self.http.get(f"/sessions/{session}/nodes").json()["items"]


@pytest.fixture
def caller(http: httpx.Client) -> Caller:
    return Caller(http)


@pytest.fixture(scope="session")
def new_caller() -> Callable[[httpx.Client], Caller]:
    return Caller
