"""Blobs as objects of a private bucket: see ``workbench.store.protocol.Blobs``.

What the common case costs: a block whose name is its digest is one call to write, and one to read up to
``CHUNK``; an upload of one part is two each.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from pydantic import ValidationError

from workbench.store.blob_keys import check_folder, check_key, check_prefix, digest_in
from workbench.store.supabase.blob_failures import damaged
from workbench.store.supabase.blob_parts import Parts, key_of, manifest_name, part_name
from workbench.store.supabase.blob_reader import CHUNK, BlobReader, Copy, Section, receive
from workbench.store.supabase.blob_writer import BlobWriter
from workbench.store.supabase.connection import Face
from workbench.store.supabase.objects import Content, Objects

__all__ = ["SupabaseBlobs"]


class SupabaseBlobs:
    """The blobs that one face may see: everybody's, or those of one user.

    Args:
        face: Who asks. Row-level security decides what there is for a user.
        max_object_bytes: How large an object may be; what is larger is stored in parts.
    """

    def __init__(self, face: Face, max_object_bytes: int) -> None:
        self._objects = Objects(face)
        self._most = max_object_bytes

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        writer = BlobWriter(self._objects, check_key(key), self._most)
        try:
            yield cast("BinaryIO", writer)
            writer.commit()
        except BaseException:
            writer.discard()
            raise
        finally:
            writer.release()

    def open(self, key: str) -> BinaryIO:
        digest = digest_in(check_key(key))
        if digest is not None:
            found = self._objects.read(key, 0, CHUNK, _first_look)
            if isinstance(found, Copy):
                return _checked(found, key, digest)
            if found is not None:
                lasting = self._objects.lasting([key])
                return cast("BinaryIO", BlobReader(lasting, key, [Section(key, 0, found, digest)]))
        return self._open_parts(key, self._manifest(key))

    def size(self, key: str) -> int:
        if digest_in(check_key(key)) is not None:
            size = self._objects.read(key, 0, 1, _total)
            if size is not None:
                return size
        return self._manifest(key).size

    def keys(self, prefix: str) -> Iterator[str]:
        return self._listed(check_prefix(prefix))

    def delete(self, key: str) -> None:
        # The manifest goes with the first call, so the blob vanishes as a whole; then what it listed, and
        # what an earlier deletion may have left.
        there = self._objects.remove([check_key(key), manifest_name(key)])
        if there != [key]:
            self._remove_all(part_name(key))

    def delete_prefix(self, prefix: str) -> None:
        self._remove_all(check_folder(prefix))

    def _manifest(self, key: str) -> Parts:
        content = self._objects.read(manifest_name(key), 0, CHUNK, receive)
        if content is None:
            raise KeyError(key)
        with content.file as file:
            try:
                return Parts.model_validate_json(file.read())
            except ValidationError as error:
                raise damaged(key, "the list of its parts cannot be read") from error

    def _open_parts(self, key: str, manifest: Parts) -> BinaryIO:
        sections, start = [], 0
        for part in manifest.parts:
            sections.append(Section(part_name(key, part.name), start, part.size, part.sha256))
            start += part.size
        if not sections:
            return cast("BinaryIO", io.BytesIO())
        if manifest.size > CHUNK:
            lasting = self._objects.lasting(section.name for section in sections)
            return cast("BinaryIO", BlobReader(lasting, key, sections))
        with BlobReader(self._objects, key, sections) as reader:
            return io.BytesIO(reader.read())  # now, so that it can be read on whatever becomes of it

    def _listed(self, prefix: str) -> Iterator[str]:
        seen: set[str] = set()  # a blob is there twice if it was written under two limits of size
        for page in self._objects.names(prefix):
            for key in map(key_of, page):
                if key is not None and key not in seen:
                    seen.add(key)
                    yield key

    def _remove_all(self, prefix: str) -> None:
        for page in self._objects.names(prefix):
            self._objects.remove(page)


def _first_look(answer: Content) -> Copy | int:
    """The object, or, where it is a large one that can be read in ranges, how large it is."""
    if answer.ranged and answer.total is not None and answer.total > CHUNK:
        return answer.total
    return receive(answer)


def _checked(copy: Copy, key: str, digest: str) -> BinaryIO:
    if copy.sha256 != digest:
        copy.file.close()
        raise damaged(key, "its content is not the one that its name says")
    return cast("BinaryIO", copy.file)


def _total(answer: Content) -> int:
    if answer.total is not None:
        return answer.total
    return sum(len(piece) for piece in answer.pieces())
