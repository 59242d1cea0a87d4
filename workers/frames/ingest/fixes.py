"""What has to be put right when pandas reads a file with types of its own, and the pandas that does it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from workers.frames.ingest.pandas_code import call
from workers.frames.ingest.sources import Source

__all__ = ["Fixes", "Reader", "columnar_code"]

Reader = Literal["parquet", "feather", "stream"]

_NULLABLE: dict[pa.DataType, Any] = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


@dataclass(frozen=True)
class Fixes:
    """What pandas would lose or change.

    Args:
        index: What becomes of the index of the frame that was saved.
        nullable: Columns of whole numbers or booleans with nulls, with the dtype that keeps them.
        dates: Columns of dates, which pandas would hold as objects.
        empty: Columns without any type, for they hold no value.
        renamed: Whether names that are not text become text.
    """

    index: Literal["none", "columns", "dropped"]
    nullable: dict[str, Any]
    dates: tuple[str, ...]
    empty: tuple[str, ...]
    renamed: bool

    @classmethod
    def of(cls, table: pa.Table) -> Fixes:
        """Find out what a table needs."""
        changed = table.slice(0, 0).to_pandas()
        fields = [field for field in table.schema if field.name not in _index_columns(table)]
        return cls(
            index=_index(table),
            nullable={
                field.name: _NULLABLE[field.type]
                for field in fields
                if field.type in _NULLABLE
                and table[field.name].null_count
                and not pd.api.types.is_extension_array_dtype(changed.get(field.name, pd.Series()).dtype)
            },
            dates=tuple(field.name for field in fields if pa.types.is_date(field.type)),
            empty=tuple(field.name for field in fields if pa.types.is_null(field.type)),
            renamed=not all(isinstance(name, str) for name in changed.columns),
        )

    def why(self, name: str) -> str:
        """Say why a column has the dtype that it has."""
        if name in self.nullable:
            return "the type is that of the file, in its form that keeps nulls"
        if name in self.dates:
            return "dates, held as times"
        return "there is no value" if name in self.empty else "the type is that of the file"

    def warnings(self, frame: pd.DataFrame) -> list[str]:
        """Say what the user should look at."""
        if self.index == "columns":
            return [f"The index of the frame became columns, the first of them '{frame.columns[0]}'."]
        return ["The index of the frame was replaced by row numbers."] if self.index == "dropped" else []


def _facts(table: pa.Table) -> list[Any]:
    metadata = table.schema.metadata or {}
    return list(json.loads(metadata[b"pandas"])["index_columns"]) if b"pandas" in metadata else []


def _index_columns(table: pa.Table) -> list[str]:
    return [entry for entry in _facts(table) if isinstance(entry, str)]


def _index(table: pa.Table) -> Literal["none", "columns", "dropped"]:
    if _index_columns(table):
        return "columns"
    ranges = [entry for entry in _facts(table) if isinstance(entry, dict)]
    plain = all(entry["start"] == 0 and entry["step"] == 1 and not entry.get("name") for entry in ranges)
    return "none" if plain else "dropped"


def columnar_code(source: Source, reader: Reader, fixes: Fixes) -> str:
    """Write the lines that read a Parquet, Arrow or Feather file as it was read here."""
    name = repr(source.filename)
    code = ["import pandas as pd"]
    if reader == "stream":
        code += ["import pyarrow as pa", "", f"table = pa.ipc.open_stream(pa.OSFile({name})).read_all()"]
        code += ["df = table.to_pandas()"]
    else:
        code += ["", call(f"df = pd.read_{reader}", [name], {})]
    if fixes.index != "none":
        code.append(f"df = df.reset_index({'drop=True' if fixes.index == 'dropped' else ''})")
    if fixes.renamed:
        code.append("df.columns = df.columns.map(str)")
    code += [
        f"df[{column!r}] = {_exactly(column, dtype, name, reader)}"
        for column, dtype in fixes.nullable.items()
    ]
    code += [f"df[{name!r}] = pd.to_datetime(df[{name!r}]).astype('datetime64[us]')" for name in fixes.dates]
    code += [f"df[{name!r}] = df[{name!r}].astype('str')" for name in fixes.empty]
    return "\n".join(code)


def _exactly(column: str, dtype: Any, name: str, reader: Reader) -> str:
    """Write the reading of one column in the dtype that keeps its nulls."""
    if reader == "stream":
        return f"pd.{type(dtype).__name__}().__from_arrow__(table[{column!r}])"
    arguments = {"columns": repr([column]), "dtype_backend": "'numpy_nullable'"}
    return f"{call(f'pd.read_{reader}', [name], arguments)}[{column!r}].array"
