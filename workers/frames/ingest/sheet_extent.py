"""How far the cells of a workbook's sheets reach, before a reader makes room for all that lies between."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from workbench.errors import FileUnreadable
from workers.admission import machine_memory
from workers.frames.ingest.sources import Source

__all__ = ["check_extent"]

_CELL = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_CHUNK = 8 << 20
_OVERLAP = 64  # longer than any cell's name with what is around it
# The reader keeps a value for each place from the first cell to the last, and hands out a list of Python
# objects from the sheet's corner on.
_VALUE_BYTES, _POINTER_BYTES = 24, 8


def check_extent(source: Source) -> None:
    """Refuse a workbook with a sheet whose cells lie so far apart that no memory holds what is between.

    Raises:
        FileUnreadable: With the last cell.
    """
    try:
        with zipfile.ZipFile(source.path) as parts:
            for name in parts.namelist():
                if "worksheets/" in name.lower():
                    _check(_cells(parts, name), source.filename)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError):
        return  # the reader says what is wrong with it


def _cells(parts: zipfile.ZipFile, name: str) -> Iterator[tuple[set[bytes], int, int]]:
    """Of each piece of a sheet: the letters of its columns, its first and its last row."""
    rest = b""
    with parts.open(name) as sheet:
        while chunk := sheet.read(_CHUNK):
            found = _CELL.findall(rest + chunk)
            rest = chunk[-_OVERLAP:]
            if found:
                rows = [int(row) for _, row in found]
                yield {letters.upper() for letters, _ in found}, min(rows), max(rows)


def _check(pieces: Iterator[tuple[set[bytes], int, int]], filename: str) -> None:
    columns: set[bytes] = set()
    first, last = 1 << 30, 0
    for letters, low, high in pieces:
        columns |= letters
        first, last = min(first, low), max(last, high)
    if not columns:
        return
    numbers = [_number(letters) for letters in columns]
    between = (last - first + 1) * (max(numbers) - min(numbers) + 1)
    if between * _VALUE_BYTES + last * max(numbers) * _POINTER_BYTES <= machine_memory():
        return
    end = f"{max(columns, key=_number).decode()}{last}"
    raise FileUnreadable(
        f"A sheet of '{filename}' reaches as far as {end}: {between:,} cells, more than memory can hold.",
        "Delete the cells that lie far from the table, and save it again.",
        file=filename,
        cell=end,
    )


def _number(letters: bytes) -> int:
    """The number of a column.

    Example:
        >>> _number(b"A"), _number(b"XFD")
        (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
