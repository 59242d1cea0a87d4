"""Parquet, Arrow and Feather: files with types of their own, which are kept.

What pandas would change on the way is kept as well: whole numbers and booleans with nulls stay what they
are (``Int64``, ``boolean``) instead of becoming decimal numbers and objects. Dates become times, for pandas
has no dates. An index that is more than row numbers becomes columns.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import feather

from workbench.errors import FileColumnNames, FileUnreadable, FileWithoutRows, TypeMismatch
from workbench.frame_upload import HANDED_OVER, WARNINGS
from workbench.ingest_options import IngestOptions
from workers.frames.dtypes import exact_table
from workers.frames.ingest.dialect import check_names, check_width
from workers.frames.ingest.fixes import Fixes, Reader, as_json, columnar_code, readable
from workers.frames.ingest.report import Ingested, Progress, shortened
from workers.frames.ingest.sources import Source

__all__ = ["read_columnar"]

_STREAM = b"\xff\xff\xff\xff"


HANDED_OVER_CODE = "# df is the frame that was handed over"


def read_columnar(source: Source, options: IngestOptions, progress: Progress) -> Ingested:
    """Read a Parquet, Arrow or Feather file.

    Raises:
        FileUnreadable, FileColumnNames, FileWithoutRows: What is wrong with the file.
    """
    del options  # the file says all that they could
    progress(0.05, "reading")
    table, reader = _open(source)
    _check(table, source)
    progress(0.5, "casting columns")
    metadata = table.schema.metadata or {}
    bare = not readable(table)
    if bare:
        table = table.replace_schema_metadata(None)
    frame, fixes = _read(table, source, bare=bare)
    check_names(list(frame.columns), source.filename)
    handed_over = HANDED_OVER in metadata
    kind = "frame" if handed_over else source.format
    report = {
        "format": kind,
        "bytes": source.path.stat().st_size,
        "rows": len(frame),
        "columns": [_column_report(name, frame[name], fixes) for name in frame.columns],
        "warnings": [*json.loads(metadata.get(WARNINGS, b"[]")), *fixes.warnings(frame)],
    }
    code = HANDED_OVER_CODE if handed_over else columnar_code(source, reader, fixes)
    return Ingested(frame, kind, report, code)


def _check(table: pa.Table, source: Source) -> None:
    check_names(table.column_names, source.filename)
    if table.num_rows == 0:
        raise FileWithoutRows(
            f"'{source.filename}' has {table.num_columns} columns and no rows.",
            "Check how it was saved.",
            file=source.filename,
            columns=table.column_names,
        )


def _open(source: Source) -> tuple[pa.Table, Reader]:
    """The table, and by which means pandas opens such a file."""
    try:
        if source.format == "parquet":
            with pq.ParquetFile(source.path) as file:
                check_width(len(file.schema_arrow.names), source.filename)
                return file.read(), "parquet"
        with source.path.open("rb") as start:
            magic = start.read(4)
        if magic == _STREAM:
            with pa.OSFile(str(source.path)) as stream:
                return pa.ipc.open_stream(stream).read_all(), "stream"
        return feather.read_table(source.path), "feather"
    except (pa.ArrowException, OSError, TypeError) as error:
        raise FileUnreadable(
            f"'{source.filename}' cannot be read: {_first_line(error)}.",
            "It is damaged or was cut off; save or download it again.",
            file=source.filename,
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def _read(table: pa.Table, source: Source, *, bare: bool) -> tuple[pd.DataFrame, Fixes]:
    try:
        _check_categories(table.schema)
        fixes = Fixes.of(table, bare=bare)
        frame = _to_pandas(table, fixes, source.filename)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise FileUnreadable(
            f"'{source.filename}' holds a type that pandas cannot read: {_first_line(error)}.",
            "Save it again with that column as text, or without it.",
            file=source.filename,
        ) from error
    texts = tuple(field.name for field in table.schema if _is_lost(field, frame))
    for name in texts:
        frame[name] = frame[name].map(as_json, na_action="ignore").astype("str")
    return frame, replace(fixes, texts=texts)


def _check_categories(schema: pa.Schema) -> None:
    for field in schema:
        if pa.types.is_dictionary(field.type) and isinstance(field.type.value_type, pa.BaseExtensionType):
            raise TypeError(f"column '{field.name}' has categories of the type {field.type.value_type}")


def _is_lost(field: pa.Field, frame: pd.DataFrame) -> bool:
    """Whether a node cannot keep a column, as it may be with nested values."""
    if field.name not in frame or frame[field.name].dtype != object:
        return False
    if not (pa.types.is_nested(field.type) or field.type == pa.month_day_nano_interval()):
        return False
    try:
        exact_table(frame[[field.name]])
    except TypeMismatch:
        return True
    return False


def _to_pandas(table: pa.Table, fixes: Fixes, filename: str) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(split_blocks=True)
    if fixes.index == "columns":
        frame = _index_as_columns(frame, filename)
    elif fixes.index == "dropped":
        frame = frame.reset_index(drop=True)
    for name, dtype in fixes.nullable.items():
        frame[name] = dtype.__from_arrow__(table[name])
    for name in fixes.dates:
        frame[name] = table[name].cast(pa.timestamp("us")).to_pandas()
    for name in fixes.empty:
        frame[name] = frame[name].astype("str")
    for name, zone in fixes.zoned.items():
        categories: Any = pd.DatetimeIndex(frame[name].cat.categories).tz_localize("UTC").tz_convert(zone)
        frame[name] = frame[name].cat.rename_categories(categories)
    frame.columns = frame.columns.map(str)
    return frame


def _index_as_columns(frame: pd.DataFrame, filename: str) -> pd.DataFrame:
    try:
        return frame.reset_index()
    except ValueError as error:  # the index has the name of a column
        raise FileColumnNames(
            f"The index of the frame in '{filename}' cannot become a column: {error}.",
            "Rename the index, or drop it, and save the frame again.",
            file=filename,
        ) from error


def _column_report(name: str, series: pd.Series[Any], fixes: Fixes) -> dict[str, Any]:
    head = series.head(1_000).dropna()
    try:
        examples = head.drop_duplicates().head(3)
    except TypeError:  # lists and dicts have no hash
        examples = head.head(3)
    return {
        "name": name,
        "dtype": str(series.dtype),
        "why": fixes.why(name),
        "nulls": int(series.isna().sum()),
        "examples": [shortened(value) for value in examples],
    }
