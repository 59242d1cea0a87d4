"""A blob on its way down: small ones whole, of large ones what is asked for."""

from __future__ import annotations

import bisect
import hashlib
import io
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from workbench.store.supabase.blob_failures import damaged, disk_full, gone
from workbench.store.supabase.objects import Content, Objects

__all__ = ["CHUNK", "BlobReader", "Copy", "Section", "receive"]

CHUNK = 8 * 1024**2
"""What is fetched at once and held in memory, at most."""

_AHEAD = 256 * 1024  # the least that a call fetches: a call takes longer than these bytes
_COPIES = 4  # files of whole sections, where the server knows no ranges


@dataclass(frozen=True)
class Copy:
    """A whole object, fetched: in memory if it is small, else in a file without a name."""

    file: IO[bytes]
    size: int
    sha256: str


def receive(answer: Content, most: int | None = None) -> Copy:
    """Take in a whole object.

    Args:
        answer: What comes, from its first byte.
        most: After how many bytes to stop, because it is not what it should be; all of it if not given.

    Raises:
        StoreUnavailable: The folder for temporary files cannot hold it.
        httpx.HTTPError: The connection broke.
    """
    digest, size = hashlib.sha256(), 0
    file = tempfile.SpooledTemporaryFile(CHUNK)  # noqa: SIM115 - the copy's to close
    try:
        for piece in answer.pieces():
            digest.update(piece)
            size += len(piece)
            file.write(piece)
            if most is not None and size > most:
                break
        file.seek(0)
    except OSError as error:
        file.close()
        raise disk_full(error) from error
    except BaseException:
        file.close()
        raise
    return Copy(file, size, digest.hexdigest())


@dataclass(frozen=True)
class Section:
    """A run of a blob's bytes that is one object.

    Args:
        name: The object's name.
        start: Where in the blob it begins.
        size: How many bytes it has.
        sha256: Their digest.
    """

    name: str
    start: int
    size: int
    sha256: str


class _Running:
    """The digest of a section that is read from its beginning, as far as it was."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._upto = 0

    def goes_well(self, section: Section, start: int, data: bytes) -> bool:
        """Whether nothing is known to be wrong: it is known once the last byte has come, of all in order."""
        if start == self._upto:
            self._digest.update(data)
            self._upto += len(data)
            if self._upto == section.size:
                return self._digest.hexdigest() == section.sha256
        return True


class BlobReader(io.BufferedIOBase):
    """A large blob, as a seekable stream.

    Ranges are fetched as they are read. Each section is checked once it was fetched whole, at once or from
    its beginning to its end. Where the server sends whole objects only, they go to files without names. A
    range that is asked for after the blob was deleted is an error.

    Args:
        objects: Where it is.
        key: Its key.
        sections: Its objects, in their order.
    """

    def __init__(self, objects: Objects, key: str, sections: Sequence[Section]) -> None:
        self._objects = objects
        self._key = key
        self._sections = sections
        self._starts = [section.start for section in sections]
        self._size = sections[-1].start + sections[-1].size
        self._position = 0
        self._window, self._window_start = b"", 0
        self._running: dict[str, _Running] = {}
        self._copies: OrderedDict[str, IO[bytes]] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative position {base + offset}")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        rest = max(0, self._size - self._position)
        rest = rest if size is None or size < 0 else min(size, rest)
        pieces = []
        while rest:
            piece = self.read1(rest)
            pieces.append(piece)
            rest -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read1(self, size: int = -1) -> bytes:
        if self.closed:
            raise ValueError("read of a closed blob")
        rest = max(0, self._size - self._position)
        most = min(CHUNK if size < 0 else size, rest)
        if most == 0:
            return b""
        if not self._window_start <= self._position < self._window_start + len(self._window):
            self._fetch(most)
        at = self._position - self._window_start
        piece = self._window[at : at + most]
        self._position += len(piece)
        return piece

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # a Buffer, which has no name before Python 3.12
        filled = 0
        while piece := self.read1(len(view) - filled):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled

    def close(self) -> None:
        if not self.closed:
            for copy in self._copies.values():
                copy.close()
            self._window = b""
        super().close()

    def _fetch(self, most: int) -> None:
        """Move the window to the position; fetch what is asked for, and more if reading just goes on."""
        section = self._sections[bisect.bisect_right(self._starts, self._position) - 1]
        start = self._position - section.start
        goes_on = len(self._window) > 0 and self._position == self._window_start + len(self._window)
        length = min(CHUNK, max(most, CHUNK if goes_on else _AHEAD))
        if section.size <= CHUNK:  # whole, and so checked
            start, length = 0, section.size
        stop = min(start + length, section.size)
        self._window = b""  # not two of them at once
        self._window = self._bytes(section, start, stop)
        self._window_start = section.start + start

    def _bytes(self, section: Section, start: int, stop: int) -> bytes:
        if section.name not in self._copies:
            answer = self._objects.read(section.name, start, stop, self._taking(section, start, stop))
            if answer is None:
                raise gone(self._key)
            if isinstance(answer, bytes):
                self._check(section, start, stop, answer)
                return answer
            self._check_copy(section, answer)
            if section.size <= CHUNK:  # all of it becomes the window
                with answer.file as file:
                    return file.read()
            self._keep(section, answer)
        copy = self._copies[section.name]
        self._copies.move_to_end(section.name)
        copy.seek(start)
        return copy.read(stop - start)

    def _taking(self, section: Section, start: int, stop: int) -> Callable[[Content], bytes | Copy]:
        def take(answer: Content) -> bytes | Copy:
            if not answer.ranged:
                return receive(answer, most=section.size)
            if answer.total != section.size or answer.start != start:
                raise damaged(self._key, f"'{section.name}' has {answer.total} bytes, not {section.size}")
            return _at_most(answer, stop - start)

        return take

    def _check(self, section: Section, start: int, stop: int, data: bytes) -> None:
        if len(data) != stop - start:
            raise damaged(self._key, f"'{section.name}' ended after {start + len(data)} bytes")
        if len(data) == section.size:
            right = hashlib.sha256(data).hexdigest() == section.sha256
        else:
            right = self._running.setdefault(section.name, _Running()).goes_well(section, start, data)
        if not right:
            raise damaged(self._key, f"'{section.name}' is not what was written")

    def _check_copy(self, section: Section, copy: Copy) -> None:
        if (copy.size, copy.sha256) != (section.size, section.sha256):
            copy.file.close()
            raise damaged(self._key, f"'{section.name}' is not what was written")

    def _keep(self, section: Section, copy: Copy) -> None:
        self._copies[section.name] = copy.file
        if len(self._copies) > _COPIES:
            _, oldest = self._copies.popitem(last=False)
            oldest.close()


def _at_most(answer: Content, size: int) -> bytes:
    """The bytes of an answer; one more than there should be, at most by a piece, if it does not end."""
    pieces, taken = [], 0
    for piece in answer.pieces():
        pieces.append(piece)
        taken += len(piece)
        if taken > size:
            break
    return b"".join(pieces)
