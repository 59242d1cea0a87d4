"""What was decided when a file was read: column by column, for the eyes and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import NotFound
from workbench.listing import Listing
from workbench.notebook.html import AMBER, BLUE, card, clip, counted, faint, one_line

__all__ = ["IngestReport"]

_LONGEST = 300  # characters of a warning, and of a reason


class IngestReport(Listing[dict[str, Any]]):
    """The columns of a source as they were read, in order, also by name; it shows itself as a table.

    Args:
        filename: The file.
        facts: The report as the worker wrote it.

    Example:
        >>> zipped = {"name": "zip", "dtype": "str", "nulls": 0, "examples": ["00501"], "why": "leading 0"}
        >>> report = IngestReport("a.csv", {"format": "csv", "rows": 1, "columns": [zipped], "warnings": []})
        >>> report["zip"]["why"]
        'leading 0'
        >>> report
        a.csv: csv · 1 row × 1 column
        column  dtype  nulls  examples  why
        zip     str    0      00501     leading 0
    """

    def __init__(self, filename: str, facts: Mapping[str, Any]) -> None:
        self.filename = filename
        self.facts = dict(facts)
        super().__init__(
            self.facts["columns"],
            name=lambda column: str(column["name"]),
            row=_row,
            heads=("column", "dtype", "nulls", "examples", "why"),
            missing=NotFound,
        )

    @property
    def warnings(self) -> list[str]:
        """What deserves a second look, as sentences."""
        return list(self.facts["warnings"])

    def file_text(self) -> str:
        """What was found out about the file as a whole, on one line."""
        facts = self.facts
        parts = [str(facts["format"]), f"{counted(facts['rows'], 'row')} × {counted(len(self), 'column')}"]
        if encoding := facts.get("encoding"):
            parts.append(
                f"{encoding['name']} ({encoding['why']})" if isinstance(encoding, dict) else encoding
            )
        if delimiter := facts.get("delimiter"):
            parts.append(f"separated by {delimiter['name']} ({delimiter['why']})")
        if sheet := facts.get("sheet"):
            parts.append(f"sheet {sheet!r}")
        if facts.get("decimal", ".") != ".":
            parts.append(f"decimal mark {facts['decimal']!r}")
        return one_line(f"{self.filename}: {' · '.join(parts)}")

    def __repr__(self) -> str:
        notes = [f"note: {one_line(text)}" for text in self.warnings]
        return "\n".join([self.file_text(), super().__repr__(), *notes])

    def _repr_html_(self) -> str:
        notes = "".join(
            f'<div style="color:{AMBER}">⚠ {clip(one_line(text), _LONGEST)}</div>' for text in self.warnings
        )
        head = faint(clip(self.file_text(), 2 * _LONGEST))
        return card(head + notes + super()._repr_html_(), AMBER if notes else BLUE)


def _row(column: Mapping[str, Any]) -> tuple[str, ...]:
    """A column's line; null spellings that were not the empty field are worth saying."""
    spelled = {text: number for text, number in column.get("null_spellings", {}).items() if text}
    nulls = f"{column['nulls']:,}" + (f" ({', '.join(map(repr, spelled))})" if spelled else "")
    examples = ", ".join(column["examples"])
    return str(column["name"]), str(column["dtype"]), nulls, examples, str(column["why"])
