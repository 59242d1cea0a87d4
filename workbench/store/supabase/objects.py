"""The objects of the project's bucket: made, read whole or in ranges, listed, removed.

supabase-py holds whole files in memory and knows no ranges; so this speaks to Storage itself. Each of these
calls may be repeated, and is where no answer came: an object is never written twice under one name.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar
from urllib.parse import quote

import httpx

from workbench.errors import Forbidden, StoreFull, StoreUnavailable
from workbench.store.supabase.connection import Face
from workbench.store.supabase.failures import Trouble, of_response

__all__ = ["BUCKET", "Body", "Content", "Objects"]

BUCKET = "workbench"

T = TypeVar("T")

_PAGE = 1000  # as many as Storage removes in one call
_PIECE = 256 * 1024
_LASTING_SECONDS = 24 * 3600  # longer than any download takes
# No cache on the way may hold what row-level security guards; and a range of what is packed would be another.
_UPLOAD = {"Content-Type": "application/octet-stream", "Cache-Control": "no-store", "x-upsert": "false"}
_DOWNLOAD = {"Accept-Encoding": "identity"}
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class Body(Protocol):
    """What is sent: bytes that can be read again from their beginning."""

    @property
    def size(self) -> int:
        """How many bytes there are."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """The bytes from their beginning."""
        ...


class Content:
    """An object, or a range of it, as it arrives.

    Args:
        response: The answer, a success.

    Attributes:
        start: Where in the object these bytes begin.
        total: How large the whole object is; None where the server does not say.
        ranged: Whether it is the range that was asked for, and not the whole object.
    """

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.ranged = response.status_code == httpx.codes.PARTIAL_CONTENT
        self.start = 0
        self.total: int | None = None
        if self.ranged:
            said = response.headers.get("Content-Range", "")
            match = _CONTENT_RANGE.fullmatch(said)
            if match is None:
                raise StoreUnavailable(
                    f"Supabase Storage answered with a range of bytes that it calls '{said}'.",
                    "Look for a proxy between the workbench and the project that changes answers.",
                )
            self.start, self.total = int(match[1]), int(match[2])
        elif (length := response.headers.get("Content-Length", "")).isdecimal():
            self.total = int(length)

    def pieces(self) -> Iterator[bytes]:
        """The bytes; httpx.HTTPError where the connection breaks."""
        return self._response.iter_bytes(_PIECE)


class Objects:
    """The objects that one face may see.

    Args:
        face: Who asks.
        signed: Addresses at which objects can be read by whoever knows them, by name.
    """

    def __init__(self, face: Face, signed: Mapping[str, str] | None = None) -> None:
        self._face = face
        self._connection = face.connection
        self._signed = dict(signed or {})

    def lasting(self, names: Iterable[str]) -> Objects:
        """The same, of which some can be read on when the user's token has expired: what was begun may end.

        Args:
            names: Objects that the user may read now; one that is not there is passed over.

        Raises:
            WorkbenchError: Any of ``failures``.
        """
        if not self._face.of_user:  # the service's key does not expire
            return self
        signed = {name: self._sign(name) for name in names}
        return Objects(self._face, {name: url for name, url in signed.items() if url is not None})

    def create(self, name: str, body: Body) -> bool:
        """Write an object.

        Returns:
            False where there was one of that name, which stays as it is. It may be this very one, if an
            earlier attempt's answer was lost.

        Raises:
            Forbidden: The name is not in the user's folder.
            StoreFull: It is too large, or there is no more room.
            WorkbenchError: Any of ``failures``.
        """
        response = self._upload(name, body)
        if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            response = self._upload(name, body)  # so some answer whom another was quicker than by a moment
        if response.is_success:
            return True
        trouble = Trouble.of(response)
        if trouble.status == httpx.codes.CONFLICT:
            return False
        if trouble.status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise StoreFull(
                f"The Supabase project takes no object of {body.size:,} bytes: {trouble.message}",
                "Set SUPABASE_MAX_OBJECT_BYTES to the file size limit in the project's Storage settings.",
                size=body.size,
            )
        if trouble.says("row-level security"):
            raise Forbidden(f"The key '{name}' is not in your folder.", "Begin it with your user's id.")
        raise self._failure(response)

    def read(self, name: str, start: int, stop: int, consume: Callable[[Content], T]) -> T | None:
        """Read a range of an object, or all of it where the server does not know ranges.

        Args:
            name: The object.
            start: The first byte of the range.
            stop: The byte after the last one; the object may end before.
            consume: Takes in what comes. It is called again, with the same from its beginning, where the
                connection broke; what it leaves unread is not fetched.

        Returns:
            What ``consume`` returned; None where there is no such object.
        """
        own = {} if name in self._signed else self._face.headers()
        headers = {**own, **_DOWNLOAD, "Range": f"bytes={start}-{stop - 1}"}
        response, consumed = self._download(name, headers, consume)
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and start == 0:
            # No byte of an empty object is in any range.
            headers.pop("Range")
            response, consumed = self._download(name, headers, consume)
        if response.is_success:
            return consumed[-1]
        if Trouble.of(response).status == httpx.codes.NOT_FOUND and not _of_bucket(response):
            return None
        raise self._failure(response)

    def names(self, prefix: str) -> Iterator[list[str]]:
        """List the objects whose names begin with a prefix, sorted, page by page."""
        after: str | None = None
        while True:
            arguments = {"p_prefix": prefix, "p_after": after, "p_limit": _PAGE}
            page = [str(name) for name in self._face.call("blob_keys", **arguments).value()]
            if page:
                yield page
            if len(page) < _PAGE:
                return
            after = page[-1]

    def remove(self, names: Sequence[str]) -> list[str]:
        """Remove objects; those that are not there are passed over.

        Returns:
            The names of those that were there.
        """
        removed: list[str] = []
        for some in _pages(names):
            response, _ = self._connection.insist(functools.partial(self._remove, some))
            if not response.is_success:
                raise self._failure(response)
            removed += [str(entry["name"]) for entry in response.json()]
        return removed

    def _upload(self, name: str, body: Body) -> httpx.Response:
        headers = {**self._face.headers(), **_UPLOAD, "Content-Length": str(body.size)}
        response, _ = self._connection.insist(
            lambda: self._connection.http.post(self._url(name), headers=headers, content=body.pieces())
        )
        return response

    def _remove(self, names: Sequence[str]) -> httpx.Response:
        url = f"{self._connection.url}/storage/v1/object/{BUCKET}"
        return self._connection.http.request(
            "DELETE", url, headers=self._face.headers(), json={"prefixes": list(names)}
        )

    def _download(
        self, name: str, headers: dict[str, str], consume: Callable[[Content], T]
    ) -> tuple[httpx.Response, list[T]]:
        consumed: list[T] = []

        def attempt() -> httpx.Response:
            url = self._signed.get(name) or self._url(name)
            with self._connection.http.stream("GET", url, headers=headers) as response:
                if response.is_success:
                    consumed.append(consume(Content(response)))
                else:
                    response.read()
                return response

        response, _ = self._connection.insist(attempt)
        return response, consumed

    def _failure(self, response: httpx.Response) -> Exception:
        if _of_bucket(response):
            # Who is not known sees no bucket either: rows tell the two apart.
            self._face.call("blob_keys", p_prefix="", p_after=None, p_limit=0)
        return of_response(response, user=self._face.of_user)

    def _sign(self, name: str) -> str | None:
        """Ask for an address at which an object can be read for a while without a token."""
        url, headers = self._url(name, "object/sign"), self._face.headers()
        response, _ = self._connection.insist(
            lambda: self._connection.http.post(url, headers=headers, json={"expiresIn": _LASTING_SECONDS})
        )
        if response.is_success:
            return f"{url}?token={_token_in(response)}"
        if Trouble.of(response).status == httpx.codes.NOT_FOUND and not _of_bucket(response):
            return None
        raise self._failure(response)

    def _url(self, name: str, place: str = "object") -> str:
        return f"{self._connection.url}/storage/v1/{place}/{BUCKET}/{quote(name, safe='/@')}"


def _token_in(response: httpx.Response) -> str:
    """What makes a signed address one; servers spell the field, and where the address begins, differently."""
    facts = response.json()
    return httpx.URL(facts.get("signedURL") or facts["signedUrl"]).params["token"]


def _of_bucket(response: httpx.Response) -> bool:
    return Trouble.of(response).says("bucket not found")


def _pages(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[start : start + _PAGE] for start in range(0, len(names), _PAGE))
