"""What a node has in the blocks of the node that it is made of: its columns there, and its rows of them.

The rule by which a result that is part of a larger table is written out, not seen through rows, is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from workbench.models import Manifest, ManifestColumn
from workbench.store.protocol import Blobs
from workers.engine import Needs, Ran, identical
from workers.frames.block_files import Rows
from workers.frames.blocks import read_seen, see
from workers.frames.convert import table_to_frame
from workers.frames.selections import smallest, write_selection

__all__ = ["Shares", "is_rewritten", "share"]

# The columns of a table up to this size stay together in one block: what it costs to write them all again is
# less than it costs to read one more block, from a store that is far away, with each command that follows.
_TOGETHER_CELLS = 100_000
# A table of that size that is chosen from a larger one is written out at once if no more of the blocks than
# this is decoded for it: some 40 ms. A thousand rows from all over five million cost many times that.
_DECODED_CELLS = 2_500_000


@dataclass(frozen=True)
class Shares:
    """What a node has in its parent's blocks.

    Args:
        columns: The columns there by the columns here.
        rows: For each of the parent's selections, and for None, that is for its columns without one, the
            rows of the blocks that are the node's. None if it has the parent's, all in their places.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str | None, Rows] | None = None

    def written(self, blobs: Blobs, prefix: str, parent: Manifest) -> dict[str, ManifestColumn]:
        """Write the selections, each once; gives the columns that are seen through them, by name."""
        there = {column.name: column for column in parent.columns}
        columns = {
            after: there[before].model_copy(update={"name": after}) for after, before in self.columns.items()
        }
        if self.rows is None:
            return columns
        used = dict.fromkeys(column.selection for column in columns.values())
        keys = {selection: write_selection(blobs, prefix, self.rows[selection]) for selection in used}
        return {
            name: column.model_copy(update={"selection": keys[column.selection]})
            for name, column in columns.items()
        }


def is_rewritten(found: Needs, manifest: Manifest) -> bool:
    """Say whether a node has all its columns written anew, by the size of its parent and what is asked.

    Args:
        found: What the plan needs, and writes.
        manifest: Of the table that it is applied to.
    """
    small = manifest.rows * len(manifest.columns) <= _TOGETHER_CELLS
    return small and (bool(found.writes) or not found.in_place)


def share(
    blobs: Blobs, manifest: Manifest, found: Needs, before: pd.DataFrame, ran: Ran
) -> tuple[pd.DataFrame, Shares]:
    """Decide what of a result stays in the blocks of the table that it was made of.

    Args:
        blobs: Where the blocks are.
        manifest: Of that table.
        found: What the plan needed.
        before: The table, with what the plan reads.
        ran: What it made.

    Returns:
        The result, with all its values where it shares nothing, and what it shares.
    """
    if ran.positions is None and not found.in_place:
        return ran.frame, Shares()
    chosen = None if ran.positions is None else smallest(ran.positions)
    kept = _kept(found, before, ran)
    if chosen is None or (isinstance(chosen, range) and chosen == range(manifest.rows)):
        return ran.frame, Shares(kept)
    unread = {after: name for after, name in found.carried.items() if name not in found.reads}
    rows = see(blobs, manifest, kept.values(), chosen)
    if ran.frame.size <= _TOGETHER_CELLS and _decoded(manifest, unread.values(), rows) <= _DECODED_CELLS:
        return _completed(blobs, manifest, ran.frame, unread, rows), Shares()
    return ran.frame, Shares(kept, rows)


def _kept(found: Needs, before: pd.DataFrame, ran: Ran) -> dict[str, str]:
    """The columns that a plan left as they were, or set to what they were: old names by new ones."""
    same = [name for name in found.writes if name in before.columns and _is_same(name, before, ran)]
    return {**found.carried, **{name: name for name in same}}


def _is_same(name: str, before: pd.DataFrame, ran: Ran) -> bool:
    was, now = before[name], ran.frame[name]
    if ran.positions is not None and was.dtype == now.dtype:
        was = was.take(ran.positions).reset_index(drop=True)
    return identical(was, now)


def _decoded(manifest: Manifest, names: Iterable[str], rows: Mapping[str | None, Rows]) -> int:
    """How many cells are decoded, at the most, to read rows of columns: those up to the last row of them."""
    selections = {column.name: column.selection for column in manifest.columns}
    return sum(_reach(rows[selections[name]]) for name in names)


def _reach(rows: Rows) -> int:
    if not len(rows):
        return 0
    return 1 + int(max(rows[0], rows[-1]) if isinstance(rows, range) else rows.max())


def _completed(
    blobs: Blobs,
    manifest: Manifest,
    frame: pd.DataFrame,
    unread: Mapping[str, str],
    rows: Mapping[str | None, Rows],
) -> pd.DataFrame:
    """Put the values of the columns that were not read in the places of their stand-ins."""
    if not unread:
        return frame
    there = table_to_frame(read_seen(blobs, manifest, list(unread.values()), rows))
    columns = {name: there[unread[name]] if name in unread else frame[name] for name in frame.columns}
    return pd.DataFrame(columns, copy=False)
