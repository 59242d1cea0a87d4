"""How two nodes differ, told from their lineage alone."""

from __future__ import annotations

from collections.abc import Sequence

from api.schemas import Diff, DiffSide, Retyped
from workbench.models import NodeRecord

__all__ = ["difference"]


def difference(path: Sequence[NodeRecord], other_path: Sequence[NodeRecord]) -> Diff:
    """Say how another node differs from a node.

    Args:
        path: From the source to the node, along first parents.
        other_path: From the source to the other node.
    """
    node, other = path[-1], other_path[-1]
    shared = sum(1 for one, two in zip(path, other_path, strict=False) if one.id == two.id)
    before = {column.name: column.dtype for column in node.manifest.columns}
    after = {column.name: column.dtype for column in other.manifest.columns}
    return Diff(
        node=_side(path, shared),
        other=_side(other_path, shared),
        ancestor=path[shared - 1].id if shared else None,
        columns_added=[name for name in after if name not in before],
        columns_removed=[name for name in before if name not in after],
        columns_retyped=[
            Retyped(name=name, before=before[name], after=after[name])
            for name in before
            if name in after and before[name] != after[name]
        ],
    )


def _side(path: Sequence[NodeRecord], shared: int) -> DiffSide:
    node = path[-1]
    return DiffSide(
        node_id=node.id,
        rows=node.manifest.rows,
        steps=[step for step_node in path[shared:] for step in step_node.steps],
    )
