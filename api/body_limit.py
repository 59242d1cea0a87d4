"""How large the body of a request may be. FastAPI has such a limit, but answers with plain text."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from workbench.errors import RequestTooLarge

__all__ = ["MAX_BODY_BYTES", "BodyLimit"]

# For JSON; an upload has the limit of the settings, which its operation looks after.
MAX_BODY_BYTES = 8 << 20


class BodyLimit:
    """Refuses requests whose body is too large, whether they say so or not.

    Args:
        app: What is inside.
        limit: The most bytes.
    """

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or pass on what is not one."""
        if scope["type"] != "http" or _is_upload(scope):
            await self._app(scope, receive, send)
            return
        if _declared(scope) > self._limit:
            await problem(RequestTooLarge.over(self._limit), scope["path"])(scope, receive, send)
            return
        received = 0

        async def receive_some() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                # As FastAPI lets pass, where it reads the body, nothing but its own errors.
                raise HTTPException(RequestTooLarge.status)
            return message

        await self._app(scope, receive_some, send)


def _is_upload(scope: Scope) -> bool:
    return bool(scope["method"] == "POST" and scope["path"].endswith("/datasets"))


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0
