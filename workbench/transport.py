"""The REST API over HTTP: problems become errors, what may be repeated is repeated.

Nothing here knows what the calls mean. Retries are for broken connections: reading calls and calls with
an ``Idempotency-Key`` are sent again, others only where nothing can have arrived. A submission that is
one too many waits until there is room for it.
"""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

import httpx
from pydantic import SecretStr

from workbench.connection import address_of, open_client
from workbench.errors import (
    ApiUnavailable,
    Conflict,
    InternalError,
    InvalidParameter,
    TooManyTasks,
    Unauthorized,
    WorkbenchError,
    error_from_dict,
)
from workbench.signing_in.credentials import Bearer, Credentials, FixedToken

__all__ = ["Endpoint", "Transport"]

Held = Callable[[TooManyTasks], object]

_PREFIX = "/api/v1"
_PAUSES = (0.1, 0.4, 1.0)  # seconds before the second, third and fourth attempt
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 60.0
_POLL_SECONDS = 10.0  # beyond the time that the API may take on purpose
_UPLOAD_SECONDS = 600.0  # the answer to an upload comes once the bytes are durable
# A task may run for a quarter of an hour; where none has ended in that time, waiting on would not help.
_ROOM_SECONDS = 900.0
_ROOM_PAUSES = (1.0, 2.0, 5.0)  # seconds between attempts while there is no room
_GATEWAY = {502, 503, 504}


def _in_silence(_: TooManyTasks) -> None:
    return None


class Endpoint(NamedTuple):
    """Where an API listens, and the token that it wants."""

    url: str
    token: SecretStr | None = None


class Transport:
    """Sends requests to one API.

    Each request carries the token that ``credentials`` gives at that moment, once somebody has signed in;
    until then, and where nobody does, the endpoint's.

    Args:
        endpoint: Where the API is.
        renew: Asked for a new endpoint when the API is gone or refuses the token, as after a restart
            of the stack; None if there is none.
        http: What carries the requests; for tests.
        sleep: Waits a number of seconds; for tests.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        renew: Callable[[], Endpoint | None] | None = None,
        http: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.endpoint = endpoint
        self.credentials: Credentials | None = None
        self._renew = renew
        self._sleep = sleep
        self._http = _open(endpoint.url, http)

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.endpoint.url

    @property
    def user(self) -> str | None:
        """Who is signed in, as far as is known."""
        return (self.credentials or FixedToken(self.endpoint.token)).user

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        if self.credentials is not None:
            self.credentials.close()

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        wait: float = 0.0,
        attempts: int = 3,
    ) -> httpx.Response:
        """Read something.

        Args:
            path: Below ``/api/v1``.
            params: The query.
            headers: Further headers.
            wait: How many seconds the API may take on purpose (long polling).
            attempts: How often to try at most.

        Raises:
            ApiUnavailable: When nothing answers.
            WorkbenchError: What the API's problem says.
        """
        seconds = wait + _POLL_SECONDS if wait else _READ_SECONDS
        timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        return self._send(
            "GET", path, params=params, headers=headers, timeout=timeout, attempts=attempts, again=True
        )

    def read(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Read JSON."""
        return _json(self.get(path, params))

    def pages(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Read a list, page by page, as the items are asked for."""
        after: str | None = None
        while True:
            query = {**(params or {}), **({"after": after} if after else {})}
            page = self.read(path, query)
            yield from page["items"]
            after = page.get("next")
            if not after:
                return

    def change(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Change something; PATCH and DELETE have the same effect when repeated, POST has not."""
        response = self._send(method, path, json=body, again=method != "POST")
        return _json(response) if response.content else None

    def submit(
        self, path: str, body: Mapping[str, Any] | None = None, *, held: Held = _in_silence
    ) -> dict[str, Any]:
        """Submit a task, or have the head moved, once, however often the connection breaks.

        Args:
            path: Below ``/api/v1``.
            body: The JSON that is sent.
            held: Hears, again and again, that too many tasks are open, while that is waited for.

        Raises:
            TooManyTasks: No room came free for as long as a task may run.
        """
        return self._admitted(path, held, json=body)

    def upload(
        self, path: str, file: BinaryIO, filename: str, fields: Mapping[str, str], *, held: Held
    ) -> dict[str, Any]:
        """Submit a file, streamed, with form fields; waits for room as ``submit`` does."""
        return self._admitted(
            path,
            held,
            data=dict(fields),
            files={"file": (filename, file, "application/octet-stream")},
            timeout=httpx.Timeout(_UPLOAD_SECONDS, connect=_CONNECT_SECONDS),
        )

    def download(self, path: str, params: Mapping[str, Any], target: BinaryIO) -> None:
        """Write the body of an answer to a file, in pieces."""
        self._check_open()
        for last in (False, True):
            try:
                with self._http.stream(
                    "GET",
                    self._address(path),
                    params=dict(params),
                    auth=self._auth(),
                    timeout=_READ_SECONDS,
                ) as response:
                    if response.is_error:
                        response.read()
                        raise _problem(response, self.url)
                    target.writelines(response.iter_bytes(1 << 20))
            except httpx.TransportError as error:
                if last or not self._renewed():
                    raise _unreachable(error, self.url) from None
                target.seek(0)
                target.truncate()
            else:
                return

    def _admitted(self, path: str, held: Held, **request: Any) -> dict[str, Any]:
        """Submit, and submit again, with the same key, until there is room."""
        headers = _new_key()
        waited, pauses = 0.0, itertools.chain(_ROOM_PAUSES, itertools.repeat(_ROOM_PAUSES[-1]))
        while True:
            try:
                answer: dict[str, Any] = _json(
                    self._send("POST", path, headers=headers, again=True, **request)
                )
            except TooManyTasks as error:
                if waited >= _ROOM_SECONDS:
                    raise
                held(error)
                pause = next(pauses)
                self._sleep(pause)
                waited += pause
            else:
                return answer

    def _send(
        self,
        method: str,
        path: str,
        *,
        again: bool,
        attempts: int = len(_PAUSES) + 1,
        **request: Any,
    ) -> httpx.Response:
        """Send, and send again where that is safe; raise what the answer says."""
        self._check_open()
        for attempt in range(attempts):
            last = attempt == attempts - 1
            try:
                response = self._http.request(method, self._address(path), auth=self._auth(), **request)
            except UnicodeEncodeError:
                raise InvalidParameter(
                    "A text holds characters that are not valid Unicode.", "Remove lone surrogates from it."
                ) from None
            except httpx.TransportError as error:
                if last or not (again or isinstance(error, httpx.ConnectError)):
                    raise _unreachable(error, self.url) from None
                self._renewed()
            else:
                if not response.is_error:
                    return response
                refused = response.status_code == httpx.codes.UNAUTHORIZED and self._renewed()
                busy = method == "GET" and response.status_code in _GATEWAY
                if last or not (refused or busy):
                    raise _problem(response, self.url)
            self._sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _check_open(self) -> None:
        if self._http.is_closed:
            raise Conflict("This Workbench was closed.", "Make a new Workbench().")

    def _renewed(self) -> bool:
        """Look for the API elsewhere; whether it was found at another place or with another token."""
        found = self._renew() if self._renew else None
        if found is None or found == self.endpoint:
            return False
        self.endpoint = found
        return True

    def _address(self, path: str) -> str:
        return f"{self.endpoint.url}{_PREFIX}{path}"

    def _auth(self) -> Bearer:
        return Bearer(self.credentials or FixedToken(self.endpoint.token))


def _open(url: str, http: httpx.BaseTransport | None) -> httpx.Client:
    """Make the HTTP client of an API."""
    address = address_of(url)
    if address is None:
        shown = url.rpartition("@")[2]  # what stands before it may be a password
        raise InvalidParameter(
            f"'{shown}' is not the URL of a workbench.", "Write it as http://127.0.0.1:8321.", url=shown
        )
    return open_client(address, http)


def _new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        raise InternalError(
            f"The answer of {response.url} is not JSON.", "Is this the URL of a workbench?"
        ) from None


def _problem(response: httpx.Response, url: str) -> WorkbenchError:
    """Read an error from an answer."""
    try:
        facts = response.json()
    except ValueError:
        facts = None
    if isinstance(facts, Mapping) and "code" in facts:
        return error_from_dict(facts)
    status = response.status_code
    if status == httpx.codes.UNAUTHORIZED:
        return Unauthorized(f"The workbench at {url} wants a token.", "Pass it as Workbench(url, token).")
    if status in _GATEWAY:
        return ApiUnavailable(f"The workbench at {url} answers with {status}.", "Try again in a moment.")
    return InternalError(
        f"{url} answered {response.request.method} {response.request.url.path} with {status}.",
        "Is this the URL of a workbench of this version?",
        http_status=status,
    )


def _unreachable(error: httpx.TransportError, url: str) -> ApiUnavailable:
    """Say what a broken connection means."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return ApiUnavailable(
            f"Nothing answers at {url}.", "Start the workbench with `workbench up`.", url=url
        )
    if isinstance(error, httpx.TimeoutException):
        return ApiUnavailable(f"The workbench at {url} took too long to answer.", "Try again.", url=url)
    return ApiUnavailable(
        f"The connection to the workbench at {url} broke off.",
        "Try again; `workbench status` says whether it runs.",
        url=url,
    )
