"""What data, files and messages do not allow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from workbench.errors.base import WorkbenchError, either, nearest

__all__ = [
    "DataError",
    "DuplicateColumn",
    "FileColumnNames",
    "FileEmpty",
    "FileEncodingUnknown",
    "FileFormatMismatch",
    "FileFormatUnknown",
    "FileMissing",
    "FileRagged",
    "FileTooWide",
    "FileUnreadable",
    "FileWithoutRows",
    "IngestError",
    "MessageAmbiguous",
    "MessageNoColumns",
    "MessageOutside",
    "MessageTypeMismatch",
    "MessageUnknownColumn",
    "NoColumns",
    "NumberOutOfRange",
    "PatternTooSlow",
    "PlannerRefusal",
    "TableTooLarge",
    "TypeMismatch",
    "UnknownColumn",
    "UnknownDataset",
    "ValueUnreadable",
]


class DataError(WorkbenchError):
    """The data do not allow what was asked."""

    code, status, title = "data_error", 422, "The data do not allow it"


class UnknownColumn(DataError):
    """A column that the table does not have."""

    code, title = "unknown_column", "Unknown column"

    @classmethod
    def among(cls, name: str, columns: Iterable[str]) -> Self:
        """Say which column is missing, and which ones look like it."""
        columns = list(columns)
        near = nearest(name, columns)
        if near:
            hint = f"Did you mean {either(near)}?"
        elif columns:
            shown = ", ".join(columns[:12]) + (", …" if len(columns) > 12 else "")
            hint = f"The columns are: {shown}."
        else:
            hint = "The table has no columns."
        return cls(f"There is no column '{name}'.", hint, column=name, nearest=near)


class UnknownDataset(DataError):
    """A dataset that the session does not have."""

    code, title = "unknown_dataset", "Unknown dataset"

    @classmethod
    def among(cls, name: str, datasets: Iterable[str]) -> Self:
        """Say which dataset is missing, and which ones there are."""
        datasets = list(datasets)
        near = nearest(name, datasets)
        hint = f"Did you mean {either(near)}?" if near else f"The datasets are: {', '.join(datasets[:12])}."
        return cls(f"The session has no dataset '{name}'.", hint, dataset=name, nearest=near)


class DuplicateColumn(DataError):
    """A step would give two columns one name."""

    code, title = "duplicate_column", "Two columns would have one name"

    @classmethod
    def named(cls, name: str) -> Self:
        """Say which name is taken."""
        return cls(
            f"There is a column '{name}' already.",
            "Choose another name, or drop that one first.",
            column=name,
        )


class TypeMismatch(DataError):
    """A column is not of the type that the step needs."""

    code, title = "type_mismatch", "A column is of the wrong type"

    @classmethod
    def of(cls, column: str, dtype: str, needed: str, *, doing: str = "this step") -> Self:
        """Say which column, what it is and what is needed.

        Args:
            column: The column.
            dtype: What it is (pandas' name of the dtype).
            needed: What is needed, as a noun: "numbers", "text", "dates".
            doing: What needs it.
        """
        return cls(
            f"Column '{column}' is {dtype}, but {doing} needs {needed}.",
            f"Cast the column to {needed} first, or choose another column.",
            column=column,
            dtype=dtype,
            needed=needed,
        )


class NoColumns(DataError):
    """A step would leave a table without columns."""

    code, title = "no_columns", "No column would be left"


class ValueUnreadable(DataError):
    """A value could not be read as the type that was asked for."""

    code, title = "value_unreadable", "A value could not be read"


class NumberOutOfRange(DataError):
    """A number that was computed is beyond what its type can hold."""

    code, title = "number_out_of_range", "A number is beyond what its type can hold"

    @classmethod
    def of(cls, what: str, dtype: str, columns: Iterable[str], *, hint: str) -> Self:
        """Say what cannot be held, and of which columns it was computed.

        Args:
            what: What was computed, as the beginning of a sentence: "The sum of price".
            dtype: Of which type it is (pandas' name of the dtype).
            columns: The columns that it was computed of.
            hint: What to do about it.
        """
        return cls(f"{what} is beyond what {dtype} can hold.", hint, columns=list(columns), dtype=dtype)


class PatternTooSlow(DataError):
    """A regular expression that tries too many ways to match."""

    code, title = "pattern_too_slow", "Regular expression too slow"

    @classmethod
    def of(cls, pattern: str, column: str) -> Self:
        """Say which one, and where it was looked for."""
        return cls(
            f"The regular expression {pattern!r} takes too long on the values of column '{column}'.",
            "Write it without repeats inside of repeats, such as (a+)+ or (.*,)*.",
            column=column,
        )


class TableTooLarge(DataError):
    """A step would make more rows than fit into memory."""

    code, title = "table_too_large", "Table too large"

    @classmethod
    def of_join(cls, left: int, dataset: str, right: int, rows: int, most: int, *, by: Iterable[str]) -> Self:
        """Say how many rows would meet.

        Args:
            left: How many rows the table has.
            dataset: The other dataset.
            right: How many rows that has.
            rows: How many the result would have.
            most: How many it may have.
            by: The keys of the table; none where every row meets every row.
        """
        hint = (
            "Join on more columns, or drop duplicate keys from one of the two first."
            if by
            else "Join on a column that both have, or keep fewer rows first."
        )
        return cls(
            f"Joining {left:,} rows with the {right:,} rows of {dataset} would make {rows:,} rows; "
            f"at most {most:,} are made.",
            hint,
            dataset=dataset,
            rows=rows,
            most=most,
        )


class IngestError(DataError):
    """A file could not be opened as a table."""

    code, title = "ingest_error", "The file cannot be opened as a table"


class FileEmpty(IngestError):
    """A file of no bytes, or of nothing but blank lines."""

    code, title = "file_empty", "The file is empty"


class FileWithoutRows(IngestError):
    """A header, and no row under it."""

    code, title = "file_without_rows", "The file has no rows"


class FileRagged(IngestError):
    """Lines with more or fewer fields than the header."""

    code, title = "file_ragged", "The lines of the file differ in their number of fields"


class FileTooWide(IngestError):
    """More columns than a table may have."""

    code, title = "file_too_wide", "The file has too many columns"


class FileFormatUnknown(IngestError):
    """An ending that says nothing to us."""

    code, status, title = "file_format_unknown", 415, "The format of the file is not known"


class FileFormatMismatch(IngestError):
    """The ending says one thing, the bytes say another."""

    code, title = "file_format_mismatch", "The file is not what its ending says"


class FileEncodingUnknown(IngestError):
    """Bytes that are text in none of the encodings tried."""

    code, title = "file_encoding_unknown", "The encoding of the file is not known"


class FileColumnNames(IngestError):
    """Two columns with one name, or one without a name."""

    code, title = "file_column_names", "The column names of the file cannot be used"


class FileUnreadable(IngestError):
    """A damaged file."""

    code, title = "file_unreadable", "The file is damaged"


class FileMissing(IngestError):
    """A path at which there is no file (raised by the client)."""

    code, status, title = "file_missing", 404, "There is no such file"


class PlannerRefusal(WorkbenchError):
    """The message was not understood, or cannot be done: details hold the words and suggestions."""

    code, status, title = "message_not_understood", 422, "The message was not understood"


class MessageAmbiguous(PlannerRefusal):
    """The message has two readings that differ in effect."""

    code, title = "message_ambiguous", "The message can be read in two ways"


class MessageOutside(PlannerRefusal):
    """The message asks for something that is not a transformation of a table."""

    code, title = "message_outside", "The message asks for something outside of the workbench"


class MessageUnknownColumn(PlannerRefusal, UnknownColumn):
    """The message has a word where only a column can stand, and there is no such column."""

    code, title = "message_unknown_column", "The message names an unknown column"


class MessageTypeMismatch(PlannerRefusal, TypeMismatch):
    """The message asks of a column what its type does not allow."""

    code, title = "message_type_mismatch", "The message asks for what the type of a column does not allow"


class MessageNoColumns(PlannerRefusal, NoColumns):
    """The message would leave a table without columns."""

    code, title = "message_no_columns", "The message would leave no column"
