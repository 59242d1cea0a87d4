"""Blobs as files: written beside, made durable, then given their name."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from workbench.ids import new_id
from workbench.store.blob_keys import check_folder, check_key, check_prefix
from workbench.store.disk_space import is_full
from workbench.store.embedded import failures
from workbench.store.embedded.rows import micros, utc_now

__all__ = ["FolderBlobs", "Written"]

_UNFINISHED = ".unfinished"
_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST})  # POSIX leaves the choice to the system
_ABANDONED_SECONDS = 86_400
_RENAME_ATTEMPTS = 10


@dataclass(frozen=True)
class Written:
    """How large a blob is, and when it was last written: microseconds, by the store's clock."""

    size: int
    at: int


class FolderBlobs:
    """The files of a folder, by key: see ``workbench.store.protocol.Blobs``.

    Args:
        root: The folder; made where it is not there.
        clock: Tells when a blob is written.

    Raises:
        StoreUnavailable: The folder cannot be made or used.
    """

    def __init__(self, root: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self._root = root.absolute()
        self._clock = clock
        self._unfinished = self._root / _UNFINISHED
        with failures.using_file(self._root):
            self._make_folder(self._unfinished)
            self._sweep()

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        path = self._path(key)
        unfinished = self._unfinished / new_id()
        with failures.using_file(path):
            stream = _open_new(unfinished)
        try:
            try:
                yield stream
            except OSError as error:
                # What else the body may fail with is its own: it may read from anywhere.
                if is_full(error):
                    raise failures.of_file(error, path) from error
                raise
            with failures.using_file(path):
                stream.close()
                self._publish(unfinished, path)
        finally:
            with suppress(OSError):  # what is left in the buffer of a failed attempt is not wanted
                stream.close()
            unfinished.unlink(missing_ok=True)

    def open(self, key: str) -> BinaryIO:
        path = self._path(key)
        with failures.using_file(path):
            try:
                return path.open("rb")
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
                raise KeyError(key) from error

    def size(self, key: str) -> int:
        with self.open(key) as stream:
            return os.fstat(stream.fileno()).st_size

    def written(self, key: str) -> Written:
        """How large a blob is, and when somebody last wrote it. Raises KeyError where there is none."""
        path = self._path(key)
        with failures.using_file(path):
            try:
                found = path.stat()
            except (FileNotFoundError, NotADirectoryError) as error:
                raise KeyError(key) from error
        return Written(found.st_size, found.st_mtime_ns // 1000)

    def keys(self, prefix: str) -> Iterator[str]:
        folder, _, _ = check_prefix(prefix).rpartition("/")
        start = f"{folder}/" if folder else ""
        return (key for key in self._walk(start) if key.startswith(prefix))

    def delete(self, key: str) -> None:
        path = self._path(key)
        with failures.using_file(path):
            if path.is_file():
                path.unlink(missing_ok=True)
                self._prune(path.parent)

    def delete_prefix(self, prefix: str) -> None:
        for key in list(self.keys(check_folder(prefix))):
            self.delete(key)

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _publish(self, unfinished: Path, path: Path) -> None:
        self._stamp(unfinished)
        _sync(unfinished)
        for attempt in range(_RENAME_ATTEMPTS):
            if path.is_file() and self._stamp(path):
                return
            self._make_folder(path.parent)
            try:
                unfinished.rename(path)
            except FileNotFoundError:
                # The deletion of a neighbour has pruned the folder in this very moment.
                if attempt == _RENAME_ATTEMPTS - 1:
                    raise
            else:
                _sync(path.parent)
                return

    def _stamp(self, path: Path) -> bool:
        """Note that a file is written now; False if it is gone."""
        now = micros(self._clock()) * 1000
        try:
            os.utime(path, ns=(now, now))
        except FileNotFoundError:
            return False
        except PermissionError:
            # Restored by another user, so that its time is not ours to set. It is there; that it is taken for
            # older than it is does no harm while the task that writes it has not ended.
            return True
        return True

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, so that they are still there after a power cut."""
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        try:
            folder.mkdir(mode=0o700)
            _sync(folder.parent)
        except FileNotFoundError:
            return  # one above it was pruned again; _publish tries once more
        except FileExistsError:
            if folder.is_file():
                raise

    def _walk(self, start: str) -> Iterator[str]:
        for entry in self._entries(self._root / start):
            if entry.name == _UNFINISHED:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(f"{start}{entry.name}/")
            else:
                yield start + entry.name

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        with failures.using_file(folder):
            try:
                with os.scandir(folder) as found:
                    return list(found)
            except (FileNotFoundError, NotADirectoryError):
                return []  # nothing has this prefix, or it was deleted meanwhile

    def _prune(self, folder: Path) -> None:
        """Remove a folder, and those above it, as far as they are empty."""
        while folder != self._root:
            try:
                folder.rmdir()
            except FileNotFoundError:
                pass  # another process was quicker
            except OSError as error:
                if error.errno in _NOT_EMPTY:
                    return
                raise
            folder = folder.parent

    def _sweep(self) -> None:
        """Remove what writers left behind that were killed long ago."""
        too_old = time.time() - _ABANDONED_SECONDS
        for path in self._unfinished.iterdir():
            try:
                if path.stat().st_mtime < too_old:
                    path.unlink()
            except FileNotFoundError:  # another process does the same
                continue


def _open_new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
