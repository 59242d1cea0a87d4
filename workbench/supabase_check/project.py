"""One project to be looked at: requests as everybody and as the service, each sent once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import httpx

from workbench.settings import Settings
from workbench.store.supabase.connection import Connection, Face
from workbench.store.supabase.failures import no_project, of_transport
from workbench.store.supabase.project import project_url, publishable_key, secret_key

__all__ = ["Project", "json_of"]

_TIMEOUT = httpx.Timeout(connect=5.0, read=15.0, write=15.0, pool=5.0)


class Project:
    """A project, as the settings name it. Use it as a context.

    Args:
        settings: Its address and its keys, which may be wrong or missing: using one then raises.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def connection(self) -> Connection:
        """The connections; a request is sent once."""
        return Connection(project_url(self.settings), timeout=_TIMEOUT, retry_seconds=0)

    @cached_property
    def everybody(self) -> Face:
        """The face of those who are not signed in."""
        return Face(self.connection, publishable_key(self.settings))

    @cached_property
    def service(self) -> Face:
        """The face of workers."""
        return Face(self.connection, secret_key(self.settings))

    def get(self, path: str, face: Face | None = None) -> httpx.Response:
        """Read what is at a path.

        Raises:
            StoreUnavailable: No answer came.
        """
        return self._send("GET", path, face)

    def call(self, function: str, arguments: Mapping[str, Any], face: Face) -> httpx.Response:
        """Call an SQL function.

        Raises:
            StoreUnavailable: No answer came.
        """
        return self._send("POST", f"/rest/v1/rpc/{function}", face, dict(arguments))

    def _send(self, method: str, path: str, face: Face | None, body: Any = None) -> httpx.Response:
        url = self.connection.url
        headers = face.headers() if face is not None else {}
        try:
            return self.connection.http.request(method, f"{url}{path}", headers=headers, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise of_transport(error, url) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "connection" in vars(self):
            self.connection.close()


def json_of(answer: httpx.Response) -> Any:
    """Read a success.

    Raises:
        StoreUnavailable: It is not JSON: some other server answers at this address.
    """
    try:
        return answer.json()
    except ValueError:
        raise no_project(f"{answer.url.scheme}://{answer.url.netloc.decode()}") from None
