"""What a session becomes where it is copied to: plain data in, plain data out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from workbench.errors import StoreDamaged
from workbench.models import Manifest, NodeRecord
from workbench.store.protocol import SessionState

__all__ = ["Merge", "merge"]


@dataclass(frozen=True)
class Merge:
    """Two sessions with one id, brought together; nothing of either is lost.

    Args:
        nodes: The source's nodes as they are in the target: with its owner, its keys, and its ids for
            what it has under another id (the same command, run in both).
        missing: Those that the target lacks, parents first.
        own: The target's nodes that the source lacks.
        blocks: The blocks of ``nodes``: key in the source -> key in the target.
        before: The target's session, if it has one.
        after: What that becomes.
        kept: Whether it keeps its head, having gone on by itself.
    """

    nodes: Sequence[NodeRecord]
    missing: Sequence[NodeRecord]
    own: Sequence[NodeRecord]
    blocks: Mapping[str, str]
    before: SessionState | None
    after: SessionState
    kept: bool

    def on_the_way(self, seen: SessionState | None, here: AbstractSet[str]) -> SessionState:
        """What the session is while only some of its nodes are there.

        Args:
            seen: What it is now: a head that it has stays until the end.
            here: The nodes that will be there.
        """
        if seen is not None and seen.history:
            return seen
        history = tuple(takewhile(here.__contains__, self.after.history))
        session = self.after.session
        datasets = {name: node for name, node in session.datasets.items() if node in here}
        return replace(
            self.after,
            session=session.model_copy(update={"datasets": datasets}),
            history=history,
            position=min(self.after.position, len(history)),
        )


def merge(
    state: SessionState,
    nodes: Sequence[NodeRecord],
    before: SessionState | None,
    there: Sequence[NodeRecord],
    owner: str,
) -> Merge:
    """Work out what a session becomes where it is copied to.

    Args:
        state: The source's session.
        nodes: The source's nodes, parents first.
        before: The target's session, if it has one with that id.
        there: The target's nodes.
        owner: The target's owner.

    Raises:
        StoreDamaged: A node of the source is damaged: it has a block of another session.
    """
    by_fingerprint = {node.fingerprint: node.id for node in there}
    ids = {node.id: by_fingerprint.get(node.fingerprint, node.id) for node in nodes}
    rewritten = [_rewritten(node, owner, ids) for node in nodes]
    known = {node.fingerprint for node in nodes}
    own = [node for node in there if node.fingerprint not in known]
    brought = _brought(state, owner, ids)
    kept = before is not None and _went_on(before, brought, own, {node.id: node for node in there})
    return Merge(
        nodes=rewritten,
        missing=[node for node in rewritten if node.fingerprint not in by_fingerprint],
        own=own,
        blocks=_blocks((old, new) for old, new in zip(nodes, rewritten, strict=True) if old.id == new.id),
        before=before,
        after=_after(before, brought, kept=kept),
        kept=kept,
    )


def _rewritten(node: NodeRecord, owner: str, ids: Mapping[str, str]) -> NodeRecord:
    old, new = f"{node.owner}/{node.session_id}/blocks/", f"{owner}/{node.session_id}/blocks/"

    def moved(key: str) -> str:
        if not key.startswith(old):
            raise StoreDamaged(
                f"The node {node.id} cannot be copied: its block '{key}' is of another session.",
                "Restore the store from a backup.",
                key=key,
            )
        return new + key.removeprefix(old)

    columns = tuple(
        column.model_copy(
            update={
                "block": moved(column.block),
                "selection": None if column.selection is None else moved(column.selection),
            }
        )
        for column in node.manifest.columns
    )
    return node.model_copy(
        update={
            "id": ids[node.id],
            "owner": owner,
            "parents": tuple(ids[parent] for parent in node.parents),
            "manifest": Manifest(rows=node.manifest.rows, columns=columns),
        }
    )


def _brought(state: SessionState, owner: str, ids: Mapping[str, str]) -> SessionState:
    """The source's session in the target's words."""
    session = state.session
    here = {
        "owner": owner,
        "head": None if session.head is None else ids[session.head],
        "datasets": {name: ids[node] for name, node in session.datasets.items()},
    }
    history = tuple(ids[node] for node in state.history)
    return replace(state, session=session.model_copy(update=here), history=history)


def _blocks(pairs: Iterable[tuple[NodeRecord, NodeRecord]]) -> dict[str, str]:
    """Each block once, in the order of the nodes."""
    found: dict[str, str] = {}
    for old, new in pairs:
        for here, there in zip(old.manifest.columns, new.manifest.columns, strict=True):
            found[here.block] = there.block
            if here.selection is not None and there.selection is not None:
                found[here.selection] = there.selection
    return found


def _went_on(
    before: SessionState,
    brought: SessionState,
    own: Sequence[NodeRecord],
    there: Mapping[str, NodeRecord],
) -> bool:
    """Whether the target has nodes, or moves of its head, that the source lacks."""
    if own:
        return True
    shared = _shared(before.history, brought.history)
    if shared == len(before.history):
        return False
    if shared in {0, len(brought.history)}:
        return True
    # Both went on from the same place. A command there is one of the source's, which it has taken back
    # and replaced since, for it has the node; any other move was made there.
    return any(there[after].parents[:1] != (at,) for at, after in pairwise(before.history[shared - 1 :]))


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many places two histories have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _after(before: SessionState | None, brought: SessionState, *, kept: bool) -> SessionState:
    if before is None:
        return brought
    base, over = (brought, before) if kept else (before, brought)
    datasets = {**base.session.datasets, **over.session.datasets}
    return replace(over, session=over.session.model_copy(update={"datasets": datasets}))
