"""A blob on its way up: part after part, of which one at a time is held here."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator

import structlog

from workbench.errors import InvalidParameter, WorkbenchError
from workbench.ids import new_id
from workbench.store.blob_keys import digest_in
from workbench.store.supabase.blob_failures import disk_full
from workbench.store.supabase.blob_parts import Part, Parts, manifest_name, part_name
from workbench.store.supabase.objects import Objects

__all__ = ["BlobWriter"]

_IN_MEMORY = 8 * 1024**2  # of a part; a larger one waits for its end in a file without a name
_PIECE = 1024**2

_log = structlog.get_logger(__name__)


class _Held:
    """The bytes of one part."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by close()
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: memoryview) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise disk_full(error) from error
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def close(self) -> None:
        self._file.close()


class _Bytes:
    """A small body."""

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self._content = content

    def pieces(self) -> Iterator[bytes]:
        yield self._content


class BlobWriter(io.BufferedIOBase):
    """What a blob is written to. It is there after ``commit``, and never in part.

    Args:
        objects: Where it goes.
        key: Its key.
        max_object_bytes: How large an object may be.
    """

    def __init__(self, objects: Objects, key: str, max_object_bytes: int) -> None:
        self._objects = objects
        self._key = key
        self._most = max_object_bytes
        self._writer = new_id().replace("-", "")
        self._held = _Held()
        self._digest = hashlib.sha256()
        self._parts: list[Part] = []
        self._sent = 0
        self._sealed = False  # the manifest may be there

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._sent + self._held.size

    def write(self, data: object) -> int:
        if self.closed:
            raise ValueError("write to a closed blob")
        view = memoryview(data).cast("B")  # type: ignore[arg-type]  # a Buffer, which has no name before Python 3.12
        rest = view
        while len(rest):
            if self._held.size == self._most:
                self._send()
            room = self._most - self._held.size
            self._held.write(rest[:room])
            rest = rest[room:]
        self._digest.update(view)
        return len(view)

    def commit(self) -> None:
        """Make the blob be there, or leave the one that is.

        Raises:
            InvalidParameter: The key names another content than was written.
            WorkbenchError: Any of ``failures``.
        """
        digest = digest_in(self._key)
        if digest not in (None, self._digest.hexdigest()):
            raise InvalidParameter(
                f"The content of '{self._key}' is not the one that its name says.",
                "Name it after the SHA-256 of its content.",
            )
        if digest is not None and not self._parts:
            self._objects.create(self._key, self._held)
            return
        if self._held.size:
            self._send()
        manifest = Parts(size=self._sent, parts=tuple(self._parts))
        content = manifest.model_dump_json().encode()
        self._sealed = True
        if not self._objects.create(manifest_name(self._key), _Bytes(content)):
            self._yield_to_another(content)

    def discard(self) -> None:
        """Remove what was sent; what stays is told in the log, and is no blob by itself.

        It stays where the store cannot be asked, and where nobody knows whether the manifest was written: a
        blob without its parts would be worse than parts without a blob.
        """
        names = [part_name(self._key, part.name) for part in self._parts]
        reason = "its manifest may have been written" if names and self._sealed else ""
        try:
            if not reason:
                self._objects.remove(names)
        except WorkbenchError as error:
            reason = str(error)
        if reason:
            _log.warning(
                "parts of an unfinished blob not removed; deleting its folder will",
                key=self._key,
                parts=len(names),
                reason=reason,
            )

    def release(self) -> None:
        """Give back what is held here."""
        self.close()
        self._held.close()

    def _send(self) -> None:
        part = Part(name=f"{self._writer}-{len(self._parts)}", size=self._held.size, sha256=self._held.sha256)
        # Before it is sent: if no answer comes, it may be there all the same.
        self._parts.append(part)
        # A name that is taken is taken by an earlier attempt of this very call: it is this writer's own.
        self._objects.create(part_name(self._key, part.name), self._held)
        self._sent += part.size
        self._held.close()
        self._held = _Held()

    def _yield_to_another(self, content: bytes) -> None:
        """Remove these parts if the blob that is there is another's, and not this one, sent twice."""
        found = self._objects.read(
            manifest_name(self._key), 0, len(content) + 1, lambda answer: b"".join(answer.pieces())
        )
        if found != content:
            self._sealed = False
            self.discard()
