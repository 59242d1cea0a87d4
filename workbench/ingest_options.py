"""How a file is to be read, where the rules of the workbench are not what its owner means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["IngestOptions", "IngestType"]

IngestType = Literal[
    "str", "int64", "Int64", "float64", "bool", "boolean", "datetime64[us]", "datetime64[us, UTC]"
]


class IngestOptions(BaseModel):
    """What overrides the rules; everything that is left out is decided by the file.

    Example:
        >>> IngestOptions(delimiter=";", dtypes={"zip": "str"}).delimiter
        ';'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    delimiter: str | None = Field(default=None, min_length=1, max_length=1, description="of CSV and TSV")
    encoding: str | None = Field(
        default=None, description="Python's name of the encoding", examples=["cp1250"]
    )
    header: bool = Field(default=True, description="whether the first line holds the names of the columns")
    skip_rows: int = Field(default=0, ge=0, description="lines before the header that are left out")
    names: tuple[str, ...] | None = Field(
        default=None, description="names of all columns, in place of those in the file"
    )
    dtypes: Mapping[str, IngestType] = Field(default_factory=dict, description="types by column name")
    dtype: IngestType | None = Field(default=None, description="the type of all columns not in dtypes")
    na_values: tuple[str, ...] | None = Field(
        default=None, description="what means null beside the empty field, in place of NA, null, None, …"
    )
    decimal: Literal[".", ","] | None = Field(default=None, description="the decimal mark of CSV and TSV")
    thousands: Literal[",", ".", " ", "'", "’", "_", "\u00a0", "\u202f"] | None = Field(
        default=None, description="what stands between the thousands of numbers in CSV and TSV"
    )
    day_first: bool | None = Field(default=None, description="how 03/04/2024 is read: day or month first")
    sheet: str | int | None = Field(
        default=None, description="sheet of a workbook: its name or position from 0"
    )

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.thousands is not None and self.thousands in (self.decimal, self.delimiter):
            other = "decimal mark" if self.thousands == self.decimal else "delimiter"
            raise ValueError(f"thousands is {self.thousands!r}, and so is the {other}")
        return self

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """What was said, and nothing else."""
        return [(name, value) for name, value in super().__repr_args__() if name in self.given]

    def type_of(self, column: str) -> IngestType | None:
        """The type that was given for a column, if one was.

        Example:
            >>> IngestOptions(dtype="str", dtypes={"n": "int64"}).type_of("zip")
            'str'
        """
        return self.dtypes.get(column, self.dtype)

    @property
    def given(self) -> set[str]:
        """The names of the options that say something."""
        return set(self.model_dump(exclude_defaults=True))
