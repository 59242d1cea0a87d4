"""Blocks from one store to another, as streams, each checked against the digest that is its name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from workbench.errors import StoreDamaged
from workbench.store.protocol import Blobs

__all__ = ["BlocksCopied", "NoWatch", "Watch", "copy_blocks"]

_CHUNK = 1024**2


class Watch(Protocol):
    """Is told how far a copy is."""

    def begin(self, blocks: int) -> None:
        """So many blocks are to be looked at."""
        ...

    def block(self) -> None:
        """Another one is copied, or was there."""
        ...

    def bytes(self, count: int) -> None:
        """So many more bytes are copied."""
        ...


class NoWatch:
    """Looks away."""

    def begin(self, blocks: int) -> None:
        """See ``Watch``."""

    def block(self) -> None:
        """See ``Watch``."""

    def bytes(self, count: int) -> None:
        """See ``Watch``."""


@dataclass(frozen=True)
class BlocksCopied:
    """How many blocks were copied, of how many bytes in all, and how many were there before."""

    copied: int = 0
    there: int = 0
    bytes: int = 0


def copy_blocks(
    source: Blobs, target: Blobs, keys: Mapping[str, str], prefix: str, watch: Watch
) -> BlocksCopied:
    """Copy the blocks that are not there yet.

    Args:
        source: Where they are.
        target: Where to; holds a block whole and checked, or not at all.
        keys: Each block's key in the source, and the one that it gets.
        prefix: What all those new keys begin with.
        watch: Is told how far it is.

    Returns:
        What was copied.

    Raises:
        StoreDamaged: A block is missing, damaged, or of another size there.
        StoreUnavailable: A store does not answer.
    """
    watch.begin(len(keys))
    there = set(target.keys(prefix))
    copied = moved = 0
    for key, new_key in keys.items():
        if new_key in there:
            _check_size(target, new_key, _size(source, key))
        else:
            moved += _copy(source, target, key, new_key, watch)
            copied += 1
        watch.block()
    return BlocksCopied(copied, len(keys) - copied, moved)


def _copy(source: Blobs, target: Blobs, key: str, new_key: str, watch: Watch) -> int:
    """Copy one block. What turns out damaged is not there afterwards. Returns its size."""
    digest, size = hashlib.sha256(), 0
    with ExitStack() as held:
        try:
            stream = held.enter_context(source.open(key))
        except KeyError as error:
            raise _missing(key) from error
        sink = held.enter_context(target.create(new_key))
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            sink.write(chunk)
            size += len(chunk)
            watch.bytes(len(chunk))
        if digest.hexdigest() != PurePosixPath(key).stem:
            raise StoreDamaged(
                f"The block '{key}' is damaged: its {size:,} bytes are not those that its name says.",
                "Restore it from a backup; no node that needs it was copied.",
                key=key,
            )
    _check_size(target, new_key, size)
    return size


def _check_size(target: Blobs, key: str, size: int) -> None:
    try:
        there = target.size(key)
    except KeyError as error:
        raise _missing(key) from error
    if there != size:
        raise StoreDamaged(
            f"The block '{key}' has {there:,} bytes where it is copied to, and {size:,} where it comes from.",
            "One of the two is damaged: open the session in both, and restore that one from a backup.",
            key=key,
        )


def _size(blobs: Blobs, key: str) -> int:
    try:
        return blobs.size(key)
    except KeyError as error:
        raise _missing(key) from error


def _missing(key: str) -> StoreDamaged:
    return StoreDamaged(
        f"The block '{key}' is missing from its store.",
        "Restore it from a backup; if the session was deleted meanwhile, there is nothing to copy.",
        key=key,
    )
