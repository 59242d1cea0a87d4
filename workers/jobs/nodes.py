"""New nodes: their blocks, their fingerprint, their record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from workbench.ids import new_id
from workbench.models import Manifest, NodeRecord
from workers.frames.blocks import distinct_text, write_table
from workers.frames.convert import dtype_names, frame_to_table
from workers.jobs.sharing import Shares
from workers.running import Job

__all__ = ["fingerprint", "make_node"]

_NOTHING = Shares()


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


def make_node(
    job: Job,
    frame: pd.DataFrame,
    *,
    name: str,
    parent: NodeRecord | None = None,
    others: Sequence[NodeRecord] = (),
    shares: Shares = _NOTHING,
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
        shares: What it has in the parent's blocks.
        known_as: Its fingerprint; the digest of the blocks if not given.
        **facts: Further fields of the record.

    Returns:
        The record, not yet in the store.
    """
    task = job.task
    prefix = f"{task.owner}/{task.session_id}/blocks"
    columns = shares.written(job.blobs, prefix, parent.manifest) if parent else {}
    # Of what rows were chosen from, these are more than there are: the planner may know values that are gone.
    known = parent.values if parent else {}
    values = {after: known[before] for after, before in shares.columns.items() if before in known}
    written = frame[[column for column in frame.columns if column not in columns]]
    if len(written.columns):
        table = frame_to_table(written)
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


def _digests(manifest: Manifest) -> list[str]:
    """The names of the blocks, which are digests, in the order of their columns.

    They are without their owner's prefix: a copy elsewhere has the same fingerprint.
    """
    return list(dict.fromkeys(column.block.rpartition("/")[2] for column in manifest.columns))
