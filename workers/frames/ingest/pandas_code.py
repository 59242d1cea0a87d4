"""The pandas that reads a file to the same frame: what an analyst would write, with every type said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workers.frames.ingest.casts import Rules
from workers.frames.ingest.dialect import Dialect
from workers.frames.ingest.encodings import Text
from workers.frames.ingest.json_shapes import FLAT
from workers.frames.ingest.report import ColumnReading
from workers.frames.ingest.sources import Source

__all__ = ["EXCEL_ERRORS", "call", "csv_code", "excel_code", "json_code", "time_line"]

_WIDTH = 100
EXCEL_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


def csv_code(
    source: Source, text: Text, dialect: Dialect, rules: Rules, readings: Sequence[ColumnReading]
) -> str:
    """Write the lines that read a CSV or TSV file as it was read here."""
    arguments: dict[str, str] = {}
    if dialect.delimiter != ",":
        arguments["sep"] = repr(dialect.delimiter)
    if text.encoding not in ("utf-8", "utf-8-sig"):
        arguments["encoding"] = repr(text.encoding)
    if dialect.skip_before:
        arguments["skiprows"] = str(dialect.skip_before)
    if dialect.renamed:
        arguments["header"] = "0" if dialect.header else "None"
        arguments["names"] = repr(list(dialect.names))
    arguments["dtype"] = _dtypes(readings)
    arguments["keep_default_na"] = "False"
    na_values = _na_values(readings)
    if na_values:
        arguments["na_values"] = na_values
    if rules.decimal != "." and any(reading.dtype == "float64" for reading in readings):
        arguments["decimal"] = repr(rules.decimal)
    lines = ["import pandas as pd"]
    name = repr(source.filename)
    if source.compression == "zstd":  # pandas itself needs one more package for this
        lines.append("import pyarrow as pa")
        name = f"pa.input_stream({name})"
    lines += ["", call("df = pd.read_csv", [name], arguments)]
    lines += [_after(reading, rules) for reading in readings if _read_as_text(reading)]
    return "\n".join(lines)


def call(function: str, positional: Sequence[str], keywords: Mapping[str, str]) -> str:
    """Write a call on one line, or with one argument a line where it is long.

    Example:
        >>> call("df = pd.read_csv", ["'a.csv'"], {"sep": "';'"})
        "df = pd.read_csv('a.csv', sep=';')"
    """
    arguments = [*positional, *(f"{name}={value}" for name, value in keywords.items())]
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{function}(", *(f"    {argument}," for argument in arguments), ")"])


def time_line(name: str, column: str, dtype: str, date_format: str) -> str:
    """Write the line that reads a column of text as times.

    Example:
        >>> time_line("day", "df['day']", "datetime64[us]", "%d/%m/%Y")
        "df['day'] = pd.to_datetime(df['day'], format='%d/%m/%Y').astype('datetime64[us]')"
    """
    utc = {"utc": "True"} if dtype.endswith("UTC]") else {}
    times = call("pd.to_datetime", [column], {"format": repr(date_format), **utc})
    return f"df[{name!r}] = {times}.astype({dtype!r})"


def _read_as_text(reading: ColumnReading) -> bool:
    """Whether pandas must be given text first, to make the values of it."""
    return bool(reading.trimmed or reading.date_format or reading.thousands)


def _dtypes(readings: Sequence[ColumnReading]) -> str:
    dtypes = {reading.name: "str" if _read_as_text(reading) else reading.dtype for reading in readings}
    if set(dtypes.values()) == {"str"}:
        return "'str'"
    return _wrapped([f"{name!r}: {dtype!r}" for name, dtype in dtypes.items()])


def _wrapped(items: Sequence[str]) -> str:
    """Write the items of a dict, on several lines where they are many."""
    if sum(map(len, items)) + 2 * len(items) < _WIDTH - 20:
        return f"{{{', '.join(items)}}}"
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _WIDTH - 10:
            lines.append("")
        lines[-1] += f"{item}, "
    return "\n".join(["{", *(f"        {line.rstrip()}" for line in lines), "    }"])


def _na_values(readings: Sequence[ColumnReading]) -> str:
    """Write the spellings of null: one list where it is right for every column, else one for each."""
    by_column = {
        reading.name: sorted(reading.null_words)
        for reading in readings
        if reading.null_words and not reading.trimmed
    }
    words = {word for words in by_column.values() for word in words}
    kept = {word for reading in readings for word in reading.kept_words}
    untouched = any(reading.trimmed for reading in readings)
    if words & kept or untouched:
        return repr(by_column) if by_column else ""
    return repr(sorted(words)) if words else ""


def _na_values_of_cells(readings: Sequence[ColumnReading]) -> str:
    """Write the spellings of null of a sheet: those of all columns, unless one keeps some as values."""
    if any(reading.kept_words for reading in readings):
        return repr({one.name: sorted({"", *EXCEL_ERRORS, *one.null_words}) for one in readings})
    return repr(sorted({"", *EXCEL_ERRORS, *(word for one in readings for word in one.null_words)}))


def _after(reading: ColumnReading, rules: Rules) -> str:
    column = f"df[{reading.name!r}]"
    if reading.trimmed:
        column = f"{column}.str.strip()"
        if reading.null_words:
            column = f"{column}.replace({sorted(reading.null_words)!r}, None)"
    if reading.date_format:
        return time_line(reading.name, column, reading.dtype, reading.date_format)
    if reading.thousands:
        column = f"{column}.str.replace({reading.thousands!r}, '')"
    if reading.dtype == "float64" and rules.decimal != ".":
        column = f"{column}.str.replace({rules.decimal!r}, '.')"
    if reading.dtype in ("bool", "boolean"):
        column = f"{column}.str.lower().map({{'true': True, 'false': False}})"
    return f"df[{reading.name!r}] = {column}.astype({reading.dtype!r})"


def json_code(
    source: Source,
    text: Text,
    readings: Sequence[ColumnReading],
    *,
    lines: bool,
    records: str,
    nested: bool,
    dropped: Sequence[str],
) -> str:
    """Write the lines that read JSON Lines, or records in JSON, as they were read here.

    Args:
        source: The file.
        text: How it is encoded.
        readings: Its columns.
        lines: Whether each line is a record.
        records: Python that takes the records from ``content``, if not.
        nested: Whether there are objects in the records, which become columns of their own.
        dropped: Columns that hold nothing but null in place of such objects.
    """
    mixed = [reading.name for reading in readings if reading.mixed]
    left_out = f".drop(columns={list(dropped)!r})" if dropped else ""
    imports, opened = _opening(source, text)
    load = "records = [json.loads(line) for line in file if line.strip()]"
    code = [
        *sorted({"import json", *imports}),
        "",
        "import pandas as pd",
        *(["import pyarrow as pa"] if source.compression == "zstd" else []),
        "",
        opened,
        f"    {load if lines else 'content = json.load(file)'}",
        *([] if lines else [f"records = {records}"]),
        *(["", FLAT, "", "records = [flat(record) for record in records]"] if nested else []),
        f"df = pd.DataFrame(records, dtype=object){left_out}{_json_dtypes(readings)}",
    ]
    code += _json_texts(mixed)
    code += [
        time_line(reading.name, f"df[{reading.name!r}]", reading.dtype, reading.date_format)
        for reading in readings
        if reading.date_format
    ]
    return "\n".join(code)


def _json_dtypes(readings: Sequence[ColumnReading]) -> str:
    dtypes = [
        f"{reading.name!r}: {reading.dtype!r}"
        for reading in readings
        if not reading.date_format and not reading.mixed
    ]
    return f".astype({_wrapped(dtypes)})" if dtypes else ""


def _json_texts(mixed: Sequence[str]) -> list[str]:
    """The lines that make text of what is none, in some columns."""
    if not mixed:
        return []
    return [
        f"for name in {list(mixed)!r}:",
        "    texts = [",
        "        value if isinstance(value, str) or pd.api.types.is_scalar(value) and pd.isna(value)",
        "        else json.dumps(value, ensure_ascii=False)",
        "        for value in df[name]",
        "    ]",
        "    df[name] = pd.Series(texts, dtype='str')",
    ]


def _opening(source: Source, text: Text) -> tuple[list[str], str]:
    """The imports, and the line that opens a text file that may be compressed."""
    name, encoding = repr(source.filename), f"encoding={text.encoding!r}"
    match source.compression:
        case "gzip" | "bz2" as module:
            return [f"import {module}"], f"with {module}.open({name}, 'rt', {encoding}) as file:"
        case "zstd":
            return ["import io"], f"with io.TextIOWrapper(pa.input_stream({name}), {encoding}) as file:"
        case "zip":
            member = "next(name for name in archive.namelist() if not name.endswith('/'))"
            return ["import io", "import zipfile"], "\n".join(
                [
                    f"archive = zipfile.ZipFile({name})",
                    f"member = {member}",
                    f"with archive, io.TextIOWrapper(archive.open(member), {encoding}) as file:",
                ]
            )
    return [], f"with open({name}, {encoding}) as file:"


def excel_code(
    source: Source,
    sheet: str,
    header: int | None,
    before: int,
    columns: Sequence[int],
    rows: int,
    readings: Sequence[ColumnReading],
) -> str:
    """Write the lines that read a sheet as it was read here."""
    arguments = {
        "sheet_name": repr(sheet),
        "header": repr(header),
        "names": repr([reading.name for reading in readings]),
        "usecols": repr(list(columns)),
        "nrows": str(rows),
        "dtype": "object",
        "keep_default_na": "False",
        "na_values": _na_values_of_cells(readings),
        "engine": "'calamine'",
    }
    if header is None and before:
        arguments["skiprows"] = str(before)
    code = ["import pandas as pd", "", call("df = pd.read_excel", [repr(source.filename)], arguments)]
    code += [
        f"df[{reading.name!r}] = df[{reading.name!r}].map(str, na_action='ignore')"
        for reading in readings
        if reading.mixed
    ]
    dtypes = _wrapped([f"{reading.name!r}: {reading.dtype!r}" for reading in readings])
    return "\n".join([*code, f"df = df.astype({dtypes})"])
