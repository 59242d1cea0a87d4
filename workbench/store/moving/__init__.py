"""A session from one store to another: blocks first, then nodes with the head, then a look at both.

Whatever breaks off leaves there a session that opens, or none; run again, it copies what is missing.
Nodes keep their ids and fingerprints; only the owner, and with it the keys of the blocks, is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from workbench.errors import SessionNotFound, StoreDamaged
from workbench.errors.base import either, nearest
from workbench.models import NodeRecord, SessionRecord
from workbench.store.moving.blocks import BlocksCopied, NoWatch, Watch, copy_blocks
from workbench.store.moving.merge import Merge, merge
from workbench.store.protocol import OwnerStore, Page, SessionState

__all__ = ["HeadThere", "Moved", "Watch", "copy_session", "find_session"]

T = TypeVar("T")

_PAGE = 200
_BATCH_CHARACTERS = 1_000_000  # of nodes as JSON in one call


class HeadThere(StrEnum):
    """What became of the head where the session was copied to."""

    MOVED = "moved"  # it is where it is in the source, and so are undo and redo
    SAME = "same"  # all of that was so already
    KEPT = "kept"  # the session had gone on by itself there


@dataclass(frozen=True)
class Moved:
    """What was copied.

    Args:
        session: The session, as it is there now.
        head: What became of its head there.
        blocks: How many blocks were copied, and how many were there before.
        nodes: How many nodes were copied.
        nodes_there: How many of its nodes were there before.
        own_nodes: How many nodes the session has there that the source lacks.
        unfinished: Whether tasks of the source had not ended: what they make was not copied.
    """

    session: SessionRecord
    head: HeadThere
    blocks: BlocksCopied
    nodes: int
    nodes_there: int
    own_nodes: int
    unfinished: bool


def find_session(store: OwnerStore, wanted: str) -> SessionRecord:
    """Find a session by its id, or the newest of a name.

    Args:
        store: Where to look.
        wanted: An id, or a name exactly as it is.

    Raises:
        SessionNotFound: There is none; the hint names the nearest.
    """
    try:
        return store.session(wanted)
    except SessionNotFound:
        names = []
        for session in _sessions(store):
            if session.name == wanted:
                return session
            names.append(session.name)
    near = nearest(wanted, dict.fromkeys(names))
    hint = f"Did you mean {either(near)}?" if near else "Give the id or the name of one of your sessions."
    raise SessionNotFound(f"There is no session '{wanted}'.", hint, id=wanted, nearest=near)


def copy_session(
    source: OwnerStore, target: OwnerStore, session_id: str, *, owner: str, watch: Watch | None = None
) -> Moved:
    """Copy a session with its nodes, blocks, datasets, head and undo history.

    A session that went on by itself in the target is not overwritten: it gets the nodes that it lacks,
    and keeps its head.

    Args:
        source: Where it is.
        target: Where to.
        session_id: The session; it keeps its id.
        owner: The id of the target's owner.
        watch: Is told how far it is.

    Returns:
        What was copied, and what was there already.

    Raises:
        SessionNotFound: The source has no such session.
        StoreDamaged: A block is damaged or missing, or the copy differs.
        StoreUnavailable: A store does not answer.
        SessionTaken: The id is another owner's in the target.
        SessionWentOn: The session was changed in the target meanwhile.
        SessionBusy: The head would move in the target while commands run there.
    """
    state = source.session_state(session_id)  # before the nodes, so that none of its head's is missing
    nodes = list(_nodes(source, session_id))
    before = _state(target, session_id)
    there = list(_nodes(target, session_id)) if before else []
    merged = merge(state, nodes, before, there, owner)
    prefix = f"{owner}/{session_id}/blocks/"
    blocks = copy_blocks(source.blobs, target.blobs, merged.blocks, prefix, watch or NoWatch())
    after = _import(target, merged, {node.id for node in there})
    _check(source, state, target, after, merged)
    return Moved(
        session=after.session,
        head=_head_there(merged),
        blocks=blocks,
        nodes=len(merged.missing),
        nodes_there=len(nodes) - len(merged.missing),
        own_nodes=len(merged.own),
        unfinished=state.busy,
    )


def _import(target: OwnerStore, merged: Merge, here: set[str]) -> SessionState:
    """Give the target what it lacks, in calls of a bounded size; the last one moves the head."""
    seen, batches = merged.before, _batches(merged.missing)
    for batch in batches[:-1]:
        here.update(node.id for node in batch)
        seen = target.import_session(merged.on_the_way(seen, here), batch, before=seen)
    return target.import_session(merged.after, batches[-1], before=seen)


def _batches(nodes: Sequence[NodeRecord]) -> list[list[NodeRecord]]:
    """Nodes by calls; at least one call, which may be without nodes."""
    batches: list[list[NodeRecord]] = [[]]
    size = 0
    for node in nodes:
        more = len(node.model_dump_json())
        if batches[-1] and size + more > _BATCH_CHARACTERS:
            batches.append([])
            size = 0
        batches[-1].append(node)
        size += more
    return batches


def _check(
    source: OwnerStore, state: SessionState, target: OwnerStore, after: SessionState, merged: Merge
) -> None:
    """Read what is there now, and compare its fingerprints with those of the source."""
    there = {node.fingerprint for node in _nodes(target, after.session.id)}
    for node in merged.nodes:
        if node.fingerprint not in there:
            raise _differs(f"the node {node.id} ('{node.name}') is not there")
    if merged.kept or state.session.head is None or after.session.head is None:
        return
    path = [node.fingerprint for node in source.path(state.session.head)]
    if [node.fingerprint for node in target.path(after.session.head)] != path:
        raise _differs(f"another path leads to the head {after.session.head}")


def _differs(how: str) -> StoreDamaged:
    return StoreDamaged(
        f"The copy is not what the session is: {how}.",
        "Copy it again; if that does not help, please report it.",
    )


def _head_there(merged: Merge) -> HeadThere:
    if merged.kept:
        return HeadThere.KEPT
    before, after = merged.before, merged.after
    if before and (before.history, before.position) == (after.history, after.position):
        return HeadThere.SAME
    return HeadThere.MOVED


def _state(store: OwnerStore, session_id: str) -> SessionState | None:
    try:
        return store.session_state(session_id)
    except SessionNotFound:
        return None


def _sessions(store: OwnerStore) -> Iterator[SessionRecord]:
    return _items(lambda after: store.sessions(limit=_PAGE, after=after))


def _nodes(store: OwnerStore, session_id: str) -> Iterator[NodeRecord]:
    return _items(lambda after: store.nodes(session_id, limit=_PAGE, after=after))


def _items(page_after: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """What is on all pages of a list."""
    page = page_after(None)
    yield from page.items
    while page.next is not None:
        page = page_after(page.next)
        yield from page.items
