"""What has to be put right when pandas reads a file with types of its own, and the pandas that does it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import pandas as pd
import pyarrow as pa

from workers.frames.ingest.pandas_code import call
from workers.frames.ingest.sources import Source

__all__ = ["Fixes", "Reader", "as_json", "columnar_code", "readable"]

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
        zoned: Categories that are times of a zone, which pandas would leave out, with the zone.
        bare: Whether what pandas wrote beside the data is left out, since pandas itself cannot read it.
        texts: Columns of nested values that become JSON text, as a node cannot keep them.
    """

    index: Literal["none", "columns", "dropped"]
    nullable: dict[str, Any]
    dates: tuple[str, ...]
    empty: tuple[str, ...]
    renamed: bool
    zoned: dict[str, str] = field(default_factory=dict)
    bare: bool = False
    texts: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: pa.Table, *, bare: bool = False) -> Fixes:
        """Find out what a table needs; ``bare``, if it has been stripped of what pandas wrote."""
        changed = table.slice(0, 1).to_pandas()
        fields = [one for one in table.schema if one.name not in _index_columns(table)]
        return cls(
            index=_index(table),
            nullable={
                one.name: _NULLABLE[one.type]
                for one in fields
                if one.type in _NULLABLE
                and table[one.name].null_count
                and not pd.api.types.is_extension_array_dtype(changed.get(one.name, pd.Series()).dtype)
            },
            dates=tuple(one.name for one in fields if pa.types.is_date(one.type)),
            empty=tuple(one.name for one in fields if pa.types.is_null(one.type)),
            renamed=not all(isinstance(name, str) for name in changed.columns),
            zoned={one.name: zone for one in fields if (zone := _zone_of_categories(one.type))},
            bare=bare,
        )

    def why(self, name: str) -> str:
        """Say why a column has the dtype that it has."""
        if name in self.texts:
            return "nested values, held as JSON"
        if name in self.nullable:
            return "the type is that of the file, in its form that keeps nulls"
        if name in self.dates:
            return "dates, held as times"
        return "there is no value" if name in self.empty else "the type is that of the file"

    def warnings(self, frame: pd.DataFrame) -> list[str]:
        """Say what the user should look at."""
        texts = [f"Column '{name}' holds nested values; they were kept as JSON text." for name in self.texts]
        return [*self._of_index(frame), *texts]

    def _of_index(self, frame: pd.DataFrame) -> list[str]:
        if self.index == "columns":
            return [f"The index of the frame became columns, the first of them '{frame.columns[0]}'."]
        return ["The index of the frame was replaced by row numbers."] if self.index == "dropped" else []


def readable(table: pa.Table) -> bool:
    """Whether pandas can read what it wrote beside the data: of some Arrow types it cannot read the names."""
    metadata = table.schema.metadata or {}
    for column in json.loads(metadata.get(b"pandas", b"{}")).get("columns", []):
        name = str(column["numpy_type"])
        try:
            pd.api.types.pandas_dtype(name)
        except (TypeError, NotImplementedError):
            return False
        if name.endswith("_view[pyarrow]"):  # it can read these, and do nothing with them
            return False
    return True


def as_json(value: Any) -> str:
    """Write a nested value as JSON; what JSON has no word for as text."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _zone_of_categories(kind: pa.DataType) -> str | None:
    if pa.types.is_dictionary(kind) and pa.types.is_timestamp(kind.value_type):
        return cast("str | None", kind.value_type.tz)
    return None


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
    if reader == "stream" or fixes.bare:
        code = [*_table_code(name, reader, bare=fixes.bare), "df = table.to_pandas()"]
    else:
        code = ["import pandas as pd", "", call(f"df = pd.read_{reader}", [name], {})]
    if fixes.index != "none":
        code.append(f"df = df.reset_index({'drop=True' if fixes.index == 'dropped' else ''})")
    if fixes.renamed:
        code.append("df.columns = df.columns.map(str)")
    code += [
        f"df[{column!r}] = {_exactly(column, dtype, name, 'stream' if fixes.bare else reader)}"
        for column, dtype in fixes.nullable.items()
    ]
    code += [f"df[{name!r}] = pd.to_datetime(df[{name!r}]).astype('datetime64[us]')" for name in fixes.dates]
    code += [f"df[{name!r}] = df[{name!r}].astype('str')" for name in fixes.empty]
    for column, zone in fixes.zoned.items():
        categories = f"df[{column!r}].cat.categories.tz_localize('UTC').tz_convert({zone!r})"
        code.append(f"df[{column!r}] = df[{column!r}].cat.rename_categories({categories})")
    return "\n".join([*_imports(fixes), *code, *_texts_code(fixes)])


def _imports(fixes: Fixes) -> list[str]:
    return ["import json", ""] if fixes.texts else []


def _texts_code(fixes: Fixes) -> list[str]:
    """Write the lines that make JSON of nested values."""
    if not fixes.texts:
        return []
    return [
        "def as_json(value):",
        "    plain = lambda value: value.tolist() if hasattr(value, 'tolist') else str(value)",
        "    return json.dumps(value, ensure_ascii=False, default=plain)",
        f"for name in {list(fixes.texts)!r}:",
        "    df[name] = df[name].map(as_json, na_action='ignore').astype('str')",
    ]


def _table_code(name: str, reader: Reader, *, bare: bool) -> list[str]:
    """Write the lines that read a file as a table of Arrow."""
    imports, read = {
        "parquet": ("import pyarrow.parquet as pq", f"pq.read_table({name})"),
        "feather": ("from pyarrow import feather", f"feather.read_table({name})"),
        "stream": ("import pyarrow as pa", f"pa.ipc.open_stream(pa.OSFile({name})).read_all()"),
    }[reader]
    stripped = ".replace_schema_metadata(None)" if bare else ""
    return ["import pandas as pd", imports, "", f"table = {read}{stripped}"]


def _exactly(column: str, dtype: Any, name: str, reader: Reader) -> str:
    """Write the reading of one column in the dtype that keeps its nulls."""
    if reader == "stream":
        return f"pd.{type(dtype).__name__}().__from_arrow__(table[{column!r}])"
    arguments = {"columns": repr([column]), "dtype_backend": "'numpy_nullable'"}
    return f"{call(f'pd.read_{reader}', [name], arguments)}[{column!r}].array"
