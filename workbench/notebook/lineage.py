"""The lineage of a session, as text and as HTML: pure functions of node facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from workbench.notebook.html import FAINT, LINE, TABLE, clip, counted, one_line

__all__ = ["Version", "line_text", "lineage_html", "lineage_text"]

_MOST = 50


class Version(NamedTuple):
    """What the lineage shows of a node."""

    id: str
    parents: tuple[str, ...]
    name: str
    dataset: str | None
    rows: int
    columns: int


def line_text(versions: Sequence[Version], head: str | None) -> str:
    """Say in one line how the head came about: the sources and the steps, the head last.

    Example:
        >>> a = Version("1", (), "a.csv", "a", 10, 2)
        >>> line_text([a, Version("2", ("1",), "Sort by age", None, 10, 2)], "2")
        'a (10 rows) → Sort by age (10 rows)'
    """
    by_id = {version.id: version for version in versions}
    path: list[str] = []
    at = by_id.get(head or "")
    while at is not None and len(path) < _MOST:
        path.append(f"{_name(at, 60)} ({counted(at.rows, 'row')})")
        at = by_id.get(at.parents[0]) if at.parents else None
    path.reverse()
    return " → ".join(path if len(path) <= 4 else [path[0], "…", *path[-3:]])


def lineage_text(versions: Sequence[Version], head: str | None) -> str:
    """List nodes, oldest first: the number, the parents' numbers, the name, the size; ``*`` at the head."""
    lines = [
        f"{'*' if version.id == head else ' '} {number:>3}  {parents:<8}"
        f"  {_name(version, 60):<60}  {_size(version)}"
        for number, parents, version in _numbered(versions)
    ]
    note = _left_out(versions)
    return "\n".join([f"    #  from      {'node':<60}  size", *lines, *([note] if note else [])])


def lineage_html(versions: Sequence[Version], head: str | None) -> str:
    """Draw nodes as a small table, oldest first, the head in bold."""
    cell = f"padding:2px 10px;border-bottom:1px solid {LINE};text-align:left"
    rows = "".join(
        f'<tr style="{"font-weight:bold" if version.id == head else ""}">'
        f'<td style="{cell};white-space:nowrap">{number}{" ●" if version.id == head else ""}</td>'
        f'<td style="{cell}">{parents}</td>'
        f'<td style="{cell}">{clip(_name(version, 100), 300)}</td>'
        f'<td style="{cell};white-space:nowrap">{_size(version)}</td></tr>'
        for number, parents, version in _numbered(versions)
    )
    note = _left_out(versions)
    below = f'<div style="{FAINT}">{note}</div>' if note else ""
    heads = "".join(f'<th style="{cell};{FAINT}">{name}</th>' for name in ("#", "from", "node", "size"))
    return f'<table style="{TABLE}"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{below}'


def _numbered(versions: Sequence[Version]) -> list[tuple[int, str, Version]]:
    """The last nodes with their numbers and their parents' numbers."""
    number = {version.id: index for index, version in enumerate(versions)}
    listed = [
        (index, ", ".join(str(number[parent]) for parent in version.parents if parent in number), version)
        for index, version in enumerate(versions)
    ]
    return listed[-_MOST:]


def _left_out(versions: Sequence[Version]) -> str:
    return f"… and {len(versions) - _MOST:,} earlier nodes" if len(versions) > _MOST else ""


def _name(version: Version, limit: int) -> str:
    text = one_line(version.dataset or version.name)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _size(version: Version) -> str:
    return f"{version.rows:,} × {version.columns}"
