"""How the fields of a text file are separated, and what its columns are called."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import FileColumnNames, FileTooWide, FileWithoutRows, InvalidParameter
from workbench.ingest_options import IngestOptions
from workers.frames.ingest.encodings import Text

__all__ = ["Dialect", "check_names", "check_width", "dialect_of", "given_names", "spoken"]

_DELIMITERS = ("\t", ",", ";", "|")
_RECORDS = 200
_MOST_COLUMNS = 100_000
_COMMA_DECIMAL = re.compile(r"-?\d+,\d+")
_SEP_LINE = re.compile(r"sep=(.)\s*$", re.IGNORECASE)
_NAMES = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "pipe"}


@dataclass(frozen=True)
class Dialect:
    """How to read the lines of a text file.

    Args:
        delimiter: What separates the fields.
        why: Why it is that one.
        names: The columns' names.
        skip_lines: Physical lines before the first row, the header included.
        skip_before: Physical lines before the header that are left out.
        header: Whether there is a header.
        renamed: Whether the names are not those that stand in the file.
    """

    delimiter: str
    why: str
    names: tuple[str, ...]
    skip_lines: int
    skip_before: int
    header: bool
    renamed: bool


def dialect_of(text: Text, kind: str, options: IngestOptions) -> Dialect:
    """Find delimiter and header of a text file from its beginning.

    Args:
        text: The file.
        kind: "csv" or "tsv": what its ending says.
        options: What the user says.

    Raises:
        FileColumnNames: Names are missing or there twice.
        FileWithoutRows: There is no line at all.
    """
    lines = text.head().splitlines(keepends=True)
    whole = text.size <= sum(map(len, lines))
    skip = options.skip_rows
    marked = _SEP_LINE.match(lines[skip]) if len(lines) > skip else None
    if marked:
        skip += 1
    lines = lines[skip:]
    if not any(line.strip() for line in lines):
        raise FileWithoutRows(
            f"'{text.filename}' has no line after the {skip:,} left out.",
            "Lower skip_rows.",
            file=text.filename,
        )
    if options.delimiter or marked:
        delimiter = options.delimiter or (marked[1] if marked else "")
        why = "it was given" if options.delimiter else "the line 'sep=' at the top says so"
    else:
        delimiter, why = _delimiter(lines if whole else lines[:-1] or lines, kind)
    first, length = _first_record(lines, delimiter)
    names, renamed = _names(first, text.filename, options)
    return Dialect(
        delimiter, why, names, skip + length if options.header else skip, skip, options.header, renamed
    )


def _delimiter(lines: Sequence[str], kind: str) -> tuple[str, str]:
    """Choose the delimiter by which the most lines have as many fields as the first one."""
    scores = {delimiter: _score(_records(lines, delimiter)) for delimiter in _DELIMITERS}
    best = max(scores.values())
    if best[0] == 0:
        return ("\t" if kind == "tsv" else ","), "the first line holds none: there is one column"
    tied = [delimiter for delimiter in _DELIMITERS if scores[delimiter][0] == best[0]]
    if len(tied) > 1 and ";" in tied and "," in tied and _holds_comma_decimals(_records(lines, ";")):
        return ";", "it leaves numbers with a decimal comma whole"
    chosen = "\t" if kind == "tsv" and "\t" in tied else max(tied, key=lambda one: scores[one])
    share, fields = scores[chosen]
    return chosen, f"it gives {fields} fields in {share:.0%} of the first lines"


def _records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(lines, delimiter=delimiter):
            if record:
                records.append(record)
            if len(records) == _RECORDS:
                break
    except csv.Error:  # a field beyond the module's limit: this delimiter finds no end
        return []
    return records


def _score(records: list[list[str]]) -> tuple[float, int]:
    if not records or len(records[0]) == 1:
        return 0.0, 1
    fields = len(records[0])
    return round(sum(len(record) == fields for record in records) / len(records), 2), fields


def _holds_comma_decimals(records: list[list[str]]) -> bool:
    return any(_COMMA_DECIMAL.fullmatch(field.strip()) for record in records for field in record)


def _first_record(lines: Sequence[str], delimiter: str) -> tuple[list[str], int]:
    """The first record, and how many physical lines it ends after."""
    reader = csv.reader(lines, delimiter=delimiter)
    for record in reader:
        if record and (len(record) > 1 or record[0].strip()):
            return record, reader.line_num
    raise AssertionError("called for lines that are not all blank")


def _names(first: list[str], filename: str, options: IngestOptions) -> tuple[tuple[str, ...], bool]:
    if options.names is not None:
        names = given_names(options.names, len(first), filename)
    elif options.header:
        names = tuple(name.strip().removeprefix("\ufeff") for name in first)
    else:
        names = tuple(f"column_{position}" for position in range(1, len(first) + 1))
    check_names(names, filename)
    return names, not options.header or names != tuple(first)


def given_names(names: tuple[str, ...], columns: int, filename: str) -> tuple[str, ...]:
    """Take the names that the user gives for the columns of a file.

    Raises:
        InvalidParameter: If there are more or fewer than columns.
    """
    if len(names) != columns:
        raise InvalidParameter(
            f"{len(names)} names were given for the {columns} columns of '{filename}'.",
            "Give one name for each column.",
            names=list(names),
        )
    return names


def check_width(columns: int, filename: str) -> None:
    """Refuse more columns than a table may have.

    Raises:
        FileTooWide: With both numbers.

    Example:
        >>> check_width(20_000, "people.csv")
    """
    if columns > _MOST_COLUMNS:
        raise FileTooWide(
            f"'{filename}' has {columns:,} columns or more; {_MOST_COLUMNS:,} are the most.",
            "Save it as a long table: a row for each value, with the name beside it.",
            file=filename,
            limit=_MOST_COLUMNS,
        )


def check_names(names: Sequence[str], filename: str) -> None:
    """Refuse names that are empty or there twice.

    Raises:
        FileColumnNames: With the names and their positions, counted from 1.
        FileTooWide: There are more than a table may have.

    Example:
        >>> check_names(["id", "name"], "people.csv")
    """
    check_width(len(names), filename)
    empty = [position for position, name in enumerate(names, start=1) if not name.strip()]
    places: dict[str, list[int]] = {}
    for position, name in enumerate(names, start=1):
        places.setdefault(name, []).append(position)
    twice = {name: found for name, found in places.items() if len(found) > 1 and name.strip()}
    if not names:
        raise FileColumnNames(f"'{filename}' has no columns.", "Check how it was saved.", file=filename)
    if not empty and not twice:
        return
    faults = [f"column {_listed(empty)} has no name"] if empty else []
    faults += [
        f"the name '{name}' is there {len(found)} times (columns {_listed(found)})"
        for name, found in twice.items()
    ]
    hint = "Name every column once in the file, or give all names with names=[…]."
    if empty == [1]:
        hint = f"If it holds the row numbers of a frame, save that with index=False. {hint}"
    raise FileColumnNames(
        f"In '{filename}' {'; '.join(faults[:5])}.", hint, file=filename, empty=empty, duplicates=twice
    )


def _listed(positions: list[int]) -> str:
    shown = ", ".join(map(str, positions[:10]))
    return f"{shown}, …" if len(positions) > 10 else shown


def spoken(delimiter: str) -> str:
    """Name a delimiter in words."""
    return _NAMES.get(delimiter, f"'{delimiter}'")
