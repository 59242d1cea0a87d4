"""How a file is to be read, where the rules of the workbench are not what its owner means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

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
    na_values: tuple[str, ...] | None = Field(
        default=None, description="what means null beside the empty field, in place of NA, null, None, …"
    )
    decimal: Literal[".", ","] | None = Field(default=None, description="the decimal mark of CSV and TSV")
    day_first: bool | None = Field(default=None, description="how 03/04/2024 is read: day or month first")
    sheet: str | int | None = Field(
        default=None, description="sheet of a workbook: its name or position from 0"
    )
