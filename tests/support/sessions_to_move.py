"""Sessions with real blocks, to be copied; and stores that break off on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from tests.contract.store.support import ANA, add_dataset, command
from workbench.models import Manifest, ManifestColumn, NodeRecord, SessionRecord
from workbench.store.protocol import Blobs, HeadMove, Owner, OwnerStore, Store


def put_block(store: Store, session: SessionRecord, content: bytes) -> str:
    """Write a block under the digest of its content. Returns its key."""
    key = f"{session.owner}/{session.id}/blocks/{hashlib.sha256(content).hexdigest()}.parquet"
    with store.blobs.create(key) as stream:
        stream.write(content)
    return key


def holding(block: str, *others: str, selection: str | None = None) -> Manifest:
    """A manifest with a column for each block, the first read through a selection."""
    columns = [
        ManifestColumn(
            name=f"c{at}", dtype="Int64", block=key, field="c", selection=None if at else selection
        )
        for at, key in enumerate((block, *others))
    ]
    return Manifest(rows=2, columns=tuple(columns))


def open_session(store: Store, name: str = "flights", content: bytes = b"flights") -> SessionRecord:
    """A session of Ana's with its first dataset."""
    session = store.as_owner(ANA).create_session(name)
    add_dataset(store, session.id, name, manifest=holding(put_block(store, session, content)))
    return store.as_owner(ANA).session(session.id)


def work(store: Store, session: SessionRecord, content: str, *others: str, **fields: Any) -> NodeRecord:
    """A command on Ana's session: a node with a block of its own."""
    key = put_block(store, session, content.encode())
    node = command(store, session.id, *others, **{"manifest": holding(key), "name": content, **fields}).node
    assert node is not None
    return node


def worked_session(store: Store) -> SessionRecord:
    """A session with two datasets, a branch, a selection, a shared block, and something to redo."""
    session = open_session(store)
    add_dataset(
        store, session.id, "airlines", manifest=holding(put_block(store, session, b"airlines" * 50_000))
    )
    first = work(store, session, "first")
    rows = put_block(store, session, b"row positions")
    shared = first.manifest.columns[0].block
    work(store, session, "second", manifest=holding(shared, selection=rows), message="sort “it” 😀")
    work(store, session, "question", move_head=False, fingerprint="a question")
    work(store, session, "third")
    store.as_owner(ANA).move_head(session.id, HeadMove.UNDO)
    return store.as_owner(ANA).session(session.id)


def as_of(owner: Owner, node: NodeRecord) -> NodeRecord:
    """A node as it is with another owner."""
    return NodeRecord.model_validate_json(node.model_dump_json().replace(node.owner, owner.id))


def block_keys(nodes: Iterable[NodeRecord]) -> list[str]:
    """The blocks and selections of nodes, each once."""
    columns = [column for node in nodes for column in node.manifest.columns]
    keys = [key for column in columns for key in (column.block, column.selection) if key is not None]
    return list(dict.fromkeys(keys))


def trail(owner: OwnerStore, session_id: str) -> list[str | None]:
    """The heads from the beginning of what can be undone to the end of what can be redone."""
    session = owner.session(session_id)
    backwards = 0
    while session.can_undo:
        session = owner.move_head(session_id, HeadMove.UNDO)
        backwards += 1
    heads = [session.head]
    while session.can_redo:
        session = owner.move_head(session_id, HeadMove.REDO)
        heads.append(session.head)
    for _ in range(len(heads) - 1 - backwards):
        owner.move_head(session_id, HeadMove.UNDO)
    return heads


class LineCut(Exception):
    """The connection broke."""


class CutBlobs:
    """Blobs that break off once so many bytes were written.

    Args:
        blobs: Where they are kept.
        after: How many bytes go through.
    """

    def __init__(self, blobs: Blobs, after: int) -> None:
        self._blobs = blobs
        self._left = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        with self._blobs.create(key) as stream:
            yield _CutStream(stream, self._spend)  # type: ignore[misc]

    def _spend(self, count: int) -> int:
        """How many of so many bytes go through."""
        through = min(count, self._left)
        self._left -= through
        return through


class _CutStream:
    def __init__(self, stream: BinaryIO, spend: Callable[[int], int]) -> None:
        self._stream = stream
        self._spend = spend

    def write(self, content: bytes) -> int:
        through = self._spend(len(content))
        self._stream.write(content[:through])
        if through < len(content):
            raise LineCut
        return through


class CutOwner:
    """An owner's store that breaks off while blobs are written, or before or after a call to take in nodes.

    Args:
        owner: The store.
        bytes_through: How many bytes of blobs go through.
        calls_through: How many calls of ``import_session`` go through.
        answered: Whether the one after those is carried out, and its answer lost.
    """

    def __init__(
        self,
        owner: OwnerStore,
        *,
        bytes_through: int = 2**60,
        calls_through: int = 2**60,
        answered: bool = True,
    ) -> None:
        self._owner = owner
        self.blobs = CutBlobs(owner.blobs, bytes_through)
        self._calls = calls_through
        self._answered = answered

    def __getattr__(self, name: str) -> Any:
        return getattr(self._owner, name)

    def import_session(self, *arguments: Any, **named: Any) -> Any:
        self._calls -= 1
        if self._calls < 0 and self._answered:
            raise LineCut
        answer = self._owner.import_session(*arguments, **named)
        if self._calls < 0:
            raise LineCut
        return answer
