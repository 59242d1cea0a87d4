"""Excel workbooks: the values of one sheet, of formulas too, in the types that their cells have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import python_calamine

from workbench.errors import FileEmpty, FileUnreadable, FileWithoutRows, InvalidParameter
from workbench.ingest_options import IngestOptions
from workers.frames.ingest.casts import Rules, text_reading
from workers.frames.ingest.dialect import check_names, given_names
from workers.frames.ingest.objects import Typed, reading_from
from workers.frames.ingest.overrides import cast_as, check_known
from workers.frames.ingest.pandas_code import EXCEL_ERRORS, excel_code
from workers.frames.ingest.report import ColumnReading, Ingested, Progress
from workers.frames.ingest.series import frame_of
from workers.frames.ingest.sheet_extent import check_extent
from workers.frames.ingest.sources import Source

__all__ = ["read_excel"]

Cell = Any  # str, float, bool, date, datetime, time or timedelta; "" for an empty cell
Row = list[Cell]

_INT64 = 2**63
_NOUNS = {
    "int": "numbers",
    "float": "numbers",
    "bool": "booleans",
    "time": "dates",
    "str": "text",
    "other": "times of day or durations",
}


def read_excel(source: Source, options: IngestOptions, progress: Progress) -> Ingested:
    """Read a sheet of a workbook: the first one, unless the user names another.

    Empty rows and columns around the table are left out, and columns with neither name nor value.

    Raises:
        FileUnreadable, FileEmpty, FileWithoutRows, FileColumnNames: What is wrong with the file.
        InvalidParameter: There is no such sheet.
    """
    sheet, names_of_sheets, rows = _rows(source, options)
    progress.part(0.5, 1.0)
    progress(0.0, "the sheet is read")
    top, columns = _frame_of_table(rows, source.filename)
    start = top + 1 if options.header else top
    end = max(position for position, row in enumerate(rows) if _filled(row)) + 1
    if end <= start:
        raise FileWithoutRows(
            f"The sheet '{sheet}' of '{source.filename}' has a header and no rows.",
            "Choose another sheet with sheet=….",
            file=source.filename,
            sheets=names_of_sheets,
        )
    columns, names = _named(rows, top, start, end, columns, source.filename, options)
    check_known(options.dtypes, names)
    rules = Rules(na_values=options.na_values, day_first=options.day_first)
    readings = []
    for done, (name, column) in enumerate(zip(names, columns, strict=True), start=1):
        cells = [rows[position][column] for position in range(start, end)]
        readings.append(_reading(name, cells, rules, options))
        progress(done / len(names), f"casting columns ({done} of {len(names)})")
    report = {
        "format": "excel",
        "bytes": source.path.stat().st_size,
        "rows": end - start,
        "sheet": sheet,
        "sheets": names_of_sheets,
        "columns": [reading.to_dict() for reading in readings],
        "warnings": _warnings(readings, sheet, names_of_sheets, options),
    }
    header = options.skip_rows + top if options.header else None
    before = options.skip_rows + start
    code = excel_code(source, sheet, header, before, columns, end - start, readings)
    return Ingested(frame_of(readings), "excel", report, code)


def _warnings(
    readings: Sequence[ColumnReading], sheet: str, sheets: list[str], options: IngestOptions
) -> list[str]:
    warnings = [f"Column '{reading.name}' {reading.warning}" for reading in readings if reading.warning]
    if len(sheets) > 1 and options.sheet is None:
        others = ", ".join(f"'{name}'" for name in sheets if name != sheet)
        warnings.append(f"The workbook has {len(sheets)} sheets; '{sheet}' was read, not {others}.")
    return warnings


def _rows(source: Source, options: IngestOptions) -> tuple[str, list[str], list[Row]]:
    check_extent(source)
    try:
        with python_calamine.CalamineWorkbook.from_path(str(source.path)) as book:
            names = list(book.sheet_names)
            chosen = _sheet(names, options, source.filename)
            rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError) as error:
        raise FileUnreadable(
            f"'{source.filename}' cannot be read as a workbook: {error}.",
            "Open it in a spreadsheet program and save it again.",
            file=source.filename,
        ) from error
    return chosen, names, rows[options.skip_rows :] if options.skip_rows else rows


def _sheet(names: list[str], options: IngestOptions, filename: str) -> str:
    wanted = options.sheet if options.sheet is not None else 0
    if isinstance(wanted, str) and wanted in names:
        return wanted
    if isinstance(wanted, int) and 0 <= wanted < len(names):
        return names[wanted]
    raise InvalidParameter(
        f"'{filename}' has no sheet {wanted!r}.", f"Its sheets are: {', '.join(names)}.", sheets=names
    )


def _filled(row: Row) -> bool:
    return any(cell != "" for cell in row)


def _frame_of_table(rows: list[Row], filename: str) -> tuple[int, list[int]]:
    """The first row that is not empty, and the columns between the first and the last that are not."""
    top = next((position for position, row in enumerate(rows) if _filled(row)), None)
    if top is None:
        raise FileEmpty(
            f"The sheet of '{filename}' that was read is empty.",
            "Choose another with sheet=….",
            file=filename,
        )
    used = [column for column in range(len(rows[0])) if any(row[column] != "" for row in rows)]
    return top, list(range(used[0], used[-1] + 1))


def _named(
    rows: list[Row],
    top: int,
    start: int,
    end: int,
    columns: list[int],
    filename: str,
    options: IngestOptions,
) -> tuple[list[int], tuple[str, ...]]:
    """The columns that are kept, and their names."""
    if not options.header:
        names = tuple(f"column_{position}" for position in range(1, len(columns) + 1))
    else:
        columns = [
            column
            for column in columns
            if _name(rows[top][column]) or any(rows[position][column] != "" for position in range(start, end))
        ]
        names = tuple(_name(rows[top][column]) for column in columns)
    if options.names is not None:
        names = given_names(options.names, len(columns), filename)
    check_names(names, filename)
    return columns, names


def _name(cell: Cell) -> str:
    return _as_text(_plain(cell)).strip()


def _plain(cell: Cell) -> Cell:
    """A whole number as such, though a workbook knows decimal numbers only; a day as the time it begins."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _INT64:
        return int(cell)
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        return dt.datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - a workbook knows no time zones
    return cell


def _as_text(cell: Cell) -> str:
    return str(cell)


def _kind(cell: Cell) -> str:
    match cell:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case str():
            return "str"
        case dt.datetime():
            return "time"
        case _:
            return "other"


def _reading(name: str, cells: Sequence[Cell], rules: Rules, options: IngestOptions) -> ColumnReading:
    """Decide what a column of cells is."""
    values = [None if cell == "" or cell in EXCEL_ERRORS else _plain(cell) for cell in cells]
    given = options.type_of(name)
    if given:
        return cast_as(name, _texts(values), given, rules)
    words = {value for value in values if isinstance(value, str)}
    kinds = {_kind(value) for value in values if value is not None}
    counted: dict[str, int] = {}
    if "str" in kinds and len(kinds) > 1 and words <= set(rules.null_words):
        counted = {word: values.count(word) for word in words}
        values = [None if isinstance(value, str) else value for value in values]
        kinds.discard("str")
    if kinds <= {"str"}:
        return text_reading(
            name, _texts(values), rules, "the values are text" if kinds else "there is no value"
        )
    return reading_from(name, _typed(values, kinds), counted)


def _typed(values: list[Cell], kinds: set[str]) -> Typed:
    arrow: dict[str, tuple[pa.DataType, str]] = {
        "int": (pa.int64(), "int64"),
        "float": (pa.float64(), "float64"),
        "bool": (pa.bool_(), "bool"),
        "time": (pa.timestamp("us"), "datetime64[us]"),
    }
    kind = "float" if kinds == {"int", "float"} else next(iter(kinds)) if len(kinds) == 1 else "mixed"
    if kind in arrow:
        target, dtype = arrow[kind]
        convert: Callable[[Cell], Cell] = float if kind == "float" else lambda cell: cell
        plain = [None if value is None else convert(value) for value in values]
        return Typed(pa.chunked_array([pa.array(plain, target)]), dtype)
    return Typed(_texts(values), "str", tuple(sorted({_NOUNS[kind] for kind in kinds})))


def _texts(values: Sequence[Cell]) -> pa.ChunkedArray:
    texts = [None if value is None else _as_text(value) for value in values]
    return pa.chunked_array([pa.array(texts, pa.string())])
