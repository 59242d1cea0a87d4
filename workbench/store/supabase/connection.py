"""HTTP to one Supabase project: the connections of a process, and the faces under which it asks.

Rows are read and functions are called through PostgREST, with the query builder of supabase-py. Its
``execute`` would retry reads only, and lose the HTTP status of an error; so queries are sent from here.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from postgrest import (
    SyncPostgrestClient,
    SyncRequestBuilder,
    SyncRPCFilterRequestBuilder,
    SyncSelectRequestBuilder,
)

from workbench.errors import Unauthorized, WorkbenchError, error_from_dict
from workbench.store.supabase.failures import Trouble, is_passing, no_project, of_response, of_transport
from workbench.store.supabase.wire import pack, unpack

__all__ = ["TIMEOUT", "Answer", "Connection", "Face"]

Refusal = Callable[[], WorkbenchError]

TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=30.0, pool=10.0)
_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=30.0)
_FIRST_PAUSE = 0.1  # seconds; each further one is twice as long
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

_OF_ANY_FUNCTION: dict[str, Refusal] = {
    Unauthorized.code: lambda: Unauthorized(
        "The access token is of no user.", "Sign in as a user of the Supabase project."
    )
}


class Connection:
    """The connections of this process to a project; made when first used, and anew after a fork.

    Args:
        url: The project's address, without a slash at its end.
        timeout: How long to wait for a connection, for the next bytes, and so on.
        retry_seconds: For how long after its beginning a failed request is sent again.
    """

    def __init__(self, url: str, *, timeout: httpx.Timeout = TIMEOUT, retry_seconds: float = 5.0) -> None:
        self.url = url
        self._timeout = timeout
        self._retry_seconds = retry_seconds
        # By process: what a fork inherits is the parent's, and is neither used nor closed here.
        self._clients: dict[int, httpx.Client] = {}

    @property
    def http(self) -> httpx.Client:
        """This process's client. HTTP/1.1: httpcore's HTTP/2 is not safe among threads."""
        client = self._clients.get(os.getpid())
        if client is None:
            made = httpx.Client(http1=True, http2=False, timeout=self._timeout, limits=_LIMITS)
            client = self._clients.setdefault(os.getpid(), made)
            if client is not made:  # another thread was quicker
                made.close()
        return client

    def close(self) -> None:
        """Close this process's connections; a later request opens new ones."""
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    def insist(self, attempt: Callable[[], httpx.Response]) -> tuple[httpx.Response, bool]:
        """Make a request that may be repeated, again and again until it is answered or time is up.

        Args:
            attempt: Sends it: a read, or what has the same effect when repeated.

        Returns:
            The answer, whatever it says, and whether an earlier attempt may have had its effect.

        Raises:
            StoreUnavailable: No answer came.
        """
        started, pause, again = time.monotonic(), _FIRST_PAUSE, False
        while True:
            late = time.monotonic() - started + pause > self._retry_seconds
            try:
                response = attempt()
            except httpx.HTTPError as error:
                if late:
                    raise of_transport(error, self.url) from error
                again = again or not isinstance(error, _NOT_SENT)
            else:
                if late or response.is_success or not is_passing(Trouble.of(response)):
                    return response, again
                again = True
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that many do not come at once
            pause *= 2


@dataclass(frozen=True)
class Answer:
    """What a function answered.

    Args:
        again: Whether an earlier attempt of the same call may have had its effect already.
        refused: The code of our error with which the function refused; empty where it did not.
        message: The function's own sentence, where it refused.
    """

    again: bool
    _value: Any = field(default=None, repr=False)
    refused: str = ""
    message: str = ""

    def value(self, **refusals: Refusal) -> Any:
        """The JSON that the function returned.

        Args:
            refusals: Our errors by their codes, for those that name what was asked for.

        Raises:
            WorkbenchError: The function refused: the error of its code.
        """
        if not self.refused:
            return self._value
        refusal = refusals.get(self.refused) or _OF_ANY_FUNCTION.get(self.refused)
        if refusal is None:
            told = {"code": self.refused, "detail": self.message, "hint": "Check what was asked for."}
            raise error_from_dict(told)
        raise refusal()


@dataclass(frozen=True)
class Face:
    """Who asks: a user, with the publishable key and an access token, or the service, with its key.

    Args:
        connection: To the project.
        key: The project's key that goes along with each request.
        token: The user's access token; None for the service.
    """

    connection: Connection
    key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def of_user(self) -> bool:
        """Whether it is a user's."""
        return self.token is not None

    def headers(self) -> dict[str, str]:
        """What says who asks: of rows as of blobs.

        A key of the family ``sb_…`` is no JWT; a project takes it as Authorization if it is the same as
        ``apikey``, and a legacy key it needs there.
        """
        return {"apikey": self.key, "Authorization": f"Bearer {self.token or self.key}"}

    def table(self, name: str) -> SyncRequestBuilder:
        """Begin a query, for ``rows``."""
        return self._postgrest().table(name)

    def rows(self, query: SyncSelectRequestBuilder) -> list[dict[str, Any]]:
        """Read the rows that a query finds and that this face may see.

        Raises:
            WorkbenchError: Any of ``failures``.
        """
        response, _ = self._send(query)
        if not response.is_success:
            raise of_response(response, user=self.of_user)
        rows: list[dict[str, Any]] = self._read(response)
        return rows

    def call(self, function: str, **arguments: Any) -> Answer:
        """Call an SQL function; all of ours may be repeated, and are, where no answer came.

        Args:
            function: Its name.
            arguments: JSON values. Ids that it makes something under belong here: one for all attempts.

        Raises:
            WorkbenchError: Any of ``failures``, but no refusal of the function itself.
        """
        query = self._postgrest().rpc(function, pack(arguments))
        response, again = self._send(query)
        if response.is_success:
            return Answer(again, self._read(response))
        trouble = Trouble.of(response)
        if trouble.is_refusal:
            return Answer(again, refused=trouble.details, message=trouble.message)
        raise of_response(response, user=self.of_user)

    def _send(
        self, query: SyncSelectRequestBuilder | SyncRPCFilterRequestBuilder
    ) -> tuple[httpx.Response, bool]:
        # Both names are typed, but documented nowhere; `execute`, which is, would hide what `insist` needs to
        # see: the status of a refusal, and each attempt. A test of the connection holds them to this.
        return self.connection.insist(lambda: query.request.send(httpx.Headers()))

    def _postgrest(self) -> SyncPostgrestClient:
        return SyncPostgrestClient(
            f"{self.connection.url}/rest/v1", headers=self.headers(), http_client=self.connection.http
        )

    def _read(self, response: httpx.Response) -> Any:
        try:
            return unpack(response.content)
        except ValueError as error:
            raise no_project(self.connection.url) from error
