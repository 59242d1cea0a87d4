"""One user's blobs: those of others are as if they were not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

from workbench.errors import Forbidden
from workbench.store.blob_keys import check_folder
from workbench.store.protocol import Blobs

__all__ = ["OwnedBlobs"]


class OwnedBlobs:
    """The blobs under ``owner/``: see ``workbench.store.protocol.OwnerStore.blobs``.

    Args:
        blobs: Everybody's.
        owner: Whose are to be seen.
    """

    def __init__(self, blobs: Blobs, owner: str) -> None:
        self._blobs = blobs
        self._folder = f"{owner}/"

    def create(self, key: str) -> AbstractContextManager[BinaryIO]:
        if not self._owns(key):
            raise Forbidden(f"The key '{key}' is not in your folder.", f"Begin it with '{self._folder}'.")
        return self._blobs.create(key)

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        return self._blobs.open(self._seen(key))

    def size(self, key: str) -> int:
        return self._blobs.size(self._seen(key))

    def keys(self, prefix: str) -> Iterator[str]:
        # A prefix may end within the folder's own name, or be empty.
        narrow = self._folder if self._folder.startswith(prefix) else prefix
        found = self._blobs.keys(narrow)
        return (key for key in found if self._owns(key))

    def delete(self, key: str) -> None:
        if self._owns(key):
            self._blobs.delete(key)

    def delete_prefix(self, prefix: str) -> None:
        if self._owns(check_folder(prefix)):
            self._blobs.delete_prefix(prefix)

    def _owns(self, key: str) -> bool:
        return key.startswith(self._folder)

    def _seen(self, key: str) -> str:
        if not self._owns(key):
            raise KeyError(key)
        return key
