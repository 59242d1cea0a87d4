"""Uploads: a multipart body goes straight into the blob store, without a temporary file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO

from fastapi import Request
from fastapi.concurrency import contextmanager_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from workbench.errors import InvalidParameter, UploadTooLarge
from workbench.store.protocol import Blobs

__all__ = ["Upload", "receive_upload"]

_FILE = "file"
# Writes are gathered, so that a thread is worth its while.
_WRITE_BYTES = 1 << 20
_LONGEST_FIELD = 10_000
_MOST_FIELDS = 20
# What boundaries, headers and other fields may add to the file.
_OVERHEAD = 1 << 20


@dataclass
class Upload:
    """What was uploaded.

    Args:
        filename: The file's base name.
        size: The file's bytes.
        digest: The SHA-256 of the file.
        fields: The other fields of the form.
    """

    filename: str = ""
    size: int = 0
    digest: str = ""
    fields: dict[str, str] = field(default_factory=dict)


async def receive_upload(request: Request, blobs: Blobs, key: str, *, limit: int) -> Upload:
    """Stream the part named ``file`` of a multipart body into a blob.

    Args:
        request: Its body has not been read yet.
        blobs: Where to.
        key: The blob; it exists afterwards, whole, or not at all.
        limit: The most bytes that the file may have.

    Raises:
        UploadTooLarge: If the file is larger.
        InvalidParameter: If the body is not multipart, is cut, or has no file, or more than one.
    """
    boundary = _boundary(request)
    if int(request.headers.get("content-length") or 0) > limit + _OVERHEAD:
        raise UploadTooLarge.over(limit)
    async with contextmanager_in_threadpool(blobs.create(key)) as blob:
        form = _Form(boundary, limit)
        try:
            async for chunk in request.stream():
                form.feed(chunk)
                if len(form.pending) >= _WRITE_BYTES:
                    await run_in_threadpool(form.write_to, blob)
        except ClientDisconnect:
            raise _cut() from None
        await run_in_threadpool(form.write_to, blob)
        return form.finish()


class _Form:
    """A multipart form as it comes in: the file's bytes wait in ``pending`` until they are written."""

    def __init__(self, boundary: bytes, limit: int) -> None:
        self.pending = bytearray()
        self._limit = limit
        self._upload = Upload()
        self._hash = hashlib.sha256()
        self._files = 0
        self._complete = False
        self._header_name = self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        self._into: Callable[[bytes], None] = lambda _: None
        self._name, self._text = "", bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": lambda data, start, end: self._into(data[start:end]),
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Read on."""
        if not chunk:
            return
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise InvalidParameter(
                f"The multipart body cannot be read: {error}", "Let an HTTP library build the form."
            ) from error

    def write_to(self, blob: BinaryIO) -> None:
        """Write what waits."""
        data, self.pending = self.pending, bytearray()
        self._hash.update(data)
        blob.write(data)

    def finish(self) -> Upload:
        """Say what was uploaded, after everything was written."""
        if not self._complete:
            raise _cut()
        if self._files != 1:
            what = "no file" if self._files == 0 else f"{self._files} files"
            raise InvalidParameter(
                f"The form has {what} under the name '{_FILE}'.",
                f"Send multipart/form-data with exactly one part named '{_FILE}' that has a file name.",
            )
        self._upload.digest = self._hash.hexdigest()
        return self._upload

    def _on_part_begin(self) -> None:
        self._headers = {}
        self._header_name = self._header_value = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._text = bytearray()
        if self._name == _FILE and b"filename" in options:
            self._files += 1
            # Browsers and HTTP libraries write a quote as %22, and escape nothing else that matters.
            given = options[b"filename"].decode("utf-8", "replace").replace("%22", '"')
            self._upload.filename = _base_name(given)
            self._into = self._into_file
        else:
            self._into = self._into_field

    def _into_file(self, data: bytes) -> None:
        self._upload.size += len(data)
        if self._upload.size > self._limit:
            raise UploadTooLarge.over(self._limit)
        if self._files == 1:
            self.pending += data

    def _into_field(self, data: bytes) -> None:
        self._text += data
        if len(self._text) > _LONGEST_FIELD:
            raise InvalidParameter(
                f"The form field '{self._name[:50]}' is too long.",
                f"Send the file as the part '{_FILE}', with a file name.",
            )

    def _on_part_end(self) -> None:
        if self._into == self._into_field:
            if len(self._upload.fields) >= _MOST_FIELDS:
                raise InvalidParameter("The form has too many fields.", f"Send '{_FILE}' and 'name' only.")
            self._upload.fields[self._name] = self._text.decode("utf-8", "replace")
        self._into = lambda _: None

    def _on_end(self) -> None:
        self._complete = True


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise InvalidParameter(
            "The body is not multipart/form-data.", f"Send the file as a form, in the part '{_FILE}'."
        )
    return boundary


def _base_name(filename: str) -> str:
    r"""Reduce a path of either kind to its last part.

    Example:
        >>> _base_name("../../etc/passwd"), _base_name("C:\\data\\sales.csv")
        ('passwd', 'sales.csv')
    """
    base = PureWindowsPath(PurePosixPath(filename).name).name
    printable = "".join(character for character in base if character.isprintable())
    return printable.strip()[-255:] or "upload"


def _cut() -> InvalidParameter:
    return InvalidParameter("The upload broke off before its end.", "Send it again.")
