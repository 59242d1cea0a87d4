"""What happens around every request: an id, the host check, a count, a line in the log, no loose ends.

Plain ASGI: a middleware that wraps requests and responses would cost more than the operations themselves.
"""

from __future__ import annotations

import ipaddress
import re
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import internal_problem, problem
from workbench.errors import HostNotAllowed
from workbench.ids import new_id
from workbench.settings import Settings

__all__ = ["AllowedHosts", "AroundRequests"]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_log = structlog.get_logger("api.requests")


class AllowedHosts:
    """Which ``Host`` headers are ours.

    A page on another site can make its own name resolve to this machine, and then talk to what listens
    on loopback (DNS rebinding); but it cannot choose the ``Host`` header. What arrives at another
    address than loopback is not in that danger, and may come under any name.

    Args:
        settings: With the host that the API is bound to, and further names; ``*`` allows all.
    """

    def __init__(self, settings: Settings) -> None:
        names = {settings.host, "localhost", "127.0.0.1", "::1", *settings.allowed_hosts}
        self._any = "*" in names
        self._names = {name.lower().strip("[]") for name in names}

    def allows(self, host: str, server: str | None) -> bool:
        """Tell whether a request may pass.

        Args:
            host: The ``Host`` header, with or without a port.
            server: The address at which the request arrived, if there is one.

        Example:
            >>> hosts = AllowedHosts(Settings())
            >>> hosts.allows("localhost:8321", "127.0.0.1"), hosts.allows("evil.example", "127.0.0.1")
            (True, False)
        """
        if self._any or not _is_loopback(server):
            return True
        name = host.lower()
        name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
        return name in self._names


def _is_loopback(server: str | None) -> bool:
    try:
        return ipaddress.ip_address(server or "").is_loopback
    except ValueError:
        return True  # a Unix socket, or a name: as near as loopback


class AroundRequests:
    """The outermost layer of the application.

    Args:
        app: What is inside.
        settings: Says which hosts are allowed.
        metrics: Counts the requests.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._hosts = AllowedHosts(settings)
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or pass on what is not one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers.get("x-request-id"))
        started = time.perf_counter()
        status = 0

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                if self._hosts.allows(headers.get("host", ""), (scope.get("server") or (None,))[0]):
                    await self._app(scope, receive, send_noted)
                else:
                    await problem(_strange(headers), scope["path"])(scope, receive, send_noted)
            except Exception as error:
                answer = internal_problem(error, scope["path"])
                if status:  # the answer has begun; breaking it off is the only way to say so
                    raise
                await answer(scope, receive, send_noted)
            finally:
                self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        self._metrics.observed(scope["method"], route, status, seconds)
        # Whoever starts the stack asks many times a second whether it is ready; the answer is no failure.
        quiet = scope["method"] in {"GET", "HEAD"} and (status < 500 or scope["path"].endswith("/ready"))
        # The path only: a query may hold what belongs to the user.
        (_log.debug if quiet else _log.info)(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )


def _request_id(given: str | None) -> str:
    return given if given is not None and _REQUEST_ID.fullmatch(given) else new_id()


def _strange(headers: Headers) -> HostNotAllowed:
    return HostNotAllowed(
        f"The API does not answer under the host name '{headers.get('host', '')}'.",
        "Add the name to WORKBENCH_ALLOWED_HOSTS if it is yours.",
    )
