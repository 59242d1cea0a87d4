"""New nodes: their blocks, their fingerprint, their record."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from workbench.ids import new_id
from workbench.models import NodeRecord
from workers.frames.blocks import distinct_text, write_table
from workers.frames.convert import dtype_names, frame_to_table
from workers.running import Job

__all__ = ["fingerprint", "make_node"]


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
    job: Job, frame: pd.DataFrame, *, name: str, known_as: str | None = None, **facts: Any
) -> NodeRecord:
    """Write a frame's block and describe the node that it will be when it is committed.

    Args:
        job: The task that made it.
        frame: Its data.
        name: What made it, in a sentence.
        known_as: Its fingerprint; the digest of the blocks if not given.
        **facts: Further fields of the record.

    Returns:
        The record, not yet in the store.
    """
    task = job.task
    table = frame_to_table(frame)
    prefix = f"{task.owner}/{task.session_id}/blocks"
    manifest = write_table(job.blobs, prefix, table, dtype_names(frame))
    # Their names, which are digests, without their owner's prefix: a copy elsewhere has the same fingerprint.
    blocks = sorted({column.block.rpartition("/")[2] for column in manifest.columns})
    return NodeRecord(
        id=new_id(),
        session_id=str(task.session_id),
        owner=task.owner,
        name=name,
        fingerprint=known_as or fingerprint(facts.get("dataset"), blocks),
        manifest=manifest,
        values=distinct_text(table),
        task_id=task.id,
        created_at=datetime.now(UTC),
        **facts,
    )
