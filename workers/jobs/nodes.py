"""New nodes: their blocks, their fingerprint, their record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pandas as pd

from workbench.ids import new_id
from workbench.models import Manifest, ManifestColumn, NodeRecord
from workers.engine.needs import Needs
from workers.frames.blocks import distinct_text, write_table
from workers.frames.convert import dtype_names, frame_to_table
from workers.running import Job

__all__ = ["fingerprint", "is_rewritten", "make_node"]

# The columns of a table up to this size stay together in one block: what it costs to write them all again is
# less than it costs to read one more block, from a store that is far away, with each command that follows.
_TOGETHER_CELLS = 100_000
_NONE: Mapping[str, str] = MappingProxyType({})


def fingerprint(*parts: Any) -> str:
    """Digest what decides a node's content.

    Args:
        *parts: JSON-serialisable.

    Returns:
        A hexadecimal SHA-256: equal for equal parts.

    Example:
        >>> fingerprint("a", {"x": 1, "y": 2}) == fingerprint("a", {"y": 2, "x": 1})
        True
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_rewritten(found: Needs, manifest: Manifest) -> bool:
    """Say whether a node has all its columns written anew; else it shares some with its parent.

    Args:
        found: What the plan needs, and writes.
        manifest: Of the table that it is applied to.
    """
    small = manifest.rows * len(manifest.columns) <= _TOGETHER_CELLS
    return not found.in_place or (small and bool(found.writes))


def make_node(
    job: Job,
    frame: pd.DataFrame,
    *,
    name: str,
    parent: NodeRecord | None = None,
    others: Sequence[NodeRecord] = (),
    shares: Mapping[str, str] = _NONE,
    known_as: str | None = None,
    **facts: Any,
) -> NodeRecord:
    """Write what is new of a frame, and describe the node that it will be when it is committed.

    Args:
        job: The task that made it.
        frame: Its data; of the columns that it shares, only the names and places count.
        name: What made it, in a sentence.
        parent: The node that it is made of, if it is of one.
        others: The nodes that it takes values from besides.
        shares: The columns that stay in the parent's blocks: their names there by their names here.
        known_as: Its fingerprint; the digest of the blocks if not given.
        **facts: Further fields of the record.

    Returns:
        The record, not yet in the store.
    """
    task = job.task
    columns, values = _shared(parent, shares) if parent else ({}, {})
    written = frame[[column for column in frame.columns if column not in columns]]
    if len(written.columns):
        table = frame_to_table(written)
        prefix = f"{task.owner}/{task.session_id}/blocks"
        blocks = write_table(job.blobs, prefix, table, dtype_names(written))
        columns |= {column.name: column for column in blocks.columns}
        values |= distinct_text(table)
    manifest = Manifest(rows=len(frame), columns=tuple(columns[column] for column in frame.columns))
    return NodeRecord(
        id=new_id(),
        session_id=str(task.session_id),
        owner=task.owner,
        parents=(parent.id, *(other.id for other in others)) if parent else (),
        name=name,
        fingerprint=known_as or fingerprint(facts.get("dataset"), _digests(manifest)),
        manifest=manifest,
        values=values,
        task_id=task.id,
        created_at=datetime.now(UTC),
        **facts,
    )


def _shared(
    parent: NodeRecord, shares: Mapping[str, str]
) -> tuple[dict[str, ManifestColumn], dict[str, tuple[str, ...]]]:
    """The columns that stay in a node's blocks, under their new names, and what is known of their values."""
    there = {column.name: column for column in parent.manifest.columns}
    columns = {after: there[before].model_copy(update={"name": after}) for after, before in shares.items()}
    values = {after: parent.values[before] for after, before in shares.items() if before in parent.values}
    return columns, values


def _digests(manifest: Manifest) -> list[str]:
    """The names of the blocks, which are digests, in the order of their columns.

    They are without their owner's prefix: a copy elsewhere has the same fingerprint.
    """
    return list(dict.fromkeys(column.block.rpartition("/")[2] for column in manifest.columns))
