"""A cache of columns on the local disk, as memory-mapped Arrow. Speaks Arrow; knows no pandas.

A block never changes, so what is cached of it is never stale. The cache is disposable: whoever deletes its
folder, or a part of it, loses time and nothing else. Several processes may use one folder at once: an entry
is written beside and then given its name; one that is evicted stays readable for those who have mapped it.

Columns are kept of large tables only, where each is alone in its block: one of five million numbers comes in
0.2 ms once this process has checked it (11 ms), against 60 to 130 ms from Parquet, and a page of it in 0.2 ms
against 12; one of a hundred thousand would save 2 ms. They go in when they are written, or were read whole,
beside the task's own way. Deleting a session removes its columns here, too; what a task under way still puts
in ages out.
"""

from __future__ import annotations

import hashlib
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import structlog

from workbench.ids import new_id
from workbench.store.blob_keys import check_folder, check_key
from workbench.store.protocol import Blobs

__all__ = ["CachedBlobs", "ColumnCache", "cached", "keep"]

_log = structlog.get_logger(__name__)

_ENDING, _UNFINISHED = ".arrow", ".unfinished"
# The end of every entry: how long it is without this, its checksum, and that it is one.
_TRAILER = struct.Struct("<QI8s")
_MAGIC = b"WBCOLUMN"
# An entry counts as used once in so many seconds: what is read all the time is not touched all the time.
_USE_SECONDS = 30.0
# What is over the limit is evicted down to this part of it, so that not every new entry evicts.
_AFTER_EVICTION = 0.9
_ABANDONED_SECONDS = 3_600.0
_PIECE = 1 << 22
_MOST_WAITING_BYTES = 1 << 28


class ColumnCache:
    """Columns of blocks, by the block's key and the field's name.

    Args:
        folder: Where they are; made when the first one is written.
        max_bytes: How much there may be; what was used longest ago goes first. 0 for no cache.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._writing = max_bytes > 0
        self._checked: set[tuple[int, int, int]] = set()
        self._evicting = threading.Lock()
        self._counting = threading.Lock()
        self._waiting_bytes = 0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="column-cache")

    def get(self, key: str, field: str, *, only_checked: bool = False) -> pa.Table | None:
        """Look for a column.

        Args:
            key: The key of its block.
            field: Its name in there.
            only_checked: Take it only if this process has checked it before; else it is checked later, off
                the caller's way, for the next time.

        Returns:
            A table of it alone, with what the block's schema says of it, mapped and not copied; None if it is
            not here.
        """
        if not self._max_bytes:
            return None
        path = self._path(key, field)
        try:
            with path.open("rb") as file:
                facts = os.fstat(file.fileno())
            entry = _Entry(pa.memory_map(str(path)).read_buffer(), (facts.st_dev, facts.st_ino))
            if entry.identity not in self._checked:  # once for each process
                if only_checked:
                    self._writer.submit(self.get, key, field)
                    return None
                entry.check()
                self._checked.add(entry.identity)
            table = entry.table()
        except FileNotFoundError:
            return None
        except (OSError, pa.ArrowException, ValueError) as error:
            _log.warning("damaged column of the cache dropped", path=str(path), error=str(error))
            _remove(path)
            return None
        if time.time() - facts.st_mtime > _USE_SECONDS:
            with suppress(OSError):  # evicted meanwhile, or a folder that can only be read
                os.utime(path)
        return table

    def put(self, key: str, table: pa.Table) -> None:
        """Keep all columns of a table, each by itself; what fails is said once in the log, and no error.

        Args:
            key: The key of the block that holds them.
            table: Columns of the block, with all its rows.
        """
        if not self._writing or table.nbytes > self._max_bytes * _AFTER_EVICTION:
            return
        try:
            for name in table.column_names:
                with suppress(FileNotFoundError):  # evicted in this moment, with its folder: another time
                    self._write(self._path(key, name), table.select([name]))
            self._evict()
        except (OSError, pa.ArrowException) as error:
            # A full disk does not grow, so this process does not try again with each column.
            self._writing = False
            _log.warning("no more columns are cached", folder=str(self._folder), error=str(error))

    def put_later(self, key: str, table: pa.Table) -> None:
        """Put columns in, off the caller's way; nothing, where more waits already than memory should hold."""
        with self._counting:
            if not self._writing or self._waiting_bytes + table.nbytes > _MOST_WAITING_BYTES:
                return
            self._waiting_bytes += table.nbytes
        self._writer.submit(self._put_now, key, table)

    def _put_now(self, key: str, table: pa.Table) -> None:
        try:
            self.put(key, table)
        except Exception:  # noqa: BLE001 - nobody waits for the thread's answer
            _log.exception("columns not cached")
        finally:
            with self._counting:
                self._waiting_bytes -= table.nbytes

    def settle(self) -> None:
        """Wait until what was to be put in later is there."""
        self._writer.submit(int).result()

    def discard(self, prefix: str) -> None:
        """Remove the columns of all blocks whose keys begin with a prefix, which ends with a slash."""
        for path in list(_files(self._folder / check_folder(prefix))):
            _remove(path)

    def _path(self, key: str, field: str) -> Path:
        block, name = check_key(key), hashlib.sha256(field.encode()).hexdigest()[:32]
        return self._folder / block / f"{name}{_ENDING}"

    def _write(self, path: Path, column: pa.Table) -> None:
        if path.exists():
            return
        # A file of Arrow has one dictionary for each column; a table of Parquet may have one for each piece.
        column = column.unify_dictionaries().combine_chunks()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f"{new_id()}{_UNFINISHED}")
        try:
            with _open_new(unfinished) as file:
                summing = _Summing(file)
                with pa.ipc.new_file(pa.PythonFile(summing, mode="w"), column.schema) as writer:
                    writer.write_table(column)
                file.write(_TRAILER.pack(summing.length, summing.checksum, _MAGIC))
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _evict(self) -> None:
        with self._evicting:
            entries = sorted(_sizes(self._folder), key=lambda entry: entry[1])
            there = sum(size for _, _, size in entries)
            if there <= self._max_bytes:
                return
            for path, used, size in entries:
                if path.suffix == _UNFINISHED and time.time() - used < _ABANDONED_SECONDS:
                    continue  # somebody writes it
                _remove(path)
                there -= size
                if there <= self._max_bytes * _AFTER_EVICTION:
                    return


class _Entry:
    """What is in the file of a column.

    Args:
        buffer: All of it.
        place: The device and the number of the file: what takes its place has another checksum.

    Raises:
        ValueError: If it is not whole.
    """

    def __init__(self, buffer: pa.Buffer, place: tuple[int, int]) -> None:
        view = memoryview(buffer)
        if len(view) < _TRAILER.size:
            raise ValueError("it is too short")
        length, self._checksum, magic = _TRAILER.unpack(view[-_TRAILER.size :])
        if magic != _MAGIC or length != len(view) - _TRAILER.size:
            raise ValueError("it is not whole")
        self._content = buffer.slice(0, length)
        self.identity = (*place, self._checksum)

    def check(self) -> None:
        """Look at every byte.

        Raises:
            ValueError: If they are not those that were written.
        """
        if _checksum(memoryview(self._content)) != self._checksum:
            raise ValueError("its checksum differs")

    def table(self) -> pa.Table:
        """The column, mapped and not copied."""
        return pa.ipc.open_file(pa.BufferReader(self._content)).read_all()


class CachedBlobs:
    """Blobs with a cache of their columns, for ``workers.frames.blocks``; otherwise what they are.

    Args:
        blobs: The blobs.
        columns: The cache.
        prefix: With what the keys begin of which it may give columns: it asks nobody whose they are.
    """

    def __init__(self, blobs: Blobs, columns: ColumnCache, prefix: str) -> None:
        self._blobs = blobs
        self._columns = columns
        self._prefix = check_folder(prefix)

    def column(self, key: str, field: str, *, only_checked: bool = False) -> pa.Table | None:
        """A column of a block, if it is in the cache."""
        if not key.startswith(self._prefix):
            return None
        return self._columns.get(key, field, only_checked=only_checked)

    def keep(self, key: str, table: pa.Table) -> None:
        """Put columns of a block into the cache, all rows of them, when there is time for it."""
        if key.startswith(self._prefix):
            self._columns.put_later(key, table)

    def create(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Write a blob."""
        return self._blobs.create(key)

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Read one."""
        return self._blobs.open(key)

    def size(self, key: str) -> int:
        """How many bytes one has."""
        return self._blobs.size(key)

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix."""
        return self._blobs.keys(prefix)

    def delete(self, key: str) -> None:
        """Remove one, and what is cached of it."""
        self._blobs.delete(key)
        if key.startswith(self._prefix):
            self._columns.discard(f"{key}/")

    def delete_prefix(self, prefix: str) -> None:
        """Remove those in a folder, and what is cached of them."""
        self._blobs.delete_prefix(prefix)
        if prefix.startswith(self._prefix):
            self._columns.discard(prefix)


def cached(blobs: Blobs, key: str, fields: Sequence[str], *, only_checked: bool = False) -> pa.Table | None:
    """A field of a block, all rows of it, if these blobs have a cache, and it is in there.

    Args:
        blobs: Where the block is.
        key: Its key.
        fields: What is wanted; several are never found, as those that are cached are alone in their block.
        only_checked: Take it only if this process has checked it before.
    """
    if not isinstance(blobs, CachedBlobs) or len(fields) != 1:
        return None
    return blobs.column(key, fields[0], only_checked=only_checked)


def keep(blobs: Blobs, key: str, table: pa.Table) -> None:
    """Put a block into the cache, if these blobs have one.

    Args:
        blobs: Where the block is.
        key: Its key.
        table: What the block holds: all its rows, as Parquet gives them.
    """
    if isinstance(blobs, CachedBlobs) and table.num_columns == 1:
        blobs.keep(key, table)


class _Summing:
    """A file that is written, and its length and checksum."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.length = self.checksum = 0

    def write(self, content: bytes) -> int:
        self.checksum = zlib.crc32(content, self.checksum)
        written = self._file.write(content)
        self.length += written
        return written

    def tell(self) -> int:
        return self.length

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None: ...


def _checksum(view: memoryview) -> int:
    checksum = 0
    for start in range(0, len(view), _PIECE):
        checksum = zlib.crc32(view[start : start + _PIECE], checksum)
    return checksum


def _open_new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def _files(folder: Path) -> Iterator[Path]:
    """The files in a folder and those below it; none if it is not there."""
    for parent, _, names in os.walk(folder):
        yield from (Path(parent) / name for name in names)


def _sizes(folder: Path) -> Iterator[tuple[Path, float, int]]:
    """Every file with the time of its last use and its size."""
    for path in _files(folder):
        with suppress(FileNotFoundError):  # another process evicts, too
            facts = path.stat()
            yield path, facts.st_mtime, facts.st_size


def _remove(path: Path) -> None:
    """Remove an entry, and its folders as far as they are empty; another process may do the same."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
        for folder in list(path.parents)[:4]:
            folder.rmdir()
