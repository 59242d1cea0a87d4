"""A program that speaks to the API of a stack."""

from __future__ import annotations

from typing import Any

import httpx

__all__ = ["Caller"]


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
