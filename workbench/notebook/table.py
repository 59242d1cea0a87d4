"""The first rows of a table, as text and as HTML: pure functions of JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.notebook.html import FAINT, LINE, TABLE, clip, counted, one_line

__all__ = ["cell_text", "table_html", "table_text"]

MOST_ROWS = 10
MOST_COLUMNS = 20
_CELL = 40  # characters
_NUMBERS = ("int", "uint", "float", "Int", "UInt", "Float", "decimal")


def table_html(
    columns: Sequence[Mapping[str, str]], rows: Sequence[Sequence[Any]], *, total: int | None = None
) -> str:
    """Draw the first rows of a table, with dtypes.

    Args:
        columns: Each with ``name`` and ``dtype``.
        rows: Their values, as JSON has them; None for nulls.
        total: How many rows there are, if more than are given.

    Returns:
        HTML of at most ten rows and twenty columns; what is left out is said below.
    """
    shown = _shown(columns)
    cell = f"padding:2px 10px;border-bottom:1px solid {LINE};white-space:nowrap"
    head = "".join(
        f'<th style="{cell};text-align:{_align(column)}">{clip(one_line(column["name"]), 120)}'
        f'<br><span style="font-weight:normal;{FAINT}">{clip(column["dtype"], 40)}</span></th>'
        for _, column in shown
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="{cell};text-align:{_align(column)}">{_cell_html(row[index])}</td>'
            for index, column in shown
        )
        + "</tr>"
        for row in rows[:MOST_ROWS]
    )
    note = _left_out(len(columns), len(rows), total)
    below = f'<div style="{FAINT}">{note}</div>' if note else ""
    return (
        f'<div style="overflow-x:auto"><table style="{TABLE}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{below}"
    )


def table_text(
    columns: Sequence[Mapping[str, str]],
    rows: Sequence[Sequence[Any]],
    *,
    total: int | None = None,
    width: int = 110,
) -> str:
    """Write the first rows of a table as aligned text, as many columns as fit.

    Example:
        >>> print(table_text([{"name": "age", "dtype": "int64"}], [[31], [None]]))
          age
        int64
           31
         null
    """
    lines = [""] * (2 + min(len(rows), MOST_ROWS))
    fitted = 0
    for index, column in _shown(columns):
        texts = [
            _clipped(column["name"]),
            column["dtype"],
            *(_clipped(cell_text(r[index])) for r in rows[:MOST_ROWS]),
        ]
        size = max(len(text) for text in texts)
        if fitted and len(lines[0]) + 2 + size > width:
            break
        right = _align(column) == "right"
        cells = [text.rjust(size) if right else text.ljust(size) for text in texts]
        lines = [f"{line}  {cell}" if fitted else cell for line, cell in zip(lines, cells, strict=True)]
        fitted += 1
    note = _left_out(len(columns), len(rows), total, fitted)
    return "\n".join([*(line.rstrip() for line in lines), *([note] if note else [])])


def cell_text(value: Any) -> str:
    """Write a JSON value as a cell.

    Example:
        >>> cell_text(None), cell_text(2.0), cell_text("2013-01-01T00:00:00")
        ('null', '2.0', '2013-01-01')
    """
    if value is None:
        return "null"
    if isinstance(value, float):
        return str(value) if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    text = one_line(str(value))
    return text.removesuffix("T00:00:00") if len(text) == len("2013-01-01T00:00:00") else text


def _cell_html(value: Any) -> str:
    text = clip(_clipped(cell_text(value)), 240)
    return f'<i style="{FAINT}">null</i>' if value is None else text


def _clipped(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _align(column: Mapping[str, str]) -> str:
    return "right" if column["dtype"].startswith(_NUMBERS) else "left"


def _shown(columns: Sequence[Mapping[str, str]]) -> list[tuple[int, Mapping[str, str]]]:
    return list(enumerate(columns))[:MOST_COLUMNS]


def _left_out(columns: int, rows: int, total: int | None, fitted: int | None = None) -> str:
    """Say what is not shown; empty where everything is."""
    parts = []
    there = max(rows, total or 0)
    if there > min(rows, MOST_ROWS):
        parts.append(counted(there - min(rows, MOST_ROWS), "more row"))
    left = columns - min(columns, MOST_COLUMNS if fitted is None else fitted)
    if left:
        parts.append(counted(left, "more column"))
    return f"… and {' and '.join(parts)}" if parts else ""
