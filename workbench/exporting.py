"""Data as files: where they go, and the formats that the notebook writes itself."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InvalidParameter
from workbench.formulas import FORMULA, MARK, Formulas

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMATS", "export_target", "require_room", "umask", "write_excel", "write_tsv"]

FORMATS = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""The formats that the API writes, by the endings of files."""

_EXCEL_ROWS, _EXCEL_COLUMNS = 1_048_575, 16_384  # beside the header
_BY_PANDAS = {".tsv", ".xlsx"}


def export_target(path: str | os.PathLike[str]) -> Path:
    """Look at where data are to be written, before there are any.

    Args:
        path: A file; its ending says in which format.

    Raises:
        InvalidParameter: When the ending says nothing to us, or the folder is not there.
    """
    target = Path(path).expanduser()
    ending = target.suffix.lower()
    if ending not in FORMATS and ending not in _BY_PANDAS:
        known = ", ".join(sorted([*FORMATS, *_BY_PANDAS]))
        raise InvalidParameter(
            f"'{target.name}' cannot be written: its format is not known.", f"Use {known}."
        )
    if not target.parent.is_dir():
        raise InvalidParameter(f"There is no folder '{target.parent}'.", "Make it first.")
    return target


def require_room(shape: tuple[int, int], size: str) -> None:
    """Raise InvalidParameter for a table that is too large for a sheet of Excel."""
    if shape[0] > _EXCEL_ROWS or shape[1] > _EXCEL_COLUMNS:
        raise InvalidParameter(f"An Excel sheet cannot hold {size}.", "Write .parquet or .csv instead.")


def write_tsv(frame: pd.DataFrame, path: Path, formulas: Formulas) -> None:
    """Write a frame as text with tabs."""
    plain = _marked(frame) if formulas == "escape" else frame
    # With such ends of lines a carriage return inside of a text is quoted; with \n alone it would end a line.
    plain.to_csv(path, sep="\t", index=False, lineterminator="\r\n")


def write_excel(frame: pd.DataFrame, path: Path, formulas: Formulas) -> None:
    """Write a frame as a sheet; Excel has no time zones, so times with one become ISO 8601 text."""
    import pandas as pd

    for name in frame.select_dtypes("datetimetz"):
        frame[name] = frame[name].map(lambda moment: moment.isoformat(), na_action="ignore").astype(object)
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        frame.to_excel(writer, index=False)
        [sheet] = writer.sheets.values()
        if formulas == "escape":
            for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
                cell.data_type = "s"  # a text that looks like a formula


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    """Put a mark before the texts that a spreadsheet would run, in cells and names."""
    begins = re.compile(FORMULA)

    def plain(value: Any) -> Any:
        return MARK + value if isinstance(value, str) and begins.match(value) else value

    texts = frame.select_dtypes(["str", "object", "category"])
    marked = frame.copy(deep=False)
    for name in texts:
        marked[name] = texts[name].astype(object).map(plain)
    return marked.rename(columns=plain)


def umask() -> int:
    """Give the process's umask; reading it means setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
